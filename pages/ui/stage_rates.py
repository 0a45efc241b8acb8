"""The learning rates of a stage: found before it, one value, a slice over the layers that learn, or one a group."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Literal

import streamlit as st

from core.training.draft import searches
from core.training.stage import GROUPS, HIGHEST_RATE, Stage
from pages.ui import frame
from pages.ui.stage_levers import InHand, Number, choice, number

Kind = Literal["found", "one", "slice", "each"]
KINDS: dict[Kind, str] = {"found": "Found", "one": "One value", "slice": "Slice", "each": "Each group"}
FIRST_RATE, FIRST_SPREAD = 1e-3, 100.0       # where a person begins to set them
LEAST_RATE = 1e-9

SENTENCES: dict[Kind, str] = {
    "found": "Left open: it is found just before this stage begins.",
    "one": "The same for all the layers that learn. fast.ai: smaller by 3 to 10 from group to group is better.",
    "slice": "Small steps in the first layers, which know edges already, large ones in the head; between them in equal "
             "ratios (slice).",
    "each": "One rate for each group of layers (discriminative learning rates).",
}


def rates(hand: InHand) -> None:
    """How big the steps are, and the way to the page that finds out."""
    stage, now = hand.stage, kind_of(hand.stage)
    kinds = KINDS if len(stage.groups) > 1 else {kind: KINDS[kind] for kind in ("found", "one")}
    choice(hand, "rate_kind", "How big its steps are (learning rate)", kinds, now, _as_kind)
    match now:
        case "found":
            _found(hand)
        case "one":
            number(hand, _rate("learning_rate", "Learning rate"), stage.head_rate, _as_one)
        case "slice":
            assert stage.head_rate is not None
            with st.container(horizontal=True):
                number(hand, _rate("low", "First layers"), stage.head_rate / stage.spread, _as_low)
                number(hand, _rate("high", "Head"), stage.head_rate, _as_high)
        case "each":
            assert isinstance(stage.learning_rate, tuple)
            with st.container(horizontal=True):
                for place, group in enumerate(GROUPS):
                    if group in stage.groups:
                        number(hand, _rate(f"rate_{group}", group.capitalize()), stage.learning_rate[place],
                               partial(_as_group, place))
    st.caption(_sentence(hand, now))
    if st.button("Find its learning rate", icon=":material/search:", key=f"find stage {hand.place + 1}",
                 help="A quick search on this very setting, frozen or not. What you pick goes into this stage."):
        frame.go("learning_rate", {"stage": str(hand.place + 1)})


def kind_of(stage: Stage) -> Kind:
    if stage.learning_rate is None:
        return "found"
    if len(stage.groups) == 1:
        return "one"
    if isinstance(stage.learning_rate, tuple):
        return "each"
    return "one" if stage.spread == 1 else "slice"


def _found(hand: InHand) -> None:
    if len(hand.stage.groups) > 1:
        number(hand, Number("spread", "First layers' steps: so many times smaller (spread)",
                            "The first layers know edges already and need little change. Between the first layers and "
                            "the head the rate grows in equal ratios.", 1.0, 1e6, 10.0, "%g"), hand.stage.spread)


def _sentence(hand: InHand, kind: Kind) -> str:
    if kind != "found":
        return SENTENCES[kind]
    stage = hand.stage
    if not searches(hand.shown.recipe, hand.place):
        return "Left open: it takes the rate that was found before an earlier stage."
    times = "" if stage.learning_rate_factor == 1 else f" It is taken times {stage.learning_rate_factor:g}."
    return SENTENCES["found"] + times


def _rate(field: str, label: str) -> Number:
    return Number(field, label, f"The largest of this stage; the schedule says when. From {LEAST_RATE:g} to "
                                f"{HIGHEST_RATE:g}: as 0.003, or as 3e-3.", LEAST_RATE, HIGHEST_RATE, 1e-4, "%.1e",
                  tenths=True)


def _as_kind(stage: Stage, kind: Kind) -> Mapping[str, Any]:
    head = stage.head_rate or FIRST_RATE
    ratio = _ratio(stage)
    match kind:
        case "found":
            return {"learning_rate": None, "spread": ratio}
        case "one":
            return {"learning_rate": head, "spread": 1.0}
        case "slice":
            return {"learning_rate": head, "spread": ratio if ratio > 1 else FIRST_SPREAD}
        case "each":
            spread = ratio if ratio > 1 else FIRST_SPREAD
            return {"learning_rate": [head / spread, head / spread**0.5, head], "spread": 1.0}


def _ratio(stage: Stage) -> float:
    """The head's rate over the first layers', at least 1: a slice never falls towards the head."""
    if isinstance(stage.learning_rate, tuple):
        return max(1.0, stage.learning_rate[-1] / stage.learning_rate[0])
    return stage.spread


def _as_one(_: Stage, rate: float) -> Mapping[str, Any]:
    return {"learning_rate": rate, "spread": 1.0}


def _as_low(stage: Stage, low: float) -> Mapping[str, Any]:
    """Above the head's rate it becomes both."""
    high = max(stage.head_rate or FIRST_RATE, low)
    return {"learning_rate": high, "spread": high / low}


def _as_high(stage: Stage, high: float) -> Mapping[str, Any]:
    low = min((stage.head_rate or FIRST_RATE) / stage.spread, high)
    return {"learning_rate": high, "spread": high / low}


def _as_group(place: int, stage: Stage, rate: float) -> Mapping[str, Any]:
    assert isinstance(stage.learning_rate, tuple)
    return {"learning_rate": [rate if at == place else each for at, each in enumerate(stage.learning_rate)]}
