"""Whose pictures the results page shows: a training, and what its network said of some of its pictures."""

from dataclasses import dataclass
from typing import Literal

from core.interpretation.predictions import Predictions
from core.jobs.entries import Job
from core.runs.outcome import Outcome
from pages.ui.words import percent, plain

Part = Literal["valid", "test", "train"]


@dataclass(frozen=True, slots=True)
class Exhibit:
    """A training, and the predictions of one part of its pictures that the page goes by."""

    job: Job
    outcome: Outcome
    predictions: Predictions
    averaged: bool = False       # over several looks at each picture
    heat: float | None = None    # the temperature by which the logits of `predictions` are divided; None: by none
    least: float | None = None   # the threshold: a smaller top probability of `predictions` is refused; None: none is
    part: Part = "valid"
    once: Predictions | None = None    # of one look at each picture, at no temperature; None: `predictions` is that


def said(predictions: Predictions, row: int, place: int) -> str:
    """A class with the probability that it got, as Markdown."""
    return f"**{plain(predictions.classes[place])}** {percent(predictions.probabilities[row, place])}"
