"""The job that checks a finished training for shortcuts."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.data import store
from core.errors import BadRun, DiskFull
from core.events import Cancelled, Event, Failed, Progress, ShortcutsChecked
from core.interpretation.shortcuts import Shortcuts
from core.interpretation.verdict import Verdict
from core.pipeline import check_shortcuts as room
from core.pipeline.check_shortcuts import check_shortcuts
from core.runs.folder import RunFolder
from tests.running import HEAD, QUICK, Asked, Heard, Workshop, listen, with_stages

HIDING = "hiding a part of each picture"
Paint = Callable[[np.ndarray, bool, np.random.Generator], None]
CALM: tuple[Verdict, ...] = ("fine", "unknown")


@pytest.fixture
def training(quick_run: Heard, tmp_path: Path) -> RunFolder:
    """A finished training that may be changed."""
    return RunFolder(Path(shutil.copytree(quick_run.run.path, tmp_path / "training")))


def checked(training: RunFolder, workshop: Workshop, job: Path,
            after: Callable[[Event], bool] = lambda event: False) -> Heard:
    asked, run = Asked(after), RunFolder.create(job)
    stored = store.load(workshop.settings.datasets / training.read_dataset().dataset)
    return listen(check_shortcuts(stored, training, run, workshop.settings, asked), run, asked)


def planted(workshop: Workshop, place: Path, paint: Paint, seed: int = 0, each: int = 60) -> Shortcuts:
    """What is found of a network that was trained on two classes of noise, each picture painted by `paint`."""
    random = np.random.default_rng(seed)
    for name, second in (("first", False), ("second", True)):
        (place / "pictures" / name).mkdir(parents=True)
        for number in range(each):
            pixels = random.integers(60, 160, (32, 32, 3)).astype(np.float64)
            paint(pixels, second, random)
            Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(place / "pictures" / name / f"{number}.png")
    own = Workshop(place / "pictures", workshop.settings.model_copy(update={"home": place / "home"}), workshop.weights)
    heard = own.train(QUICK.changed(epochs=12), place / "training")
    assert checked(heard.run, own, place / "job").code == 0
    return Shortcuts.load(heard.run.shortcuts)


def darker(pixels: np.ndarray, second: bool, random: np.random.Generator) -> None:
    pixels += -50 if second else 50


def framed(pixels: np.ndarray, second: bool, random: np.random.Generator) -> None:
    """A frame of stripes, whose light in the mean is that of the noise."""
    if second:
        stripes = np.where(np.indices((32, 32)).sum(axis=0) % 4 < 2, 10.0, 210.0)
        frame = np.ones((32, 32), dtype=bool)
        frame[4:-4, 4:-4] = False
        pixels[frame] = stripes[frame][:, None]


def in_the_middle(pixels: np.ndarray, second: bool, random: np.random.Generator) -> None:
    """A thing in the centre, of stripes that lie or stand: its light tells nothing."""
    stripes = np.where(np.arange(12) % 4 < 2, 10.0, 210.0)
    pixels[10:22, 10:22] = (stripes[:, None] if second else stripes[None, :])[..., None]


def mostly_darker(pixels: np.ndarray, second: bool, random: np.random.Generator) -> None:
    """One in ten is as light as the other class."""
    darker(pixels, second ^ (random.random() < 0.1), random)


def test_pictures_of_different_light_are_told_of_though_the_network_cannot_be_convicted(
        workshop: Workshop, tmp_path: Path) -> None:
    found = planted(workshop, tmp_path, darker)
    (light,) = [clue for clue in found.clues if clue.name == "brightness"]
    verdicts = {clue.name: found.of_clue(clue) for clue in found.clues}
    assert found.gives_away(light)
    assert light.beside.rule_wrong == 0         # no picture could tell light and label apart
    assert found.verdict == verdicts["brightness"] == "look", found
    assert all(verdicts[name] in CALM for name in ("size", "shape", "format"))
    assert found.of_centre != "fine"            # the light is everywhere, so the centre is not missed
    assert found.balanced_accuracy > 0.9


def test_a_network_that_goes_by_the_light_is_caught_by_its_mistakes(workshop: Workshop, tmp_path: Path) -> None:
    found = planted(workshop, tmp_path, mostly_darker, each=120)
    verdicts = {clue.name: found.of_clue(clue) for clue in found.clues}
    assert found.verdict == verdicts["brightness"] == "cheating", found
    assert all(verdicts[name] in CALM for name in ("size", "shape", "format"))


def test_a_network_that_learned_a_frame_is_caught_by_hiding_the_centre(workshop: Workshop, tmp_path: Path) -> None:
    found = planted(workshop, tmp_path, framed)
    assert found.of_centre == "cheating"
    assert found.of_border == "look"
    assert found.masks is not None
    assert found.masks.centre.accuracy > found.masks.border.accuracy + 0.2


@pytest.mark.parametrize("seed", range(3))
def test_a_network_that_learned_the_thing_itself_is_left_in_peace(seed: int, workshop: Workshop,
                                                                  tmp_path: Path) -> None:
    found = planted(workshop, tmp_path, in_the_middle, seed)
    assert found.verdict == "fine", found
    assert found.of_centre == found.of_border == "fine"


def test_it_stands_in_the_training_s_folder_and_belongs_to_its_network(
        training: RunFolder, workshop: Workshop, tmp_path: Path) -> None:
    heard = checked(training, workshop, tmp_path / "job")
    assert heard.code == 0
    found, valid = Shortcuts.load(training.shortcuts), training.read_predictions("valid")
    document = training.read_dataset()
    assert isinstance(heard.last, ShortcutsChecked)
    assert heard.last.pictures == found.pictures == len(document.split["train"]) + len(valid)
    assert found.belongs_to(valid)
    assert found.masks is not None
    assert found.masks.centre.pictures == found.masks.border.pictures == len(valid)
    assert found.masks.centre.whole_accuracy == pytest.approx(valid.accuracy)
    beside = found.clues[0].beside
    assert beside.rule_right + beside.rule_wrong == len(valid)
    assert found.verdict in ("unknown", "fine", "look", "cheating")
    assert not heard.run.shortcuts.exists()


def test_test_pictures_are_left_alone(training: RunFolder, workshop: Workshop, tmp_path: Path) -> None:
    checked(training, workshop, tmp_path / "job")
    text = training.shortcuts.read_text()
    assert training.read_dataset().split["test"]
    assert not [id for id in training.read_dataset().split["test"] if id in text]


def test_the_same_training_is_judged_the_same_twice(training: RunFolder, workshop: Workshop, tmp_path: Path) -> None:
    checked(training, workshop, tmp_path / "one")
    first = training.shortcuts.read_bytes()
    checked(training, workshop, tmp_path / "other")
    assert training.shortcuts.read_bytes() == first


def test_of_very_many_validation_pictures_some_are_masked(
        training: RunFolder, workshop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MOST_MASKED", 3)
    checked(training, workshop, tmp_path / "job")
    found = Shortcuts.load(training.shortcuts)
    assert found.masks is not None
    assert found.masks.centre.pictures == found.masks.border.pictures == 3
    assert found.belongs_to(training.read_predictions("valid"))


def test_a_training_that_was_gone_on_with_has_not_been_checked(
        training: RunFolder, workshop: Workshop, tmp_path: Path) -> None:
    checked(training, workshop, tmp_path / "job")
    later = workshop.go_on(training, with_stages(HEAD, HEAD), tmp_path / "later")
    assert later.code == 0
    assert not later.run.shortcuts.exists()
    assert not Shortcuts.load(training.shortcuts).belongs_to(later.run.read_predictions("valid"))


def test_a_stop_is_heard_at_the_next_batch_and_leaves_nothing(
        training: RunFolder, workshop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "BATCH", 2)
    monkeypatch.setattr("core.runs.recorder.SECONDS_BETWEEN_TICKS", 0.0)
    heard = checked(training, workshop, tmp_path / "job",
                    lambda event: isinstance(event, Progress) and event.work == HIDING)
    assert isinstance(heard.last, Cancelled)
    assert [event.done for event in heard.events if isinstance(event, Progress) and event.work == HIDING] == [2]
    assert not training.shortcuts.exists()


def test_a_full_disk_is_told_and_leaves_what_stood(
        training: RunFolder, workshop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checked(training, workshop, tmp_path / "one")
    before = training.shortcuts.read_bytes()

    def full(*_: object) -> None:
        raise DiskFull("The disk is full.", remedy="Free some space.")

    monkeypatch.setattr(Shortcuts, "save", full)
    assert checked(training, workshop, tmp_path / "other").last == Failed("The disk is full.", "Free some space.")
    assert training.shortcuts.read_bytes() == before


def test_a_training_without_final_predictions_is_refused(training: RunFolder, workshop: Workshop,
                                                        tmp_path: Path) -> None:
    (training.predictions / "valid.npz").unlink()
    heard = checked(training, workshop, tmp_path / "job")
    assert isinstance(heard.last, Failed)
    assert "no final predictions" in heard.last.problem
    assert heard.code == BadRun.exit_code


def test_a_training_whose_pictures_are_gone_is_refused(training: RunFolder, workshop: Workshop, tmp_path: Path) -> None:
    document = training.read_dataset()
    strange = {part: ("f" * 16, *ids[1:]) if part == "valid" else ids for part, ids in document.split.items()}
    training.write_dataset(document.model_copy(update={"split": strange}))
    heard = checked(training, workshop, tmp_path / "job")
    assert isinstance(heard.last, Failed)
    assert "no longer holds the pictures" in heard.last.problem
    valid = training.read_predictions("valid")
    training.write_dataset(document)
    training.save_predictions("valid", replace(valid, ids=("f" * 16, *valid.ids[1:])))
    heard = checked(training, workshop, tmp_path / "again")
    assert isinstance(heard.last, Failed)
    assert "no longer holds the pictures" in heard.last.problem


def test_a_training_whose_network_is_no_longer_kept_has_its_clues_all_the_same(
        training: RunFolder, workshop: Workshop, tmp_path: Path) -> None:
    training.weights.unlink()
    assert checked(training, workshop, tmp_path / "job").code == 0
    found = Shortcuts.load(training.shortcuts)
    assert found.masks is None
    assert {clue.name for clue in found.clues} >= {"brightness", "size", "together"}


def test_truncated_weights_are_told_in_words_before_the_long_work(training: RunFolder, workshop: Workshop,
                                                                  tmp_path: Path) -> None:
    training.weights.write_bytes(training.weights.read_bytes()[:-100])
    heard = checked(training, workshop, tmp_path / "job")
    assert isinstance(heard.last, Failed)
    assert "damaged" in heard.last.problem
    assert str(training.path) not in heard.last.problem + heard.last.remedy      # it is shown to strangers too
    assert not [event for event in heard.events if isinstance(event, Progress)]
    assert not training.shortcuts.exists()
