"""The job that looks at a finished run's pictures in several ways."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.data import store
from core.data.store import StoredDataset
from core.errors import BadRun, DiskFull
from core.events import Cancelled, Event, Failed, LookedAgain, Progress
from core.inference.answers import answers
from core.inference.predictor import Predictor
from core.interpretation.views import Averaging, Views, averaged
from core.pipeline import look_again as room
from core.pipeline.look_again import look_again
from core.runs.folder import RunFolder
from core.training import presets
from core.vision.augmentation import AugmentationSpec
from tests.running import Asked, Heard, Workshop, listen

LOOKING = "looking at each picture in several ways"


@pytest.fixture
def training(fine_tuned: Heard, tmp_path: Path) -> RunFolder:
    """A finished training that may be changed."""
    return RunFolder(Path(shutil.copytree(fine_tuned.run.path, tmp_path / "training")))


@pytest.fixture
def stored(training: RunFolder, workshop: Workshop) -> StoredDataset:
    return store.load(workshop.settings.datasets / training.read_dataset().dataset)


def looked(training: RunFolder, workshop: Workshop, job: Path, views: int = 3,
           after: Callable[[Event], bool] = lambda event: False) -> Heard:
    asked, run = Asked(after), RunFolder.create(job)
    stored = store.load(workshop.settings.datasets / training.read_dataset().dataset)
    return listen(look_again(stored, training, views, run, workshop.settings, asked), run, asked)


def with_augmentation(training: RunFolder, spec: AugmentationSpec) -> None:
    presets.load(str(training.recipe)).model_copy(update={"augmentation": spec}).save(training.recipe)


def test_the_views_of_validation_and_test_pictures_stand_in_the_training_s_folder(
        training: RunFolder, workshop: Workshop, tmp_path: Path) -> None:
    heard = looked(training, workshop, tmp_path / "job")
    assert heard.code == 0
    pictures = 0
    for part in ("valid", "test"):
        views, once = Views.load(training.views_file(part)), training.read_predictions(part)
        assert views.drawn == 3
        assert views.belong_to(once)
        pictures += len(once)
    assert isinstance(heard.last, LookedAgain)
    assert (heard.last.pictures, heard.last.views) == (pictures, 3)
    assert not list(heard.run.predictions.iterdir())


def test_an_average_of_stored_views_is_what_the_files_themselves_are_answered_with(
        training: RunFolder, workshop: Workshop, tmp_path: Path) -> None:
    looked(training, workshop, tmp_path / "job")
    averaging = Averaging(3)
    expected = averaged(Views.load(training.views_file("test")), averaging)
    document = training.read_dataset()
    names = dict(zip(document.ids, document.names, strict=True))
    files = [workshop.source / names[id] for id in expected.ids]
    said = answers(Predictor.of(training), files, workshop.settings, averaging)
    for answer, probabilities in zip(said, expected.probabilities, strict=True):
        assert np.allclose(answer.probabilities, probabilities, atol=1e-3)


def test_the_same_seed_draws_the_same_views_and_another_seed_others(
        training: RunFolder, workshop: Workshop, tmp_path: Path) -> None:
    stored_views = []
    spec = presets.load(str(training.recipe)).augmentation
    for number, seed in enumerate((spec.seed, spec.seed, spec.seed + 1)):
        with_augmentation(training, replace(spec, seed=seed))
        looked(training, workshop, tmp_path / f"job {number}")
        stored_views.append(Views.load(training.views_file("valid")))
    one, again, other = stored_views
    assert np.array_equal(one.logits, again.logits)
    assert other.seed != one.seed
    assert not np.array_equal(other.logits[:, 1:], one.logits[:, 1:])
    assert np.array_equal(other.logits[:, 0], one.logits[:, 0])


def test_batches_of_any_size_give_the_same_views(training: RunFolder, workshop: Workshop, tmp_path: Path,
                                                monkeypatch: pytest.MonkeyPatch) -> None:
    looked(training, workshop, tmp_path / "one")
    whole = Views.load(training.views_file("valid"))
    monkeypatch.setattr(room, "BATCH", 2)        # fewer than the views of one picture
    looked(training, workshop, tmp_path / "other")
    assert np.allclose(Views.load(training.views_file("valid")).logits, whole.logits, atol=1e-4)


def test_a_stop_is_heard_at_the_next_batch_and_leaves_nothing(
        training: RunFolder, workshop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "BATCH", 3)
    monkeypatch.setattr("core.runs.recorder.SECONDS_BETWEEN_TICKS", 0.0)   # else the last is told alone
    before = sorted(training.path.rglob("*"))
    heard = looked(training, workshop, tmp_path / "job",
                   after=lambda event: isinstance(event, Progress) and event.work == LOOKING)
    assert isinstance(heard.last, Cancelled)
    assert heard.code == 130
    assert [event.done for event in heard.events if isinstance(event, Progress) and event.work == LOOKING] == [1]
    assert sorted(training.path.rglob("*")) == before


def test_a_full_disk_is_told_and_leaves_the_views_that_stood(
        training: RunFolder, workshop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked(training, workshop, tmp_path / "one")
    before = training.views_file("valid").read_bytes()

    def full(*_: object) -> None:
        raise DiskFull("The disk is full.", remedy="Free some space.")

    monkeypatch.setattr(Views, "save", full)
    heard = looked(training, workshop, tmp_path / "other", views=2)
    assert heard.last == Failed("The disk is full.", "Free some space.")
    assert training.views_file("valid").read_bytes() == before


def test_a_training_without_final_predictions_is_refused(training: RunFolder, workshop: Workshop,
                                                        tmp_path: Path) -> None:
    (training.predictions / "valid.npz").unlink()
    heard = looked(training, workshop, tmp_path / "job")
    assert isinstance(heard.last, Failed)
    assert "no final predictions yet" in heard.last.problem
    assert heard.code == BadRun.exit_code


def test_a_training_whose_pictures_are_gone_is_refused(training: RunFolder, stored: StoredDataset,
                                                      workshop: Workshop, tmp_path: Path) -> None:
    once = training.read_predictions("valid")
    training.save_predictions("valid", replace(once, ids=("f" * 16, *once.ids[1:])))
    heard = looked(training, workshop, tmp_path / "job")
    assert isinstance(heard.last, Failed)
    assert "no longer holds the pictures" in heard.last.problem


def test_a_training_that_varied_nothing_is_refused_with_the_remedy(training: RunFolder, workshop: Workshop,
                                                                  tmp_path: Path) -> None:
    with_augmentation(training, AugmentationSpec())
    heard = looked(training, workshop, tmp_path / "job")
    assert isinstance(heard.last, Failed)
    assert "every view of one would be the same" in heard.last.problem
    assert "augmentation" in heard.last.remedy


def test_truncated_weights_are_told_in_words(training: RunFolder, workshop: Workshop, tmp_path: Path) -> None:
    training.weights.write_bytes(training.weights.read_bytes()[:-100])
    heard = looked(training, workshop, tmp_path / "job")
    assert isinstance(heard.last, Failed)
    assert "damaged" in heard.last.problem
    assert not training.views_file("valid").exists()


def test_a_stored_picture_that_was_lost_is_told_in_words(workshop: Workshop, tmp_path: Path) -> None:
    """Of a data set of its own: its original is damaged before crops were ever cut from it."""
    from tests.running import FINE_TUNE, coloured_folder

    own = Workshop(coloured_folder(tmp_path / "colours", train=6), workshop.settings.model_copy(
        update={"home": tmp_path / "home"}), workshop.weights)
    head = FINE_TUNE.model_copy(update={"stages": FINE_TUNE.stages[:1]})
    training = own.train(head, tmp_path / "training").run
    stored = store.load(own.settings.datasets / training.read_dataset().dataset)
    Image.new("RGB", (4, 4)).save(stored.original(stored.catalogue.samples[0]), "PNG")
    heard = looked(training, own, tmp_path / "job")
    assert isinstance(heard.last, Failed)
    assert "stored picture" in heard.last.problem
