"""The chosen stage's editor: the few levers that matter first, the rest behind an expander."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.training.stage import ScheduleName, Stage
from core.training.words import COURSES, SCHEDULES, frozen_in_words, learns_in_words
from pages.ui import stage_more, stage_rates
from pages.ui.recipe_draft import Shown
from pages.ui.stage_levers import InHand, Number, choice, number, selection, switch
from pages.ui.words import amount

LEARNS = {"cached": "Head, on what was seen once", "head": "Head", "late": "Late layers and head",
          "all": "Whole network"}
LEARNS_SENTENCES = {
    "cached": "The frozen layers look at every picture once, and what they saw is kept (cached activations): seconds, "
              "and often most of the accuracy.",
    "head": "The frozen layers look at every picture anew in each epoch, so that it may vary (augmentation): slower.",
    "late": "The layers that see parts and objects learn along. Edges and textures stay as they are.",
    "all": "Everything learns: slow, and the most accurate where there are enough pictures.",
}
SIZES = (64, 96, 128, 160, 192, 224, 256, 320, 384, 448, 512)      # pixels a side
OPEN = 0                     # what a list shows where the choice is left to the playground
MOST_EPOCHS, MOST_CYCLES, MOST_VIEWS = 500, 50, 32

VIEWS = Number("views", "Variants kept beside each picture (views)",
               "So many augmented variants of every training picture are looked through once, too: each epoch then "
               "takes one of them by chance. Augmentation at the price of a few looks.", 0, MOST_VIEWS, 1)
EPOCHS = Number("epochs", "How often it goes over the pictures (epochs)",
                "Too few: it has not learned enough; too many: it learns the pictures by heart.", 1, MOST_EPOCHS, 1)
CYCLES = Number("cycles", "How many cycles",
                "In each the learning rate starts high again, which shakes the network out of narrow places.",
                1, MOST_CYCLES, 1)
CYCLE_LEN = Number("cycle_len", "First cycle (cycle_len)", "In epochs. The usual is 1.", 1, MOST_EPOCHS, 1)
CYCLE_MULT = Number("cycle_mult", "Next ones × (cycle_mult)",
                    "Each next cycle is so many times as long. With 2 and a first cycle of 1: 1, 2, 4, 8 epochs. Long "
                    "quiet ends find better places.", 1, 10, 1)


def editor(shown: Shown, place: int) -> None:
    """Every lever of a stage that one moves often."""
    hand = InHand(shown, place)
    stage = hand.stage
    with st.container(border=True, key="stage-editor"):
        st.markdown(f"#### Stage {place + 1} · {learns_in_words(stage)}")
        choice(hand, "trains", "What learns", LEARNS, _learns(stage), _as_learned,
               "A network sees edges and textures in its first layers, and things in its last. "
               "Often only the last ones have to learn anew.")
        st.caption(f"{LEARNS_SENTENCES[_learns(stage)]} {frozen_in_words(stage)}.")
        left, middle, right = st.columns(3, gap="medium")
        with left:
            stage_rates.rates(hand)
        with middle:
            _length(hand)
        with right:
            _pictures(hand)
        stage_more.levers(hand)


def _pictures(hand: InHand) -> None:
    stage = hand.stage
    selection(hand, "size", "How large it sees the pictures (image size)", (OPEN, *SIZES), _size_in_words,
              stage.size or OPEN, _as_open)
    st.caption("Larger shows more detail and takes longer: twice the side is four times the work.")
    if stage.cached:
        number(hand, VIEWS, stage.views)
        st.caption("None: it sees each picture once, as it is tested." if not stage.views else
                   f"Each picture is looked through {stage.views + 1} times, before the first epoch.")
        return
    switch(hand, "augment", "Show it varied pictures (augmentation)",
           "Each time it meets a picture, it is cropped, turned and lit a little differently, so that the network "
           "learns the thing and not the photo.", stage.augment)
    st.caption("How they vary, you choose on the page Augment." if stage.augment else "It sees them as it is tested.")


def _length(hand: InHand) -> None:
    stage = hand.stage
    selection(hand, "schedule", "How the rate moves (schedule)", tuple(SCHEDULES), SCHEDULES.__getitem__,
              stage.schedule, _as_schedule)
    st.caption(f"The rate {COURSES[stage.schedule]}.")
    if stage.schedule not in ("sgdr", "triangular"):
        number(hand, EPOCHS, stage.epochs)
        st.caption(EPOCHS.sentence)
        return
    number(hand, CYCLES, len(stage.cycles), _as_cycles)
    with st.container(horizontal=True):
        number(hand, CYCLE_LEN, stage.cycle_len, _as_cycle_len)
        if stage.schedule == "sgdr":
            number(hand, CYCLE_MULT, stage.cycle_mult, _as_cycle_mult)
    st.caption(f"Epochs: {' + '.join(map(str, stage.cycles))} = {stage.epochs}." if len(stage.cycles) > 1
               else f"{amount(stage.epochs, 'epoch')} in all.")


def _learns(stage: Stage) -> str:
    return "cached" if stage.cached else stage.trains


def _as_learned(stage: Stage, value: str) -> Mapping[str, Any]:
    if value == "cached":
        return {"trains": "head", "precompute": True, "train_batchnorm": False}
    return {"trains": value, "precompute": False if value == "head" else stage.precompute}


def _size_in_words(size: int) -> str:
    return f"{size} × {size} pixels" if size else "what suits its weights"


def _as_open(_: Stage, value: int) -> Mapping[str, Any]:
    return {"size": value or None}


def _as_schedule(stage: Stage, value: ScheduleName) -> Mapping[str, Any]:
    """Triangular cycles have no multiplier; a first cycle is never longer than the whole."""
    return {"schedule": value, "cycle_len": min(stage.cycle_len, stage.epochs)}


def _as_cycles(stage: Stage, count: int) -> Mapping[str, Any]:
    return _cycled(count, stage.cycle_len, _mult(stage))


def _as_cycle_len(stage: Stage, length: int) -> Mapping[str, Any]:
    return {"cycle_len": length, **_cycled(len(stage.cycles), length, _mult(stage))}


def _as_cycle_mult(stage: Stage, mult: int) -> Mapping[str, Any]:
    return {"cycle_mult": mult, **_cycled(len(stage.cycles), stage.cycle_len, mult)}


def _cycled(count: int, length: int, mult: int) -> Mapping[str, Any]:
    """So many whole cycles, in epochs; where they are more than one may ask for, as many whole ones as fit."""
    epochs = sum(length * mult**place for place in range(count))
    while epochs > MOST_EPOCHS and count > 1:
        count -= 1
        epochs = sum(length * mult**place for place in range(count))
    return {"epochs": epochs}


def _mult(stage: Stage) -> int:
    return stage.cycle_mult if stage.schedule == "sgdr" else 1
