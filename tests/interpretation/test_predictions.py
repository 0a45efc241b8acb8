import math
from pathlib import Path

import numpy as np
import pytest

from core.errors import BadRun
from core.interpretation.predictions import Predictions

ANTS_BEES = ("ants", "bees")


def predictions_of(probabilities: list[list[float]], labels: list[int],
                   classes: tuple[str, ...] = ANTS_BEES) -> Predictions:
    """Hand-made rows: softmax of the logarithm gives the probabilities back."""
    logits = np.log(np.array(probabilities, dtype=np.float64)).astype(np.float32)
    ids = tuple(f"picture-{row}" for row in range(len(labels)))
    return Predictions(ids, np.array(labels), logits, classes)


def test_probabilities_losses_and_accuracy_follow_from_the_logits() -> None:
    predictions = predictions_of([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]], [0, 0, 1])
    np.testing.assert_allclose(predictions.probabilities, [[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]], atol=1e-6)
    np.testing.assert_allclose(predictions.losses, -np.log([0.9, 0.2, 0.4]), atol=1e-6)
    assert predictions.predicted.tolist() == [0, 1, 0]
    assert predictions.correct.tolist() == [True, False, False]
    assert predictions.accuracy == pytest.approx(1 / 3)
    assert predictions.error_rate == pytest.approx(2 / 3)


def test_huge_logits_neither_overflow_nor_lose_their_order() -> None:
    predictions = Predictions(("a", "b"), np.array([1, 1]), np.array([[1e4, 0], [2e4, 0]]), ANTS_BEES)
    assert predictions.probabilities.tolist() == [[1, 0], [1, 0]]
    assert predictions.losses.tolist() == [1e4, 2e4]


def test_the_first_of_equal_classes_is_predicted() -> None:
    assert predictions_of([[0.5, 0.5]], [1]).predicted.tolist() == [0]


@pytest.mark.parametrize(("labels", "logits", "classes", "fault"), [
    ([0], [[0, 1], [1, 0]], ANTS_BEES, "labels"),
    ([0, 1], [[0, 1, 2], [1, 0, 2]], ANTS_BEES, "logits"),
    ([0, -1], [[0, 1], [1, 0]], ANTS_BEES, "-1"),
    ([0, 2], [[0, 1], [1, 0]], ANTS_BEES, "0..1"),
    ([0.0, 1.0], [[0, 1], [1, 0]], ANTS_BEES, "integers"),
    ([0, 1], [[0, math.nan], [1, 0]], ANTS_BEES, "finite"),
    ([0, 0], [[0], [1]], ("ants",), "classes"),
    ([0, 1], [[0, 1], [1, 0]], ("ants", "ants"), "classes"),
])
def test_predictions_that_disagree_with_themselves_are_not_born(
        labels: list[float], logits: list[list[float]], classes: tuple[str, ...], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        Predictions(("a", "b"), np.array(labels), np.array(logits), classes)


def test_nobody_can_change_predictions_not_even_through_the_arrays_they_were_made_of() -> None:
    logits = np.zeros((1, 2), dtype=np.float32)
    predictions = Predictions(("a",), np.array([0]), logits, ANTS_BEES)
    logits[0, 1] = 9
    assert predictions.logits.tolist() == [[0, 0]]
    with pytest.raises(ValueError, match="read-only"):
        predictions.probabilities[0, 0] = 1


def test_a_selection_keeps_rows_together_in_the_order_asked_for() -> None:
    chosen = predictions_of([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]], [0, 0, 1]).select([2, 0])
    assert chosen.ids == ("picture-2", "picture-0")
    assert chosen.labels.tolist() == [1, 0]
    np.testing.assert_allclose(chosen.probabilities[:, 0], [0.6, 0.9], atol=1e-6)


def test_an_empty_selection_stands_but_has_no_accuracy() -> None:
    nothing = predictions_of([[0.9, 0.1]], [0]).select([])
    assert (len(nothing), nothing.probabilities.shape, nothing.losses.shape) == (0, (0, 2), (0,))
    with pytest.raises(ValueError, match="no pictures"):
        _ = nothing.accuracy


