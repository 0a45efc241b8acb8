"""Laying points out in two dimensions, against what scikit-learn says of the result."""

from collections.abc import Generator
from threading import Event as Signal

import numpy as np
import pytest
from sklearn.manifold import TSNE, trustworthiness
from sklearn.neighbors import KNeighborsClassifier

from core.events import Event, Progress, drain
from core.pipeline import layout as room
from core.pipeline.layout import Layout, layout


def clusters(count: int = 90, kinds: int = 3, width: int = 20) -> tuple[np.ndarray, np.ndarray]:
    """Points (count, width) around as many centres as there are kinds, and whose each is."""
    random = np.random.default_rng(0)
    kind = np.arange(count) % kinds
    return (random.normal(0, 4, (kinds, width))[kind] + random.normal(size=(count, width))).astype(np.float32), kind


def made(points: np.ndarray) -> Layout:
    return drain(layout(points))[1]


def test_neighbours_stay_neighbours() -> None:
    points, kind = clusters()
    found = made(points)
    in_one_run = TSNE(random_state=0).fit_transform(points)
    assert trustworthiness(points, found.tsne) > trustworthiness(points, in_one_run) - 0.01
    for places in (found.tsne, found.pca):
        assert KNeighborsClassifier(3).fit(places[::2], kind[::2]).score(places[1::2], kind[1::2]) == 1


def test_the_pca_is_that_of_the_singular_values() -> None:
    points, _ = clusters()
    centred = points - points.mean(axis=0)
    _, values, axes = np.linalg.svd(centred, full_matrices=False)
    found = made(points)
    assert np.allclose(np.abs(found.pca), np.abs(centred @ axes[:2].T), atol=1e-3)
    assert np.allclose(found.kept, (values**2 / (values**2).sum())[:2], atol=1e-4)


def test_the_same_points_lie_at_the_same_places_again() -> None:
    points, _ = clusters(30)
    one, again = made(points), made(points)
    assert np.array_equal(one.tsne, again.tsne) and np.array_equal(one.pca, again.pca)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5])
def test_few_points_have_places_too(count: int) -> None:
    found = made(clusters(count)[0])
    for places in (found.pca, found.tsne):
        assert places.shape == (count, 2) and np.isfinite(places).all()


@pytest.mark.parametrize("points", [
    np.ones((12, 5)), np.repeat(np.eye(3), 8, axis=0), np.random.default_rng(0).normal(size=(12, 1))],
    ids=["all the same", "three points eight times each", "a single dimension"])
def test_points_that_leave_no_choice_have_places_too(points: np.ndarray) -> None:
    found = made(points.astype(np.float32))
    for places in (found.pca, found.tsne):
        assert places.shape == (len(points), 2) and np.isfinite(places).all()


def test_it_tells_how_far_it_is_and_can_be_left_between_two_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    points, _ = clusters(20)
    events, _ = drain(layout(points))
    told = [(event.done, event.total) for event in events if isinstance(event, Progress)]
    assert list(dict.fromkeys(told)) == [(step, 1 + room.SLICES) for step in range(1, 2 + room.SLICES)]
    begun: list[object] = []
    real = room.TSNE

    def counted(**options: object) -> object:
        begun.append(options)
        return real(**options)

    monkeypatch.setattr(room, "TSNE", counted)
    monkeypatch.setattr(room, "LOOK_UP_SECONDS", 60.0)
    stream: Generator[Event, None, Layout] = layout(points)
    next(stream), next(stream)
    stream.close()
    assert len(begun) == 1


def test_it_can_be_left_while_a_slice_is_at_work(monkeypatch: pytest.MonkeyPatch) -> None:
    go_on, left = Signal(), Signal()

    class Slow:
        def __init__(self, **options: object) -> None: ...

        def fit_transform(self, graph: object) -> np.ndarray:
            go_on.wait(30)
            left.set()
            return np.zeros((20, 2))

    monkeypatch.setattr(room, "TSNE", Slow)
    monkeypatch.setattr(room, "LOOK_UP_SECONDS", 0.01)
    stream = layout(clusters(20)[0])
    steps = [next(stream) for _ in range(3)]
    assert steps[0] == steps[1] == steps[2] == Progress(room.WORK, 1, 1 + room.SLICES, "steps")
    stream.close()
    assert not left.is_set()
    go_on.set()


def test_an_error_of_a_slice_is_an_error_of_the_layout(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def __init__(self, **options: object) -> None: ...

        def fit_transform(self, graph: object) -> np.ndarray:
            raise MemoryError

    monkeypatch.setattr(room, "TSNE", Broken)
    with pytest.raises(MemoryError):
        drain(layout(clusters(20)[0]))
