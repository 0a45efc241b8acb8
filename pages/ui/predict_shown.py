"""A photo with what the network says of it, in words that every view of the page uses."""

import math
from dataclasses import dataclass

import numpy as np

from core.inference.answer import Answer
from core.jobs.photo_answers import Said, Unreadable
from core.jobs.photos import Photo
from pages.ui.words import plain, short, unbroken_percent

DONT_KNOW = "I don't know"


@dataclass(frozen=True, slots=True)
class Answered:
    """A photo of the visitor's, and the answer to it, or why there is none."""

    photo: Photo
    said: Said | Unreadable


def below(share: float, threshold: float | None) -> str:
    """As elsewhere, but what is below a threshold of 70 % is never called 70 %."""
    if round(share, 2 if 0.005 < share < 0.995 else 3) < (threshold or 1):
        return unbroken_percent(share)
    return f"{math.floor(1e4 * share) / 100:.2f}\u00a0%"


def headline(said: Said, classes: tuple[str, ...]) -> str:
    """The answer, as Markdown."""
    best = said.ranked[0]
    name = plain(short(classes[best], 40))
    if said.refused:
        return f"{DONT_KNOW}\n\n:gray[{name}? {below(said.probabilities[best], said.threshold)}]"
    return f"**{name}** {unbroken_percent(said.probabilities[best])}"


def as_answer(one: Answered, classes: tuple[str, ...]) -> Answer:
    """For the table and the file."""
    if isinstance(one.said, Unreadable):
        return Answer(one.photo.name, classes, None, one.said.problem)
    return Answer(one.photo.name, classes, np.array(one.said.probabilities), threshold=one.said.threshold)