def test_what_was_saved_is_loaded_bit_for_bit(tmp_path: Path) -> None:
    classes = ("Füße", "鳥")
    predictions = Predictions(("café", "b/c"), np.array([1, 0]), np.array([[0.1, 0.3], [1e-30, 7]]), classes)
    predictions.save(tmp_path / "valid.npz")
    loaded = Predictions.load(tmp_path / "valid.npz")
    assert (loaded.ids, loaded.classes) == (predictions.ids, classes)
    assert np.array_equal(loaded.labels, predictions.labels)
    assert np.array_equal(loaded.logits, predictions.logits)
    assert np.array_equal(loaded.probabilities, predictions.probabilities)


def test_saved_predictions_have_the_contract_s_keys_and_kinds(tmp_path: Path) -> None:
    predictions_of([[0.9, 0.1]], [0]).save(tmp_path / "valid.npz")
    with np.load(tmp_path / "valid.npz", allow_pickle=False) as file:
        assert set(file) == {"ids", "labels", "logits", "classes"}
        assert (file["labels"].dtype, file["logits"].dtype) == (np.int64, np.float32)


def test_empty_predictions_can_be_saved(tmp_path: Path) -> None:
    predictions_of([[0.9, 0.1]], [0]).select([]).save(tmp_path / "test.npz")
    assert len(Predictions.load(tmp_path / "test.npz")) == 0


def test_a_failed_save_leaves_the_old_file_and_no_litter(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "valid.npz"
    predictions_of([[0.9, 0.1]], [0]).save(path)
    before = path.read_bytes()

    def full_disk(file: object, **arrays: np.ndarray) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(np, "savez", full_disk)
    with pytest.raises(OSError, match="no space"):
        predictions_of([[0.1, 0.9]], [0]).save(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def save_arrays(path: Path, **changed: np.ndarray) -> None:
    arrays = {"ids": np.array(["a"]), "labels": np.array([0]), "logits": np.array([[1.0, 2.0]]),
              "classes": np.array(ANTS_BEES)} | changed
    np.savez(path, **arrays)


@pytest.mark.parametrize("changed", [
    {"ids": np.array([b"pickled", None], dtype=object)},
    {"ids": np.array([3])},
    {"ids": np.array("a")},
    {"logits": np.array([["one", "two"]])},
    {"labels": np.array([5])},
    {"classes": np.array(["ants"])},
], ids=["pickled ids", "numbers as ids", "one id", "text as logits", "label of no class", "one class"])
def test_a_file_with_other_arrays_is_refused(changed: dict[str, np.ndarray], tmp_path: Path) -> None:
    save_arrays(tmp_path / "valid.npz", **changed)
    with pytest.raises(BadRun, match=r"valid\.npz") as caught:
        Predictions.load(tmp_path / "valid.npz")
    assert caught.value.remedy


def test_damaged_and_missing_files_are_named(tmp_path: Path) -> None:
    path = tmp_path / "valid.npz"
    with pytest.raises(BadRun, match=r"no predictions 'valid\.npz'"):
        Predictions.load(path)
    predictions_of([[0.9, 0.1]], [0]).save(path)
    whole = path.read_bytes()
    flipped = bytearray(whole)
    flipped[whole.index(b"NUMPY") + 200] ^= 0xFF
    array_alone = tmp_path / "array.npy"
    np.save(array_alone, np.zeros(3))
    for damage in (whole[: len(whole) // 2], b"", b"no archive", bytes(flipped), array_alone.read_bytes()):
        path.write_bytes(damage)
        with pytest.raises(BadRun, match="damaged"):
            Predictions.load(path)


def test_a_file_that_lacks_a_key_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "valid.npz", ids=np.array(["a"]))
    with pytest.raises(BadRun, match="labels"):
        Predictions.load(tmp_path / "valid.npz")
