"""Schedules are pure functions of a position; one_cycle is fastai's."""

import math
from itertools import pairwise

import pytest

from core.training.schedules import (
    chain,
    constant,
    cosine,
    cycle_lengths,
    exponential,
    linear,
    one_cycle,
    one_cycle_momentum,
    triangular,
)

POSITIONS = [step / 200 for step in range(201)]


def fastai_combined_cos(share: float, start: float, middle: float, end: float, position: float) -> float:
    """fastai's `combined_cos` in its own words (callback/schedule.py): cosine up, cosine down."""
    if position < share:
        first, last, within = start, middle, position / share
    else:
        first, last, within = middle, end, (position - share) / (1 - share)
    return first + (1 + math.cos(math.pi * (1 - within))) * (last - first) / 2


@pytest.mark.parametrize("position", [0.0, 0.01, 0.1, 0.2499, 0.25, 0.2501, 0.5, 0.75, 0.999, 1.0])
def test_one_cycle_gives_the_values_of_fastai(position: float) -> None:
    expected = fastai_combined_cos(0.25, 3e-3 / 25, 3e-3, 3e-3 / 1e5, position)
    assert one_cycle(3e-3)(position) == pytest.approx(expected, rel=1e-9)
    assert one_cycle_momentum()(position) == pytest.approx(fastai_combined_cos(0.25, 0.95, 0.85, 0.95, position))


def test_one_cycle_starts_peaks_and_ends_where_it_says() -> None:
    cycle = one_cycle(0.5, pct_start=0.3, div=10, div_final=1000)
    assert cycle(0) == pytest.approx(0.05)
    assert cycle(0.3) == pytest.approx(0.5)
    assert cycle(1) == pytest.approx(0.0005)
    assert max(map(cycle, POSITIONS)) == pytest.approx(0.5)
    assert min(map(cycle, POSITIONS)) == pytest.approx(0.0005)


def test_momentum_moves_against_the_learning_rate() -> None:
    rate, momentum = one_cycle(1.0), one_cycle_momentum()
    for before, after in pairwise(POSITIONS):
        assert (rate(after) - rate(before)) * (momentum(after) - momentum(before)) < 0
    assert [momentum(0), momentum(0.25), momentum(1)] == pytest.approx([0.95, 0.85, 0.95])


def test_a_schedule_has_no_memory() -> None:
    for schedule in (one_cycle(0.1), one_cycle_momentum(), exponential(1e-7, 10), cosine(1, 0), constant(3),
                     linear(1, 3), triangular(1, 3)):
        forwards = [schedule(position) for position in POSITIONS]
        assert [schedule(position) for position in reversed(POSITIONS)] == forwards[::-1]


def test_an_exponential_climbs_in_equal_ratios_from_start_to_end() -> None:
    values = [exponential(1e-7, 10)(step / 8) for step in range(9)]
    assert [after / before for before, after in pairwise(values)] == pytest.approx([10] * 8)
    assert values[0] == 1e-7
    assert values[-1] == pytest.approx(10)


def test_a_cosine_is_flat_at_its_ends_and_half_way_in_the_middle() -> None:
    anneal = cosine(4, 2)
    assert [anneal(0), anneal(0.5), anneal(1)] == pytest.approx([4, 3, 2])
    assert abs(anneal(0.01) - 4) < 0.001
    assert abs(anneal(0.99) - 2) < 0.001


def test_a_chain_hands_each_part_its_own_positions() -> None:
    steps = chain((0.5, lambda position: position), (0.25, constant(7)), (0.25, lambda position: 10 + position))
    assert [steps(p) for p in (0, 0.25, 0.5, 0.74, 0.75, 0.875, 1)] == pytest.approx([0, 0.5, 7, 7, 10, 10.5, 11])


@pytest.mark.parametrize("shares", [(0.5, 0.4), (0.7, 0.4), (1.0, 1.0)])
def test_shares_that_do_not_add_up_are_refused(shares: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="add up to 1"):
        chain(*((share, constant(1)) for share in shares))


def test_a_triangle_climbs_straight_to_its_upper_bound_and_comes_straight_back() -> None:
    triangle = triangular(0.25, 1)
    assert [triangle(p) for p in (0, 0.125, 0.25, 0.5, 0.75, 1)] == pytest.approx([0.25, 0.4375, 0.625, 1, 0.625, 0.25])


@pytest.mark.parametrize(("epochs", "cycle_len", "cycle_mult", "lengths"), [
    (7, 1, 2, (1, 2, 4)), (15, 1, 2, (1, 2, 4, 8)), (3, 1, 1, (1, 1, 1)), (6, 2, 2, (2, 4)), (4, 1, 3, (1, 3)),
    (5, 1, 2, (1, 2, 2)), (8, 1, 2, (1, 2, 4, 1)), (2, 5, 2, (2,)), (1, 1, 10, (1,)),
], ids=str)
def test_each_cycle_is_so_many_times_as_long_and_the_last_one_as_long_as_there_are_epochs(
        epochs: int, cycle_len: int, cycle_mult: int, lengths: tuple[int, ...]) -> None:
    assert cycle_lengths(epochs, cycle_len, cycle_mult) == lengths
