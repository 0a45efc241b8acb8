import json
import os
import pickle
import subprocess
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from core.vision.augmentation import PRESETS, AugmentationSpec, build, draw_seed, preset

EVERYTHING = AugmentationSpec(
    "top-down", flip_horizontal=True, flip_vertical=True, quarter_turns=True, rotate_degrees=30, max_zoom=1.5,
    lighting=0.4, warp=0.3, blur_share=0.5, erase_share=0.5, cut="random-resized-crop")


def photo(height: int = 50, width: int = 70) -> np.ndarray:
    """Smooth colours with something in every corner, so that any change shows."""
    y, x = np.mgrid[:height, :width]
    colours = np.stack([x * 255 / width, y * 255 / height, (x + y) * 255 / (width + height)], axis=-1)
    colours[5:15, 5:15] = (250, 20, 20)
    return colours.astype(np.uint8)


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("shape", [(50, 70), (200, 30), (1, 1), (3, 400)])
def test_every_preset_makes_a_square_of_any_picture(name: str, shape: tuple[int, int]) -> None:
    drawn = build(preset(name), 32).apply(np.zeros((*shape, 3), np.uint8), seed=1)
    assert (drawn.shape, drawn.dtype) == ((32, 32, 3), np.uint8)
    assert drawn.flags.c_contiguous


def test_none_leaves_a_picture_of_the_right_size_as_it_is() -> None:
    augmenter = build(preset("none"), 50)
    assert np.array_equal(augmenter.apply(photo(50, 50), 1), photo(50, 50))
    assert np.array_equal(augmenter.apply(photo(50, 70), 2), photo(50, 70)[:, 10:60])


def test_pad_shows_the_whole_picture_with_black_beside_it() -> None:
    square = build(replace(preset("none"), cut="pad"), 70).apply(photo(50, 70), 0)
    assert np.array_equal(square[10:60], photo(50, 70))
    assert not square[:10].any() and not square[60:].any()


def test_a_rotated_crop_shows_no_black_corners() -> None:
    bright = np.full((40, 40, 3), 200, np.uint8)
    augmenter = build(replace(preset("none"), rotate_degrees=45, warp=0.3), 40)
    assert all((augmenter.apply(bright, seed) == 200).all() for seed in range(20))


def test_a_much_larger_picture_is_averaged_not_skipped_through() -> None:
    checks = np.zeros((640, 640, 3), np.uint8)
    checks[::2, ::2] = checks[1::2, 1::2] = 254
    assert np.ptp(build(preset("none"), 32).apply(checks, 0)) <= 2


def test_the_same_seed_gives_the_same_square_and_another_seed_another() -> None:
    augmenter = build(EVERYTHING, 32)
    drawn = [augmenter.apply(photo(), draw_seed(42, 0, index)).tobytes() for index in range(60)]
    again = [augmenter.apply(photo(), draw_seed(42, 0, index)).tobytes() for index in reversed(range(60))]
    assert drawn == again[::-1]
    assert len(set(drawn)) == 60


def test_workers_never_repeat_each_other_s_draws() -> None:
    augmenter = build(preset("side-on"), 32)
    drawn = {augmenter.apply(photo(), draw_seed(42, epoch, index)).tobytes()
             for epoch in range(4) for index in range(25)}
    assert len(drawn) == 100


def test_threads_that_share_an_augmenter_draw_what_one_thread_draws() -> None:
    augmenter = build(EVERYTHING, 32)
    alone = [augmenter.apply(photo(), seed).tobytes() for seed in range(200)]
    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(lambda seed: augmenter.apply(photo(), seed).tobytes(), range(200)))
    assert together == alone


def test_another_process_draws_the_same_squares() -> None:
    code = ("import sys, pickle, numpy as np; augmenter, pixels = pickle.load(sys.stdin.buffer);"
            "sys.stdout.buffer.write(b''.join(augmenter.apply(pixels, s).tobytes() for s in range(20)))")
    augmenter = build(EVERYTHING, 16)
    theirs = subprocess.run([sys.executable, "-c", code], input=pickle.dumps((augmenter, photo())),
                            capture_output=True, check=True).stdout
    assert theirs == b"".join(augmenter.apply(photo(), seed).tobytes() for seed in range(20))


