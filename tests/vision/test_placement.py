"""Placements are tested where they matter: on the pixels that they lead to, sampled by NumPy alone."""

import math
from dataclasses import replace
from random import Random

import numpy as np
import pytest

from core.vision.augmentation import AugmentationSpec, preset
from core.vision.placement import Placement, draw

WHOLE = Placement(0, 0, 8, 8)
PICTURE = np.arange(64).reshape(8, 8)


def shown(placement: Placement, size: int = 8) -> np.ndarray:
    """The nearest pixel of PICTURE for every pixel of the square."""
    y, x = np.mgrid[:size, :size]
    points = placement.matrix(size) @ np.stack([x.ravel(), y.ravel(), np.ones(size * size)])
    columns, rows = np.round(points[:2] / points[2]).astype(int)
    return PICTURE[rows, columns].reshape(size, size)


def test_the_whole_picture_at_its_own_size_is_itself() -> None:
    np.testing.assert_allclose(WHOLE.matrix(8), np.eye(3), atol=1e-12)


def test_a_box_shows_exactly_its_pixels() -> None:
    assert np.array_equal(shown(Placement(3, 2, 4, 4), size=4), PICTURE[2:6, 3:7])


def test_flips_and_quarter_turns_are_numpy_s() -> None:
    assert np.array_equal(shown(replace(WHOLE, flipped=True)), PICTURE[:, ::-1])
    assert np.array_equal(shown(replace(WHOLE, upside_down=True)), PICTURE[::-1])
    assert np.array_equal(shown(replace(WHOLE, rotate_degrees=90)), np.rot90(PICTURE, -1))
    assert np.array_equal(shown(replace(WHOLE, rotate_degrees=180)), PICTURE[::-1, ::-1])


def test_zoom_shows_the_part_that_it_closes_in_on() -> None:
    assert np.array_equal(shown(replace(WHOLE, zoom=2, zoom_x=-1, zoom_y=1), size=4), PICTURE[4:, :4])
    middle = [(1.5, 1.5), (5.5, 1.5), (5.5, 5.5), (1.5, 5.5)]
    np.testing.assert_allclose(replace(WHOLE, zoom=2).corners(8), middle)


def test_a_tilt_keeps_two_edges_in_line_and_makes_the_far_one_show_more() -> None:
    (left_top, right_top, right_low, left_low) = replace(WHOLE, tilt_x=0.2).corners(8)
    assert left_top[0] == left_low[0] == pytest.approx(-0.5)
    assert right_top[0] == right_low[0] == pytest.approx(7.5)
    assert right_low[1] - right_top[1] == pytest.approx(8 * 1.2)
    assert left_low[1] - left_top[1] == pytest.approx(8 * 0.8)


def test_the_strongest_warp_never_looks_past_the_horizon() -> None:
    spec = AugmentationSpec(rotate_degrees=180, warp=0.5)
    for seed in range(300):
        for degrees in (0, 45, 77):
            drawn = replace(draw(spec, 8, 8, Random(seed)), rotate_degrees=degrees, tilt_x=0.5, tilt_y=-0.5)
            ends = np.array([(x, y, 1) for x in (-0.5, 7.5) for y in (-0.5, 7.5)]).T
            assert (drawn.matrix(8)[2] @ ends > 0).all()


@pytest.mark.parametrize(("cut", "box"), [
    ("squish", (0, 0, 60, 20)), ("centre", (20, 0, 20, 20)), ("pad", (0, -20, 60, 60))])
def test_fixed_cuts_take_the_box_that_they_name(cut: str, box: tuple[float, ...]) -> None:
    drawn = draw(replace(preset("none"), cut=cut), 20, 60, Random(0))
    assert drawn == Placement(*box, zoom_x=drawn.zoom_x, zoom_y=drawn.zoom_y)


@pytest.mark.parametrize(("height", "width"), [(100, 100), (80, 120), (300, 20), (1, 400), (1, 1)])
def test_a_random_crop_stays_inside_and_keeps_its_share_and_ratio(height: int, width: int) -> None:
    spec = replace(preset("side-on"), min_scale=0.5)
    boxes = [draw(spec, height, width, Random(seed)) for seed in range(200)]
    for box in boxes:
        assert 0 <= box.left <= box.left + box.width <= width + 1e-9
        assert 0 <= box.top <= box.top + box.height <= height + 1e-9
        assert 3 / 4 - 1e-9 <= box.width / box.height <= 4 / 3 + 1e-9
    if 2 / 3 < width / height < 3 / 2 and width > 1:
        assert all(box.width * box.height >= 0.5 * width * height - 1e-6 for box in boxes)
    assert len({box.left for box in boxes}) > 100 or min(height, width) < 40


def test_draws_stay_within_their_strengths_and_reach_them() -> None:
    spec = preset("side-on")
    drawn = [draw(spec, 90, 90, Random(seed)) for seed in range(2000)]
    for values, most in (([d.rotate_degrees for d in drawn], 10), ([d.tilt_x for d in drawn], 0.2),
                         ([d.tilt_y for d in drawn], 0.2)):
        assert -most <= min(values) < -0.95 * most
        assert 0.95 * most < max(values) <= most
        assert 0.2 < np.mean(np.array(values) == 0) < 0.3
    assert min(d.zoom for d in drawn) == 1
    assert 1.09 < max(d.zoom for d in drawn) <= 1.1
    assert 0.45 < np.mean([d.flipped for d in drawn]) < 0.55
    assert not any(d.upside_down for d in drawn)


def test_top_down_shows_all_eight_ways_to_lay_a_picture_equally_often() -> None:
    spec = replace(preset("none"), flip_horizontal=True, flip_vertical=True, quarter_turns=True)
    ways: dict[bytes, int] = {}
    for seed in range(1600):
        laid = shown(draw(spec, 8, 8, Random(seed))).tobytes()
        ways[laid] = ways.get(laid, 0) + 1
    assert len(ways) == 8
    assert all(abs(count - 200) < 5 * math.sqrt(200) for count in ways.values())
