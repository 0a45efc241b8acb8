import csv
import io

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, precision_recall_fscore_support

from core.interpretation import per_class
from core.interpretation.per_class import Averages, ClassScore
from core.interpretation.predictions import Predictions

CLASSES = ("coat", "dress", "shirt", "trousers")


def told(actual: list[int], predicted: list[int], classes: tuple[str, ...] = CLASSES) -> Predictions:
    ids = tuple(str(row) for row in range(len(actual)))
    return Predictions(ids, np.array(actual, dtype=np.int64), np.eye(len(classes))[predicted], classes)


def drawn(kinds: int = 4, pictures: int = 200, seed: int = 1) -> tuple[list[int], list[int]]:
    """Actual and predicted, mostly right; the last class is never predicted, and the one before has no picture."""
    random = np.random.default_rng(seed)
    actual = random.choice([kind for kind in range(kinds) if kind != kinds - 2], pictures)
    predicted = np.where(random.random(pictures) < 0.7, actual, random.integers(0, kinds, pictures))
    predicted[predicted == kinds - 1] = 0
    return actual.tolist(), predicted.tolist()


def values(predictions: Predictions) -> list[list[float]]:
    return [[np.nan if figure is None else figure.value for figure in (score.precision, score.recall, score.f1)]
            for score in per_class.scores(predictions)]


def test_every_figure_is_scikit_learn_s() -> None:
    actual, predicted = drawn()
    reference = precision_recall_fscore_support(actual, predicted, labels=range(4), zero_division=np.nan)
    found = per_class.scores(told(actual, predicted))
    assert np.allclose(np.array(values(told(actual, predicted))).T, reference[:3], equal_nan=True)
    assert [score.support for score in found] == reference[3].tolist()


@pytest.mark.parametrize("average", ["macro", "weighted"])
def test_the_averages_are_scikit_learn_s(average: str) -> None:
    actual, predicted = drawn()
    expected = precision_recall_fscore_support(actual, predicted, labels=range(4), average=average,
                                               zero_division=np.nan)[:3]
    counted = per_class.scores(told(actual, predicted))
    found = per_class.macro(counted) if average == "macro" else per_class.weighted(counted)
    assert (found.precision, found.recall, found.f1) == pytest.approx(expected)


@pytest.mark.filterwarnings("ignore:y_pred contains classes not in y_true")
def test_balanced_accuracy_is_scikit_learn_s_and_leaves_out_classes_without_a_picture() -> None:
    actual, predicted = drawn()
    found = per_class.balanced_accuracy(per_class.scores(told(actual, predicted)))
    assert found is not None
    assert found.value == pytest.approx(balanced_accuracy_score(actual, predicted))
    assert found.low < found.value < found.high


def test_what_cannot_be_divided_is_not_said_to_be_zero() -> None:
    never_called, no_picture, neither, all_wrong = (ClassScore("a", 3, 0, 0), ClassScore("b", 0, 2, 0),
                                                    ClassScore("c", 0, 0, 0), ClassScore("d", 3, 2, 0))
    assert never_called.precision is None and never_called.recall is not None and never_called.recall.value == 0
    assert no_picture.recall is None and no_picture.precision is not None and no_picture.precision.value == 0
    assert neither.precision is None and neither.recall is None and neither.f1 is None
    assert all_wrong.f1 is not None and all_wrong.f1.value == 0


def test_missed_pictures_and_false_alarms_are_counted() -> None:
    score = per_class.scores(told([0, 0, 0, 1, 1], [0, 1, 1, 0, 1]))[0]
    assert (score.support, score.called, score.found, score.missed, score.false_alarms) == (3, 2, 1, 2, 1)


def test_the_interval_of_f1_holds_the_true_one_as_often_as_it_says() -> None:
    """Pictures are drawn from a world whose F1 is known: 0.8."""
    random = np.random.default_rng(5)
    found, missed, alarms = 0.4, 0.1, 0.1                      # shares of all pictures; the rest is another class
    drawn = random.multinomial(120, [found, missed, alarms, 0.4], 4000)
    scores = [ClassScore("a", int(both + lost), int(both + false), int(both)) for both, lost, false, _ in drawn]
    estimates = [score.f1 for score in scores]
    held = np.mean([each is not None and each.low <= 0.8 <= each.high for each in estimates])
    assert held == pytest.approx(0.95, abs=0.015)


def test_no_pictures_have_no_averages() -> None:
    counted = per_class.scores(told([], []))
    assert per_class.macro(counted) == per_class.weighted(counted) == Averages(None, None, None)
    assert per_class.balanced_accuracy(counted) is None


def test_the_file_has_a_class_a_row_with_empty_cells_where_nothing_can_be_divided() -> None:
    predictions = told([0, 0, 1, 3], [0, 1, 1, 1], ("=coat", "dress", "shirt", "trousers"))
    rows = list(csv.DictReader(io.StringIO(per_class.to_csv(per_class.scores(predictions)).decode("utf-8-sig"))))
    assert [row["class"] for row in rows] == ["'=coat", "dress", "shirt", "trousers"]
    assert rows[0]["recall"] == "0.5000" and float(rows[0]["recall from"]) < 0.5 < float(rows[0]["recall to"])
    assert rows[2] == {"class": "shirt", "pictures": "0", "predicted": "0", "found": "0"} | {
        f"{figure}{end}": "" for figure in ("precision", "recall", "f1") for end in ("", " from", " to")}
    assert rows[3]["precision"] == "" and rows[3]["recall"] == "0.0000"
