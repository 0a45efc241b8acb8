from typing import Any

import numpy as np
import pytest
from cleanlab.filter import find_label_issues
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict
from sklearn.neighbors import LocalOutlierFactor
from sklearn.preprocessing import StandardScaler

from core.cleaning import labels as module
from core.cleaning.head import head
from core.cleaning.labels import (
    COMPONENTS,
    FOLDS,
    LEAST_OUTLIER,
    NEIGHBOURS,
    SEED,
    cross_validated,
    label_issues,
    outliers,
)
from core.events import Progress, drain
from tests.cleaning.made import clusters, pictures

pytestmark = pytest.mark.filterwarnings("error")
NAMES = ("кот", "собака", "猫", "قطة", "naïve", "a/b", "<b>", "Ω", "🐝", "zebra")


def asked(activations: NDArray[np.float32], numbers: NDArray[np.int64], groups: Any = None) -> NDArray[np.float64]:
    groups = np.arange(len(numbers)) if groups is None else np.asarray(groups)
    return drain(cross_validated(activations, numbers, groups))[1]


def flip(numbers: NDArray[np.int64], places: list[int]) -> NDArray[np.int64]:
    """The next class's number at these places."""
    flipped = numbers.copy()
    flipped[places] = (numbers[places] + 1) % (numbers.max() + 1)
    return flipped


@pytest.mark.parametrize("kinds", [2, 10])
def test_probabilities_are_those_of_scikit_learn_s_cross_validation(kinds: int) -> None:
    activations, numbers = clusters([15] * kinds, spread=8)
    groups = np.arange(len(numbers)) // 2
    expected = cross_val_predict(head(), activations, numbers, groups=groups, method="predict_proba",
                                 cv=StratifiedGroupKFold(FOLDS, shuffle=True, random_state=SEED))
    assert asked(activations, numbers, groups) == pytest.approx(expected, abs=1e-6)


def test_no_head_has_seen_a_copy_of_what_it_is_asked_about(monkeypatch: pytest.MonkeyPatch) -> None:
    activations, numbers = clusters([20, 20])
    groups = np.arange(40) // 4
    learned: list[set[int]] = []
    looked: list[set[int]] = []

    class Watched:
        def fit(self, seen: NDArray[np.float32], _: NDArray[np.int64]) -> "Watched":
            learned.append(set(seen[:, 0].astype(int).tolist()))
            return self

        def predict_proba(self, seen: NDArray[np.float32]) -> NDArray[np.float64]:
            looked.append(set(seen[:, 0].astype(int).tolist()))
            return np.full((len(seen), 2), 0.5)

    monkeypatch.setattr(module, "head", Watched)
    activations[:, 0] = groups
    asked(activations, numbers, groups)
    assert len(learned) == FOLDS and all(not one & other for one, other in zip(learned, looked, strict=True))
    assert set().union(*looked) == set(range(10))


@pytest.mark.parametrize("counts", [[2, 2], [3, 2], [4, 4, 4], [30, 2], [100, 3, 2], [2] * 10])
def test_classes_of_few_pictures_are_asked_about_in_silence(counts: list[int]) -> None:
    activations, numbers = clusters(counts)
    said = asked(activations, numbers)
    assert said.shape == (sum(counts), len(counts))
    assert np.isfinite(said).all()
    assert said.sum(axis=1) == pytest.approx(1)


def test_a_class_that_no_head_has_learned_is_no_mistake() -> None:
    """All its pictures are copies of each other, and so in one round alone."""
    activations, numbers = clusters([40, 40, 6])
    groups = np.arange(86)
    groups[80:] = 80
    said = asked(activations, numbers, groups)
    assert said[80:] == pytest.approx(1 / 3)
    assert (said[:80].argmax(axis=1) == numbers[:80]).all()
    assert label_issues(pictures(["x"] * 86), ("a", "b", "c"), numbers, said) == []


def test_classes_that_are_each_copies_of_one_picture_are_in_no_doubt() -> None:
    activations, numbers = clusters([8, 8])
    assert asked(activations, numbers, numbers) == pytest.approx(0.5)


def test_where_all_are_copies_of_one_picture_nothing_is_known() -> None:
    activations, numbers = clusters([8, 8])
    said = asked(np.ones_like(activations), numbers, np.zeros(16, dtype=np.int64))
    assert said == pytest.approx(0.5)


def test_activations_that_never_change_say_nothing_not_even_that_the_rare_class_is_a_mistake() -> None:
    _, numbers = clusters([40, 10])
    said = asked(np.ones((50, 8), np.float32), numbers)
    assert said == pytest.approx(0.5)
    assert label_issues(pictures(["x"] * 50), ("a", "b"), numbers, said) == []


def test_labels_that_contradict_in_exact_copies_stay_in_one_round() -> None:
    activations, numbers = clusters([30, 30])
    activations[30] = activations[0]
    groups = np.arange(60)
    groups[30] = 0
    said = asked(activations, numbers, groups)
    assert said[0] == pytest.approx(said[30], abs=1e-5)
    assert said[30].argmax() == 0


