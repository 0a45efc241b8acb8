"""Schedules: pure functions of the position in a cycle, from 0 (before its first step) to 1 (its end)."""

import math
from collections.abc import Callable

Schedule = Callable[[float], float]


def constant(value: float) -> Schedule:
    return lambda position: value


def linear(start: float, end: float) -> Schedule:
    return lambda position: start + (end - start) * position


def cosine(start: float, end: float) -> Schedule:
    """Half a cosine from start to end (Loshchilov & Hutter 2016, arXiv:1608.03983)."""
    return lambda position: end + (start - end) * (1 + math.cos(math.pi * position)) / 2


def exponential(start: float, end: float) -> Schedule:
    """Equal ratios in equal steps, as the learning-rate finder climbs."""
    return lambda position: start * (end / start) ** position


def chain(*parts: tuple[float, Schedule]) -> Schedule:
    """Schedules one after another, each over its share of the whole; the shares add up to 1."""
    if not math.isclose(sum(share for share, _ in parts), 1.0):
        raise ValueError(f"shares must add up to 1, not {[share for share, _ in parts]}")

    def chained(position: float) -> float:
        begin = 0.0
        for share, schedule in parts[:-1]:
            if position < begin + share:
                return schedule((position - begin) / share)
            begin += share
        share, schedule = parts[-1]
        return schedule(min(1.0, (position - begin) / share))

    return chained


def one_cycle(peak: float, pct_start: float = 0.25, div: float = 25.0, div_final: float = 1e5) -> Schedule:
    """Rise from peak/div to the peak, then anneal to peak/div_final (Smith 2018, arXiv:1803.09820).

    The defaults are fastai's `fit_one_cycle`.
    """
    return chain((pct_start, cosine(peak / div, peak)), (1 - pct_start, cosine(peak, peak / div_final)))


def one_cycle_momentum(low: float = 0.85, high: float = 0.95, pct_start: float = 0.25) -> Schedule:
    """Momentum moves against the learning rate: down while that rises, then up again (Smith 2018)."""
    return chain((pct_start, cosine(high, low)), (1 - pct_start, cosine(low, high)))


def triangular(low: float, high: float) -> Schedule:
    """Straight up from the lower bound to the upper, and down again (Smith 2015, arXiv:1506.01186)."""
    return chain((0.5, linear(low, high)), (0.5, linear(high, low)))


def cycle_lengths(epochs: int, cycle_len: int, cycle_mult: int) -> tuple[int, ...]:
    """Epochs of each cycle: the first has `cycle_len`, each next one `cycle_mult` times as many.

    Together they have `epochs`: where the last one does not fit whole, it is as long as there are epochs left.
    """
    lengths = []
    length = cycle_len
    while epochs > 0:
        lengths.append(min(length, epochs))
        epochs -= length
        length *= cycle_mult
    return tuple(lengths)
