"""Choosing a learning rate: on the curve, by a suggestion's name, or as a number. The draft recipe keeps it."""

from collections.abc import Mapping
from pathlib import Path

import streamlit as st

from core.events import LrFound
from core.training.levers import rate_in_words, with_learning_rate
from pages.ui import charts, session
from pages.ui.training_form import LEARNING_RATES

CURVE, BY_NAME, BY_NUMBER = "lr curve", "lr by name", "lr by number"
SHOWN = "lr shown for"
ALIKE = 0.01        # rates that differ by less, relatively, read the same

MEANING = {
    "valley": "in the middle of the longest fall: the one to take when in doubt",
    "slide": "the largest before the curve gets restless",
    "steep": "where the loss falls fastest",
    charts.MINIMUM: "a tenth of where the loss is least",
}

SKETCH = (Path(__file__).parent / "pictures" / "learning_rate.svg").read_text(encoding="utf-8")


def sketch() -> None:
    """What the curve will look like, and how to read it."""
    st.image(SKETCH, width=1000, alt="The loss stays as it is, falls, and blows up as the steps get bigger.")


def curve(found: LrFound, rate: float | None) -> None:
    """The curve; a click on any of its points chooses that point's rate."""
    st.plotly_chart(charts.lr_curve(found, rate), key=CURVE, on_select=take_click, selection_mode="points",
                    config={"displayModeBar": False}, height=charts.LR_CURVE_HEIGHT,
                    alt="Loss over the learning rate, with the suggested rates marked.")


def panel(found: LrFound | None, rate: float | None) -> None:
    """What is chosen, and the same choices for the keyboard."""
    named = charts.suggestions(found) if found else {}
    name = name_of(rate, named)
    by_name, by_number, leave = st.columns([5, 2, 2], gap="medium", vertical_alignment="bottom")
    with by_name:
        st.markdown("**Chosen:** none, so the playground finds one just before training" if rate is None
                    else f"**Chosen: {rate_in_words(rate)}**" + (f" ({name})" if name else ""))
        st.session_state[BY_NAME] = name
        st.pills("Suggestions", tuple(named), key=BY_NAME, on_change=_named, args=(named,), disabled=not named,
                 format_func=lambda option: f"{option} · {rate_in_words(named[option])}", label_visibility="collapsed",
                 wrap=True)
    st.session_state[BY_NUMBER] = rate
    by_number.number_input("The exact value", *LEARNING_RATES, value=None, step=1e-4, format="%.2e", key=BY_NUMBER,
                           on_change=_typed, placeholder="automatic")
    leave.button("Leave it open", on_click=_choose, args=(None,), disabled=rate is None, width="stretch",
                 help="No fixed rate: the same search runs just before training, and its valley is taken.")
    if named:
        st.caption(" · ".join(f"**{option}**: {MEANING[option]}" for option in named))


def name_of(rate: float | None, named: Mapping[str, float]) -> str | None:
    """The suggestion that this rate is, if it is one."""
    if rate is None:
        return None
    return next((name for name, suggested in named.items() if abs(rate / suggested - 1) < ALIKE), None)


def take_click() -> None:
    points = st.session_state[CURVE].selection.points
    if points:                # an empty selection is only the chart that was drawn anew
        _choose(float(points[0]["x"]))


def _named(named: Mapping[str, float]) -> None:
    name = st.session_state[BY_NAME]
    if name in named:         # a click on the chosen one lets go of it: it stays
        _choose(named[name])


def _typed() -> None:
    _choose(st.session_state[BY_NUMBER])


def shown_for(dataset: str) -> None:
    """Note whose rate this tab chooses: another tab may show another data set by the next click."""
    st.session_state[SHOWN] = dataset


def _choose(rate: float | None) -> None:
    chosen = session.chosen()
    if chosen is not None and chosen.entry.id == st.session_state.get(SHOWN):
        session.save_recipe(with_learning_rate(chosen.recipe, rate))
