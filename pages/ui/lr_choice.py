"""Choosing a stage's learning rate: on the curve, by a suggestion's name, or as a number. The draft recipe keeps it.

A triangular stage has two bounds: a range that is dragged over the curve sets both.
"""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import streamlit as st

from core.events import LrFound
from core.training import draft
from core.training.recipe import Recipe
from core.training.stage import Stage
from core.training.words import rate_in_words
from pages.ui import charts, recipe_draft
from pages.ui.colours import ACCENT
from pages.ui.recipe_draft import Shown

CURVE, BY_NAME, BY_NUMBER, LOW, HIGH = "lr curve", "lr by name", "lr by number", "lr lower", "lr upper"
ALIKE = 0.01        # rates that differ by less, relatively, read the same
LEARNING_RATES = (1e-7, 10.0)                    # as far as the finder looks

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


def curve(found: LrFound, shown: Shown, place: int) -> None:
    """The curve; a click on any of its points chooses that point's rate, a range of them both bounds."""
    stage = shown.recipe.stages[place]
    figure = charts.lr_curve(found, stage.head_rate)
    ranged = is_range(stage)
    if ranged:
        figure.update_layout(dragmode="select", selectdirection="h")
        if stage.head_rate is not None:
            figure.add_vrect(x0=stage.head_rate / stage.bound_ratio, x1=stage.head_rate, fillcolor=ACCENT, opacity=0.15,
                             line_width=0, layer="below")
    st.plotly_chart(figure, key=CURVE, on_select=partial(take_selection, shown, place),
                    selection_mode=("points", "box") if ranged else "points", config={"displayModeBar": False},
                    height=charts.LR_CURVE_HEIGHT,
                    alt="Loss over the learning rate, with the suggested rates marked.")


def panel(found: LrFound | None, shown: Shown, place: int) -> None:
    """What is chosen, and the same choices for the keyboard."""
    stage = shown.recipe.stages[place]
    rate, named = stage.head_rate, charts.suggestions(found) if found else {}
    name = name_of(rate, named)
    widths = [4, 4, 2] if is_range(stage) else [5, 2, 2]
    by_name, by_number, leave = st.columns(widths, gap="medium", vertical_alignment="bottom")
    with by_name:
        st.markdown(_chosen(shown.recipe, place, name))
        st.session_state[BY_NAME] = name
        st.pills("Suggestions", tuple(named), key=BY_NAME, on_change=_named, args=(shown, place, named),
                 disabled=not named, format_func=lambda option: f"{option} · {rate_in_words(named[option])}",
                 label_visibility="collapsed", wrap=True)
    with by_number:
        _bounds(shown, place) if is_range(stage) else _exact(shown, place)
    leave.button("Leave it open", on_click=_choose, args=(shown, place, None), disabled=rate is None, width="stretch",
                 help="No fixed rate: a search runs just before the stage, and its valley is taken.")
    if named:
        st.caption(" · ".join(f"**{option}**: {MEANING[option]}" for option in named))


def is_range(stage: Stage) -> bool:
    """Does the stage swing between two bounds?"""
    return stage.schedule == "triangular"


def name_of(rate: float | None, named: Mapping[str, float]) -> str | None:
    """The suggestion that this rate is, if it is one."""
    if rate is None:
        return None
    return next((name for name, suggested in named.items() if abs(rate / suggested - 1) < ALIKE), None)


def take_selection(shown: Shown, place: int) -> None:
    """The clicked point's rate; of a range, the least and the greatest of its points."""
    rates = [float(point["x"]) for point in st.session_state[CURVE].selection.points]
    if not rates:             # an empty selection is only the chart that was drawn anew
        return
    low, high = min(rates), max(rates)
    if is_range(shown.recipe.stages[place]) and low < high:
        _choose_bounds(shown, place, low, high)
    else:
        _choose(shown, place, rates[0])


def _chosen(recipe: Recipe, place: int, name: str | None) -> str:
    stage = recipe.stages[place]
    if stage.head_rate is None:
        if draft.searches(recipe, place):
            return "**Chosen:** none, so the playground finds one just before training"
        return "**Chosen:** none, so this stage takes the rate that was found before an earlier one"
    if is_range(stage):
        return (f"**Chosen: {rate_in_words(stage.head_rate / stage.bound_ratio)} to "
                f"{rate_in_words(stage.head_rate)}** (lower and upper bound)")
    return f"**Chosen: {rate_in_words(stage.head_rate)}**" + (f" ({name})" if name else "")


def _exact(shown: Shown, place: int) -> None:
    rate = shown.recipe.stages[place].head_rate
    st.session_state[BY_NUMBER] = rate
    st.number_input("The exact value", *_limits(rate), value=None, step=1e-4, format="%.2e", key=BY_NUMBER,
                    on_change=_typed, args=(shown, place), placeholder="automatic")


def _bounds(shown: Shown, place: int) -> None:
    stage = shown.recipe.stages[place]
    rate = stage.head_rate
    with st.container(horizontal=True):
        for key, label, now in ((LOW, "Lower bound", None if rate is None else rate / stage.bound_ratio),
                                (HIGH, "Upper bound", rate)):
            st.session_state[key] = now
            st.number_input(label, *_limits(now), value=None, step=1e-4, format="%.1e", key=key,
                            on_change=_typed_bounds, args=(shown, place), placeholder="automatic")


def _limits(rate: float | None) -> tuple[float, float]:
    """Of what can be typed. A rate beyond, which the recipe may have from elsewhere, is shown as it is."""
    least, most = LEARNING_RATES
    return (least, most) if rate is None else (min(least, rate), max(most, rate))


def _named(shown: Shown, place: int, named: Mapping[str, float]) -> None:
    name = st.session_state[BY_NAME]
    if name in named:         # a click on the chosen one lets go of it: it stays
        _choose(shown, place, named[name])


def _typed(shown: Shown, place: int) -> None:
    _choose(shown, place, st.session_state[BY_NUMBER])


def _typed_bounds(shown: Shown, place: int) -> None:
    """The upper one alone keeps its ratio to the lower; bounds that are the wrong way round change nothing."""
    low, high = st.session_state[LOW], st.session_state[HIGH]
    if low is not None and high is not None and low < high:
        _choose_bounds(shown, place, low, high)
    elif low is None or high is None:
        _choose(shown, place, high)
    else:
        st.toast("The lower bound must be smaller than the upper one.", icon=":material/error:")


def _choose(shown: Shown, place: int, rate: float | None) -> None:
    recipe_draft.edit(shown, lambda recipe: draft.with_rate(recipe, place, rate),
                      f"the learning rate of stage {place + 1}")


def _choose_bounds(shown: Shown, place: int, low: float, high: float) -> None:
    recipe_draft.edit(shown, lambda recipe: draft.with_bounds(recipe, place, low, high),
                      f"the bounds of stage {place + 1}")
