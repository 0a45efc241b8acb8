"""Results, map: every picture a dot, by how probable a class is, or beside those that are like it to the network."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from core.errors import PlaygroundError
from core.interpretation.landscape import Landscape, Method, mark
from core.interpretation.predictions import Predictions
from core.jobs.entries import Job
from pages.ui import frame, landscapes, live, result_dots, result_lasso, session, sharing
from pages.ui.exhibit import Exhibit
from pages.ui.explain import explain
from pages.ui.result_dots import MOST_COLOURED, Colouring, Paint
from pages.ui.result_view import by_itself

Sight = Literal["axis", "t-SNE", "PCA"]
SIGHTS: dict[Sight, str] = {"axis": "By probability", "t-SNE": "By likeness (t-SNE)", "PCA": "By likeness (PCA)"}
COLOURINGS: dict[Colouring, str] = {"actual": "what it is", "predicted": "what it was taken for",
                                    "verdict": "right or wrong"}
AXIS = "Each dot is a picture. The farther right, the surer the network is of the class; "
OF_TWO = "the middle is a coin toss."
OF_MANY = "above one half no other class can win, below it this one may still win."
LIKENESS: dict[Method, str] = {
    "t-SNE": "Each dot is a picture; those that are alike to the network lie together. A cross among dots of another "
             "class is a picture that looks like them, or has the wrong label.",
    "PCA": "Each dot is a picture; those that are alike to the network lie together. This is a flat shadow of what it "
           "sees, which shows {:.0f} % of all differences."}
BEHIND = "Pale dots: the pictures that the network has learned from. They cannot be chosen."
SECONDS_BETWEEN_LOOKS = 1.5
NOT_SHARED = "The map of this training has not been drawn. Whoever shared it can draw it, on this page."
REFUSED = "map refused"          # session_state: why the map could not be asked for


@dataclass(frozen=True, slots=True)
class Choice:
    """What a visitor wants to see."""

    sight: Sight             # where a dot lies
    paint: Paint             # what its colour tells
    kind: int                # the class whose probability the axis has
    behind: bool             # training pictures too, pale


@by_itself
def show(exhibit: Exhibit) -> None:
    """The probability axis at once, the map when its job is done; a lasso makes a gallery of either."""
    job = _begun(exhibit)
    choice = _choices(exhibit)
    if choice.sight == "axis":
        _axis(exhibit, choice.kind, choice.paint)
        if job is not None and not job.over:
            live.quiet_line(job.id, "The map of what is like what is being drawn", SECONDS_BETWEEN_LOOKS)
    elif not _map(exhibit, job, choice.sight, choice.paint, choice.behind):
        return
    result_lasso.gallery(exhibit)


def _begun(exhibit: Exhibit) -> Job | None:
    """The newest job that drew this training's map; the first one begins by itself."""
    job = session.newest_of(exhibit.job, "map")
    if job is None and exhibit.outcome.final and not exhibit.outcome.run.landscape.is_dir():
        job = landscapes.ask_by_itself(exhibit.job)
    return job


def _choices(exhibit: Exhibit) -> Choice:
    classes, dataset = exhibit.predictions.classes, exhibit.job.dataset
    many = len(classes) > MOST_COLOURED
    kind, behind = 1, False
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
        sight: Sight = st.segmented_control(
            "Where a dot lies", list(SIGHTS), default="axis" if len(classes) == 2 else "t-SNE", required=True,
            key="map-sight", format_func=SIGHTS.__getitem__, persist_state="session",
            on_change=result_lasso.charts_gone)
        if sight == "axis" and len(classes) > 2:
            kind = st.selectbox("The class", range(len(classes)), key=f"map-class {dataset}", persist_state="session",
                                format_func=classes.__getitem__, width=260)
        elif sight != "axis" and exhibit.part != "train" and exhibit.job.grant is None:
            behind = st.toggle("Training pictures behind", key="map-behind", persist_state="session", help=BEHIND)
        by: Colouring = st.selectbox("Its colour", list(COLOURINGS), index=2 if many else 0, key="map-colour",
                                     format_func=COLOURINGS.__getitem__, persist_state="session", width=220)
    if not many or by == "verdict":
        return Choice(sight, Paint(by), kind, behind)
    chosen = st.multiselect("Classes in colour", range(len(classes)), key=f"map-classes {dataset}",
                            max_selections=MOST_COLOURED, format_func=classes.__getitem__, persist_state="session",
                            placeholder=f"Choose up to {MOST_COLOURED}; the others are grey")
    return Choice(sight, Paint(by, tuple(chosen)), kind, behind)


