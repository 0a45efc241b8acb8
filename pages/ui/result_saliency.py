"""Results, where it looks: pictures with the places that spoke for the answer, the hardest first."""

from collections.abc import Callable, Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.delta_generator import DeltaGenerator

from core.interpretation import rankings
from core.interpretation.predictions import Predictions
from core.jobs.explanations import MOST_PICTURES, Problem, Where
from pages.ui import closer_look, explained, frame, origin, overlay, paging, session
from pages.ui.exhibit import Exhibit
from pages.ui.explain import explain
from pages.ui.gallery import CARDS_A_ROW, NARROWEST, NO_PICTURE, STYLE, csv_button, told_in_full
from pages.ui.origin import Origin
from pages.ui.result_view import by_itself
from pages.ui.words import amount

ORDERS: dict[str, Callable[[Predictions, int], NDArray[np.int64]]] = {
    "Top losses": lambda shown, seed: rankings.top_losses(shown, len(shown)),
    "Most correct": lambda shown, seed: _most_correct(shown),
    "Most uncertain": lambda shown, seed: rankings.most_uncertain(shown, len(shown)),
    "At random": lambda shown, seed: np.random.default_rng(seed).permutation(len(shown)),
}
PLACE = "saliency"               # of the closer look
ALL = -1                         # in place of a class
DRAW = "saliency-draw"           # session_state: how often other pictures were asked for
SAID, IS = "what it said", "what it is"
WHAT = ("Bright places spoke for the class. Does it look at the thing, or at what happens to be around it? The maps "
        "are coarse, and each is scaled to its own brightest place.")
OWN_SQUARES = "The whole pictures are gone: you see the squares that the training kept."
AVERAGED = "The maps are of one look at each picture, the picture itself; the words go by the averaged answers."


@by_itself
def show(exhibit: Exhibit) -> None:
    """Cards with maps over their pictures, a page at a time."""
    st.html(STYLE)
    rows, target, opacity = _choices(exhibit.predictions)
    if not len(rows):
        st.info("There are no such pictures.")
        return
    page, pages = 1, -(-len(rows) // MOST_PICTURES)
    told, take = st.columns([3, 1], vertical_alignment="center")
    told.caption(amount(len(rows), "picture"))
    with take, st.container(horizontal=True, horizontal_alignment="right"):
        csv_button(exhibit, rows, "where it looks")
    grid = st.container()
    if pages > 1:
        page = paging.turned(pages, f"saliency-page {pages}")
    shown = rows[(page - 1) * MOST_PICTURES:page * MOST_PICTURES].tolist()
    predictions = exhibit.predictions
    with grid:
        places = _cards(exhibit, shown)
    if session.office().explanations.pid is None:         # it takes seconds to start: show pictures meanwhile
        for place, row in zip(places, shown, strict=True):
            _plain(exhibit, row, place)
    targets = (predictions.predicted if target == SAID else predictions.labels)[shown].tolist()
    with told, explained.asking("Looking where it looked"):       # above the pictures, where it is seen
        found = explained.where(exhibit, shown, targets)
        for place, one in zip(places, found, strict=True):
            _map(one, place, opacity, f"Where it looked, for {target}")
        if any(isinstance(one, Where) and one.from_seen for one in found):
            st.caption(OWN_SQUARES)
    if exhibit.averaged:
        st.caption(AVERAGED)
    closer_look.follow(exhibit, rows, PLACE)


def _choices(predictions: Predictions) -> tuple[NDArray[np.int64], str, float]:
    """The chosen pictures' rows in their order, which class is asked about, and how strongly maps are laid over."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        order = st.segmented_control("Which pictures", list(ORDERS), default=next(iter(ORDERS)), required=True,
                                     key="saliency-order", label_visibility="collapsed", persist_state="session")
        if order == "At random":
            st.button("Draw others", icon=":material/shuffle:", on_click=_draw_anew, key="saliency-draw-others")
        explain("saliency map", "Grad-CAM", label="What is this?")
    st.caption(WHAT)
    kind, why, how = st.columns(3, gap="large", vertical_alignment="bottom")
    with kind:
        chosen = st.selectbox("Pictures of", [ALL, *range(len(predictions.classes))], key="saliency-kind",
                              format_func=lambda place: "all classes" if place == ALL else predictions.classes[place])
    with why:
        target = st.segmented_control("What spoke for", [SAID, IS], default=SAID, required=True, key="saliency-target",
                                      persist_state="session", help="Of a wrong answer: what misled it, or what it "
                                                                    "could have gone by.")
    with how:
        opacity = explained.opacity_slider("saliency")
    of_kind = np.arange(len(predictions)) if chosen == ALL else np.flatnonzero(predictions.labels == chosen)
    if not len(of_kind):
        return of_kind, target, opacity
    among = predictions if chosen == ALL else predictions.select(of_kind)
    return of_kind[ORDERS[order](among, st.session_state.get(DRAW, 0))], target, opacity


def _most_correct(predictions: Predictions) -> NDArray[np.int64]:
    """Of all classes, the surest right answer first."""
    surest = np.argsort(predictions.losses, kind="stable")
    return surest[predictions.correct[surest]]


def _cards(exhibit: Exhibit, rows: Sequence[int]) -> list[DeltaGenerator]:
    """A card a picture; the places of the pictures."""
    came_from = origin.origin(exhibit.job, exhibit.outcome)
    with st.grid(CARDS_A_ROW, min_column_width=NARROWEST, gap="xsmall"):
        return [_card(exhibit, row, came_from) for row in rows]


def _card(exhibit: Exhibit, row: int, came_from: Origin | None) -> DeltaGenerator:
    """A card's words; the place of its picture."""
    predictions = exhibit.predictions
    id, edge = predictions.ids[row], "right" if predictions.correct[row] else "wrong"
    with st.container(key=f"card-{edge}-saliency-{id}", height="stretch"):
        place = st.empty()
        st.markdown(told_in_full(exhibit, row))
        if changed := origin.told(came_from, id):
            st.caption(f":material/edit_note: {changed}")
        st.button("Look closer", icon=":material/zoom_in:", key=f"saliency closer {id}", type="tertiary",
                  on_click=closer_look.look_at, args=(exhibit, row, PLACE, "Where it looked"))
    return place


def _plain(exhibit: Exhibit, row: int, place: DeltaGenerator) -> None:
    if picture := exhibit.outcome.run.seen_picture(exhibit.predictions.ids[row]):
        place.image(picture, width="stretch")
    else:
        place.html(NO_PICTURE)


def _map(found: Where | Problem, place: DeltaGenerator, opacity: float, alt: str) -> None:
    if isinstance(found, Problem):
        place.caption(f"{frame.plain(found.problem)} {frame.plain(found.remedy)}")
        return
    place.image(overlay.overlaid(found.jpeg, np.array(found.map), opacity if found.anything else 0), width="stretch",
                caption=None if found.anything else "nothing spoke for it", alt=alt)


def _draw_anew() -> None:
    st.session_state[DRAW] = st.session_state.get(DRAW, 0) + 1
