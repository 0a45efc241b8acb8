"""Feeds: every picture once an epoch, in a new order, the same for the same seed and any number of threads."""

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from core.data.preprocessing import Preprocessing
from core.events import BatchDone, EpochDone, drain
from core.settings import Settings
from core.training import feeds
from core.training.drawing import Cutter, Processes, Threads
from core.training.engine import fit
from core.training.feeds import ActivationFeed, LookedThroughFeed, Order, PictureFeed
from core.training.learner import learner
from core.vision.augmentation import build, preset
from core.vision.fast import folded
from tests.tiny import CLASSES, CPU, noise, packed, same, tiny_classifier, tiny_plan

pytestmark = pytest.mark.usefixtures("one_thread")

SIZE = 16
TRAIN, VALID = np.array([1, 3, 5, 7, 9, 11, 13, 15, 17]), np.array([0, 18, 4])
LABELS = np.arange(20) % CLASSES


def activation_feed(seed: int = 0, batch_size: int = 4) -> ActivationFeed:
    """Row r of the activations says r."""
    rows = np.repeat(np.arange(20, dtype=np.float32)[:, None], 5, axis=1)
    return ActivationFeed(rows, LABELS, TRAIN, VALID, Order(LABELS[TRAIN], batch_size, seed), seed, CPU)


def picture_feed(settings: Settings, augment: str | None = "side-on", seed: int = 0, batch_size: int = 4
                 ) -> PictureFeed:
    """Square r is all r, where nothing is augmented; what is augmented is cut from noise."""
    squares = packed([np.full((SIZE, SIZE, 3), row, dtype=np.uint8) for row in range(20)])
    larger = packed([noise(1, side=20 + row, seed=row)[0] for row in range(20)])
    augmenter = None if augment is None else build(preset(augment), SIZE)
    return PictureFeed(larger, squares, augmenter, Preprocessing(SIZE), LABELS, TRAIN, VALID,
                       Order(LABELS[TRAIN], batch_size, seed), "float32", CPU, settings)


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


@pytest.mark.parametrize("helpers", [partial(Threads, threads=2), partial(Threads, threads=5),
                                     partial(Processes, processes=1), partial(Processes, processes=2)])
def test_batches_are_equal_whoever_draws_them(helpers: Callable[[Cutter], Threads | Processes], settings: Settings,
                                              monkeypatch: pytest.MonkeyPatch) -> None:
    reference = [batches(picture_feed(settings, batch_size=2), epoch) for epoch in (3, 4)]
    monkeypatch.setattr(feeds, "drawing", lambda cutter, *_: helpers(cutter))
    feed = picture_feed(settings, batch_size=2)
    assert same([batches(feed, epoch) for epoch in (3, 4)], reference)
    next(feed.train_batches(0))                   # an epoch that is left early
    assert same(batches(feed, 3), reference[0])


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
    feed = PictureFeed(alike, alike, build(preset("side-on"), SIZE), Preprocessing(SIZE), LABELS, TRAIN, VALID,
                       Order(LABELS[TRAIN], 4, 0), "float32", CPU, settings)
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

    monkeypatch.setattr(Cutter, "batch", lost)
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


# ---- several views of each picture

def with_views(count: int, seed: int = 0) -> ActivationFeed:
    """View v of row r says r + v / 10; the plain picture is view 0."""
    rows = np.repeat(np.arange(20, dtype=np.float32)[:, None], 5, axis=1)
    views = [rows[TRAIN] + np.float32((view + 1) / 10) for view in range(count)]
    return ActivationFeed(rows, LABELS, TRAIN, VALID, Order(LABELS[TRAIN], 4, seed), seed, CPU, views)


def shown(feed: ActivationFeed, epoch: int) -> dict[int, int]:
    """Which view of each row an epoch shows."""
    seen = torch.cat([inputs for inputs, _ in feed.train_batches(epoch)])[:, 0].tolist()
    return {int(value): round(value % 1 * 10) for value in seen}


def test_an_epoch_shows_every_picture_once_in_one_of_its_views() -> None:
    feed = with_views(3)
    assert feed.batch_sizes() == (4, 5)
    for epoch in range(5):
        assert sorted(shown(feed, epoch)) == TRAIN.tolist()
        for inputs, labels in feed.train_batches(epoch):
            assert labels.tolist() == LABELS[inputs[:, 0].int().numpy()].tolist()