def _axis(exhibit: Exhibit, kind: int, paint: Paint) -> None:
    predictions = exhibit.predictions
    _caption(AXIS + (OF_TWO if len(predictions.classes) == 2 else OF_MANY), "decision threshold")
    figure = _axis_drawn(mark(predictions), kind, paint, predictions)
    result_lasso.chart(exhibit, figure, "axis", "Every picture as a dot, by the probability of one class")


def _map(exhibit: Exhibit, job: Job | None, method: Method, paint: Paint, behind: bool) -> bool:
    """Whether the map stands there; otherwise how far it is, or what hinders it."""
    outcome = exhibit.outcome
    if job is not None and not job.over:
        _waiting(job)
        return False
    if not outcome.final:
        st.info("The map is drawn of the finished network. Until the training is finished, there is the probability.",
                icon=":material/hourglass_bottom:")
        return False
    try:
        here = landscapes.standing(outcome)
    except PlaygroundError as error:
        sharing.told_of(exhibit.job, error)
        here = None
    if here is None or not here.belongs_to(outcome.valid):
        _not_drawn(exhibit.job, job, stale=here is not None)
        return False
    if job is not None and job.state != "finished":       # a later one than that which stands here
        live.told_end(job, live.story_of(job))
    _drawn(exhibit, here, method, paint, behind)
    return True


def _waiting(job: Job) -> None:
    with st.container(border=True, height=result_dots.HEIGHT, vertical_alignment="center", key="map-waiting"):
        st.markdown("The network looks at every picture once more, and what it finds alike is put together. You need "
                    "not wait here.")
        live.watch(job, landscapes.progress)


def _not_drawn(training: Job, job: Job | None, stale: bool) -> None:
    if training.grant is not None:
        st.info(NOT_SHARED, icon=":material/scatter_plot:")
        return
    with st.container(border=True, key="map-missing"):
        if stale:
            st.markdown(landscapes.ANOTHER)
        elif job is not None and job.state != "finished":
            live.told_end(job, live.story_of(job))
        elif job is None:
            st.markdown("Your other work is not done yet. Afterwards the map can be drawn.")
        if refused := st.session_state.pop(REFUSED, None):
            frame.told(refused)
        st.button("Draw the map", icon=":material/scatter_plot:", key="draw-map", on_click=_ask, args=(training,))


def _ask(training: Job) -> None:
    try:
        landscapes.ask(training)
    except PlaygroundError as error:
        st.session_state[REFUSED] = error


def _drawn(exhibit: Exhibit, here: Landscape, method: Method, paint: Paint, behind: bool) -> None:
    predictions, outcome = exhibit.predictions, exhibit.outcome
    _caption(LIKENESS[method].format(100 * sum(here.kept)), method, "activations")
    figure, left_out = _map_drawn(mark(predictions), method, paint, behind, outcome.run.path,
                                  landscapes.changed(outcome), predictions, here, outcome.document.split["train"])
    result_lasso.chart(exhibit, figure, "map", "Every picture as a dot, beside those that are like it to the network")
    if left_out:
        st.caption(f"{left_out:,} of these pictures are not on the map: it has room for a part of so many.")


def _caption(text: str, *terms: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.caption(text)
        explain(*terms)


# Shared between visitors only by what a network said of their pictures, and never changed.
@st.cache_resource(max_entries=16, show_spinner=False)
def _axis_drawn(said: str, kind: int, paint: Paint, _predictions: Predictions) -> go.Figure:
    return result_dots.probability_axis(_predictions, kind, paint)


@st.cache_resource(max_entries=16, show_spinner=False)
def _map_drawn(said: str, method: Method, paint: Paint, behind: bool, folder: Path, drawn: int,
               _predictions: Predictions, _here: Landscape, _learned: tuple[str, ...]) -> tuple[go.Figure, int]:
    """The figure, and how many of the predictions are not on the map."""
    on_map, places = np.array(_here.ids)[_here.placed], _here.places[method]
    ids = np.array(_predictions.ids)
    order = np.argsort(ids)
    found = order[np.minimum(np.searchsorted(ids, on_map, sorter=order), len(ids) - 1)]
    shown = ids[found] == on_map
    pale = places[np.isin(on_map, list(_learned)) & ~shown] if behind else None
    axes = (f"{100 * _here.kept[0]:.0f} % of the differences", f"{100 * _here.kept[1]:.0f} %"
            ) if method == "PCA" else None
    figure = result_dots.likeness_map(_predictions, found[shown], places[shown], paint, pale, axes)
    return figure, len(ids) - int(shown.sum())
