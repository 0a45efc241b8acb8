"""Results, "I don't know": how sure the network has to be to answer, and what it hands to a person instead."""

import numpy as np
import streamlit as st

from core.errors import PlaygroundError
from core.interpretation import coverage
from core.interpretation.coverage import Standing
from core.interpretation.predictions import Predictions
from pages.ui import certainty_commands, frame, result_certainty, sure_charts, sure_words
from pages.ui.exhibit import Exhibit
from pages.ui.explain import explain
from pages.ui.gallery import BELOW_A_CHART, paged
from pages.ui.words import amount

WISHES = (90, 95, 99)        # right in so many of 100
FINE = (0.995, 0.999, 0.9995, 0.9999, 0.99999, 0.999999)      # where sure networks differ
FEWEST_ANSWERS = 10          # on which a wish may rest, or a tenth of few pictures
MOST_POINTS = 240            # of the curve
NO_BAR = {"displayModeBar": False}
DECIDED = "Choose by the validation pictures. That makes them a little kinder than new pictures will be"
CONFIRMED = "the test pictures, looked at last, confirm."
NO_TEST = ("and here are no test pictures that could confirm it. Bring in pictures in the folders train and test, and "
           "those in test are kept apart for that.")
NOTHING_BELOW = "None of these pictures is below it, so there is nothing to use it for yet."
CONFIRM = "The validation pictures decide; the test pictures only confirm what was chosen there."


@st.fragment
def show(exhibit: Exhibit) -> None:
    """Moving the slider runs this alone."""
    result_certainty.redraw_all()
    with st.container(border=True, key="dont-know"):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            st.markdown("**“I don’t know”**: how sure is sure enough? (threshold)", width="content")
            explain("threshold", "accuracy against coverage")
        try:
            _body(exhibit)
        except PlaygroundError as error:
            frame.told(error)


def levels(predictions: Predictions, kept: float | None) -> list[float]:
    """The thresholds to choose from: in hundredths from where nothing is refused, finer near 1, and the one in use."""
    first = int(100 / len(predictions.classes))
    return sorted({*(place / 100 for place in range(max(1, first), 100)), *FINE, *([kept] if kept else [])})


def _body(exhibit: Exhibit) -> None:
    outcome, predictions = exhibit.outcome, result_certainty.in_use(exhibit)
    kept = result_certainty.kept(outcome).least
    result_certainty.tell()
    words, picture = st.columns([5, 6], gap="large")
    with words:
        if exhibit.part == "test":
            st.caption(CONFIRM)
            chosen = coverage.standing(predictions, kept or 0.0)
        else:
            chosen = _chosen(exhibit, predictions, kept)
        st.markdown(sure_words.would(chosen))
        if chosen.refused:
            st.caption(sure_words.of_the_refused(chosen))
        elif exhibit.part != "test" and chosen.threshold not in (kept, levels(predictions, None)[0]):
            st.caption(NOTHING_BELOW)
        _state(exhibit, chosen, kept)
        if exhibit.part != "test":
            st.caption(f"{DECIDED}: {CONFIRMED}" if outcome.test is not None else f"{DECIDED}, {NO_TEST}")
    with picture:
        figure = sure_charts.coverage(_thinned(coverage.curve(predictions)), chosen)
        st.plotly_chart(figure, config=NO_BAR, key="coverage", height=sure_charts.HEIGHT,
                        alt="How many of the answers are right, over how many pictures are answered")
    rows = coverage.refused(predictions, chosen.threshold)
    if len(rows):
        st.markdown("What it would hand to you, the least sure first")
        paged(result_certainty.of_in_use(exhibit), rows, "refused", unsure=True,
              pages=BELOW_A_CHART, file=f"refused below {100 * chosen.threshold:g}")


