"""Previews through a real process; where it must misbehave, through a small script in its place."""

import io
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from PIL import Image
from PIL.ExifTags import Base as ExifTag

from core.data.pixels import larger
from core.data.preprocessing import Preprocessing
from core.errors import BadPicture, MachineFault
from core.jobs import resident
from core.jobs.previewer import in_words
from core.jobs.previews import Preview, PreviewRequest, Previews
from core.settings import Settings
from core.vision.augmentation import PRESETS, AugmentationSpec, build, draw_seed

SIZE = 64
SHAPES = AugmentationSpec("top-down", flip_horizontal=True, flip_vertical=True, quarter_turns=True, rotate_degrees=20,
                          max_zoom=1.3, warp=0.2, cut="random-resized-crop")
STILL: dict[str, Any] = {"flipped": False, "upside_down": False, "rotate_degrees": 0.0, "zoom": 1.0, "tilt_x": 0.0,
                         "tilt_y": 0.0, "width": 100.0, "height": 100.0}


@pytest.fixture(scope="module")
def previews(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Previews]:
    shared = Previews(Settings(home=tmp_path_factory.mktemp("home")))
    yield shared
    shared.close()


def map_of_places(width: int, height: int) -> Image.Image:
    """Red tells how far to the right a pixel lies, green how far down."""
    y, x = np.mgrid[:height, :width]
    return Image.fromarray(np.stack([x * 255 // (width - 1), y * 255 // (height - 1), 0 * x + 128], axis=-1)
                           .astype(np.uint8))


def asked(file: Path, spec: AugmentationSpec = SHAPES, pixels: int = 10**6, first_epoch: int = 0,
          count: int = 11) -> PreviewRequest:
    return PreviewRequest(file=file, pixels=pixels, row=3, spec=spec, preprocessing=Preprocessing(SIZE),
                          first_epoch=first_epoch, count=count)


def saved(tmp_path: Path, width: int = 150, height: int = 100) -> Path:
    file = tmp_path / "places.png"
    map_of_places(width, height).save(file)
    return file


def pixels_of(jpeg: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(jpeg)).convert("RGB")).astype(int)


def test_variants_are_what_training_draws_epoch_by_epoch(previews: Previews, tmp_path: Path) -> None:
    file, spec = saved(tmp_path), PRESETS["side-on"]
    drawn = previews.draw(asked(file, spec, first_epoch=4, count=3))
    cut_from, augmenter = larger(Preprocessing(SIZE), Image.open(file)), build(spec, SIZE)
    for epoch, variant in enumerate(drawn.variants, start=4):
        expected = augmenter.apply(cut_from, draw_seed(spec.seed, epoch, 3)).astype(int)
        assert np.abs(pixels_of(variant.jpeg) - expected).mean() < 2


def test_the_tested_square_is_the_preprocessing_s_own(previews: Previews, tmp_path: Path) -> None:
    file = saved(tmp_path)
    drawn = previews.draw(asked(file))
    assert np.abs(pixels_of(drawn.tested) - Preprocessing(SIZE).square(Image.open(file))).mean() < 2


@pytest.mark.parametrize("shape", [(150, 100), (100, 150), (400, 90), (90, 400)])
def test_corners_tell_where_in_the_original_a_variant_lies(previews: Previews, tmp_path: Path,
                                                           shape: tuple[int, int]) -> None:
    compared = 0
    for variant in previews.draw(asked(saved(tmp_path, *shape), count=20)).variants:
        square = pixels_of(variant.jpeg)
        for (x, y), shown in zip(variant.corners, square[[0, 0, -1, -1], [0, -1, -1, 0]], strict=True):
            if 0.02 < x < 0.98 and 0.02 < y < 0.98:
                assert (shown[0] / 255, shown[1] / 255) == pytest.approx((x, y), abs=0.04)
                compared += 1
    assert compared > 20


def test_a_picture_that_was_taken_sideways_is_shown_upright(previews: Previews, tmp_path: Path) -> None:
    lying, exif = map_of_places(160, 80), Image.Exif()
    exif[ExifTag.Orientation] = 6      # turn it clockwise to see it upright
    lying.save(tmp_path / "lying.jpg", exif=exif, quality=95)
    drawn = previews.draw(asked(tmp_path / "lying.jpg", PRESETS["none"], count=1))
    assert (drawn.width, drawn.height) == (80, 160)
    upper_left, lower_left = pixels_of(drawn.original)[[4, -5], 4]
    assert upper_left[1] > 200 > 60 > upper_left[0]      # what lay lower left
    assert lower_left[1] > 200 and lower_left[0] > 200   # what lay lower right


def test_the_original_comes_at_display_size(previews: Previews, tmp_path: Path) -> None:
    drawn = previews.draw(asked(saved(tmp_path, 1200, 600), count=1))
    assert (drawn.width, drawn.height) == (480, 240) == Image.open(io.BytesIO(drawn.original)).size


def test_nothing_is_told_of_a_picture_that_nothing_happened_to(previews: Previews, tmp_path: Path) -> None:
    assert [variant.applied for variant in previews.draw(asked(saved(tmp_path), PRESETS["none"])).variants] == [()] * 11


def test_every_preset_gives_a_preview(previews: Previews, tmp_path: Path) -> None:
    file = saved(tmp_path)
    drawn = {name: previews.draw(asked(file, spec, count=24)) for name, spec in PRESETS.items()}
    assert {len(preview.variants) for preview in drawn.values()} == {24}
    assert any("upside down" in variant.applied for variant in drawn["top-down"].variants)
    assert not any(words.startswith("cut") for variant in drawn["text"].variants for words in variant.applied)


@pytest.mark.parametrize(("placed", "words"), [
    ({}, ()),
    ({"flipped": True, "rotate_degrees": -7.2}, ("mirrored", "turned 7°")),
    ({"upside_down": True}, ("mirrored", "upside down")),
    ({"flipped": True, "upside_down": True}, ("upside down",)),
    ({"rotate_degrees": 277.0}, ("turned 83°",)),
    ({"rotate_degrees": 184.0}, ("upside down", "turned 4°")),
    ({"upside_down": True, "rotate_degrees": 180.0}, ("mirrored",)),
    ({"zoom": 1.046, "tilt_y": -0.12}, ("zoomed 1.05×", "tilted 12\u00a0%")),
    ({"width": 90.0}, ("cut to 90\u00a0%",)),
    ({"rotate_degrees": 0.4, "zoom": 1.01, "tilt_x": 0.01, "width": 99.0}, ()),
])
def test_what_was_placed_is_told_in_words(placed: dict[str, Any], words: tuple[str, ...]) -> None:
    assert in_words([("Placed", STILL | placed)], area=10_000) == words


def test_what_was_done_to_the_colours_is_told_in_words() -> None:
    darker = ("RandomBrightnessContrast", {"alpha": 1.15, "beta": -25.5})
    assert in_words([("Placed", STILL), darker, ("GaussianBlur", {}), ("CoarseDropout", {})], None) == (
        "10\u00a0% darker", "15\u00a0% more contrast", "blurred", "a patch covered")


def test_a_bad_picture_is_told_with_its_problem_and_the_next_one_is_drawn(previews: Previews, tmp_path: Path) -> None:
    (tmp_path / "words.jpg").write_text("no picture")
    with pytest.raises(BadPicture) as told:
        previews.draw(asked(tmp_path / "words.jpg"))
    assert "no picture of a kind" in told.value.problem and told.value.remedy
    with pytest.raises(BadPicture, match="megapixels"):
        previews.draw(asked(saved(tmp_path), pixels=100))
    with pytest.raises(BadPicture) as gone:
        previews.draw(asked(tmp_path / "gone.jpg"))
    assert str(tmp_path) not in gone.value.problem
    assert previews.draw(asked(saved(tmp_path)))


def test_the_process_is_light_bounded_and_without_torch(previews: Previews, tmp_path: Path) -> None:
    previews.draw(asked(saved(tmp_path)))
    process = psutil.Process(previews.pid)
    assert not any("torch" in part.path for part in process.memory_maps())
    assert process.nice() >= 5
    assert process.rlimit(psutil.RLIMIT_AS) == (2 << 30, 2 << 30)


def test_callers_wait_for_their_turn_and_get_their_own_answer(previews: Previews, tmp_path: Path) -> None:
    file = saved(tmp_path)
    with ThreadPoolExecutor(8) as threads:
        drawn = threads.map(lambda count: previews.draw(asked(file, count=count)), range(1, 17))
    assert [len(preview.variants) for preview in drawn] == list(range(1, 17))


def test_a_process_that_was_killed_is_started_again_unnoticed(previews: Previews, tmp_path: Path) -> None:
    file = saved(tmp_path)
    first = previews.draw(asked(file))
    before = previews.pid
    assert before is not None
    psutil.Process(before).kill()
    assert previews.draw(asked(file)) == first
    assert previews.pid not in (None, before)


def test_nothing_runs_before_the_first_request_and_after_the_end(settings: Settings, tmp_path: Path) -> None:
    own = Previews(settings)
    assert own.pid is None
    own.close()
    assert isinstance(own.draw(asked(saved(tmp_path))), Preview)
    pid = own.pid
    own.close()
    assert own.pid is None and pid is not None and not psutil.pid_exists(pid)


def test_an_idle_process_ends_and_the_next_request_starts_another(settings: Settings, tmp_path: Path) -> None:
    own, file = Previews(settings, idle_seconds=0.2), saved(tmp_path)
    first = own.draw(asked(file))
    patience = time.monotonic() + 60
    while own.pid is not None and time.monotonic() < patience:
        time.sleep(0.05)
    assert own.pid is None
    assert own.draw(asked(file)) == first
    own.close()


def test_the_process_ends_when_the_server_closes_the_pipe() -> None:
    ended = subprocess.run([sys.executable, "-m", "core.jobs.previewer"], input=b"", timeout=60, check=False)
    assert ended.returncode == 0


def test_a_request_that_kills_the_process_twice_is_given_up(settings: Settings, tmp_path: Path) -> None:
    starts = tmp_path / "starts"
    own = Previews(settings, command=script(f"open({str(starts)!r}, 'a').write('.'); input()"))
    with pytest.raises(MachineFault, match="failed twice") as told:
        own.draw(asked(tmp_path / "any.jpg"))
    assert told.value.remedy and starts.read_text() == ".." and own.pid is None


def test_a_process_that_takes_too_long_is_ended(settings: Settings, tmp_path: Path,
                                                monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resident, "START_SECONDS", 0.0)
    own = Previews(settings, command=script("import time; input(); time.sleep(600)"), patience_seconds=0.1)
    with pytest.raises(MachineFault, match="longer than"):
        own.draw(asked(tmp_path / "any.jpg"))
    assert own.pid is None


def test_a_process_that_cannot_start_is_told(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(MachineFault, match="could not be started"):
        Previews(settings, command=(str(tmp_path / "no-such-program"),)).draw(asked(tmp_path / "any.jpg"))


def script(code: str) -> tuple[str, ...]:
    return sys.executable, "-c", code