def test_epochs_mix_the_plain_pictures_and_all_views() -> None:
    mixes = [shown(with_views(3), epoch) for epoch in range(40)]
    assert all(len(set(mix.values())) > 1 for mix in mixes)
    assert len({tuple(mix.items()) for mix in mixes}) == 40
    for row in TRAIN:
        times = np.bincount([mix[row] for mix in mixes], minlength=4)
        assert times.min() > 0 and times.max() < 25          # of 40, with 10 expected


def test_which_view_is_shown_is_a_function_of_seed_and_epoch() -> None:
    assert shown(with_views(3), 4) == shown(with_views(3), 4)
    assert shown(with_views(3), 4) != shown(with_views(3, seed=1), 4)


def test_validation_never_sees_a_drawn_view() -> None:
    head = nn.Linear(5, CLASSES)
    assert same(drain(with_views(3).validate(head))[1], drain(activation_feed().validate(head))[1])


# ---- every class equally often

def test_an_even_order_shows_rare_classes_as_often_as_common_ones() -> None:
    labels = np.array([0] * 18 + [1] * 2)
    order = Order(labels, 4, 0, even=True)
    assert order.sizes == Order(labels, 4, 0).sizes == (4, 4, 4, 4, 4)
    drawn = [np.concatenate(list(order.batches(epoch))) for epoch in range(100)]
    assert abs(np.mean(labels[np.concatenate(drawn)]) - 0.5) < 0.05
    assert {len(epoch) for epoch in drawn} == {20}
    assert len({tuple(epoch) for epoch in drawn}) == 100
    assert same(drawn[3], np.concatenate(list(Order(labels, 4, 0, even=True).batches(3))))
    assert not same(drawn[3], np.concatenate(list(Order(labels, 4, 1, even=True).batches(3))))


# ---- looked through anew in each epoch

def looked_through(settings: Settings, augment: str | None = "side-on") -> tuple[LookedThroughFeed, Any]:
    classifier = tiny_classifier().eval()
    body = folded(nn.Sequential(classifier.early, classifier.late), "float32", CPU)
    valid = np.random.default_rng(0).normal(size=(len(VALID), 12)).astype(np.float32)
    return LookedThroughFeed(picture_feed(settings, augment), body, "float32", valid, CPU), classifier


@pytest.mark.parametrize("augment", ["side-on", None], ids=["drawn", "plain"])
def test_a_head_gets_what_the_body_makes_of_the_pictures_of_that_epoch(augment: str | None, settings: Settings
                                                                      ) -> None:
    feed, classifier = looked_through(settings, augment)
    assert feed.batch_sizes() == (4, 5)
    for (seen, labels), (pictures, expected_labels) in zip(
            feed.train_batches(1), picture_feed(settings, augment).train_batches(1), strict=True):
        with torch.no_grad():
            torch.testing.assert_close(seen, classifier.activations(pictures), atol=1e-4, rtol=1e-4)
        assert torch.equal(labels, expected_labels)
        assert not seen.requires_grad


def test_a_head_is_validated_on_what_was_looked_at_once(settings: Settings) -> None:
    feed, classifier = looked_through(settings)
    _, answers = drain(feed.validate(classifier.head))
    with torch.no_grad():
        assert same(answers, classifier.head(torch.from_numpy(feed._valid)))
    assert feed.valid_labels.tolist() == LABELS[VALID].tolist()


def test_a_head_learns_from_drawn_pictures_and_nothing_is_told_inside_no_grad(settings: Settings) -> None:
    feed, classifier = looked_through(settings)
    before = {name: tensor.clone() for name, tensor in classifier.state_dict().items()}
    head = learner(classifier.head, [tuple(classifier.head.parameters())], 0.01, CPU, "float32")
    for _ in fit(head, feed, tiny_plan(epochs=1, peaks=(0.01,))):
        assert torch.is_grad_enabled()
        assert not torch.is_inference_mode_enabled()
    for name, tensor in classifier.state_dict().items():
        if not name.startswith("head."):
            assert torch.equal(tensor, before[name]), name
    assert not torch.equal(classifier.head[2].weight, before["head.2.weight"])


def test_looking_through_that_is_left_early_leaves_no_thread_behind(settings: Settings) -> None:
    before = set(threading.enumerate())
    stream = looked_through(settings)[0].train_batches(0)
    next(stream)
    stream.close()  # type: ignore[attr-defined] # the iterator is a generator
    assert set(threading.enumerate()) == before
