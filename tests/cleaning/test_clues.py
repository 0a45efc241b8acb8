"""What gives the classes away: light, colour, size, shape, format, each alone and all together."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import fisher_exact
from sklearn.metrics import balanced_accuracy_score

from core.cleaning import clues
from core.data.dataset import Sample
from core.data.measures import ROW, Measures
from core.events import drain
from core.interpretation.shortcuts import Clue

TWO = ("cat", "dog")


def made(labels: NDArray[np.int64], seed: int, *, light: NDArray[np.float64] | None = None,
         sides: NDArray[np.int64] | None = None, formats: list[str] | None = None, copies: int = 1,
         classes: tuple[str, ...] = TWO, network: dict[str, bool] | None = None) -> dict[str, Clue]:
    """The clues of pictures whose measures are noise, but for those given; each stands `copies` times.

    The network is right on the first half of them, and was not asked about the others, or as is given by their ids.
    """
    random, count = np.random.default_rng(seed), len(labels)
    table = np.zeros(count, dtype=ROW)
    table["brightness"] = random.uniform(0.3, 0.7, count) if light is None else light
    table["small"] = random.integers(60, 200, (count, 1, 1, 3))
    sides = random.integers(200, 900, (count, 2)) if sides is None else sides
    samples = [Sample(f"{copy:08x}{row:08x}", classes[labels[row]], f"{row}.jpg", "", f"{row:064x}", int(sides[row, 0]),
                      int(sides[row, 1]), formats[row] if formats else "JPEG", 1)
               for copy in range(copies) for row in range(count)]
    table = np.tile(table, copies)
    measures = Measures(table, {sample.id: row for row, sample in enumerate(samples)})
    network = {sample.id: True for sample in samples[: count // 2]} if network is None else network
    _, found = drain(clues.tried(samples, np.tile(labels, copies), classes, measures, network))
    return {clue.name: clue for clue in found}


def halves(count: int = 200) -> NDArray[np.int64]:
    return np.arange(count) % 2


@pytest.mark.parametrize("seed", range(6))
def test_pictures_that_nothing_gives_away_are_told_no_better_than_by_guessing(seed: int) -> None:
    for clue in made(halves(), seed).values():
        assert clue.low < 0.53, clue
        assert clue.p > 0.002, clue


@pytest.mark.parametrize("seed", range(3))
def test_classes_of_different_light_are_told_by_their_light_alone(seed: int) -> None:
    labels, random = halves(), np.random.default_rng(seed)
    found = made(labels, seed, light=random.normal(0.4 + 0.2 * labels, 0.03))
    assert found["brightness"].low > 0.95
    assert found["brightness"].p < 0.002
    assert found["together"].low > 0.9
    assert found["shape"].low < 0.55
    dark, bright = found["brightness"].ends
    assert (dark.label, bright.label) == TWO
    assert dark.value == pytest.approx(0.4, abs=0.02)
    assert len(bright.examples) == clues.EXAMPLES


def test_a_light_that_is_neither_more_nor_less_is_found_too() -> None:
    """One class in the middle, the other on both sides: no straight line parts them."""
    labels, random = halves(), np.random.default_rng(1)
    side = random.choice([-1, 1], len(labels))
    assert made(labels, 1, light=0.5 + labels * side * 0.2 + random.normal(0, 0.02, 200))["brightness"].low > 0.9


def test_the_camera_s_format_and_the_file_s_type_are_found() -> None:
    labels = halves()
    wide = np.where(labels[:, None] == 1, (640, 480), (480, 640))
    found = made(labels, 0, sides=wide, formats=["PNG" if label else "JPEG" for label in labels])
    assert found["shape"].score == found["format"].score == 1
    assert [(end.label, round(end.value, 2)) for end in found["shape"].ends] == [("cat", 0.75), ("dog", 1.33)]
    assert found["size"].score == pytest.approx(0.5)
    assert found["size"].ends == found["format"].ends == ()


def test_copies_of_a_picture_do_not_make_noise_a_clue() -> None:
    """Were a copy to stand on the other side, its very size would tell its class."""
    assert made(halves(60), 2, copies=6)["size"].low < 0.6


def test_a_class_of_many_pictures_does_not_make_guessing_look_good() -> None:
    labels = np.array([0] * 180 + [1] * 20)
    assert made(labels, 3)["brightness"].score < 0.65


@pytest.mark.parametrize("kinds", [3, 40])
def test_many_classes_can_each_be_told(kinds: int) -> None:
    labels = np.arange(kinds * 20) % kinds
    names = tuple(f"class {number}" for number in range(kinds))
    found = made(labels, 0, sides=np.stack([200 + 10 * labels, 300 + 0 * labels], axis=1), classes=names)
    assert found["size"].score > 0.95
    assert found["brightness"].low < 2.5 / kinds


def test_the_same_pictures_are_judged_the_same_every_time() -> None:
    assert made(halves(), 5) == made(halves(), 5)


def test_the_network_is_held_against_the_rules_on_the_pictures_that_it_was_asked_about() -> None:
    labels, random = halves(), np.random.default_rng(4)
    odd = random.random(200) < 0.1                            # as bright as the other class
    light = np.where(labels ^ odd, 0.8, 0.2) + random.normal(0, 0.02, 200)
    asked = {f"{0:08x}{row:08x}": not odd[row] for row in range(100, 200)}
    told = made(labels, 4, light=light, network=asked)["brightness"].beside
    assert told.rule_right + told.rule_wrong == 100
    assert told.both_wrong == odd[100:].sum()
    assert told.goes_along


def test_balanced_accuracy_is_scikit_learn_s() -> None:
    random = np.random.default_rng(0)
    labels, told = random.integers(0, 4, 200), random.integers(0, 4, 200)
    score, low, high = clues.balanced_accuracy(told, labels)
    assert score == pytest.approx(balanced_accuracy_score(labels, told))
    assert low < score < high


def test_its_interval_holds_the_truth_nineteen_times_out_of_twenty() -> None:
    """Classes of 12, 30 and 90 pictures that are right in 90, 70 and 50 of 100 cases: 70 in the mean."""
    random, counts, shares = np.random.default_rng(1), np.array([12, 30, 90]), np.array([0.9, 0.7, 0.5])
    labels = np.repeat(np.arange(3), counts)
    held = 0
    for _ in range(1000):
        right = random.random(len(labels)) < shares[labels]
        _, low, high = clues.balanced_accuracy(np.where(right, labels, (labels + 1) % 3), labels)
        held += low <= 0.7 <= high
    assert 0.93 <= held / 1000 <= 0.99


def test_a_few_pictures_that_are_all_right_are_not_taken_for_certain() -> None:
    labels = np.array([0, 0, 0, 1, 1, 1])
    score, low, high = clues.balanced_accuracy(labels, labels)
    assert (score, high) == (1, 1)
    assert low < 0.75


def test_luck_is_fisher_s_exact_test() -> None:
    """With two classes and answers that stay, shuffling the labels is his urn (Fisher 1935)."""
    labels = np.array([0] * 20 + [1] * 20)
    told = np.array([0] * 13 + [1] * 7 + [0] * 8 + [1] * 12)
    exact = fisher_exact([[13, 7], [8, 12]], alternative="greater").pvalue
    assert clues.luck(told, labels) == pytest.approx(exact, abs=0.03)
    assert clues.luck(labels, labels) == pytest.approx(1 / 1001)
