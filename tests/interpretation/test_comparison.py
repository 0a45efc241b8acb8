import numpy as np
import pytest
from scipy.stats import binomtest

from core.errors import BadRun
from core.interpretation.comparison import Comparison, compared, could_be_chance, gained, mcnemar
from core.interpretation.predictions import Predictions

CLASSES = ("ant", "bee")


def said(labels: list[int], answers: list[int], ids: str = "abcdefgh", classes: tuple[str, str] = CLASSES
         ) -> Predictions:
    """Pictures named by a letter each."""
    return Predictions(tuple(ids[:len(labels)]), np.array(labels), np.eye(2, dtype=np.float32)[answers], classes)


def of(won: int, lost: int, right: int, wrong: int = 0) -> Comparison:
    return Comparison(tuple("w" * won), tuple("l" * lost), right, wrong, (), 0)


def test_each_picture_is_won_lost_or_shared() -> None:
    first, second = said([0, 0, 1, 1, 0], [0, 1, 1, 0, 1]), said([0, 0, 1, 1, 0], [1, 0, 1, 0, 0])
    found = compared(first, second)
    assert (found.won, found.lost, found.both_right, found.both_wrong) == (("b", "e"), ("a",), 1, 1)
    assert (found.pictures, found.relabelled, found.apart) == (5, (), 0)


def test_the_other_way_round_what_was_won_is_lost() -> None:
    first, second = said([0, 0, 1], [0, 1, 1]), said([0, 0, 1], [1, 0, 1])
    there, back = compared(first, second), compared(second, first)
    assert (there.won, there.lost) == (back.lost, back.won)
    assert there.p == back.p


def test_pictures_are_matched_by_their_ids_and_not_by_their_places() -> None:
    found = compared(said([0, 1], [0, 0], ids="ab"), said([1, 0], [1, 0], ids="ba"))
    assert (found.won, found.lost, found.both_right) == (("b",), (), 1)


def test_classes_are_matched_by_their_names_and_not_by_their_places() -> None:
    found = compared(said([0, 1], [0, 1]), said([1, 0], [1, 0], classes=("bee", "ant")))
    assert (found.both_right, found.relabelled) == (2, ())


def test_pictures_that_only_one_was_asked_about_are_left_out_and_counted() -> None:
    found = compared(said([0, 1, 0], [0, 1, 0], ids="abc"), said([1, 0], [1, 0], ids="bd"))
    assert (found.pictures, found.apart) == (1, 3)


def test_pictures_that_were_labelled_anew_are_left_out_and_named() -> None:
    found = compared(said([0, 1, 0], [0, 1, 0]), said([0, 1, 1], [0, 1, 1]))
    assert (found.pictures, found.relabelled) == (2, ("c",))


@pytest.mark.parametrize("other", [said([0], [0], ids="z"), said([1], [1], ids="a")])
def test_two_that_share_no_picture_with_its_label_cannot_be_compared(other: Predictions) -> None:
    with pytest.raises(BadRun, match="not tested on the same pictures") as refused:
        compared(said([0], [0], ids="a"), other)
    assert refused.value.remedy


@pytest.mark.parametrize(("won", "lost"), [(0, 0), (1, 0), (5, 5), (9, 2), (2, 9), (0, 12), (300, 240), (4000, 3700)])
def test_the_p_is_that_of_the_exact_binomial_test(won: int, lost: int) -> None:
    expected = binomtest(won, won + lost).pvalue if won + lost else 1.0
    assert mcnemar(won, lost) == pytest.approx(expected, rel=1e-9)


def test_the_gain_and_its_interval_are_those_of_a_worked_example() -> None:
    """10 won and 3 lost of 153: (11 - 4) / 155 -+ 1.96 sqrt((15 / 155 - (7 / 155)^2) / 155), in pictures."""
    gain = gained(of(won=10, lost=3, right=130, wrong=10))
    assert (gain.pictures, gain.of, gain.low, gain.high) == (7, 153, -1, 15)
    assert str(gain) == "+7 of 153 pictures (between −1 and +15)"


def test_where_nothing_changed_the_interval_still_has_a_width() -> None:
    gain = gained(of(won=0, lost=0, right=20))
    assert gain.low < 0 == gain.pictures < gain.high
    assert str(gain).startswith("0 of 20 pictures")


def test_a_gain_is_never_more_than_all_pictures() -> None:
    gain = gained(of(won=3, lost=0, right=0))
    assert -3 <= gain.low <= gain.high <= 3


def test_the_interval_covers_the_true_difference_as_often_as_it_says() -> None:
    """Half a percent of luck is allowed to a simulation of 2,000 pairs of runs on 60 pictures."""
    draw = np.random.default_rng(7).multinomial(60, [0.15, 0.05, 0.8], size=2000)
    spans = [gained(of(won, lost, right)) for won, lost, right in draw.tolist()]
    assert np.mean([span.low <= 60 * 0.1 <= span.high for span in spans]) > 0.945


def test_whether_it_could_be_chance_is_said_in_words() -> None:
    assert could_be_chance(of(7, 4, 80)).startswith("That could well be chance: 11 tosses of a coin")
    assert "p = 0.003" in could_be_chance(of(12, 1, 80))
    assert could_be_chance(of(12, 1, 80)).startswith("That is hardly chance")
    assert "a coin could not share 10 pictures out more evenly" in could_be_chance(of(5, 5, 80))
    assert "a coin could not share 11 pictures out more evenly" in could_be_chance(of(6, 5, 80))
    assert "a single picture tells nothing" in could_be_chance(of(1, 0, 80))
    assert "very same pictures" in could_be_chance(of(0, 0, 80))
