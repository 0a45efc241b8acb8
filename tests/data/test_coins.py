"""Coins and their planted faults, picture by picture."""

import io
from collections import Counter

import numpy as np
import pytest
from PIL import Image

from core.data.coins import pictures
from core.data.coins.faults import SHARES, Fault, plan
from core.data.coins.grounds import GROUNDS
from core.data.coins.light import Light, glossy, matte, normals
from core.data.coins.motifs import MOTIFS, RADIUS, SIDE, Relief
from core.data.coins.pictures import CLASSES, coin, picture
from core.data.coins.scene import Pose, outline
from core.data.coins.strangers import bottle_cap, button, key, leaf, stranger

LAMP_ON_THE_RIGHT = Light(azimuth_radians=0.0, elevation_radians=0.8, warmth=0.0, ambient=0.2)


def pixels(encoded: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(encoded)))


def folder_of(file: str) -> str:
    return file.split("/")[0]


def test_a_full_set_has_faults_in_six_to_nine_percent_of_its_pictures() -> None:
    faults = plan(CLASSES, 200, seed=42)
    assert 0.06 <= len(faults) / 600 <= 0.09
    assert set(Counter(folder_of(fault.file) for fault in faults).values()) == {17}
    assert len({fault.file for fault in faults}) == len(faults)


def test_every_class_has_every_kind_of_fault() -> None:
    faults = plan(CLASSES, 16, seed=1)
    kinds = {(folder_of(fault.file), fault.kind) for fault in faults}
    assert kinds == {(label, kind) for label in CLASSES for kind in SHARES}


def test_originals_of_duplicates_are_sound_and_copied_once() -> None:
    faults = plan(CLASSES, 200, seed=3)
    originals = [fault.of for fault in faults if fault.of]
    assert not set(originals) & {fault.file for fault in faults}
    assert len(set(originals)) == len(originals)


def test_a_wrong_label_differs_from_the_true_one() -> None:
    wrong = [fault for fault in plan(CLASSES, 200, seed=3) if fault.kind == "wrong_label"]
    assert len(wrong) == 12
    assert all(fault.true_label in CLASSES and fault.true_label != folder_of(fault.file) for fault in wrong)


def test_too_few_pictures_for_all_faults_is_an_error() -> None:
    with pytest.raises(ValueError, match="16 or more"):
        plan(CLASSES, 15, seed=1)


def test_a_wrongly_filed_picture_shows_the_metal_of_its_true_label() -> None:
    fault = Fault("copper/0003.jpg", "wrong_label", true_label="silver")
    rng = np.random.default_rng((5, CLASSES.index("copper"), 3))
    filed = pixels(picture("copper", 3, 5, fault)).astype(int)
    assert np.abs(filed - coin("silver", rng)).mean() < 8  # what JPEG takes


def test_pictures_do_not_depend_on_the_order_of_drawing() -> None:
    forth = {index: picture("gold", index, 1) for index in (0, 1)}
    back = {index: picture("gold", index, 1) for index in (1, 0)}
    assert forth == back
    assert forth[0] != forth[1]


def test_metals_differ_in_colour_on_average() -> None:
    red_over_blue = {}
    for label in CLASSES:
        middles = [_middle(coin(label, np.random.default_rng(index))) for index in range(12)]
        red, _, blue = np.mean(middles, axis=0)
        red_over_blue[label] = red / blue
    assert red_over_blue["silver"] < 1.25 < red_over_blue["gold"]
    assert red_over_blue["silver"] < 1.25 < red_over_blue["copper"]