def test_a_copy_keeps_its_spec_and_size() -> None:
    copy = pickle.loads(pickle.dumps(build(EVERYTHING, 24)))
    assert (copy.spec, copy.size) == (EVERYTHING, 24)


def test_draws_of_different_transforms_do_not_go_in_step() -> None:
    augmenter = build(AugmentationSpec(lighting=0.2, blur_share=0.75, erase_share=0.75), 64)
    acted = [frozenset(name for name, _ in augmenter.explain(photo(), seed)[1]) for seed in range(80)]
    assert len(set(acted)) == 8


def test_the_seed_alone_decides_not_numpy_s_global_state() -> None:
    augmenter = build(EVERYTHING, 32)
    np.random.seed(1)
    first = augmenter.apply(photo(), 5)
    np.random.seed(2)
    assert np.array_equal(first, augmenter.apply(photo(), 5))


def test_an_explanation_shows_the_same_square_and_survives_json() -> None:
    augmenter = build(replace(EVERYTHING, blur_share=1, erase_share=1), 32)
    for seed in range(10):
        drawn, applied = augmenter.explain(photo(), seed)
        assert np.array_equal(drawn, augmenter.apply(photo(), seed))
        assert json.loads(json.dumps(applied)) == [list(one) for one in applied]
        assert {"Placed", "GaussianBlur", "CoarseDropout"} <= {name for name, _ in applied}


def test_an_explanation_tells_where_the_crop_lies() -> None:
    _, ((name, told),) = build(preset("none"), 50).explain(photo(50, 70), 0)
    assert name == "Placed"
    assert told["corners"] == [[9.5, -0.5], [59.5, -0.5], [59.5, 49.5], [9.5, 49.5]]
    assert (told["flipped"], told["rotate_degrees"], told["zoom"]) == (False, 0, 1)


def test_an_explained_flip_is_a_flip() -> None:
    augmenter = build(replace(preset("none"), flip_horizontal=True), 50)
    seen = set()
    for seed in range(20):
        drawn, ((_, told),) = augmenter.explain(photo(50, 50), seed)
        assert np.array_equal(drawn, photo(50, 50)[:, ::-1] if told["flipped"] else photo(50, 50))
        seen.add(told["flipped"])
    assert seen == {True, False}


def test_lighting_blur_and_erasing_do_what_they_say() -> None:
    grey = np.full((64, 64, 3), 100, np.uint8)
    lit = build(replace(preset("none"), lighting=0.4), 64)
    levels = {int(lit.apply(grey, seed)[0, 0, 0]) for seed in range(60)}
    assert min(levels) < 75 and max(levels) > 125 and 100 in levels
    sharp = np.zeros((64, 64, 3), np.uint8)
    sharp[:, 32:] = 255
    blurred = build(replace(preset("none"), blur_share=1), 64).apply(sharp, 1)
    assert len(np.unique(blurred)) > 2
    erased = (build(replace(preset("none"), erase_share=1), 64).apply(grey, 1) != 100).any(axis=2)
    assert 0.15**2 * 0.8 < erased.mean() < 0.4**2


def test_a_planted_wrong_argument_is_an_error_and_not_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    build(EVERYTHING, 32)
    from core.vision import augmenter

    monkeypatch.setattr(augmenter.A, "GaussianBlur", partial(augmenter.A.GaussianBlur, blurriness=3))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(UserWarning, match="blurriness"):
            build(EVERYTHING, 32)


@pytest.mark.parametrize("pixels", [
    np.zeros((8, 8, 3), np.float32), np.zeros((8, 8), np.uint8), np.zeros((8, 8, 4), np.uint8)])
def test_other_pixels_than_rgb_bytes_are_refused(pixels: np.ndarray) -> None:
    with pytest.raises(ValueError, match="uint8"):
        build(preset("none"), 8).apply(pixels, 0)


def test_building_asks_no_registry_and_leaves_opencv_one_thread() -> None:
    import cv2

    cv2.setNumThreads(2)
    build(preset("side-on"), 32)
    assert cv2.getNumThreads() == 1
    assert os.environ["NO_ALBUMENTATIONS_UPDATE"] == "1"
