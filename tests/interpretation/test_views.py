from pathlib import Path

import numpy as np
import pytest

from core.errors import BadRun, UserMistake
from core.interpretation.predictions import Predictions
from core.interpretation.views import MOST_VIEWS, Averaging, Space, Views, averaged, averaged_logs

CLASSES = ("ant", "bee")
# Two pictures, each seen as itself and in two drawn views, as probabilities of (ant, bee).
LOOKS = (((0.8, 0.2), (0.4, 0.6), (0.2, 0.8)),
         ((0.1, 0.9), (0.5, 0.5), (0.3, 0.7)))


def views(looks: object = LOOKS, labels: tuple[int, ...] = (0, 1), seed: int = 7) -> Views:
    logits = np.log(np.array(looks, dtype=np.float32))
    return Views(tuple(f"{row:016x}" for row in range(len(labels))), np.array(labels), logits, CLASSES, seed)


def test_the_default_is_fastai_s_four_views_at_a_beta_of_a_quarter() -> None:
    assert Averaging() == Averaging(4, 0.25, "probability")


def test_in_probability_space_the_drawn_views_share_what_beta_leaves() -> None:
    """By hand: 1/4 of the centre and 3/8 of each of the two drawn views."""
    mixed = averaged(views(), Averaging(2))
    assert np.allclose(mixed.probabilities, [[0.425, 0.575], [0.325, 0.675]], atol=1e-6)
    assert mixed.ids == views().ids and mixed.labels.tolist() == [0, 1] and mixed.classes == CLASSES


def test_in_log_space_it_is_the_geometric_mean_scaled_to_sum_to_1() -> None:
    """By hand, the first picture at beta 0.5: (0.8² · 0.4 · 0.2)^¼ = 0.4757 against (0.2² · 0.6 · 0.8)^¼ = 0.3722."""
    mixed = averaged(views(), Averaging(2, 0.5, "log"))
    assert np.allclose(mixed.probabilities[0], [0.56102, 0.43898], atol=1e-4)


@pytest.mark.parametrize("space", ["probability", "log"])
def test_at_a_beta_of_1_the_centre_alone_answers(space: Space) -> None:
    assert np.allclose(averaged(views(), Averaging(2, 1, space)).probabilities, [[0.8, 0.2], [0.1, 0.9]], atol=1e-6)


def test_at_a_beta_of_0_the_drawn_views_alone_answer() -> None:
    assert np.allclose(averaged(views(), Averaging(2, 0)).probabilities, [[0.3, 0.7], [0.4, 0.6]], atol=1e-6)
    log = averaged(views(), Averaging(2, 0, "log")).probabilities[0]
    assert log[0] / log[1] == pytest.approx(np.sqrt(0.4 * 0.2) / np.sqrt(0.6 * 0.8), abs=1e-5)


def test_fewer_views_than_were_drawn_are_the_first_ones() -> None:
    assert np.allclose(averaged(views(), Averaging(1)).probabilities[0], [0.5, 0.5], atol=1e-6)


def test_more_views_than_were_drawn_are_refused() -> None:
    with pytest.raises(ValueError, match="3 views are asked for, and 2 were drawn"):
        averaged(views(), Averaging(3))


@pytest.mark.parametrize("space", ["probability", "log"])
@pytest.mark.parametrize("beta", [0.0, 0.25, 1.0])
def test_logits_too_far_apart_for_a_probability_stay_finite_and_sum_to_1(space: Space, beta: float) -> None:
    logits = np.array([[[2000.0, -2000.0], [-2000.0, 2000.0], [0.0, 3.0]]], dtype=np.float32)
    mixed = averaged_logs(logits, Averaging(2, beta, space))
    assert np.isfinite(mixed).all()
    assert np.exp(mixed).sum() == pytest.approx(1)


@pytest.mark.parametrize(("values", "named"), [
    ({"views": 0}, "0 views"), ({"views": -1}, "-1 views"), ({"views": MOST_VIEWS + 1}, f"{MOST_VIEWS + 1} views"),
    ({"beta": -0.01}, "-0.01"), ({"beta": 1.5}, "1.5"), ({"beta": float("nan")}, "nan"),
    ({"space": "geometric"}, "geometric")])
def test_an_averaging_that_cannot_be_names_what_is_wrong(values: dict[str, object], named: str) -> None:
    with pytest.raises(UserMistake, match=named) as refused:
        Averaging(**values)  # type: ignore[arg-type]
    assert refused.value.remedy


@pytest.mark.parametrize("shape", [(2, 2), (2, 1, 2), (2, 3, 3), (3, 3, 2)])
def test_views_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="logits"):
        Views(("a", "b"), np.array([0, 1]), np.zeros(shape, dtype=np.float32), CLASSES, 0)


def test_a_view_that_is_no_number_is_refused() -> None:
    logits = np.zeros((2, 3, 2), dtype=np.float32)
    logits[1, 2, 0] = np.nan
    with pytest.raises(ValueError, match="finite"):
        Views(("a", "b"), np.array([0, 1]), logits, CLASSES, 0)


def test_each_look_s_probabilities_are_its_own() -> None:
    assert np.allclose(views().probabilities(np.array([1])), [LOOKS[1]], atol=1e-6)


def test_views_belong_to_the_predictions_of_their_centres_and_to_no_others() -> None:
    own = views().centre
    assert views().belong_to(own)
    moved = Predictions(own.ids, own.labels, own.logits + np.float32(1e-3), own.classes)
    for other in (moved, own.select([1, 0]), own.select([0]), views(labels=(1, 1)).centre):
        assert not views().belong_to(other)


def test_what_was_stored_is_read_again(tmp_path: Path) -> None:
    views().save(tmp_path / "valid-views.npz")
    read = Views.load(tmp_path / "valid-views.npz")
    assert (read.ids, read.classes, read.seed, read.drawn) == (views().ids, CLASSES, 7, 2)
    assert np.array_equal(read.logits, views().logits) and np.array_equal(read.labels, views().labels)
    assert [file.name for file in tmp_path.iterdir()] == ["valid-views.npz"]


@pytest.mark.parametrize("damage", ["missing", "empty", "garbage", "cut", "foreign"])
def test_a_damaged_file_is_told_in_words(damage: str, tmp_path: Path) -> None:
    file = tmp_path / "valid-views.npz"
    views().save(file)
    match damage:
        case "missing":
            file.unlink()
        case "empty":
            file.write_bytes(b"")
        case "garbage":
            file.write_bytes(b"no views")
        case "cut":
            file.write_bytes(file.read_bytes()[:-300])
        case "foreign":
            views().centre.save(file)
    with pytest.raises(BadRun, match="valid-views") as refused:
        Views.load(file)
    assert "several ways" in refused.value.remedy
