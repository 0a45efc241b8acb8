"""What gives a class away, on rows that a reader can count."""

import numpy as np
import pytest

from core.data import giveaways, overview
from core.data.dataset import collect
from core.data.measures import SMALL_SIDE
from core.data.overview import columns
from tests.data.rows import measured, of_sizes, sample

FIVE = of_sizes([("ant", 10, 10)] * 3 + [("bee", 10, 10)] * 2)
LIGHT = of_sizes([(label, 10, 10) for label in ("day", "dusk", "night") for _ in range(10)])


def test_light_is_summed_up_class_by_class_whatever_the_order_of_the_measures() -> None:
    measures = measured(LIGHT, brightness=np.repeat([0.9, 0.5, 0.1], 10) + np.tile(np.linspace(-0.05, 0.05, 10), 3))
    told = columns(LIGHT)
    day, _, night = giveaways.spreads(told, overview.seen(told, measures).brightness)
    assert (day.label, night.label, day.count) == ("day", "night", 10)
    assert day.median == pytest.approx(0.9, abs=0.001) and night.median == pytest.approx(0.1, abs=0.001)
    assert night.low < night.quarter < night.median < night.three_quarters < night.high


def test_a_class_that_its_light_alone_gives_away_is_named_and_which_way() -> None:
    measures = measured(LIGHT, brightness=np.repeat([0.9, 0.5, 0.1], 10))
    told = columns(LIGHT)
    odd = giveaways.odd_light(told, overview.seen(told, measures).brightness)
    assert {(each.label, each.darker, each.pairs) for each in odd} == {("day", False, 1.0), ("night", True, 1.0)}


@pytest.mark.parametrize("brightness", [
    np.tile(np.linspace(0.2, 0.8, 10), 3),                          # alike
    np.repeat([0.52, 0.5, 0.48], 10),                               # apart, but nobody would see it
    np.full(30, 0.5),                                               # all equal
])
def test_classes_in_like_light_are_not_called_odd(brightness: np.ndarray) -> None:
    told = columns(LIGHT)
    assert giveaways.odd_light(told, brightness.astype(np.float32)) == ()


def test_few_pictures_prove_no_odd_light() -> None:
    few = columns(of_sizes([(label, 10, 10) for label in ("day", "night") for _ in range(3)]))
    assert giveaways.odd_light(few, np.array([0.9] * 3 + [0.1] * 3, dtype=np.float32)) == ()


def test_a_format_that_one_class_alone_has_is_named() -> None:
    def of(formats: dict[str, str], others: int = 0) -> tuple[giveaways.OddFormat, ...]:
        return giveaways.odd_formats(columns(collect("formats", [
            sample(label, number, format="GIF" if number < others else name)
            for label, name in formats.items() for number in range(10)])))

    assert of({"ant": "JPEG", "bee": "JPEG", "cat": "PNG"}) == (giveaways.OddFormat("cat", "PNG"),)
    assert of({"ant": "JPEG", "bee": "JPEG", "cat": "PNG"}, others=1) == (giveaways.OddFormat("cat", "PNG"),)
    assert of({"ant": "JPEG", "bee": "JPEG", "cat": "PNG"}, others=2) == ()
    assert of({"ant": "JPEG", "bee": "JPEG"}) == ()


def test_a_mean_picture_is_the_mean_of_its_class_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(giveaways, "PICTURES_AT_A_TIME", 2)          # several parts, the last one short
    squares = np.zeros((5, SMALL_SIDE, SMALL_SIDE, 3), np.uint8)
    squares[:3, :, :, 0] = np.array([0, 100, 200])[:, None, None]   # ants: red
    squares[3:, :, :, 2] = np.array([40, 41])[:, None, None]        # bees: blue
    means = giveaways.mean_pictures(columns(FIVE), measured(FIVE, small=squares))
    assert means.shape == (2, SMALL_SIDE, SMALL_SIDE, 3) and means.dtype == np.uint8
    assert means[0, 0, 0].tolist() == [100, 0, 0]
    assert means[1, 5, 9].tolist() == [0, 0, 40]                    # 40.5, to the even one
