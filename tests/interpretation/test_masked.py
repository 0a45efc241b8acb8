"""What hiding a part of the pictures tells, and when it tells nothing."""

import math

import numpy as np
import pytest

from core.interpretation.masked import Left, Masked, Masks


def masked(right: int, whole: int, total: int) -> Masked:
    """As few answers changed as can be."""
    both = min(right, whole)
    return Masked(both_right=both, won=right - both, lost=whole - both, both_wrong=total - max(right, whole),
                  same=total - abs(right - whole))


def masks(centre: int = 60, border: int = 85, whole: int = 90, total: int = 100, guessing: float = 0.5) -> Masks:
    """Of a network that is right on so many pictures, and on so many without their centre or border."""
    return Masks(guessing=guessing, centre=masked(centre, whole, total), border=masked(border, whole, total),
                 centre_beats_border=(max(0, centre - border), max(0, border - centre)))


def test_a_network_that_needs_the_centre_most_is_fine() -> None:
    assert (masks().of_centre, masks().of_border) == ("fine", "fine")


def test_a_network_that_misses_no_centre_but_the_border_is_probably_cheating() -> None:
    assert masks(centre=90, border=52).of_centre == "cheating"
    assert masks(centre=90, border=52).of_border == "look"


def test_a_network_that_misses_neither_is_worth_a_look() -> None:
    """What it goes by is everywhere, such as the light."""
    assert masks(centre=89, border=89).of_centre == "look"


def test_a_network_that_needs_the_border_more_than_the_centre_is_worth_a_look() -> None:
    assert masks(centre=80, border=65).of_centre == "look"
    assert masks(centre=80, border=65).leans_on_the_border


def test_a_loss_that_could_be_chance_is_neither_fine_nor_bad() -> None:
    """34 of 40 for 38 with guessing at 80 %: a third of what it knew is left, and that of so few pictures."""
    told = masks(centre=37, border=34, whole=38, total=40, guessing=0.8)
    assert told.border.knows(0.8).share == pytest.approx(1 / 3)
    assert told.of_border == "unknown"
    assert masks(centre=34, border=35, whole=36, total=40).of_centre == "unknown"        # p = 0.5


def test_a_loss_whose_span_holds_half_of_what_was_known_cannot_be_told() -> None:
    """Clothing: from 63 to 41 of 120, 57 % of what it knew, and between about 40 and 75 %."""
    told = Masks(guessing=0.1, centre=masked(20, 63, 120), centre_beats_border=(3, 24),
                 border=Masked(both_right=30, won=11, lost=33, both_wrong=46, same=43))
    left = told.border.knows(0.1)
    assert left.low < 0.5 < left.share < left.high
    assert (told.of_centre, told.of_border) == ("fine", "unknown")


@pytest.mark.parametrize("told", [masks(whole=9, centre=9, border=5, total=10),
                                  masks(whole=55, centre=55, border=50)])
def test_of_few_pictures_or_of_a_network_that_knows_nothing_a_mask_says_nothing(told: Masks) -> None:
    assert not told.tells
    assert (told.of_centre, told.of_border) == ("unknown", "unknown")


def test_a_network_that_is_thrown_off_by_either_mask_cannot_be_told_about() -> None:
    """The paint is bright: all dark pictures are taken for bright ones, whichever half is painted."""
    told = masks(centre=52, border=53)
    assert told.thrown_off
    assert (told.of_centre, told.of_border) == ("unknown", "unknown")
    assert not masks(centre=52, border=66).thrown_off


def test_what_a_mask_leaves_is_measured_from_guessing() -> None:
    left = masked(70, 90, 100).knows(0.5)
    assert left.share == pytest.approx(0.5)
    assert left.low < 0.5 < left.high
    assert masked(50, 50, 100).knows(0.5) == Left(0.0, -math.inf, math.inf)


def test_a_mask_that_changed_no_answer_of_few_is_not_taken_for_certain() -> None:
    few, many = masked(22, 22, 24).knows(0.5), masked(2200, 2200, 2400).knows(0.5)
    assert few.low < 0.85 < many.low < 1 < many.high < few.high


@pytest.mark.parametrize(("total", "whole", "after", "guessing"), [(40, 0.9, 0.7, 0.5), (120, 0.53, 0.34, 0.1),
                                                                   (400, 0.8, 0.79, 0.6), (153, 0.82, 0.75, 0.5)])
def test_its_interval_holds_the_truth_nineteen_times_out_of_twenty(total: int, whole: float, after: float,
                                                                   guessing: float) -> None:
    """Answers before and after are drawn so that three quarters of those that can be are right both times."""
    random, held, truth = np.random.default_rng(0), 0, (after - guessing) / (whole - guessing)
    both = whole * after + 0.75 * (min(whole, after) - whole * after)
    for counts in random.multinomial(total, [both, after - both, whole - both, 1 - whole - after + both], 2000):
        left = Masked(**dict(zip(("both_right", "won", "lost", "both_wrong"), counts.tolist(), strict=True)), same=0
                      ).knows(guessing)
        held += left.low <= truth <= left.high
    assert 0.94 <= held / 2000 <= 0.98
