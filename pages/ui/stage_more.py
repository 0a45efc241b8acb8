"""The levers of a stage that stand well as they are: batches, optimizer, regularisation, the schedule's shape."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.training.stage import Stage
from pages.ui.stage_levers import InHand, Number, choice, number, selection, switch

BATCH_SIZES = (4, 8, 16, 32, 64, 128, 256, 512)
OPEN = 0
OPTIMIZERS = {"adamw": "AdamW", "sgd": "SGD with Nesterov momentum"}

ACCUMULATE = Number("accumulate", "Batches a step (gradient accumulation)",
                    "So many batches are added up before the network takes a step: as one batch so many times "
                    "as large, in the memory of one.", 1, 256, 1)
CLIP = Number("gradient_clip", "Longest step (gradient clipping)",
              "Where all gradients together are longer than this, they are shortened to it: helps where the loss "
              "jumps. 1.0 is usual.", 1e-3, 1e6, 0.5, "%g", "empty: as long as they are")
DECAY = Number("weight_decay", "Pull towards zero (weight decay)",
               "Keeps weights small, against learning by heart. 0.01 is usual.", 0.0, 10.0, 0.01, "%g")
DROPOUT = Number("dropout", "Share of the head that is blanked (dropout)",
                 "In each step so much of what the head sees is hidden from it, against learning by heart.",
                 0.0, 0.95, 0.05, "%g", "empty: half of it")
SMOOTHING = Number("label_smoothing", "Doubt of the labels (label smoothing)",
                   "It is asked to be only so sure less than wholly: helps where some labels are wrong. 0.1 is usual.",
                   0.0, 0.9, 0.05, "%g")
MIXUP = Number("mixup", "Blend pictures in pairs (mixup)",
               "Shows two pictures blended into one and asks for both answers: against learning by heart, in long "
               "trainings. 0 is off, 0.4 is usual.", 0.0, 10.0, 0.1, "%g")
PATIENCE = Number("patience", "Stop when it begins to over-fit (patience)",
                  "It stops once the validation loss has not fallen for so many epochs.", 1, 500, 1, None,
                  "empty: it goes on to the end")
FACTOR = Number("learning_rate_factor", "Times the rate that is found",
                "Bolder than the search's pick, or more careful: only where the rate is left open.", 0.01, 100.0, 0.5,
                "%g")
PCT_START = Number("pct_start", "Share of the steps that rise (pct_start)", "A quarter is usual.", 0.01, 0.99, 0.05,
                   "%g")
DIV = Number("div", "Begins at the peak divided by (div)", "25 is usual.", 1.0, 1e6, 5.0, "%g")
DIV_FINAL = Number("div_final", "Ends at the peak divided by (div_final)", "100,000 is usual: next to nothing.", 1.0,
                   1e9, 1000.0, "%g")
BOUNDS = Number("bound_ratio", "Upper bound over the lower",
                "3 to 4 is usual (Smith 2015). The page Learning rate takes both bounds from the curve.", 1.01, 1e6,
                1.0, "%g")


def levers(hand: InHand) -> None:
    """Behind an expander, each with its sentence behind a question mark."""
    stage = hand.stage
    with st.expander("More levers", icon=":material/tune:", key="stage-more"):
        left, middle, right = st.columns(3, gap="medium")
        with left:
            st.markdown("**Steps**")
            selection(hand, "batch_size", "Pictures at a time (batch size)", (OPEN, *BATCH_SIZES),
                      lambda size: f"{size}" if size else "automatic", stage.batch_size or OPEN, _as_batch_size,
                      "Automatic is 64, or fewer where there are few pictures.")
            number(hand, ACCUMULATE, stage.accumulate)
            choice(hand, "optimizer", "How steps are taken (optimizer)", OPTIMIZERS, stage.optimizer, _as_optimizer,
                   "AdamW finds its way by itself; SGD wants a rate some ten to a hundred times larger.")
            number(hand, CLIP, stage.gradient_clip)
        with middle:
            st.markdown("**Against learning by heart**")
            number(hand, DECAY, stage.weight_decay)
            number(hand, DROPOUT, stage.dropout)
            number(hand, SMOOTHING, stage.label_smoothing)
            number(hand, MIXUP, stage.mixup)
            number(hand, PATIENCE, stage.patience)
        with right:
            st.markdown("**Shape and search**")
            _shape(hand)
            switch(hand, "find_lr", "Find the rate anew at its start (lr_find)",
                   "Searches on the network as it is by then. The first stage whose rate is left open does so anyway.",
                   stage.find_lr, disabled=stage.head_rate is not None)
            if stage.head_rate is None:
                number(hand, FACTOR, stage.learning_rate_factor)
            switch(hand, "train_batchnorm", "Frozen layers keep counting (batch-norm)",
                   "The averages that frozen layers keep of what they see (batch-norm statistics) learn along. Then "
                   "nothing can be seen just once: the head learns on pictures anew.", stage.train_batchnorm,
                   disabled=not stage.frozen)


def _shape(hand: InHand) -> None:
    stage = hand.stage
    match stage.schedule:
        case "one_cycle":
            number(hand, PCT_START, stage.pct_start)
            number(hand, DIV, stage.div)
            number(hand, DIV_FINAL, stage.div_final)
        case "triangular":
            number(hand, BOUNDS, stage.bound_ratio)


def _as_batch_size(_: Stage, value: int) -> Mapping[str, Any]:
    return {"batch_size": value or None}


def _as_optimizer(_: Stage, value: str) -> Mapping[str, Any]:
    return {"optimizer": value}
