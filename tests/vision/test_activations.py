"""Activations once: the cache holds what the network sees, and never what another one saw."""

import errno
import os
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from core.data.pixels import Pixels
from core.data.preprocessing import Preprocessing
from core.errors import DiskFull
from core.events import Event, Progress, drain
from core.settings import Settings
from core.vision import activations as room
from core.vision.activations import activations, fingerprint, view_activations
from core.vision.augmentation import AugmentationSpec, build, draw_seed, preset
from core.vision.classifier import Classifier
from core.vision.fast import Precision
from core.vision.looking import look_through
from tests.tiny import CPU, noise, packed, same, tiny_classifier

pytestmark = pytest.mark.usefixtures("one_thread")

COUNT = 40
CUT = Preprocessing(16)


def stream(settings: Settings, classifier: Classifier | None = None, pixels: Pixels | None = None,
           cut: Preprocessing = CUT, precision: Precision = "float32") -> Generator[Event, None, np.ndarray]:
    pixels = replace(pixels or packed(noise(COUNT)), place=settings.cache / "packed")
    return activations(classifier or tiny_classifier(), pixels, cut, precision, CPU, settings)


def files(settings: Settings) -> list[Path]:
    return sorted(settings.cache.glob("*/activations-*.npy"))


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many pictures were looked at in each look through a body."""
    counted: list[int] = []

    def counting(*arguments: Any) -> Generator[Event, None, None]:
        counted.append(len(arguments[2]))
        return look_through(*arguments)

    monkeypatch.setattr(room, "look_through", counting)
    return counted


def test_they_are_what_the_classifier_sees(settings: Settings) -> None:
    _, seen = drain(stream(settings))
    with torch.no_grad():
        expected = tiny_classifier().eval().activations(torch.from_numpy(CUT.normalise(noise(COUNT))))
    np.testing.assert_allclose(seen, expected.numpy(), atol=1e-4)
    assert seen.dtype == np.float32


def test_a_second_time_the_body_sees_nothing(settings: Settings, looks: list[int]) -> None:
    _, first = drain(stream(settings))
    events, second = drain(stream(settings))
    assert looks == [COUNT]
    assert events == []
    assert same(np.array(first), np.array(second))


def test_what_is_cached_cannot_be_changed_by_mistake(settings: Settings) -> None:
    for _, seen in (drain(stream(settings)), drain(stream(settings))):
        with pytest.raises(ValueError, match="read-only"):
            seen[0] = 0


@pytest.mark.parametrize("damage", [
    lambda file: file.unlink(),
    lambda file: os.truncate(file, file.stat().st_size - 1),
    lambda file: file.write_bytes(b""),
    lambda file: file.write_bytes(b"PK\x03\x04" + bytes(100)),
    lambda file: file.write_bytes(file.read_bytes().replace(b"'<f4'", b"'<i4'")),
    lambda file: np.save(file, np.zeros((COUNT, 3), dtype=np.float32)),
], ids=["deleted", "cut off", "empty", "of another kind", "of another type", "of another shape"])
def test_a_damaged_file_is_made_anew(damage: Any, settings: Settings, looks: list[int]) -> None:
    first = np.array(drain(stream(settings))[1])
    damage(files(settings)[0])
    again = np.array(drain(stream(settings))[1])
    assert looks == [COUNT, COUNT]
    assert same(first, again)
    drain(stream(settings))
    assert looks == [COUNT, COUNT]
    assert len(files(settings)) == 1


def changed_weight() -> Classifier:
    classifier = tiny_classifier()
    with torch.no_grad():
        next(classifier.early.parameters())[-1, -1, -1, -1] += 1e-3
    return classifier


def changed_statistic() -> Classifier:
    classifier = tiny_classifier()
    next(classifier.early.buffers())[-1] += 1e-3
    return classifier


def changed_head() -> Classifier:
    classifier = tiny_classifier()
    with torch.no_grad():
        next(classifier.head.parameters()).add_(1)
    return classifier


@pytest.mark.parametrize("other", [
    {"classifier": changed_weight()},
    {"classifier": changed_statistic()},
    {"pixels": packed(noise(COUNT, seed=1), key="others")},
    {"cut": Preprocessing(16, mean=(0.5, 0.5, 0.5))},
    {"cut": Preprocessing(16, std=(0.5, 0.5, 0.5))},
    {"precision": "bfloat16"},
], ids=["weight", "statistic", "pictures", "mean", "std", "precision"])
def test_another_network_picture_or_preprocessing_is_looked_at_anew(
        other: dict[str, Any], settings: Settings, looks: list[int]) -> None:
    first = np.array(drain(stream(settings))[1])
    second = np.array(drain(stream(settings, **other))[1])
    assert looks == [COUNT, COUNT]
    assert not same(first, second)
    assert len(files(settings)) == 2


def test_another_head_shares_what_the_body_saw(settings: Settings, looks: list[int]) -> None:
    drain(stream(settings))
    drain(stream(settings, changed_head()))
    assert looks == [COUNT]


def test_closing_early_leaves_no_file(settings: Settings, looks: list[int]) -> None:
    closed = stream(settings)
    next(closed)
    closed.close()
    assert files(settings) == []
    drain(stream(settings))
    assert looks == [COUNT, COUNT]


def test_a_failure_leaves_no_file(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: object) -> Generator[Event, None, None]:
        yield from ()
        raise RuntimeError("no such kernel")

    monkeypatch.setattr(room, "look_through", failing)
    with pytest.raises(RuntimeError, match="no such kernel"):
        drain(stream(settings))
    assert files(settings) == []


def test_two_writers_at_once_both_get_the_whole(settings: Settings) -> None:
    one, other = stream(settings), stream(settings)
    next(one)
    next(other)
    _, from_one = drain(one)
    _, from_other = drain(other)
    assert len(files(settings)) == 1
    assert same(np.array(from_one), np.array(from_other))
    assert same(np.array(from_one), np.array(drain(stream(settings))[1]))


def test_equal_networks_have_one_fingerprint_whatever_their_memory_format() -> None:
    there = tiny_classifier().to(memory_format=torch.channels_last)
    assert fingerprint(tiny_classifier()) == fingerprint(there)
    assert fingerprint(tiny_classifier()) != fingerprint(tiny_classifier(seed=1))
    assert fingerprint(tiny_classifier()) != fingerprint(tiny_classifier().half())


def test_they_leave_free_what_is_to_stay_free(settings: Settings) -> None:
    with pytest.raises(DiskFull):
        drain(stream(settings.model_copy(update={"min_free_bytes": 10**18})))
    assert files(settings) == []
    drain(stream(settings.model_copy(update={"min_free_bytes": 0})))
    assert len(files(settings)) == 1


# ---- drawn views

ROWS = np.array([3, 1, 30, 8])
SPEC = preset("side-on")
LARGER = [noise(1, side=20 + row % 5, seed=row)[0] for row in range(COUNT)]


def view(settings: Settings, number: int = 0, spec: AugmentationSpec = SPEC, rows: np.ndarray = ROWS, size: int = 16,
         classifier: Classifier | None = None, place: Path | None = None) -> Generator[Event, None, np.ndarray]:
    larger = replace(packed(LARGER, key="larger"), place=place or settings.cache / "packed")
    return view_activations(classifier or tiny_classifier(), larger, rows, build(spec, size), number,
                            Preprocessing(size), "float32", CPU, settings)


def test_a_view_is_what_the_classifier_sees_of_the_drawn_pictures(settings: Settings) -> None:
    events, seen = drain(view(settings, number=2))
    augmenter = build(SPEC, 16)
    drawn = np.stack([augmenter.apply(LARGER[row], draw_seed(SPEC.seed, room.VIEWS_FROM + 2, int(row)))
                      for row in ROWS])
    with torch.no_grad():
        expected = tiny_classifier().eval().activations(torch.from_numpy(CUT.normalise(drawn)))
    np.testing.assert_allclose(seen, expected.numpy(), atol=1e-4)
    assert events == [Progress("looking at view 3 of the pictures", len(ROWS), len(ROWS))]


def test_a_view_is_looked_at_once(settings: Settings, looks: list[int]) -> None:
    for number in (0, 1, 0, 1):
        drain(view(settings, number))
    assert looks == [len(ROWS)] * 2
    assert len(files(settings)) == 2


@pytest.mark.parametrize("other", [
    {"number": 1}, {"spec": replace(SPEC, seed=7)}, {"spec": preset("text")}, {"rows": ROWS[::-1].copy()},
    {"rows": ROWS[:3]}, {"size": 20}, {"classifier": tiny_classifier(seed=1)},
], ids=["view", "seed", "augmentation", "order", "pictures", "size", "network"])
def test_another_view_augmentation_or_network_is_looked_at_anew(
        other: dict[str, Any], settings: Settings, looks: list[int]) -> None:
    first = np.array(drain(view(settings))[1])
    second = np.array(drain(view(settings, **other))[1])
    assert len(looks) == len(files(settings)) == 2
    assert not same(first, second)


def test_a_view_of_other_drawing_libraries_is_looked_at_anew(
        settings: Settings, looks: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    drain(view(settings))
    monkeypatch.setattr("core.vision.augmenter.Augmenter.libraries", ("3.0", "5.0"))
    drain(view(settings))
    assert len(looks) == len(files(settings)) == 2


@pytest.mark.parametrize("damage", [
    lambda file: file.unlink(), lambda file: os.truncate(file, file.stat().st_size - 1),
    lambda file: file.write_bytes(b"no array"),
], ids=["deleted", "cut off", "garbage"])
def test_a_damaged_view_is_made_anew_and_equal(damage: Any, settings: Settings, looks: list[int]) -> None:
    first = np.array(drain(view(settings))[1])
    damage(files(settings)[0])
    assert same(first, np.array(drain(view(settings))[1]))
    assert len(looks) == 2


def test_two_jobs_that_want_the_same_view_make_it_once(settings: Settings, looks: list[int]) -> None:
    one, other = view(settings, rows=np.arange(COUNT)), view(settings, rows=np.arange(COUNT))
    next(one)                                     # it holds the lock, and has looked at its first batch
    waiting = next(other)
    assert isinstance(waiting, Progress) and "waiting" in waiting.work
    _, from_one = drain(one)
    _, from_other = drain(other)
    assert looks == [COUNT]
    assert same(np.array(from_one), np.array(from_other))


def test_a_view_that_is_left_early_leaves_no_file_and_no_lock(settings: Settings, looks: list[int]) -> None:
    stream = view(settings, rows=np.arange(COUNT))
    next(stream)
    stream.close()
    assert files(settings) == []
    drain(view(settings, rows=np.arange(COUNT)))
    assert looks == [COUNT, COUNT]


def test_a_view_for_which_the_disk_has_no_room_is_told_and_leaves_no_file(
        settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("core.data.cache.reserve", full)
    with pytest.raises(DiskFull) as caught:
        drain(view(settings))
    assert "cache" in caught.value.remedy
    assert [file for file in (settings.cache / "packed").iterdir() if file.suffix != ".lock"] == []


def test_views_lie_where_the_pictures_say(settings: Settings, tmp_path: Path) -> None:
    drain(view(settings, place=tmp_path / "scratch"))
    assert files(settings) == []
    assert len(list((tmp_path / "scratch").glob("activations-*.npy"))) == 1
