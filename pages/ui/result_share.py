"""Sharing a training: making a link to it, seeing which there are and what they allow, ending them."""

from contextlib import suppress
from datetime import datetime
from urllib.parse import urlsplit, urlunsplit

import streamlit as st

from core.errors import PlaygroundError
from core.jobs import shares
from core.jobs.entries import LOCAL, Job
from core.jobs.shares import Share
from core.runs.outcome import Outcome
from pages.ui import frame, landscapes, predict_ready, session
from pages.ui.share_address import LINK
from pages.ui.words import amount

MADE = "links made"              # session_state: token by digest of the links that were made in this visit
REFUSED = "link refused"         # session_state: why the last click made none
WHAT = ("Whoever has the link sees these results, with the squares that the network saw and the names of their files, "
        "and can show photos of their own to the network. They need no account, and can change nothing.")
HERE_ALONE = ("This playground serves you alone, so a link opens only where you can open it yourself. To let others "
              "in, have it run on a server.")
ONCE = "Copy it now. It is kept nowhere, so it cannot be shown again later; but you can make another."
TAKE_WORDS = "They may take the network home (Export, CSV)"
TAKE_HELP = "They find the zips that you have made on the page Export; each stays for a day. They cannot make one."


@st.fragment
def popover(job: Job, outcome: Outcome) -> None:
    """Small; a click in it runs it alone."""
    try:
        links = shares.shares_of(session.office().desk, session.visitor(), job.id)
    except PlaygroundError:          # deleted in another tab
        return
    label = f"Shared · {amount(len(links), 'link')}" if links else "Share"
    with st.container(horizontal=True, horizontal_alignment="right"), \
            st.popover(label, icon=":material/share:", key="share"):
        st.markdown(WHAT)
        if session.visitor() == LOCAL:
            st.caption(HERE_ALONE)
        if (refused := st.session_state.pop(REFUSED, None)) is not None:
            frame.told(refused)
        for link in links:
            _link(link)
        st.button("Make another link" if links else "Make a link", type="secondary" if links else "primary",
                  icon=":material/add_link:", key="share-make", on_click=_make, args=(job, outcome))


def address(token: str) -> str:
    """Of the shared results, below the address at which this visitor's browser has the playground."""
    here = urlsplit(st.context.url or "")
    path = f"{here.path.rsplit('/', 1)[0]}/results"
    return urlunsplit((here.scheme, here.netloc, path, f"{LINK}={token}", ""))


def _link(link: Share) -> None:
    with st.container(border=True, key=f"link-{link.digest[:12]}"):
        if (token := st.session_state.get(MADE, {}).get(link.digest)) is not None:
            st.code(address(token), language=None, wrap_lines=True)
            st.caption(ONCE)
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.markdown(f":material/link: Since {datetime.fromtimestamp(link.created):%d %b %Y, %H:%M}",
                        width="content")
            st.button("End this link", icon=":material/link_off:", key=f"share-end {link.digest}", type="tertiary",
                      on_click=_end, args=(link.digest,),
                      help="From then on it opens nothing, for those who look just now as well.")
        key = f"share-take {link.digest}"
        st.toggle(TAKE_WORDS, link.allows_export, key=key, on_change=_allow, args=(link.digest, key),
                  help=TAKE_HELP)


# ---- callbacks

def _make(job: Job, outcome: Outcome) -> None:
    desk, visitor = session.office().desk, session.visitor()
    try:
        token = shares.share(desk, visitor, job.id)
        newest = shares.shares_of(desk, visitor, job.id)[0]
    except PlaygroundError as error:
        st.session_state[REFUSED] = error
        return
    st.session_state.setdefault(MADE, {})[newest.digest] = token
    if outcome.final:
        _have_it_ready(job, outcome)


def _have_it_ready(job: Job, outcome: Outcome) -> None:
    """Those who come cannot have it made: the network that answers photos, and then the map."""
    with suppress(PlaygroundError):      # its owner finds it on the page Predict
        predict_ready.ahead(job)
    if session.newest_of(job, "map") is None and not outcome.run.landscape.is_dir():
        landscapes.ask_by_itself(job)


def _allow(digest: str, key: str) -> None:
    shares.allow(session.office().desk, session.visitor(), digest, bool(st.session_state[key]))


def _end(digest: str) -> None:
    shares.unshare(session.office().desk, session.visitor(), digest)
    st.session_state.get(MADE, {}).pop(digest, None)
