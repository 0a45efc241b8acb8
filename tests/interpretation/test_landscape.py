from pathlib import Path

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from core.errors import BadRun, DiskFull, MachineFault
from core.interpretation import arrays
from core.interpretation.landscape import Landscape, mark, nearest, nearest_to, scaled
from core.interpretation.predictions import Predictions

WIDTH = 6


def ids(count: int) -> tuple[str, ...]:
    return tuple(f"{number:016x}" for number in range(count))


def landscape(points: np.ndarray | None = None, of: str = "m") -> Landscape:
    """Of points (N, D), or of forty random ones; the first three lie on the map."""
    points = np.random.default_rng(0).normal(size=(40, WIDTH)) if points is None else points
    where = np.arange(6, dtype=np.float32).reshape(3, 2)
    return Landscape(ids(len(points)), scaled(points), np.arange(3), {"t-SNE": where, "PCA": -where}, (0.4, 0.2), of)


def test_directions_have_length_1_and_a_point_without_one_stays() -> None:
    made = scaled(np.array([[3.0, 4.0], [0.0, 0.0], [1e6, 0.0]]))
    assert np.allclose(made, [[0.6, 0.8], [0, 0], [1, 0]], atol=1e-3)
    assert made.dtype == np.float16


@pytest.mark.parametrize("k", [1, 5, 39])
def test_the_nearest_are_those_of_scikit_learn(k: int) -> None:
    here = landscape()
    finder = NearestNeighbors(n_neighbors=k + 1, metric="cosine").fit(here.activations.astype(np.float32))
    distances, places = finder.kneighbors(here.activations[7:8].astype(np.float32))
    found = nearest(here, here.ids[7], here.ids, k)
    assert [each.id for each in found] == [here.ids[place] for place in places[0][1:]]
    assert np.allclose([each.similarity for each in found], 1 - distances[0][1:], atol=2e-3)


def test_only_those_that_may_be_asked_are_and_never_the_picture_itself() -> None:
    here = landscape()
    among = here.ids[3:8]
    found = nearest(here, here.ids[4], among, 40)
    assert {each.id for each in found} == set(among) - {here.ids[4]}
    assert nearest(here, here.ids[4], (), 3) == ()


def test_the_length_of_an_activation_counts_for_nothing() -> None:
    here = landscape()
    point = np.random.default_rng(1).normal(size=WIDTH)
    assert [each.id for each in nearest_to(here, 50 * point, here.ids, 5)] == [
        each.id for each in nearest_to(here, point, here.ids, 5)]


def test_a_copy_is_as_similar_as_can_be_and_no_more() -> None:
    point = np.random.default_rng(2).normal(size=(1, WIDTH))
    here = landscape(np.concatenate([point, point * 3, -point]))
    copy, opposite = nearest(here, here.ids[0], here.ids, 2)
    assert (copy.id, opposite.id) == (here.ids[1], here.ids[2])
    assert 0.999 < copy.similarity <= 1
    assert -1 <= opposite.similarity < -0.999


def test_a_picture_that_is_not_there_is_refused() -> None:
    with pytest.raises(KeyError):
        nearest(landscape(), "f" * 16, ids(3), 1)
    with pytest.raises(ValueError, match="at least 1"):
        nearest(landscape(), ids(1)[0], ids(3), 0)


@pytest.mark.parametrize("values", [
    {"ids": ids(39)}, {"ids": (ids(1)[0],) * 40}, {"placed": np.array([0, 1, 40])}, {"placed": np.array([0, 1])},
    {"places": {"PCA": np.zeros((3, 2), dtype=np.float32)}}])
def test_shapes_that_disagree_are_refused(values: dict[str, object]) -> None:
    whole = {name: getattr(landscape(), name) for name in Landscape.__slots__}
    with pytest.raises(ValueError, match=r"need|must"):
        Landscape(**whole | values)


def test_it_belongs_to_the_network_that_looked_and_to_no_other() -> None:
    valid = Predictions(ids(2), np.array([0, 1]), np.array([[1, 0], [0, 1]], dtype=np.float32), ("ants", "bees"))
    here = landscape(of=mark(valid))
    assert here.belongs_to(valid)
    moved = Predictions(valid.ids, valid.labels, valid.logits + np.float32(1e-3), valid.classes)
    for other in (moved, valid.select([1, 0]), valid.select([0]),
                  Predictions(valid.ids, valid.labels, valid.logits, ("bees", "ants"))):
        assert not here.belongs_to(other)


def test_what_was_stored_is_read_again_without_being_held_in_memory(tmp_path: Path) -> None:
    made = landscape()
    made.save(tmp_path / "landscape")
    read = Landscape.load(tmp_path / "landscape")
    assert (read.ids, read.kept, read.of) == (made.ids, made.kept, made.of)
    assert np.array_equal(read.activations, made.activations) and isinstance(read.activations, np.memmap)
    assert np.array_equal(read.placed, made.placed)
    assert all(np.array_equal(read.places[method], made.places[method]) for method in made.places)


def test_a_new_one_takes_the_place_of_the_old_which_can_still_be_read_by_who_has_it(tmp_path: Path) -> None:
    landscape(of="old").save(tmp_path)
    old = Landscape.load(tmp_path)
    landscape(np.random.default_rng(3).normal(size=(5, 4)), of="new").save(tmp_path)
    assert Landscape.load(tmp_path).of == "new"
    assert len(list(tmp_path.iterdir())) == 2
    assert len(nearest(old, old.ids[0], old.ids, 3)) == 3


def test_where_the_second_file_does_not_fit_the_old_one_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    landscape(of="old").save(tmp_path)

    def full(*_: object) -> None:
        raise DiskFull("The disk is full.", remedy="Free some space.")

    monkeypatch.setattr(arrays, "write", full)
    with pytest.raises(DiskFull):
        landscape(of="new").save(tmp_path)
    assert Landscape.load(tmp_path).of == "old"
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("damage", ["missing", "garbage", "cut", "foreign", "lost", "short", "outside"])
def test_a_damaged_one_is_told_in_words(damage: str, tmp_path: Path) -> None:
    landscape().save(tmp_path)
    file, (activations,) = tmp_path / "map.npz", tmp_path.glob("activations-*.npy")
    match damage:
        case "missing":
            file.unlink()
        case "garbage":
            file.write_bytes(b"no map")
        case "cut":
            file.write_bytes(file.read_bytes()[:-300])
        case "foreign":
            Predictions(ids(1), np.array([0]), np.zeros((1, 2), dtype=np.float32), ("a", "b")).save(file)
        case "lost":
            activations.unlink()
        case "short":
            activations.write_bytes(activations.read_bytes()[:-10])
        case "outside":
            with np.load(file) as known:
                values = dict(known)
            np.savez(file, **values | {"activations": np.array(["../../elsewhere.npy"])})
    with pytest.raises(BadRun, match=r"map\.npz") as refused:
        Landscape.load(tmp_path)
    assert "map" in refused.value.remedy


def test_activations_that_are_cut_short_while_in_use_are_told_of(tmp_path: Path) -> None:
    landscape().save(tmp_path)
    here = Landscape.load(tmp_path)
    (activations,) = tmp_path.glob("activations-*.npy")
    with activations.open("r+b") as file:
        file.truncate(100)
    with pytest.raises(MachineFault):
        nearest(here, here.ids[0], here.ids, 1)
