"""Levers of one stage: each shows the draft's value, saves what is moved at once, and has a sentence."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import streamlit as st

from core.training import draft
from core.training.stage import Stage
from pages.ui import recipe_draft
from pages.ui.recipe_draft import Shown


@dataclass(frozen=True, slots=True)
class InHand:
    """The stage whose levers are shown."""

    shown: Shown
    place: int

    @property
    def stage(self) -> Stage:
        return self.shown.recipe.stages[self.place]


# What a lever's new value makes of the stage: the fields that change.
Meaning = Callable[[Stage, Any], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Number:
    """A field of a stage that is a number. `left_open`: it may be empty, and what that means."""

    field: str
    label: str
    sentence: str
    least: float
    most: float
    step: float
    format: str | None = None
    left_open: str | None = None
    tenths: bool = False             # a step is a tenth of the value's power of ten, in the place of `step`


def key_of(name: str) -> str:
    return f"stage {name}"


def choice(hand: InHand, name: str, label: str, options: Mapping[Any, str], now: Any, meaning: Meaning,
           help_text: str | None = None) -> None:
    """One of a few, side by side."""
    key = key_of(name)
    st.session_state[key] = now
    st.segmented_control(label, list(options), format_func=options.__getitem__, required=True, key=key, wrap=True,
                         help=help_text, on_change=take, args=(hand, name, meaning, tuple(options)))


def selection(hand: InHand, name: str, label: str, options: Sequence[Any], words: Callable[[Any], str], now: Any,
              meaning: Meaning, help_text: str | None = None) -> None:
    """One of many, in a list."""
    key = key_of(name)
    options = tuple(options) if now in options else (*options, now)    # a recipe file may name a value of its own
    st.session_state[key] = now
    st.selectbox(label, options, format_func=words, key=key, help=help_text, on_change=take,
                 args=(hand, name, meaning, options))


def switch(hand: InHand, field: str, label: str, sentence: str, now: bool, disabled: bool = False) -> None:
    key = key_of(field)
    st.session_state[key] = now
    st.toggle(label, key=key, help=sentence, disabled=disabled, on_change=take, args=(hand, field, partial(_is, field)))


def number(hand: InHand, lever: Number, now: float | None, meaning: Meaning | None = None) -> None:
    """A number; outside of its bounds a recipe file's value is shown as it is."""
    key = key_of(lever.field)
    st.session_state[key] = now
    least, most = (lever.least, lever.most) if now is None else (min(lever.least, now), max(lever.most, now))
    kind: Any = int if isinstance(lever.step, int) else float      # of all its numbers the same
    step = _tenth(now) if lever.tenths and now else lever.step
    st.number_input(lever.label, kind(least), kind(most), value=None, step=kind(step), format=lever.format,
                    key=key, help=lever.sentence, placeholder=lever.left_open or "as it was", on_change=_take_number,
                    args=(hand, lever, meaning or partial(_is, lever.field)))


def _take_number(hand: InHand, lever: Number, meaning: Meaning) -> None:
    """Where it may not be left open, an emptied field, or one without a number in it, gets back what it had."""
    if lever.left_open is not None or st.session_state[key_of(lever.field)] is not None:
        take(hand, lever.field, meaning)


def _tenth(value: float) -> float:
    """Of the value's power of ten: of 3e-5 it is 1e-6."""
    return 10.0 ** (math.floor(math.log10(value)) - 1)


def take(hand: InHand, name: str, meaning: Meaning, options: tuple[Any, ...] | None = None) -> None:
    """Save the lever that was moved. What no option offered is not taken, whatever a browser sends."""
    value = st.session_state[key_of(name)]
    if options is not None and value not in options:
        return
    recipe_draft.edit(
        hand.shown, lambda recipe: draft.changed(recipe, hand.place, meaning(recipe.stages[hand.place], value)),
        f"{name.replace('_', ' ')} of stage {hand.place + 1}")


def _is(field: str, _: Stage, value: Any) -> Mapping[str, Any]:
    return {field: value}
