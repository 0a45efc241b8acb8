"""Feeds: every picture once an epoch, in a new order, the same for the same seed and any number of threads."""

import threading
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from core.data.preprocessing import Preprocessing
from core.events import BatchDone, EpochDone, drain
from core.settings import Settings
from core.training.engine import fit, learner
from core.training.feeds import ActivationFeed, PictureFeed, batch_sizes, shuffled_batches, suitable_batch_size
from core.vision.augmentation import build, preset
from tests.tiny import CLASSES, CPU, noise, packed, same, tiny_classifier, tiny_plan

pytestmark = pytest.mark.usefixtures("one_thread")

SIZE = 16
TRAIN, VALID = np.array([1, 3, 5, 7, 9, 11, 13, 15, 17]), np.array([0, 18, 4])
LABELS = np.arange(20) % CLASSES


def activation_feed(seed: int = 0, batch_size: int = 4) -> ActivationFeed:
    """Row r of the activations says r."""
    rows = np.repeat(np.arange(20, dtype=np.float32)[:, None], 5, axis=1)
    return ActivationFeed(rows, LABELS, TRAIN, VALID, batch_size, seed, CPU)


def picture_feed(settings: Settings, augment: str | None = "side-on", seed: int = 0, batch_size: int = 4
                 ) -> PictureFeed:
    """Square r is all r, where nothing is augmented; what is augmented is cut from noise."""
    squares = packed([np.full((SIZE, SIZE, 3), row, dtype=np.uint8) for row in range(20)])
    larger = packed([noise(1, side=20 + row, seed=row)[0] for row in range(20)])
    augmenter = None if augment is None else build(preset(augment), SIZE)
    return PictureFeed(larger, squares, augmenter, Preprocessing(SIZE), LABELS, TRAIN, VALID, batch_size, seed,
                       "float32", CPU, settings)


def batches(feed: ActivationFeed | PictureFeed, epoch: int = 0) -> list[Any]:
    return list(feed.train_batches(epoch))


def rows_of(feed: ActivationFeed | PictureFeed, epoch: int = 0) -> list[int]:
    """Which rows the epoch shows, in its order, read from what the batches hold."""
    inputs = torch.cat([inputs for inputs, _ in feed.train_batches(epoch)]).reshape(len(TRAIN), -1)[:, 0]
    if isinstance(feed, PictureFeed):
        cut = Preprocessing(SIZE)
        inputs = (inputs * cut.std[0] + cut.mean[0]) * 255
    return [round(value) for value in inputs.tolist()]


@pytest.fixture(params=["activations", "pictures"])
def feed(request: pytest.FixtureRequest, settings: Settings) -> ActivationFeed | PictureFeed:
    return activation_feed() if request.param == "activations" else picture_feed(settings, augment=None)


@pytest.mark.parametrize(("images", "batch_size", "sizes"), [
    (12, 4, (4, 4, 4)), (14, 4, (4, 4, 4, 2)), (13, 4, (4, 4, 5)), (5, 4, (5,)), (3, 4, (3,)), (2, 2, (2,)),
    (3, 2, (3,)), (4, 4, (4,)),
])
def test_the_rest_is_a_short_batch_and_a_rest_of_one_joins_the_batch_before(
        images: int, batch_size: int, sizes: tuple[int, ...]) -> None:
    assert batch_sizes(images, batch_size) == sizes


def test_batches_are_cut_for_every_number_of_pictures() -> None:
    for images in range(2, 80):
        for batch_size in (2, 3, 8, 64):
            sizes = batch_sizes(images, batch_size)
            assert sum(sizes) == images
            assert min(sizes) >= 2
            assert max(sizes) <= batch_size + 1


@pytest.mark.parametrize(("images", "batch_size"), [(2, 8), (96, 8), (200, 16), (400, 32), (767, 32), (768, 64),
                                                    (20_000, 64)])
def test_a_small_set_gets_smaller_batches(images: int, batch_size: int) -> None:
    assert suitable_batch_size(images) == batch_size


def test_an_order_is_a_function_of_its_seed() -> None:
    one, other, third = (np.concatenate(list(shuffled_batches(50, (20, 20, 10), seed))) for seed in (1, 1, 2))
    assert same(one, other)
    assert not same(one, third)
    assert sorted(one) == list(range(50))


def test_every_training_picture_comes_once_an_epoch_with_its_label(feed: ActivationFeed | PictureFeed) -> None:
    for epoch in range(4):
        rows = rows_of(feed, epoch)
        assert sorted(rows) == TRAIN.tolist()
        assert torch.cat([labels for _, labels in batches(feed, epoch)]).tolist() == LABELS[rows].tolist()


def test_the_batches_are_as_long_as_was_said(feed: ActivationFeed | PictureFeed) -> None:
    assert feed.batch_sizes() == (4, 5)
    assert [len(labels) for _, labels in batches(feed)] == [4, 5]


def test_each_epoch_has_another_order_that_comes_back_with_it(feed: ActivationFeed | PictureFeed) -> None:
    orders = [rows_of(feed, epoch) for epoch in range(4)]
    assert len(set(map(tuple, orders))) == 4
    assert [rows_of(feed, epoch) for epoch in (3, 0)] == [orders[3], orders[0]]


def test_the_seed_moves_the_order(settings: Settings) -> None:
    assert rows_of(activation_feed(0)) == rows_of(activation_feed(0)) != rows_of(activation_feed(1))
    assert (rows_of(picture_feed(settings, None, 0)) == rows_of(picture_feed(settings, None, 0))
            != rows_of(picture_feed(settings, None, 1)))


