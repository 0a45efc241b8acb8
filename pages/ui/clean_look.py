"""Looking through the pictures: the job that does it, and how far its findings can be trusted."""

import streamlit as st

from core.errors import PlaygroundError
from core.jobs.entries import Job
from core.runs.story import Story
from core.training.recipe import SplitSpec
from pages.ui import clean_desk, frame, live, session
from pages.ui.clean_desk import Cleaning
from pages.ui.session import Chosen
from pages.ui.words import amount

DRAWN_BEFORE = "clean split before"      # session_state: the split that copies were kept together of, by data set
MANY_CHANGES = 10            # from so many on, looking again finds other things
GOOD_HEAD = 0.75             # of the pictures right: below it, most doubts about labels are the head's own mistakes


def newest(chosen: Chosen) -> Job | None:
    """The newest look through these pictures that is finished."""
    return clean_desk.looks(chosen)[0]


def first(chosen: Chosen) -> None:
    """There are no findings yet: the look begins by itself, and its progress stands here."""
    _, job = clean_desk.looks(chosen)
    if job is None and clean_desk.look_by_itself(chosen):
        st.rerun()
    with st.container(border=True, height=190, vertical_alignment="center", key="clean-first"):
        if job is None:
            st.markdown("Your other work is not done yet. Afterwards the pictures can be looked through.")
            _button(chosen, "Look through the pictures")
        else:
            live.watch(job, _watched)
    if job is not None and job.over:
        _button(chosen, "Look through the pictures again")


def newer(chosen: Chosen) -> None:
    """A newer look that goes on, or came to nothing, beside findings that stand."""
    _, job = clean_desk.looks(chosen)
    if job is not None:
        with st.container(border=True, key="clean-newer"):
            live.watch(job, _watched)


def unreadable(chosen: Chosen, error: PlaygroundError) -> None:
    """The findings, or the log, are damaged."""
    frame.told(error)
    _button(chosen, "Look through the pictures again")


def told(at_hand: Cleaning) -> None:
    """What a person should know of the look itself."""
    said, copies = at_hand.accuracy, at_hand.straddling
    if said is not None and said < GOOD_HEAD:
        st.caption(f":material/info: The head that doubts labels is itself right about {100 * said:.0f} % of these "
                   "pictures: expect many of its doubts to be its own mistakes. The first ones are the surest.")
    if copies:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f":material/content_copy: **{amount(copies, 'group')} of copies** "
                        f"{'stands' if copies == 1 else 'stand'} on both sides of the split: the accuracy looks "
                        "better than it is.")
            st.button("Keep copies on one side", key="clean-together", on_click=_keep_together,
                      help="Draws the split anew, with copies and near copies on one side. No picture is removed. "
                           "Trainings that are done keep their own split.")
    elif (before := st.session_state.get(DRAWN_BEFORE, {}).get(at_hand.chosen.entry.id)) is not None:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption("Copies stand on one side of the split now. Other pictures are checked with than before, so the "
                       "errors above are not to be compared with the earlier ones.")
            st.button("Draw as before", key="clean-apart", on_click=_draw_as_before, args=(before,))
    if at_hand.changes_since >= MANY_CHANGES:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f"{amount(at_hand.changes_since, 'change')} since the pictures were looked through.")
            _button(at_hand.chosen, "Look again")


def _watched(job: Job, story: Story) -> None:
    if not job.over:
        st.progress(story.fraction_in_hand, text=f"Looking through your pictures: {live.doing(job, story)}")
        live.stop_button(job, "Stop", "The look ends, and nothing is changed.")
    else:
        live.told_end(job, story)


def _button(chosen: Chosen, label: str) -> None:
    if st.button(label, icon=":material/search:", key=f"look {label}"):
        try:
            clean_desk.look(chosen)
        except PlaygroundError as error:
            frame.told(error)
        else:
            st.rerun()


def _keep_together() -> None:
    chosen = session.chosen()
    if chosen is not None:
        st.session_state.setdefault(DRAWN_BEFORE, {})[chosen.entry.id] = chosen.recipe.split
        _split(clean_desk.split_anew(chosen))


def _draw_as_before(spec: SplitSpec) -> None:
    chosen = session.chosen()
    if chosen is not None:
        st.session_state.get(DRAWN_BEFORE, {}).pop(chosen.entry.id, None)
        _split(spec)


def _split(spec: SplitSpec) -> None:
    if (chosen := session.chosen()) is not None:
        session.save_recipe(chosen.recipe.model_copy(update={"split": spec}))
