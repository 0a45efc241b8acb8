"""Answers to photos: what the process says, asked here; and the door to it, through a real one or a small script."""

import io
import os
import shutil
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image

from core.errors import BadRun, MachineFault
from core.events import drain
from core.inference.answers import answers
from core.inference.predictor import Predictor
from core.jobs import answerer
from core.jobs.photo_answers import DIED, REPLIES, Ask, AskPhoto, PhotoAnswers, Reply, Said, Unfit, Unreadable
from core.pipeline.make_ready import make_ready
from core.runs import certainty, served
from core.runs.certainty import Certainty, KeptTemperature, KeptThreshold
from core.runs.folder import RunFolder
from core.settings import Settings
from tests.export.conftest import odd_folder
from tests.fakes import picture_bytes, write_picture
from tests.running import Heard, Workshop

PIXELS = 1_000_000
WHEN = "2026-01-01T00:00:00+00:00"


@dataclass(frozen=True)
class Prepared:
    """A finished training that is ready to answer, and strangers' pictures of every kind that is read."""

    run: RunFolder
    settings: Settings
    odd: tuple[Path, ...]

    @property
    def network(self) -> Path:
        folder = served.standing(self.run)
        assert folder is not None
        return folder

    def asked(self, file: Path, pixels: int = PIXELS) -> Reply:
        request = AskPhoto(network=self.network, run=self.run.path, file=file, pixels=pixels)
        return REPLIES.validate_json(answerer.answer(request.model_dump_json().encode()))

    def said(self, file: Path) -> Said:
        reply = self.asked(file)
        assert isinstance(reply, Said), reply
        return reply

    def unreadable(self, file: Path, pixels: int = PIXELS) -> str:
        reply = self.asked(file, pixels)
        assert isinstance(reply, Unreadable), reply
        assert reply.remedy
        return reply.problem


