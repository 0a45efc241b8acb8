"""Figures over a data set's pictures, on rows that a reader can count."""

from collections.abc import Sequence

import numpy as np
import pytest

from core.data import overview
from core.data.dataset import Dataset, Sample, collect
from core.data.measures import ROW, SMALL_SIDE, Measures
from core.data.overview import columns
from core.data.split import Split


def sample(label: str, number: int, size: tuple[int, int] = (500, 375), format: str = "JPEG",
           size_bytes: int = 1000) -> Sample:
    sha256 = f"{number:064x}"
    return Sample(f"{label}-{number:05}", label, f"{label}/{number:05}.jpg", f"{sha256[:2]}/{sha256}.jpg", sha256,
                  *size, format, size_bytes)


def of_sizes(sizes: Sequence[tuple[str, int, int]]) -> Dataset:
    return collect("hand-made", [sample(label, number, (width, height))
                                 for number, (label, width, height) in enumerate(sizes)])


def measured(dataset: Dataset, **values: Sequence[object]) -> Measures:
    """Measures in an order of their own: the catalogue's is not the data set's once labels were changed."""
    table = np.zeros(len(dataset.samples), ROW)
    for name, column in values.items():
        table[name] = np.array(column)[::-1]
    return Measures(table, {each.id: row for row, each in enumerate(reversed(dataset.samples))})


FOUR = of_sizes([("ant", 500, 375), ("ant", 500, 375), ("ant", 120, 90), ("bee", 500, 375), ("bee", 300, 900)])
LIGHT = of_sizes([(label, 10, 10) for label in ("day", "dusk", "night") for _ in range(10)])


def test_columns_stand_in_the_order_of_the_samples() -> None:
    told = columns(FOUR)
    assert told.ids == tuple(each.id for each in FOUR.samples)
    assert told.labels.tolist() == [0, 0, 0, 1, 1]
    assert told.shorter.tolist() == [375, 375, 90, 375, 300]
    assert told.ratios[-1] == pytest.approx(1 / 3)


def test_equal_sizes_of_a_class_are_one_marker_with_their_count() -> None:
    groups = overview.size_groups(columns(FOUR))
    told = {(width, height, FOUR.classes[label]): count for width, height, label, count in zip(
        groups.widths.tolist(), groups.heights.tolist(), groups.labels.tolist(), groups.counts.tolist(), strict=True)}
    assert told == {(500, 375, "ant"): 2, (500, 375, "bee"): 1, (120, 90, "ant"): 1, (300, 900, "bee"): 1}
    assert not groups.rounded


def test_classes_of_one_size_are_rings_of_one_disc() -> None:
    groups = overview.size_groups(columns(FOUR))
    at_500 = groups.widths == 500
    assert groups.counts[at_500].tolist() == [2, 1]
    assert groups.stacked[at_500].tolist() == [3, 1]
    assert (groups.stacked >= groups.counts).all()
    assert groups.stacked.tolist()[0] == 3, "a full place is drawn before the others"


def test_every_picture_knows_its_marker() -> None:
    told = columns(FOUR)
    groups = overview.size_groups(told)
    assert groups.widths[groups.of].tolist() == told.widths.tolist()
    assert groups.labels[groups.of].tolist() == told.labels.tolist()
    assert np.bincount(groups.of).tolist() == groups.counts.tolist()


def test_too_many_sizes_are_rounded_until_a_browser_can_draw_them() -> None:
    random = np.random.default_rng(0)
    sides = random.integers(100, 2000, (600, 2)).tolist()
    told = columns(of_sizes([("ant" if width % 2 else "bee", width, height) for width, height in sides]))
    groups = overview.size_groups(told, most=150)
    assert groups.rounded
    assert 20 < len(groups.counts) <= 150
    assert groups.counts.sum() == 600
    assert np.abs(np.log(groups.widths[groups.of] / told.widths)).max() < 0.35


def test_the_commonest_the_smallest_and_the_largest_size_are_named() -> None:
    told = overview.commonest_size(columns(FOUR))
    assert told == overview.Commonest((500, 375), 3, smallest=(120, 90), largest=(300, 900))


@pytest.mark.parametrize(("size", "name"), [((100, 100), "square"), ((105, 100), "square"), ((106, 100), "landscape"),
                                            ((100, 105), "square"), ((100, 106), "portrait")])
