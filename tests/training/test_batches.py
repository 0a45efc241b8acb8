"""Batches: which pictures come together; every class equally often where that is asked for."""

import numpy as np
import pytest

from core.training.batches import (
    balanced,
    batch_sizes,
    class_weights,
    shuffled,
    split_into,
    suitable_batch_size,
)
from tests.tiny import same

RARE = np.array([0] * 80 + [1] * 15 + [2] * 5)      # labels, as a data set of unequal classes has them


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
    one, other, third = (np.concatenate(list(split_into(shuffled(50, seed), (20, 20, 10)))) for seed in (1, 1, 2))
    assert same(one, other)
    assert not same(one, third)
    assert sorted(one) == list(range(50))


def test_balanced_batches_hold_every_class_equally_often_in_expectation() -> None:
    counts = np.sum([np.bincount(RARE[balanced(RARE, seed)], minlength=3) for seed in range(200)], axis=0)
    share = counts / counts.sum()
    # 20,000 draws of chance 1/3 stray by 0.0033; four times that is one in 15,000, and the seeds are fixed.
    np.testing.assert_allclose(share, 1 / 3, atol=0.0134)


def test_within_a_class_balanced_batches_prefer_no_picture() -> None:
    common = np.concatenate([balanced(RARE, seed) for seed in range(600)])
    times = np.bincount(common, minlength=100)[:80]
    assert abs(times.mean() - 250) < 10             # 600 epochs of 100 draws: a third, over 80 pictures
    assert times.min() > 180 and times.max() < 320  # 250 stray by 16


def test_balanced_batches_are_a_function_of_the_seed_and_as_many_as_the_pictures() -> None:
    assert same(balanced(RARE, 3), balanced(RARE, 3))
    assert not same(balanced(RARE, 3), balanced(RARE, 4))
    order = balanced(RARE, 3)
    assert (order.shape, order.dtype) == ((100,), np.dtype(np.int64))
    assert order.min() >= 0 and order.max() < 100


def test_a_label_that_nobody_has_does_not_hinder_balanced_batches() -> None:
    labels = np.array([0, 0, 0, 5])
    drawn = np.concatenate([labels[balanced(labels, seed)] for seed in range(300)])
    assert abs(np.mean(drawn == 5) - 0.5) < 0.06


def test_a_class_weighs_the_less_the_more_pictures_it_has() -> None:
    weights = class_weights(RARE, 3)
    np.testing.assert_allclose(weights, [100 / 240, 100 / 45, 100 / 15], rtol=1e-6)
    assert weights.dtype == np.float32
    assert weights[RARE].mean() == pytest.approx(1)


def test_a_class_without_a_picture_weighs_nothing_and_the_others_as_if_it_were_not_there() -> None:
    np.testing.assert_allclose(class_weights(np.array([0, 0, 0, 2]), 4), [4 / 6, 0, 2, 0], rtol=1e-6)


def test_equal_classes_all_weigh_one() -> None:
    assert class_weights(np.array([0, 1, 2, 0, 1, 2]), 3).tolist() == [1, 1, 1]
