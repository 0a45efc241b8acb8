"""Results, cheating: could the network be right for a reason that has nothing to do with the thing itself?"""

from contextlib import suppress
from pathlib import Path

import streamlit as st

from core.errors import LimitReached, PlaygroundError
from core.interpretation.shortcuts import Shortcuts
from core.jobs.entries import Job
from core.jobs.orders import CheckShortcuts, Train
from core.runs.outcome import Outcome
from core.runs.story import Story
from pages.ui import cheating_cards, frame, live, session
from pages.ui.exhibit import Exhibit
from pages.ui.explain import explain

WHAT = ("A network takes whatever is easiest. If all pictures of one class are darker, or come from one camera, it may "
        "learn that in the place of the thing itself.")
VALIDATION = ("Wherever the network comes in here, it is judged by the validation pictures, at one look each: its "
              "figures are not those above.")
NOT_YET = "This can be checked once the training is finished."
BUSY = "Your other work is not done yet. Afterwards this can be checked."


def show(exhibit: Exhibit) -> None:
    """The verdicts, or the job that comes to them in any of its states."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(WHAT, width="stretch")
        explain("shortcut", label="What is a shortcut?")
    if not exhibit.outcome.final:
        st.info(NOT_YET, icon=":material/hourglass_bottom:")
        return
    newest = session.newest_of(exhibit.job, "shortcuts")
    if newest is not None and not newest.over:
        live.watch(newest, _progress)
        return
    found = _found(exhibit.outcome)
    if newest is not None and newest.state != "finished":
        live.told_end(newest, live.story_of(newest))
    if found is not None:
        if exhibit.part != "valid" or exhibit.averaged:
            st.caption(VALIDATION)
        cheating_cards.show(exhibit, found)
        _button(exhibit.job, "Check again")
        return
    if newest is None and _by_itself(exhibit.job):
        st.rerun()
    if newest is None:
        st.markdown(BUSY)
    elif newest.state == "finished":
        st.caption("What was found here is of another network, or is gone: check again.")
    _button(exhibit.job, "Check")


def _found(outcome: Outcome) -> Shortcuts | None:
    """What was found of this very network; None where nothing was yet."""
    file = outcome.run.shortcuts
    if not file.is_file():
        return None
    try:
        found = _read(file, file.stat().st_mtime_ns)
    except PlaygroundError as error:
        frame.told(error)
        return None
    return found if found.belongs_to(outcome.valid) else None


# Shared between visitors only by a job's id that nobody guesses, and never changed.
@st.cache_resource(max_entries=64, show_spinner=False)
def _read(file: Path, changed: int) -> Shortcuts:
    return Shortcuts.load(file)


def _progress(job: Job, story: Story) -> None:
    with st.container(border=True, height=150, vertical_alignment="center", key="cheating-progress"):
        st.progress(story.fraction_in_hand, text=f"Looking for shortcuts: {live.doing(job, story)}")
        live.stop_button(job, "Stop", "It stops within a batch, and nothing is changed.")


def _hand_in(training: Job) -> None:
    """Raises LimitReached, NotHere."""
    assert isinstance(training.order, Train)
    session.submit(CheckShortcuts(dataset=training.order.dataset, training=training.id), training.dataset)


def _by_itself(training: Job) -> bool:
    """The first check needs no click, unless the visitor has too much at work already. Whether it was handed in."""
    with suppress(LimitReached):
        _hand_in(training)
        return True
    return False


def _button(training: Job, label: str) -> None:
    if st.button(label, icon=":material/policy:", key="cheating-check"):
        try:
            _hand_in(training)
        except PlaygroundError as error:
            frame.told(error)
        else:
            st.rerun()