def _middle(photo: np.ndarray) -> np.ndarray:
    height, width = photo.shape[:2]
    patch = photo[height // 2 - 25:height // 2 + 25, width // 2 - 25:width // 2 + 25]
    return np.asarray(patch.mean(axis=(0, 1)))


@pytest.mark.parametrize("index", range(12))
def test_the_centre_square_misses_a_coin_at_one_end(index: int) -> None:
    (height, width), pose = pictures._long_view(np.random.default_rng(index))
    edge, short = outline(pose), min(height, width)
    axis = 0 if width > height else 1
    start = (max(height, width) - short) / 2
    along = edge[:, axis]
    assert along.max() < start or along.min() > start + short


@pytest.mark.parametrize("index", range(12))
def test_the_centre_square_shows_the_whole_of_a_sound_coin(index: int) -> None:
    (height, width), pose = pictures._usual_view(np.random.default_rng(index))
    edge, short = outline(pose), min(height, width)
    for axis, side in ((0, width), (1, height)):
        assert edge[:, axis].min() > (side - short) / 2 - 0.02 * short
        assert edge[:, axis].max() < (side + short) / 2 + 0.02 * short


def test_a_tilted_circle_is_narrower_across_its_axis() -> None:
    flat = outline(Pose((100, 100), 50, 0.3, 0.0, 0.0))
    tilted = outline(Pose((100, 100), 50, 0.3, 0.8, 0.0))
    assert np.ptp(flat, axis=0) == pytest.approx([100, 100], abs=0.1)
    assert np.ptp(tilted[:, 1]) == pytest.approx(100 * np.cos(0.8), rel=0.05)


@pytest.mark.parametrize("surface", ["matte", "glossy"])
def test_a_slope_towards_the_lamp_is_the_brighter_one(surface: str) -> None:
    ridge = 10 - np.abs(np.arange(SIDE, dtype=np.float32) - SIDE / 2)[None, :] * np.ones((SIDE, 1), np.float32) / 3
    normal = normals(ridge)
    lit = matte(normal, LAMP_ON_THE_RIGHT) if surface == "matte" else glossy(normal, LAMP_ON_THE_RIGHT, 0.3)
    assert lit[128, 200] > 1.2 * lit[128, 50]


@pytest.mark.parametrize("motif", sorted(set(MOTIFS), key=lambda motif: motif.__name__),
                         ids=lambda motif: motif.__name__)
def test_a_motif_rises_within_the_rim(motif: object) -> None:
    assert callable(motif)
    y, x = np.mgrid[:SIDE, :SIDE] - SIDE / 2
    for seed in range(4):
        relief = Relief()
        motif(np.random.default_rng(seed), relief)
        assert np.isfinite(relief.height).all()
        assert 2 < relief.height.max() < 25
        assert np.abs(relief.height[np.hypot(x, y) > 0.88 * RADIUS]).max() < 0.5


@pytest.mark.parametrize("ground", GROUNDS, ids=lambda ground: ground.__name__)
def test_a_ground_is_a_surface_that_reflects_some_light(ground: object) -> None:
    assert callable(ground)
    for seed in range(3):
        surface = ground(np.random.default_rng(seed), (60, 80))
        assert surface.shape == (60, 80, 3)
        assert np.isfinite(surface).all()
        assert surface.min() >= 0
        assert 0.005 < surface.mean() < 1


@pytest.mark.parametrize("thing", [button, bottle_cap, leaf, key], ids=lambda thing: thing.__name__)
def test_a_thing_that_is_no_coin_has_a_face_with_an_outline(thing: object) -> None:
    assert callable(thing)
    face = thing(np.random.default_rng(0), LAMP_ON_THE_RIGHT, 0.0)
    assert face.shape == (SIDE, SIDE, 4)
    assert face[..., 3].min() == 0
    assert face[..., 3].max() == 1


def test_strangers_come_in_several_kinds_and_at_the_asked_size() -> None:
    photos = [stranger(np.random.default_rng(seed), (96, 128)) for seed in range(12)]
    assert {photo.shape for photo in photos} == {(96, 128, 3)}
    assert {photo.dtype for photo in photos} == {np.dtype(np.uint8)}
    assert len({photo.tobytes() for photo in photos}) == 12
