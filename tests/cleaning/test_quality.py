import numpy as np
import pytest

from core.cleaning.finding import Finding
from core.cleaning.quality import (
    BRIGHTEST,
    DARKEST,
    LEAST_CONTRAST,
    LEAST_SHARPNESS,
    LEAST_SIDE,
    LONGEST_SHAPE,
    findings,
)
from core.data.dataset import Sample
from tests.cleaning.made import measures, pictures, sample

TEN = pictures(["cat"] * 10)


def first_of_ten(column: str, value: float, usual: float) -> list[Finding]:
    found, silent = findings(TEN, measures(TEN, **{column: [value, *[usual] * 9]}))
    assert silent == ()
    assert {finding.sample for finding in found} <= {TEN[0].id}
    return found


@pytest.mark.parametrize(("reason", "column", "limit", "beyond", "usual"), [
    ("dark", "brightness", DARKEST, 0.05, 0.5), ("bright", "brightness", BRIGHTEST, 0.97, 0.5),
    ("uniform", "contrast", LEAST_CONTRAST, 0.01, 0.2), ("blurred", "sharpness", LEAST_SHARPNESS, 0.05, 1.0)])
def test_a_picture_beyond_a_limit_is_found_with_what_was_measured(reason: str, column: str, limit: float,
                                                                  beyond: float, usual: float) -> None:
    inside = limit + 0.001 * np.sign(usual - limit)
    assert first_of_ten(column, inside, usual) == []
    found, = first_of_ten(column, beyond, usual)
    assert (found.reason, found.value) == (reason, pytest.approx(beyond))
    assert 0 < found.score < 1


@pytest.mark.parametrize(("column", "worst", "usual"), [("brightness", 0, 0.5), ("brightness", 1, 0.5),
                                                       ("contrast", 0, 0.2), ("sharpness", 0, 1)])
def test_the_worst_there_can_be_has_the_full_score(column: str, worst: float, usual: float) -> None:
    found, = first_of_ten(column, worst, usual)
    assert found.score == 1


@pytest.mark.parametrize(("size", "reasons"), [
    ((LEAST_SIDE, LEAST_SIDE), []), ((LEAST_SIDE - 1, LEAST_SIDE), ["tiny"]), ((200, 100), []),
    ((100, 201), ["odd_shape"]), ((201, 100), ["odd_shape"]), ((1, 4000), ["tiny", "odd_shape"])])
def test_sizes_and_shapes(size: tuple[int, int], reasons: list[str]) -> None:
    samples = [sample("first", size=size), *TEN[1:]]
    found, _ = findings(samples, measures(samples))
    assert [finding.reason for finding in found] == reasons
    for finding in found:
        assert finding.value == (min(size) if finding.reason == "tiny" else max(size) / min(size))


def test_an_odd_shape_scores_the_more_the_longer_it_is() -> None:
    samples = [sample(f"{length}", size=(length, 100)) for length in (205, 300, 900)] + [
        sample(f"square {number}", size=(100, 100)) for number in range(20)]
    scores = [finding.score for finding in findings(samples, measures(samples))[0]]
    assert scores == sorted(scores) and scores[-1] == pytest.approx(1 - 100 * LONGEST_SHAPE / 900)


def test_what_has_no_contrast_is_not_called_blurred_too() -> None:
    found, _ = findings(TEN, measures(TEN, contrast=[0.0, *[0.2] * 9], sharpness=[0.0, *[1.0] * 9]))
    assert [finding.reason for finding in found] == ["uniform"]


def test_a_rule_that_more_than_a_fifth_breaks_is_silent_and_the_others_are_not() -> None:
    dark = [*[0.01] * 2, *[0.5] * 8]
    found, silent = findings(TEN, measures(TEN, brightness=dark))
    assert (len(found), silent) == (2, ())
    dark[2] = 0.01
    found, silent = findings(TEN, measures(TEN, brightness=dark, sharpness=[0.0, *[1.0] * 9]))
    assert ([finding.reason for finding in found], silent) == (["blurred"], ("dark",))


def test_a_set_of_tiny_scans_is_silent_about_their_size() -> None:
    samples = [sample(f"{number}", size=(8, 8)) for number in range(30)]
    assert findings(samples, measures(samples)) == ([], ("tiny",))


def test_pictures_that_are_removed_are_not_looked_at() -> None:
    of_all = measures(TEN, brightness=[0.0, *[0.5] * 9])
    assert findings(TEN[1:], of_all) == ([], ())
    nothing: list[Sample] = []
    assert findings(nothing, of_all) == ([], ())