def _chosen(exhibit: Exhibit, predictions: Predictions, kept: float | None) -> Standing:
    """Where the slider stands, and the wishes that move it."""
    key = result_certainty.tried(exhibit.outcome)
    wished = _granting(predictions)
    offered = sorted({*levels(predictions, kept), *(one.threshold for one in wished.values() if one is not None)})
    if st.session_state.get(key) not in offered:
        st.session_state[key] = kept or offered[0]
    threshold = st.select_slider("It answers when it is at least so sure", offered, key=key,
                                 format_func=sure_words.percent, persist_state="session")
    _wishes("Right on these pictures in", "wish", wished, key)
    _wishes("Even at the span’s low end in", "safe wish", wished, key)
    return coverage.standing(predictions, threshold)


def _granting(predictions: Predictions) -> dict[str, Standing | None]:
    """By the key of each wish, the lowest threshold that grants it and what it does; None where none does.

    It is one of `levels`, or where those leave hardly an answer, as near 1, one that lies between them.
    """
    coarse, found = coverage.curve(predictions, np.array(levels(predictions, None))), dict[str, Standing | None]()
    fine = coverage.curve(predictions) if _crowded(predictions) else coarse
    for name, lowest in (("wish", coverage.threshold_for), ("safe wish", coverage.threshold_beyond_chance_for)):
        for wish in WISHES:
            one = _standing(predictions, lowest(coarse, wish / 100))
            if one is None or _too_few(one):
                one = _standing(predictions, lowest(fine, wish / 100))
            found[f"{name} {wish}"] = one
    return found


def _standing(predictions: Predictions, reached: float | None) -> Standing | None:
    return None if reached is None else coverage.standing(predictions, coverage.tidied(predictions, reached))


def _crowded(predictions: Predictions) -> bool:
    """Whether many are surer than the last levels can tell apart."""
    return len(coverage.refused(predictions, FINE[0])) < len(predictions) - FEWEST_ANSWERS


def _too_few(one: Standing) -> bool:
    return one.answered < min(FEWEST_ANSWERS, one.pictures / 10)


def _wishes(words: str, name: str, wished: dict[str, Standing | None], key: str) -> None:
    """Buttons that move the slider to the lowest threshold which grants a wish."""
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.caption(words, width=170)
        for wish in WISHES:
            reached = wished[f"{name} {wish}"]
            few = reached is not None and _too_few(reached)
            st.button(f"{wish} %", key=f"{name} {wish}", on_click=_try,
                      args=(key, reached.threshold if reached else None), disabled=reached is None or few,
                      help="No threshold reaches that on these pictures." if reached is None else
                      f"That would leave {amount(reached.answered, 'answer')}: too few to go by." if few else
                      sure_words.granted(reached))


def _try(key: str, threshold: float) -> None:
    """For a button, whose click comes before the slider is drawn."""
    st.session_state[key] = threshold


def _state(exhibit: Exhibit, chosen: Standing, kept: float | None) -> None:
    """What is in use, and the ways to change that."""
    outcome = exhibit.outcome
    if kept is None:
        st.markdown(":material/remove: **In use: none.** It always answers.")
    else:
        st.markdown(f":material/check: **In use: {sure_words.percent(kept)}**, on this page, in prediction and in the "
                    "export")
    with st.container(horizontal=True, gap="small"):
        if kept is not None:
            certainty_commands.show(outcome.run, "threshold")
        if exhibit.part == "test":
            return
        if chosen.threshold != kept and chosen.refused:
            st.button("Use this threshold", type="primary", icon=":material/front_hand:", key="use threshold",
                      on_click=result_certainty.use_threshold, args=(outcome, chosen))
        if kept is not None:
            st.button("Stop using it", key="stop threshold", on_click=result_certainty.use_threshold,
                      args=(outcome, None))
        if result_certainty.can_undo(outcome):
            st.button("Undo", icon=":material/undo:", key="undo threshold", on_click=result_certainty.undo,
                      args=(outcome,))


def _thinned(standings: tuple[Standing, ...]) -> tuple[Standing, ...]:
    """So many that the eye sees no difference, the first and the last among them."""
    if len(standings) <= MOST_POINTS:
        return standings
    return tuple(standings[place] for place in np.linspace(0, len(standings) - 1, MOST_POINTS).astype(int))
