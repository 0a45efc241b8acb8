"""Results, epochs: how the training went, and a time machine that shows what the network said after each epoch."""

import numpy as np
import streamlit as st

from core.interpretation.over_epochs import Course, Fate
from pages.ui import epoch_charts, epoch_course, epoch_gallery, result_charts
from pages.ui.exhibit import Exhibit
from pages.ui.explain import explain
from pages.ui.result_view import by_itself
from pages.ui.words import amount

NO_BAR = {"displayModeBar": False}
ADDRESS = "epoch"            # in the address, so that a reload shows the same one
FOLLOWED = "epoch of the address"
HISTORY = "history"          # key of the figure whose points lead to their epoch
KEPT = ("The epoch that is kept is the latest whose accuracy is as good as the best, give or take what chance makes of "
        "{}.")
ONE = "After one epoch there is nothing to go back to yet. With the second one you can see here what changed."
NONE = ("What the network said after each epoch is not kept in this training's folder any more, so there is no going "
        "back to it. A new training keeps it.")


@by_itself
def show(exhibit: Exhibit) -> None:
    """Loss and accuracy over the epochs; below, one epoch after the other."""
    outcome = exhibit.outcome
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("How the training went, epoch by epoch", width="content")
        explain("epoch", "loss", "over-fitting")
    found = epoch_course.loaded(outcome)
    epochs = [epoch + 1 for epoch in found.course.epochs] if found.course is not None else []
    st.plotly_chart(result_charts.history(outcome.epochs, outcome.epoch), config=NO_BAR, key=HISTORY,
                    on_select=lambda: _to_the_clicked(_key(exhibit), epochs), selection_mode="points",
                    alt="Training loss, validation loss and accuracy over the epochs")
    st.caption(KEPT.format(amount(len(outcome.valid), "picture"))
               + (" A click on an epoch goes there." if len(epochs) > 1 else ""))
    if found.course is None:
        st.info(NONE)
    elif len(epochs) == 1:
        st.info(ONE)
    else:
        _time_machine(exhibit, found.course, epochs, found.left_out)


def _time_machine(exhibit: Exhibit, course: Course, epochs: list[int], left_out: int) -> None:
    st.subheader("Time machine", anchor=False, divider="grey")
    if exhibit.part != "valid":
        st.caption("These are the validation pictures: only they were looked at after every epoch.")
    epoch = _chosen_epoch(exhibit, epochs)
    place = epochs.index(epoch)
    then = epoch_course.predictions_of(exhibit.outcome, epoch - 1)
    _told(course, place, epochs, left_out, goes_on=not exhibit.job.over)
    left, right = st.columns(2, gap="large")
    with left:
        if len(then.classes) <= epoch_charts.MOST_CELLS:
            _titled("Which class is taken for which", "confusion matrix")
        else:
            _titled("How much of each class is right", "recall")
        st.plotly_chart(epoch_charts.classes(then), config=NO_BAR, key="epoch-classes",
                        alt=f"What the network took each class for after epoch {epoch}")
    with right:
        if len(then.classes) == 2:
            _titled("How probable each picture's classes were", "probability", "decision threshold")
        else:
            _titled("How probable the actual class was", "probability")
        st.plotly_chart(epoch_charts.probabilities(course, place, then.classes, then.probabilities), config=NO_BAR,
                        key="epoch-probabilities", alt=f"Probabilities after epoch {epoch}, right blue, wrong orange")
    epoch_gallery.show(Exhibit(exhibit.job, exhibit.outcome, then), course, place)


def _titled(title: str, *terms: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(title, width="content")
        explain(*terms)


def _chosen_epoch(exhibit: Exhibit, epochs: list[int]) -> int:
    """By slider, buttons or keys; at first the address's, or the kept one. In a session each training has its own."""
    key = _key(exhibit)
    asked = "" if st.session_state.get(FOLLOWED) else st.query_params.get(ADDRESS, "")
    st.session_state[FOLLOWED] = True            # once: it is of the training that the address opened
    if st.session_state.get(key) not in epochs:
        kept = exhibit.outcome.epoch + 1
        wanted = int(asked) if asked.isdecimal() else kept
        st.session_state[key] = next((epoch for epoch in (wanted, kept) if epoch in epochs), epochs[-1])
    with st.container(horizontal=True, vertical_alignment="bottom"):
        here = epochs.index(st.session_state[key])
        st.button("Back", icon=":material/chevron_left:", key="epoch-back", shortcut="B", on_click=_go,
                  args=(key, epochs, -1), disabled=here == 0)
        chosen: int = st.select_slider("Epoch", epochs, key=key, persist_state="session", width="stretch",
                                       label_visibility="collapsed")
        st.button("Next", icon=":material/chevron_right:", key="epoch-next", shortcut="N", on_click=_go,
                  args=(key, epochs, 1), disabled=here == len(epochs) - 1)
    st.query_params[ADDRESS] = str(chosen)
    return chosen


def _told(course: Course, place: int, epochs: list[int], left_out: int, goes_on: bool) -> None:
    """The epoch in numbers."""
    right, total = int(course.right[place].sum()), len(course.ids)
    gained, lost = course.became(place)
    changed = "the first one" if place == 0 else f"{len(gained):,} became right, {len(lost):,} became wrong"
    so_far = " so far" if goes_on else ""
    st.markdown(f"**Epoch {epochs[place]} of {epochs[-1]}{so_far}** · {right:,} of {total:,} right · {changed}")
    counts = np.bincount(course.fates, minlength=len(Fate)).tolist()
    told = " · ".join(f"{counts[fate]:,} {epoch_gallery.word_of(fate, goes_on)}" for fate in Fate if counts[fate])
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"From the first epoch to {epoch_gallery.last(goes_on)}: {told}. As measured while it trained."
                   + (f" {amount(left_out, 'epoch')} left out: what was said then is not kept." if left_out else ""),
                   width="content")
        explain("learned and forgotten")


def _key(exhibit: Exhibit) -> str:
    return f"epoch {exhibit.job.id}"


def _go(key: str, epochs: list[int], step: int) -> None:
    here = st.session_state.get(key)
    if here in epochs:
        st.session_state[key] = epochs[min(max(epochs.index(here) + step, 0), len(epochs) - 1)]


def _to_the_clicked(key: str, epochs: list[int]) -> None:
    points = st.session_state[HISTORY].selection.points
    if points and points[0]["x"] in epochs:
        st.session_state[key] = points[0]["x"]
