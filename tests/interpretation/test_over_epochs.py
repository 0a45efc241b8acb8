"""Epoch by epoch: learned, forgotten, never learned, on rows made by hand."""

import numpy as np
import pytest

from core.interpretation.over_epochs import Course, Fate, Said
from core.interpretation.predictions import Predictions

# A column a picture, a row an epoch. R: right, w: wrong.
HISTORY = ("RwwRRw",
           "RwRwww",
           "RwRRRw",
           "RRRRww",
           "RRRRwR")
FATES = (Fate.ALWAYS_RIGHT, Fate.LEARNED, Fate.LEARNED, Fate.REGAINED, Fate.FORGOTTEN, Fate.LEARNED)


def predictions(row: str, sure: float = 0.8, ids: str = "abcdef") -> Predictions:
    """Of two classes; the actual class is the second one throughout."""
    shares = np.array([[1 - sure, sure] if letter == "R" else [sure, 1 - sure] for letter in row], dtype=np.float32)
    return Predictions(tuple(ids[:len(row)]), np.ones(len(row), dtype=np.int64), np.log(shares), ("no", "yes"))


def course(*rows: str) -> Course:
    return Course.of(range(len(rows)), [Said.of(predictions(row)) for row in rows])


def test_each_picture_has_the_fate_that_its_epochs_tell() -> None:
    assert tuple(course(*HISTORY).fates) == FATES


def test_a_picture_that_was_never_right_was_never_learned() -> None:
    assert tuple(course("wR", "wR").fates) == (Fate.NEVER_LEARNED, Fate.ALWAYS_RIGHT)


@pytest.mark.parametrize("seed", range(5))
def test_no_picture_is_without_a_fate_or_has_two(seed: int) -> None:
    random = np.random.default_rng(seed)
    rows = ["".join(random.choice(["R", "w"], 6)) for _ in range(4)]
    told = course(*rows)
    assert sum(len(told.of_fate(fate)) for fate in Fate) == 6
    assert set(told.of_fate(Fate.LEARNED)) == {
        place for place, column in enumerate(zip(*rows, strict=True)) if column[0] == "w" and column[-1] == "R"}


def test_forgetting_is_counted_as_toneva_and_others_do() -> None:
    """An event is a step from right to wrong; a picture that was never right has none."""
    assert course(*HISTORY).forgettings.tolist() == [0, 0, 0, 1, 2, 0]
    assert course("w", "w").forgettings.tolist() == [0]
    assert course("R").forgettings.tolist() == [0]


def test_pictures_that_are_forgotten_again_and_again_are_unstable() -> None:
    assert course(*HISTORY).unstable().tolist() == [4]
    assert course(*HISTORY).unstable(least=1).tolist() == [4, 3]


def test_an_epoch_s_changes_are_those_since_the_one_before() -> None:
    told = course(*HISTORY)
    right, wrong = told.became(1)
    assert (right.tolist(), wrong.tolist()) == ([2], [3, 4])
    right, wrong = told.became(0)
    assert (right.tolist(), wrong.tolist()) == ([], [])
    changed = sum(sum(map(len, told.became(place))) for place in range(5))
    assert changed == np.abs(np.diff(told.right.astype(int), axis=0)).sum()


def test_the_change_that_is_largest_comes_first() -> None:
    said = [Said.of(predictions("ww")), Said.of(Predictions(
        ("a", "b"), np.array([1, 1]), np.log(np.array([[0.4, 0.6], [0.1, 0.9]], dtype=np.float32)), ("no", "yes")))]
    assert Course.of((0, 1), said).became(1)[0].tolist() == [1, 0]


def test_the_probability_is_that_of_the_actual_class() -> None:
    assert course("Rw").actual[0] == pytest.approx([0.8, 0.2])


def test_epochs_of_other_pictures_or_labels_are_no_course() -> None:
    one = Said.of(predictions("Rw"))
    other = Said.of(predictions("Rw", ids="xy"))
    relabelled = Said.of(Predictions(("a", "b"), np.array([0, 1]), np.zeros((2, 2), np.float32), ("no", "yes")))
    for strange in (other, relabelled):
        with pytest.raises(ValueError, match="same pictures"):
            Course.of((0, 1), [one, strange])
    with pytest.raises(ValueError, match="epochs need"):
        Course.of((), [])


def test_what_is_told_cannot_be_changed() -> None:
    told = course(*HISTORY)
    with pytest.raises(ValueError, match="read-only"):
        told.answers[0, 0] = 1
