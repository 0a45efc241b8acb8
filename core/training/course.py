"""The course of a stage: every group's learning rate, and the momentum, at each step. Needs no torch."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Self

from core.training import schedules
from core.training.schedules import Schedule
from core.training.stage import Stage

STEADY_MOMENTUM = 0.9


@dataclass(frozen=True, slots=True)
class Course:
    """Cycles one after another, with the same schedules in each.

    Positions are counted from the start of a cycle, so that a longer stage begins with the very same numbers.
    """

    cycles: tuple[int, ...]              # epochs
    rates: tuple[Schedule, ...]          # over a cycle, of each layer group that learns
    momentum: Schedule                   # over a cycle

    @classmethod
    def of(cls, stage: Stage, peaks: Sequence[float]) -> Self:
        """`peaks`: the highest rate of each group that learns, from the input to the head."""
        match stage.schedule:
            case "one_cycle":
                rates = [schedules.one_cycle(peak, stage.pct_start, stage.div, stage.div_final) for peak in peaks]
                return cls(stage.cycles, tuple(rates), schedules.one_cycle_momentum(pct_start=stage.pct_start))
            case "cosine" | "sgdr":
                rates = [schedules.cosine(peak, 0.0) for peak in peaks]
            case "triangular":
                rates = [schedules.triangular(peak / stage.bound_ratio, peak) for peak in peaks]
            case "constant":
                rates = [schedules.constant(peak) for peak in peaks]
        return cls(stage.cycles, tuple(rates), schedules.constant(STEADY_MOMENTUM))

    def at(self, step: int, steps_an_epoch: int) -> tuple[tuple[float, ...], float]:
        """Each group's learning rate, and the momentum, of a step (from 0) of the stage."""
        position = self._position(step, steps_an_epoch)
        return tuple(rate(position) for rate in self.rates), self.momentum(position)

    def _position(self, step: int, steps_an_epoch: int) -> float:
        """In its cycle, from 0 to 1; what lies behind the last cycle is its end."""
        for length, end in zip(self.cycles, accumulate(self.cycles), strict=True):
            if step < end * steps_an_epoch:
                return (step - (end - length) * steps_an_epoch) / (length * steps_an_epoch)
        return 1.0
