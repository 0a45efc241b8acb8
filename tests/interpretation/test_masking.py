"""Squares with a part hidden, and what is left of the answers."""

import numpy as np
import pytest

from core.interpretation import masking
from core.interpretation.comparison import compared, mcnemar
from core.interpretation.predictions import Predictions

FILL = np.array([124, 116, 104], dtype=np.uint8)


@pytest.mark.parametrize("side", [8, 32, 33, 96, 128, 224])
def test_both_masks_hide_the_same_area_and_together_all(side: int) -> None:
    squares = np.random.default_rng(0).integers(0, 100, (2, side, side, 3), dtype=np.uint8)
    no_centre, no_border = masking.without_centre(squares, FILL), masking.without_border(squares, FILL)
    hidden_centre, hidden_border = (no_centre == FILL).all(axis=-1), (no_border == FILL).all(axis=-1)
    assert (hidden_centre ^ hidden_border).all()
    assert hidden_centre.mean() == pytest.approx(0.5, abs=1.5 / side)
    assert np.array_equal(hidden_centre[0], hidden_centre[0][::-1, ::-1])      # in the very middle
    assert np.array_equal(no_centre[~hidden_centre], squares[~hidden_centre])
    assert np.array_equal(no_border[~hidden_border], squares[~hidden_border])
    assert squares.max() < 100


def predictions(right: list[bool], sure: float = 0.8) -> Predictions:
    """Of two classes; the actual class is the first of them throughout."""
    shares = np.array([[sure, 1 - sure] if each else [1 - sure, sure] for each in right], dtype=np.float32)
    return Predictions(tuple(f"{row:016x}" for row in range(len(right))), np.zeros(len(right), dtype=np.int64),
                       np.log(shares), ("cat", "dog"))


def test_what_is_left_is_counted_picture_by_picture() -> None:
    whole = predictions([True] * 6 + [False] * 4)
    hidden = predictions([True] * 3 + [False] * 3 + [True] + [False] * 3)
    told, comparison = masking.compared(whole, hidden), compared(whole, hidden)
    assert (told.both_right, told.lost, told.won, told.both_wrong) == (3, 3, 1, 3)
    assert told.same == 6
    assert (told.whole_accuracy, told.accuracy) == (whole.accuracy, hidden.accuracy)
    assert mcnemar(told.won, told.lost) == comparison.p
    assert told.kept == whole.ids[:3]
    assert set(told.gone) == set(whole.ids[3:6])


def test_the_surest_that_is_right_all_the_same_comes_first() -> None:
    whole = predictions([True] * 3)
    logits = np.log(np.array([[0.6, 0.4], [0.9, 0.1], [0.3, 0.7]], dtype=np.float32))
    told = masking.compared(whole, Predictions(whole.ids, whole.labels, logits, whole.classes))
    assert told.kept == (whole.ids[1], whole.ids[0])
    assert told.gone == (whole.ids[2],)


def test_answers_to_other_pictures_are_not_compared() -> None:
    with pytest.raises(ValueError, match="same pictures"):
        masking.compared(predictions([True] * 3), predictions([True] * 2))