def test_each_round_is_told_of_and_can_be_the_last() -> None:
    activations, numbers = clusters([10, 10])
    events, _ = drain(cross_validated(activations, numbers, np.arange(20)))
    assert [(event.done, event.total) for event in events if isinstance(event, Progress)] == [
        (done, FOLDS) for done in range(FOLDS + 1)]
    stream = cross_validated(activations, numbers, np.arange(20))
    next(stream)
    stream.close()


@pytest.mark.parametrize("kinds", [2, 10])
def test_flipped_labels_are_found_with_the_class_that_they_look_like(kinds: int) -> None:
    activations, truth = clusters([30] * kinds)
    wrong = list(range(0, 30 * kinds, 17))
    numbers = flip(truth, wrong)
    found = label_issues(pictures(["x"] * len(truth)), NAMES[:kinds], numbers, asked(activations, numbers))
    places = [int(finding.sample) for finding in found]
    assert set(places) <= set(wrong) and len(places) >= 0.7 * len(wrong)
    assert [finding.label for finding in found] == [NAMES[truth[place]] for place in places]


def test_label_issues_are_cleanlab_s() -> None:
    random = np.random.default_rng(3)
    activations, truth = clusters([60, 60, 60], spread=9)
    numbers = flip(truth, list(random.choice(180, 25, replace=False)))
    said = asked(activations, numbers)
    expected = find_label_issues(numbers, said, filter_by="confident_learning", n_jobs=1)
    found = label_issues(pictures(["x"] * 180), ("a", "b", "c"), numbers, said)
    assert 0 < len(found) < 180
    assert {int(finding.sample) for finding in found} == {
        place for place in np.flatnonzero(expected) if said[place].argmax() != numbers[place]}
    for finding in found:
        row, own = said[int(finding.sample)], numbers[int(finding.sample)]
        assert finding.value == pytest.approx(row.max())
        assert finding.score == pytest.approx(row.max() - row[own])


def test_a_class_without_a_picture_is_our_own_mistake() -> None:
    with pytest.raises(ValueError, match="each class"):
        label_issues(pictures(["x"] * 4), ("a", "b", "c"), np.array([0, 0, 1, 1]), np.full((4, 3), 1 / 3))


def alone(activations: NDArray[np.float32], groups: Any = None) -> list[int]:
    count = len(activations)
    found = outliers(pictures(["x"] * count), activations, np.arange(count) if groups is None else np.asarray(groups))
    assert all(0 < finding.score <= 1 and (finding.value or 0) >= LEAST_OUTLIER for finding in found)
    return [int(finding.sample) for finding in found]


def crowd(count: int, width: int = 64, seed: int = 0) -> NDArray[np.float32]:
    return np.random.default_rng(seed).normal(5, 1, (count, width)).astype(np.float32)


def test_a_picture_that_is_far_from_all_others_is_found() -> None:
    activations = crowd(120)
    activations[17] += 40 * np.random.default_rng(1).normal(size=64)
    assert alone(activations) == [17]


def test_outliers_are_those_of_scikit_learn_s_local_outlier_factor() -> None:
    activations = crowd(200, seed=5)
    activations[:10] *= np.linspace(1.2, 4, 10)[:, None]
    near = PCA(COMPONENTS, random_state=SEED).fit_transform(StandardScaler().fit_transform(activations))
    factor = -LocalOutlierFactor(n_neighbors=NEIGHBOURS).fit(near).negative_outlier_factor_
    expected = np.flatnonzero(factor >= LEAST_OUTLIER)
    assert len(expected) > 2
    assert alone(activations) == expected.tolist()


def test_among_few_pictures_none_is_far() -> None:
    for count in (2, NEIGHBOURS, 2 * NEIGHBOURS - 1):
        activations = crowd(count)
        activations[0] = 1000
        assert alone(activations) == []
    activations = crowd(2 * NEIGHBOURS)
    activations[0] = 1000
    assert alone(activations) == [0]


def test_of_many_copies_neither_they_nor_what_is_like_them_is_far() -> None:
    activations = np.concatenate([crowd(100), np.repeat(crowd(1, seed=8), 60, axis=0)])
    groups = np.arange(160)
    groups[100:] = 100
    assert alone(activations, groups) == alone(activations[:101]) == []


def test_copies_of_an_outlier_are_outliers_all() -> None:
    activations = crowd(120)
    activations[5] = activations[90] = 40 * np.random.default_rng(1).normal(size=64)
    groups = np.arange(120)
    groups[90] = 5
    assert alone(activations, groups) == [5, 90]


def test_pictures_that_are_all_the_same_have_no_outlier() -> None:
    assert alone(np.ones((100, 8), np.float32)) == []
    assert alone(np.ones((100, 8), np.float32), np.zeros(100, np.int64)) == []


def test_a_few_channels_are_enough() -> None:
    activations = crowd(100, width=3)
    activations[9] = 60
    assert alone(activations) == [9]