@pytest.fixture(scope="module")
def made(quick_run: Heard, workshop: Workshop, tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """Change nothing in it."""
    place = tmp_path_factory.mktemp("prepared")
    run = RunFolder(Path(shutil.copytree(quick_run.run.path, place / "training")))
    _, code = drain(make_ready(run, RunFolder.create(place / "job"), workshop.settings))
    assert code == 0
    odd = odd_folder(place / "odd")
    return Prepared(run, workshop.settings, tuple(sorted(file for file in odd.rglob("*") if file.is_file())))


@pytest.fixture
def prepared(made: Prepared, tmp_path: Path) -> Prepared:
    """The same, to be changed."""
    return Prepared(RunFolder(Path(shutil.copytree(made.run.path, tmp_path / "own"))), made.settings, made.odd)


def pixels_of(jpeg: bytes) -> tuple[int, int]:
    with Image.open(io.BytesIO(jpeg)) as image:
        return image.size


def test_its_answers_are_those_of_predict_for_pictures_of_every_kind(made: Prepared) -> None:
    expected = answers(Predictor.of(made.run), list(made.odd), made.settings)
    for file, answer in zip(made.odd, expected, strict=True):
        said = made.said(file)
        np.testing.assert_allclose(said.probabilities, answer.probabilities, atol=1e-3)
        assert said.ranked[0] == answer.probabilities.argmax()      # type: ignore[union-attr]
        assert pixels_of(said.square) == (32, 32)


def test_the_whole_photo_comes_upright_and_at_display_size(made: Prepared) -> None:
    rotated = next(file for file in made.odd if file.name == "rotated.jpg")
    said = made.said(rotated)                # 200 x 300 as it is stored
    assert (said.width, said.height) == (300, 200)
    assert pixels_of(said.photo) == (300, 200)


def test_a_large_photo_is_shown_smaller_but_not_as_small_as_the_network_sees_it(made: Prepared, tmp_path: Path) -> None:
    said = made.said(write_picture(tmp_path / "large.jpg", size=(1200, 800)))
    assert (said.width, said.height) == (1200, 800)
    assert pixels_of(said.photo) == (480, 320)


def test_the_run_s_temperature_and_threshold_count_as_they_are_now(prepared: Prepared) -> None:
    file = prepared.odd[0]
    before = np.array(prepared.said(file).probabilities)
    assert prepared.said(file).threshold is None
    certainty.write(prepared.run, Certainty(
        threshold=KeptThreshold(value=0.9999, answered=1, right=1, refused=1, refused_right=1, when=WHEN),
        temperature=KeptTemperature(value=2.0, fitted_on=1, judged_on=1, loss_before=1, loss_after=1, ece_before=0,
                                    ece_after=0, standard_error=0, when=WHEN)))
    said = prepared.said(file)
    softened = np.sqrt(before) / np.sqrt(before).sum()
    np.testing.assert_allclose(said.probabilities, softened, atol=1e-4)
    assert (said.threshold, said.refused) == (0.9999, True)
    answer, = answers(Predictor.of(prepared.run), [file], prepared.settings)
    np.testing.assert_allclose(said.probabilities, answer.probabilities, atol=1e-3)


@pytest.mark.parametrize(("content", "problem"), [
    (b"", "empty"), (b"I am no picture.", "no picture of a kind"), (b"PK\x03\x04 a zip", "no picture of a kind"),
    (picture_bytes(size=(300, 200))[:3000], "damaged or cut off"),
])
def test_a_file_that_cannot_be_read_is_told_in_words(made: Prepared, tmp_path: Path, content: bytes, problem: str
                                                    ) -> None:
    file = tmp_path / "picture.jpg"
    file.write_bytes(content)
    assert problem in made.unreadable(file)


def test_a_wrong_extension_does_not_matter(made: Prepared, tmp_path: Path) -> None:
    png = tmp_path / "said.to.be.txt"
    png.write_bytes(picture_bytes(image_format="PNG"))
    assert sum(made.said(png).probabilities) == pytest.approx(1, abs=1e-5)


def test_too_many_pixels_are_refused_before_they_are_decoded(made: Prepared, tmp_path: Path) -> None:
    assert "megapixels" in made.unreadable(write_picture(tmp_path / "huge.png", size=(40, 30)), pixels=1199)


def test_a_photo_that_is_gone_is_told_of(made: Prepared, tmp_path: Path) -> None:
    assert "no longer there" in made.unreadable(tmp_path / "gone.jpg")


@pytest.mark.parametrize("file", [served.MODEL, served.MANIFEST])
def test_a_damaged_network_is_told_of_and_no_photo_is_blamed(prepared: Prepared, file: str) -> None:
    (prepared.network / file).write_bytes(b"x")
    reply = prepared.asked(prepared.odd[0])
    assert isinstance(reply, Unfit)
    assert "damaged" in reply.problem and "ready again" in reply.remedy


# ---- the door

def request_for(prepared: Prepared) -> AskPhoto:
    return AskPhoto(network=prepared.network, run=prepared.run.path, file=prepared.odd[0], pixels=PIXELS)


def script(tmp_path: Path, code: str) -> tuple[str, ...]:
    file = tmp_path / "stand_in.py"
    file.write_text(f"import json, os, sys, time\n{code}\n")
    return sys.executable, str(file)


def test_a_real_process_answers_as_it_does_here_without_torch_and_once_it_is_dead_another_does(made: Prepared) -> None:
    door = PhotoAnswers(made.settings)
    try:
        door.warm(made.network)
        first = door.pid
        assert first is not None
        with ThreadPoolExecutor(3) as pool:
            for said in pool.map(door.said, [request_for(made)] * 3):
                assert isinstance(said, Said)
                np.testing.assert_allclose(said.probabilities, made.said(made.odd[0]).probabilities, atol=1e-6)
        if sys.platform == "linux":
            assert not any("libtorch" in each.path for each in psutil.Process(first).memory_maps())
        psutil.Process(first).kill()
        assert isinstance(door.said(request_for(made)), Said)
        assert door.pid != first
    finally:
        door.close()
    assert door.pid is None


def test_a_photo_that_kills_the_process_twice_is_unreadable_and_the_next_one_is_answered(
        prepared: Prepared, tmp_path: Path) -> None:
    told = Unreadable(problem="p", remedy="r").model_dump_json()
    door = PhotoAnswers(prepared.settings, command=script(tmp_path, (
        "for line in sys.stdin:\n"
        "    if 'bomb' in json.loads(line)['file']: os._exit(9)\n"
        f"    print('''{told}''', flush=True)")))
    bomb = request_for(prepared).model_copy(update={"file": Path("/bomb.png")})
    assert door.said(bomb) == DIED
    assert door.said(request_for(prepared)) == Unreadable(problem="p", remedy="r")
    door.close()


def test_one_that_takes_too_long_is_given_up(prepared: Prepared, tmp_path: Path,
                                             monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.jobs.resident.START_SECONDS", 0.0)
    door = PhotoAnswers(prepared.settings, command=script(tmp_path, "time.sleep(60)"), patience_seconds=0.2)
    with pytest.raises(MachineFault, match="took longer"):
        door.said(request_for(prepared))
    door.close()


def test_a_network_that_cannot_be_used_is_an_error_at_the_door(prepared: Prepared, tmp_path: Path) -> None:
    told = Unfit(problem="It is damaged.", remedy="Make it anew.").model_dump_json()
    code = f"input()\nprint('''{told}''', flush=True)\ninput()"
    door = PhotoAnswers(prepared.settings, command=script(tmp_path, code))
    with pytest.raises(BadRun, match="It is damaged"):
        door.warm(prepared.network)
    door.close()


def test_it_ends_by_itself_when_nobody_asks(made: Prepared) -> None:
    door = PhotoAnswers(made.settings, idle_seconds=0.1)
    door.warm(made.network)
    until = time.monotonic() + 20
    while door.pid is not None and time.monotonic() < until:
        time.sleep(0.05)
    assert door.pid is None


def test_requests_name_whole_paths(made: Prepared) -> None:
    here = Path(os.path.relpath(made.network))
    assert Ask(network=here).network.is_absolute()
