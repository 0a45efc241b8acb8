"""A training at which somebody looks by a link: found by the address, read-only, and held to what the link allows."""

from collections.abc import Callable

import streamlit as st

from core.errors import NotHere, PlaygroundError
from core.jobs import shares
from core.jobs.entries import Job
from core.runs import outcome as outcomes
from core.runs.outcome import Outcome
from pages.ui import frame, result_choice, session
from pages.ui.share_address import LINK, query
from pages.ui.ways import PAGES

UNREADABLE = PlaygroundError("A part of what was shared cannot be read.",
                             remedy="Tell whoever sent you the link: the training may be damaged.")
BANNER = (":material/visibility: **Shared with you: read only.** Whoever sent you the link trained this network, and "
          "you can change nothing.")
OWN = ":material/visibility: **Read only: this is what others see** who have the link to your training."
# Of the toolbars of tables: a file of what they show is a download, too.
NO_FILES = """<style>[data-testid="stElementToolbar"] {display: none}</style>"""


def asked() -> bool:
    """Whether the page's address is a link to something shared."""
    return LINK in st.query_params


def require(page: str) -> tuple[Job, Outcome]:
    """The training to which the address leads, below a banner; without one the page ends here. `page`: this one."""
    try:
        job = shares.shared(session.office().desk, st.query_params[LINK])
        _banner(job, page)
        if not outcomes.stands(job.run):
            st.info("This training has no finished epoch yet. Come back a little later.",
                    icon=":material/hourglass_bottom:")
            st.stop()
        return job, result_choice.outcome_of(job)
    except PlaygroundError as error:
        told(error)
        frame.next_step("Train a network of your own", "home")
        st.stop()


def told(error: PlaygroundError) -> None:
    """Show it, but to no stranger the words about folders that only their owner can put right."""
    frame.told(error if isinstance(error, NotHere) else UNREADABLE)


def told_of(job: Job, error: PlaygroundError) -> None:
    """The same, for what owners and others come by."""
    (frame.told if job.grant is None else told)(error)


def still(job: Job) -> None:
    """For each run of a part of a page: raises NotHere where the link has ended since the page was opened, and runs the
    page again where it allows something else now."""
    if job.grant is not None and shares.shared(session.office().desk, job.grant.token).grant != job.grant:
        st.rerun()


def may_take(job: Job) -> bool:
    """Whether files may be offered: to owners always, to others where the link allows it."""
    return job.grant is None or job.grant.allows_export


def offered(job: Job, make: Callable[[], bytes]) -> Callable[[], bytes]:
    """What makes a file when it is asked for: raises NotHere where a link, or what it allows, has ended meanwhile."""
    def made() -> bytes:
        if job.grant is not None and not may_take(shares.shared(session.office().desk, job.grant.token)):
            raise NotHere("This link does not allow to take that.", remedy="Ask whoever sent it.")
        return make()

    return made


def _banner(job: Job, page: str) -> None:
    own = job.owner == session.visitor()
    ways = {"results": "Results", "predict": "Try photos", "export": "Take it home"}
    if not may_take(job):
        del ways["export"]
        st.html(NO_FILES)
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="shared-banner"):
        st.markdown(OWN if own else BANNER, width="stretch")
        for name, label in ways.items():
            if name != page:
                st.page_link(PAGES[name][0], label=label, icon=PAGES[name][2], query_params=query(job))
        if own:
            st.page_link(PAGES["results"][0], label="Back to mine", icon=":material/arrow_back:",
                         query_params={"job": job.id})
