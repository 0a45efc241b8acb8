"""Figures over a data set's pictures, on rows that a reader can count."""

import numpy as np
import pytest

from core.data import overview
from core.data.dataset import collect
from core.data.overview import columns
from core.data.split import Split
from tests.data.rows import measured, of_sizes, sample

FOUR = of_sizes([("ant", 500, 375), ("ant", 500, 375), ("ant", 120, 90), ("bee", 500, 375), ("bee", 300, 900)])


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


def test_where_classes_are_not_told_apart_a_size_is_one_marker() -> None:
    groups = overview.size_groups(columns(FOUR), by_class=False)
    assert sorted(groups.counts.tolist()) == [1, 1, 3] and not groups.labels.any()


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


def test_files_are_counted_by_format() -> None:
    told = columns(collect("files", [sample("ant", 0, size_bytes=10), sample("ant", 1, size_bytes=30),
                                     sample("bee", 2, size_bytes=20), sample("bee", 3, format="PNG", size_bytes=500)]))
    assert overview.files(told) == (overview.FormatFiles("JPEG", 3, 60, 20, 30),
                                    overview.FormatFiles("PNG", 1, 500, 500, 500))


def test_a_picture_that_an_edit_removed_is_in_no_figure() -> None:
    fewer = collect("hand-made", FOUR.samples[:2] + FOUR.samples[3:])
    told = columns(fewer)
    measures = measured(FOUR, brightness=[0.1, 0.2, 0.9, 0.3, 0.4])
    assert overview.seen(told, measures).brightness.tolist() == pytest.approx([0.1, 0.2, 0.3, 0.4])


def test_the_split_is_counted_by_class() -> None:
    ids = [each.id for each in FOUR.samples]
    told = overview.divided(columns(FOUR), Split((ids[0], ids[1], ids[3]), (ids[4],), (ids[2],), 42, "drawn"))
    assert told.tolist() == [[2, 0, 1], [1, 1, 0]]