def test_a_picture_counts_as_square_up_to_a_twentieth(size: tuple[int, int], name: str) -> None:
    counts = overview.shapes(columns(of_sizes([(label, *size) for label in ("ant", "bee") for _ in range(2)])))
    assert counts == dict.fromkeys(("portrait", "square", "landscape"), 0) | {name: 4}


def test_what_a_crop_cuts_off_is_told_of_the_typical_picture() -> None:
    assert overview.cropped_share(columns(FOUR)) == pytest.approx(0.25)


def test_light_is_summed_up_class_by_class_whatever_the_order_of_the_measures() -> None:
    measures = measured(LIGHT, brightness=np.repeat([0.9, 0.5, 0.1], 10) + np.tile(np.linspace(-0.05, 0.05, 10), 3))
    told = columns(LIGHT)
    day, _, night = overview.spreads(told, overview.seen(told, measures).brightness)
    assert (day.label, night.label, day.count) == ("day", "night", 10)
    assert day.median == pytest.approx(0.9, abs=0.001) and night.median == pytest.approx(0.1, abs=0.001)
    assert night.low < night.quarter < night.median < night.three_quarters < night.high


def test_a_class_that_its_light_alone_gives_away_is_named_and_which_way() -> None:
    measures = measured(LIGHT, brightness=np.repeat([0.9, 0.5, 0.1], 10))
    told = columns(LIGHT)
    odd = overview.odd_light(told, overview.seen(told, measures).brightness)
    assert {(each.label, each.darker, each.pairs) for each in odd} == {("day", False, 1.0), ("night", True, 1.0)}


@pytest.mark.parametrize("brightness", [
    np.tile(np.linspace(0.2, 0.8, 10), 3),                          # alike
    np.repeat([0.52, 0.5, 0.48], 10),                               # apart, but nobody would see it
    np.full(30, 0.5),                                               # all equal
])
def test_classes_in_like_light_are_not_called_odd(brightness: np.ndarray) -> None:
    told = columns(LIGHT)
    assert overview.odd_light(told, brightness.astype(np.float32)) == ()


def test_few_pictures_prove_no_odd_light() -> None:
    few = columns(of_sizes([(label, 10, 10) for label in ("day", "night") for _ in range(3)]))
    assert overview.odd_light(few, np.array([0.9] * 3 + [0.1] * 3, dtype=np.float32)) == ()


def test_files_are_counted_by_format() -> None:
    told = columns(collect("files", [sample("ant", 0, size_bytes=10), sample("ant", 1, size_bytes=30),
                                     sample("bee", 2, size_bytes=20), sample("bee", 3, format="PNG", size_bytes=500)]))
    assert overview.files(told) == (overview.FormatFiles("JPEG", 3, 60, 20, 30),
                                    overview.FormatFiles("PNG", 1, 500, 500, 500))


def test_a_mean_picture_is_the_mean_of_its_class_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overview, "PICTURES_AT_A_TIME", 2)          # several parts, the last one short
    squares = np.zeros((5, SMALL_SIDE, SMALL_SIDE, 3), np.uint8)
    squares[:3, :, :, 0] = np.array([0, 100, 200])[:, None, None]   # ants: red
    squares[3:, :, :, 2] = np.array([40, 41])[:, None, None]        # bees: blue
    means = overview.mean_pictures(columns(FOUR), measured(FOUR, small=squares))
    assert means.shape == (2, SMALL_SIDE, SMALL_SIDE, 3) and means.dtype == np.uint8
    assert means[0, 0, 0].tolist() == [100, 0, 0]
    assert means[1, 5, 9].tolist() == [0, 0, 40]                    # 40.5, to the even one


def test_a_picture_that_an_edit_removed_is_in_no_figure() -> None:
    fewer = collect("hand-made", FOUR.samples[:2] + FOUR.samples[3:])
    told = columns(fewer)
    measures = measured(FOUR, brightness=[0.1, 0.2, 0.9, 0.3, 0.4])
    assert overview.seen(told, measures).brightness.tolist() == pytest.approx([0.1, 0.2, 0.3, 0.4])


def test_the_split_is_counted_by_class() -> None:
    ids = [each.id for each in FOUR.samples]
    told = overview.divided(columns(FOUR), Split((ids[0], ids[1], ids[3]), (ids[4],), (ids[2],), 42, "drawn"))
    assert told.tolist() == [[2, 0, 1], [1, 1, 0]]
