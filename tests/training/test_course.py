"""A course: what every step of a stage takes, and that a longer stage begins with the very same numbers."""

import math
from typing import Any

import pytest

from core.training.course import STEADY_MOMENTUM, Course
from core.training.stage import ScheduleName, Stage

PEAKS = (0.01, 0.1, 1.0)


def rates(stage: Stage, steps_an_epoch: int, peak: float = 1.0) -> list[float]:
    """The head's rate at every step."""
    course = Course.of(stage, (peak,))
    return [course.at(step, steps_an_epoch)[0][0] for step in range(stage.epochs * steps_an_epoch)]


def falling(steps: int) -> list[float]:
    """Half a cosine from 1 towards 0, in so many steps."""
    return [(1 + math.cos(math.pi * step / steps)) / 2 for step in range(steps)]


def test_a_constant_rate_stays() -> None:
    assert rates(Stage(schedule="constant", epochs=2), 3, peak=0.02) == [0.02] * 6


def test_a_cosine_falls_once_over_all_epochs() -> None:
    assert rates(Stage(schedule="cosine", epochs=3), 4) == pytest.approx(falling(12))


def test_warm_restarts_begin_again_at_the_first_step_of_an_epoch() -> None:
    stage = Stage(schedule="sgdr", epochs=7, cycle_len=1, cycle_mult=2)
    found = rates(stage, 5)
    assert found == pytest.approx(falling(5) + falling(10) + falling(20))
    assert [step for step, rate in enumerate(found) if rate == 1.0] == [0, 5, 15]


def test_a_last_cycle_that_does_not_fit_is_annealed_in_the_epochs_that_are_left() -> None:
    stage = Stage(schedule="sgdr", epochs=5, cycle_len=1, cycle_mult=2)
    assert rates(stage, 3) == pytest.approx(falling(3) + falling(6) + falling(6))


def test_triangles_run_from_the_lower_bound_to_the_peak_and_back_in_each_cycle() -> None:
    stage = Stage(schedule="triangular", epochs=4, cycle_len=2, bound_ratio=5)
    assert rates(stage, 2) == pytest.approx([0.2, 0.6, 1, 0.6] * 2)


def test_one_cycle_rises_over_its_share_and_anneals_over_the_rest() -> None:
    stage = Stage(schedule="one_cycle", epochs=2, pct_start=0.5, div=10, div_final=1000)
    rise = [0.1 + 0.9 * (1 - part) for part in falling(4)]
    fall = [0.001 + 0.999 * part for part in falling(4)]
    assert rates(stage, 4) == pytest.approx(rise + fall)


def test_momentum_moves_with_one_cycle_alone() -> None:
    course = Course.of(Stage(schedule="one_cycle", epochs=2, pct_start=0.5), PEAKS)
    assert [course.at(step, 4)[1] for step in (0, 2, 4, 6)] == pytest.approx([0.95, 0.9, 0.85, 0.9])
    for schedule in ("constant", "cosine", "sgdr", "triangular"):
        course = Course.of(Stage(schedule=schedule, epochs=2), PEAKS)
        assert {course.at(step, 4)[1] for step in range(8)} == {STEADY_MOMENTUM}


@pytest.mark.parametrize("schedule", ["one_cycle", "cosine", "sgdr", "triangular", "constant"])
def test_the_groups_keep_their_ratio_at_every_step(schedule: ScheduleName) -> None:
    course = Course.of(Stage(schedule=schedule, epochs=3, cycle_mult=2), PEAKS)
    for step in range(12):
        early, late, head = course.at(step, 4)[0]
        assert (early, late) == pytest.approx((head / 100, head / 10))


@pytest.mark.parametrize(("levers", "longer"), [
    ({"schedule": "constant", "epochs": 3}, 9),
    ({"schedule": "sgdr", "epochs": 3, "cycle_mult": 2}, 7),
    ({"schedule": "sgdr", "epochs": 3, "cycle_mult": 2}, 4),
    ({"schedule": "sgdr", "epochs": 4, "cycle_len": 2}, 6),
    ({"schedule": "triangular", "epochs": 6, "cycle_len": 3}, 8),
], ids=str)
def test_a_longer_stage_begins_with_bit_equal_numbers(levers: dict[str, Any], longer: int) -> None:
    stage = Stage(**levers)
    grown = stage.model_copy(update={"epochs": longer})
    assert stage.grows_into(grown)
    short, long = Course.of(stage, PEAKS), Course.of(grown, PEAKS)
    for step in range(stage.epochs * 7):
        assert short.at(step, 7) == long.at(step, 7)


def test_what_lies_behind_the_last_step_is_the_end() -> None:
    course = Course.of(Stage(schedule="triangular", epochs=2, bound_ratio=4), (1.0,))
    assert course.at(99, 3) == course.at(6, 3) == ((0.25,), STEADY_MOMENTUM)