def test_batches_are_equal_whatever_the_number_of_threads(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    reference = batches(picture_feed(settings, batch_size=2), epoch=3)
    for threads in (2, 5):
        feed = picture_feed(settings, batch_size=2)
        monkeypatch.setattr(feed, "_threads", threads)
        assert same(batches(feed, epoch=3), reference)


def test_a_picture_is_drawn_anew_in_every_epoch_and_by_every_seed_of_the_augmentation(settings: Settings) -> None:
    def by_label_and_order(feed: PictureFeed, epoch: int) -> dict[int, bytes]:
        rows = rows_of(picture_feed(settings, None), epoch)  # its order is the same
        inputs = torch.cat([inputs for inputs, _ in feed.train_batches(epoch)])
        return {row: picture.numpy().tobytes() for row, picture in zip(rows, inputs, strict=True)}

    first, second = (by_label_and_order(picture_feed(settings), epoch) for epoch in (0, 1))
    assert all(first[row] != second[row] for row in TRAIN)
    assert by_label_and_order(picture_feed(settings), 0) == first


def test_equal_pictures_of_one_epoch_are_drawn_differently(settings: Settings) -> None:
    alike = packed([noise(1, side=24)[0]] * 20)
    feed = PictureFeed(alike, alike, build(preset("side-on"), SIZE), Preprocessing(SIZE), LABELS, TRAIN, VALID, 4, 0,
                       "float32", CPU, settings)
    inputs = torch.cat([inputs for inputs, _ in batches(feed)])
    assert len({picture.numpy().tobytes() for picture in inputs}) == len(TRAIN)


def test_inputs_are_preprocessed_and_channels_last(settings: Settings) -> None:
    inputs, labels = batches(picture_feed(settings, None))[0]
    assert inputs.shape == (4, 3, SIZE, SIZE)
    assert inputs.is_contiguous(memory_format=torch.channels_last)
    assert (inputs.dtype, labels.dtype) == (torch.float32, torch.int64)


@pytest.mark.parametrize("taken", [0, 1, 3])
def test_an_epoch_that_is_left_early_leaves_no_thread_behind(taken: int, settings: Settings) -> None:
    before = set(threading.enumerate())
    stream = picture_feed(settings, batch_size=2).train_batches(0)
    for _ in range(taken):
        next(stream)
    stream.close()  # type: ignore[attr-defined] # the iterator is a generator
    assert set(threading.enumerate()) == before


def test_a_training_that_is_left_early_leaves_no_thread_behind(settings: Settings) -> None:
    before = set(threading.enumerate())
    classifier = tiny_classifier()
    stream = fit(learner(classifier, classifier.layer_groups(), 0, CPU, "float32"), picture_feed(settings), tiny_plan())
    assert isinstance(next(stream), BatchDone)
    stream.close()
    assert set(threading.enumerate()) == before


def test_what_a_thread_stumbles_over_is_raised_where_the_batch_is_taken(
        settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    feed, before = picture_feed(settings), set(threading.enumerate())

    def lost(*_: object) -> np.ndarray:
        raise OSError("the disk is gone")

    monkeypatch.setattr(feed, "_batch", lost)
    with pytest.raises(OSError, match="the disk is gone"):
        batches(feed)
    assert set(threading.enumerate()) == before


def test_validation_of_pictures_equals_a_plain_forward_pass(settings: Settings) -> None:
    classifier, feed = tiny_classifier().eval(), picture_feed(settings)
    _, logits = drain(feed.validate(classifier))
    squares = np.stack([np.full((SIZE, SIZE, 3), row, dtype=np.uint8) for row in VALID])
    with torch.no_grad():
        plain = classifier(torch.from_numpy(Preprocessing(SIZE).normalise(squares)))
    torch.testing.assert_close(logits, plain, atol=1e-4, rtol=1e-4)
    assert feed.valid_labels.tolist() == LABELS[VALID].tolist()


def test_validation_of_activations_equals_a_plain_forward_pass() -> None:
    feed = activation_feed()
    head = nn.Sequential(nn.BatchNorm1d(5), nn.Dropout(0.5), nn.Linear(5, CLASSES)).eval()
    _, logits = drain(feed.validate(head))
    with torch.no_grad():
        plain = head(torch.from_numpy(np.repeat(VALID.astype(np.float32)[:, None], 5, axis=1)))
    assert same(logits, plain)
    assert feed.valid_labels.tolist() == LABELS[VALID].tolist()


def test_validation_leaves_the_network_as_it_was(settings: Settings) -> None:
    classifier = tiny_classifier().train()
    before = {name: tensor.clone() for name, tensor in classifier.state_dict().items()}
    drain(picture_feed(settings).validate(classifier))
    assert same(classifier.state_dict(), before)
    assert all(module.training for module in classifier.modules())


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_whole_network_trains_on_pictures_and_tells_nothing_inside_no_grad(precision: Any, settings: Settings
                                                                            ) -> None:
    classifier = tiny_classifier()
    trained = learner(classifier, classifier.layer_groups(), 0.01, CPU, precision)
    before = {name: parameter.clone() for name, parameter in classifier.named_parameters()}
    events = []
    for event in fit(trained, picture_feed(settings), tiny_plan(epochs=1, precision=precision)):
        assert torch.is_grad_enabled()
        assert not torch.is_inference_mode_enabled()
        assert not torch.is_autocast_enabled("cpu")
        events.append(event)
    assert isinstance(events[-1], EpochDone)
    assert all(not torch.equal(parameter, before[name]) for name, parameter in classifier.named_parameters())
