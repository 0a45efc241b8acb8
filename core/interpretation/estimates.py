"""A figure that was counted on some pictures, with the span in which the true one lies."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from core.interpretation.intervals import wilson


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure from 0 to 1, and between which two the true one lies, 19 times of 20. Raises ValueError for others."""

    value: float
    low: float
    high: float

    def __post_init__(self) -> None:
        if not 0 <= self.low <= self.value <= self.high <= 1:
            raise ValueError(f"{self.value} does not lie between {self.low} and {self.high}, or not in 0..1")

    @property
    def span(self) -> str:
        """Such as "89–97 %"; the ends are rounded outwards."""
        return f"{math.floor(100 * self.low)}–{math.ceil(100 * self.high)} %"

    def __str__(self) -> str:
        """Such as "94.1 % (89–97 %)"."""
        return f"{100 * self.value:.1f} % ({self.span})"


def share(count: int, of: int) -> Estimate | None:
    """`count` of `of`, with Wilson's interval; None where there is nothing to divide by: 0 would be made up.

    Raises ValueError where that is no share.
    """
    if of == 0 and count == 0:
        return None
    low, high = wilson(count, of)
    return Estimate(count / of, min(low, count / of), max(high, count / of))     # but for the last binary digit


def complement(estimate: Estimate) -> Estimate:
    """Of what is not so."""
    return Estimate(1 - estimate.value, 1 - estimate.high, 1 - estimate.low)


def mean(estimates: Sequence[Estimate]) -> Estimate:
    """The plain mean of shares that were counted on different pictures.

    The interval recovers each one's variance from the ends of its own (Zou, Huang & Zhang 2009, Comput. Stat. Data
    Anal. 53:1080), so it is honest where shares are of few pictures or near 1. Raises ValueError for none.
    """
    if not estimates:
        raise ValueError("no shares, no mean")
    count = len(estimates)
    value = math.fsum(each.value for each in estimates) / count
    below = math.sqrt(math.fsum((each.value - each.low) ** 2 for each in estimates)) / count
    above = math.sqrt(math.fsum((each.high - each.value) ** 2 for each in estimates)) / count
    return Estimate(value, max(0.0, value - below), min(1.0, value + above))
