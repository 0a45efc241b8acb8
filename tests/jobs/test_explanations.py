"""Explanations: what the process answers, asked here; and the door to it, through a real one or a small script."""

import io
import json
import os
import shutil
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image
from pydantic import ValidationError

from core.data import store
from core.data.dataset import Sample
from core.data.store import StoredDataset
from core.errors import MachineFault, UserMistake
from core.inference.predictor import Trained, softmax
from core.interpretation.views import Views
from core.jobs import explainer, resident
from core.jobs.explanations import (
    ANSWERS,
    Activations,
    Answer,
    AskActivations,
    AskCovered,
    AskCrops,
    AskLooks,
    AskWhere,
    Covered,
    Crops,
    Explanations,
    Looks,
    Maps,
    Picture,
    Problem,
    Request,
    Where,
)
from core.pipeline.look_again import look_again
from core.runs.folder import RunFolder
from core.settings import Settings
from core.training import presets
from core.vision.augmentation import AugmentationSpec
from core.vision.looking import head_logits
from tests.running import Asked, Heard, Workshop, listen
from tests.tiny import CPU

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def training(fine_tuned: Heard, tmp_path: Path) -> RunFolder:
    """A finished training that may be changed."""
    return RunFolder(Path(shutil.copytree(fine_tuned.run.path, tmp_path / "training")))


@pytest.fixture
def stored(fine_tuned: Heard, workshop: Workshop) -> StoredDataset:
    return store.load(workshop.settings.datasets / fine_tuned.run.read_dataset().dataset)


@pytest.fixture
def sample(fine_tuned: Heard, stored: StoredDataset) -> Sample:
    """The first validation picture."""
    return by_id(stored, fine_tuned.run.read_predictions("valid").ids[0])


@pytest.fixture
def picture(stored: StoredDataset, sample: Sample) -> Picture:
    return of(stored, sample)


def by_id(stored: StoredDataset, id: str) -> Sample:
    return next(sample for sample in stored.catalogue.samples if sample.id == id)


def of(stored: StoredDataset, sample: Sample) -> Picture:
    return Picture(file=stored.original(sample), pixels=sample.width * sample.height, sample=sample.id)


def gone(picture: Picture) -> Picture:
    return picture.model_copy(update={"file": Path("/nowhere/gone.jpg")})


def asked(request: Request) -> Answer:
    return ANSWERS.validate_json(explainer.answer(request.model_dump_json().encode()))


def problem(request: Request) -> Problem:
    answer = asked(request)
    assert isinstance(answer, Problem), answer
    assert answer.remedy
    return answer


def where(run: RunFolder, *pictures: Picture, target: int = 0) -> tuple[Where | Problem, ...]:
    answer = asked(AskWhere(run=run.path, pictures=pictures, targets=(target,) * len(pictures)))
    assert isinstance(answer, Maps)
    return answer.pictures


def square(jpeg: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(jpeg)) as image:
        return np.asarray(image)


def test_where_it_looked_comes_with_the_square_and_the_stored_probabilities(training: RunFolder, stored: StoredDataset
                                                                           ) -> None:
    valid = training.read_predictions("valid")
    found = where(training, *(of(stored, by_id(stored, id)) for id in valid.ids), target=1)
    assert len(found) == len(valid)
    for one, expected in zip(found, valid.probabilities, strict=True):
        assert isinstance(one, Where)
        assert not one.from_seen
        assert square(one.jpeg).shape == (32, 32, 3)
        np.testing.assert_allclose(one.probabilities, expected, atol=1e-3)
        assert max(max(row) for row in one.map) == (1 if one.anything else 0)


def test_without_the_data_set_the_square_that_the_run_kept_is_looked_at_and_that_is_said(
        training: RunFolder, picture: Picture) -> None:
    original, kept = where(training, picture, gone(picture))
    assert isinstance(original, Where) and isinstance(kept, Where)
    assert (original.from_seen, kept.from_seen) == (False, True)
    np.testing.assert_allclose(kept.probabilities, original.probabilities, atol=0.1)
    covered = asked(AskCovered(run=training.path, picture=gone(picture), target=0))
    assert isinstance(covered, Covered) and covered.from_seen


def test_a_picture_that_cannot_be_read_leaves_the_others_their_answers(training: RunFolder, picture: Picture,
                                                                      tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.jpg"
    damaged.write_bytes(b"no picture")
    large = picture.model_copy(update={"pixels": 10})
    lost = gone(picture).model_copy(update={"sample": ""})
    bad, first, many, unknown, last = where(
        training, Picture(file=damaged, pixels=100), picture, large, lost, picture)
    assert isinstance(first, Where) and isinstance(last, Where)
    assert first == last
    assert isinstance(bad, Problem) and "no picture of a kind" in bad.problem
    assert isinstance(many, Problem) and "megapixels" in many.problem
    assert isinstance(unknown, Problem) and "gone" in unknown.problem
    only, = where(training, lost)
    assert isinstance(only, Problem)


def test_an_id_that_is_a_path_reads_no_file(training: RunFolder, picture: Picture) -> None:
    found, = where(training, gone(picture).model_copy(update={"sample": "../weights"}))
    assert isinstance(found, Problem) and "no picture's id" in found.problem


@pytest.mark.parametrize("target", [-1, 2])
def test_a_class_that_there_is_not_is_told(training: RunFolder, picture: Picture, target: int) -> None:
    assert "no such class" in problem(AskWhere(run=training.path, pictures=(picture,), targets=(target,))).problem
    assert "no such class" in problem(AskCovered(run=training.path, picture=picture, target=target)).problem
    assert problem(AskWhere(run=training.path, pictures=(picture,), targets=(0, 0)))


def test_more_pictures_than_one_request_may_have_are_refused(training: RunFolder, picture: Picture) -> None:
    with pytest.raises(ValidationError):
        AskWhere(run=training.path, pictures=(picture,) * 13, targets=(0,) * 13)


def test_covering_parts_says_by_how_much_the_probability_falls(training: RunFolder, picture: Picture) -> None:
    covered = asked(AskCovered(run=training.path, picture=picture, target=1))
    assert isinstance(covered, Covered)
    assert covered.before == pytest.approx(covered.probabilities[1], abs=1e-5)
    assert (covered.rows, len(covered.falls), len(covered.falls[0])) == (7, 2, 7)
    assert all(covered.before - 1.001 <= fall <= covered.before + 0.001 for row in covered.falls for fall in row)
    assert any(fall for row in covered.falls for fall in row)
    assert covered.patch_share == pytest.approx(2 / 7, abs=0.02)


def test_other_crops_of_a_long_picture_have_their_own_answers(training: RunFolder, tmp_path: Path) -> None:
    pixels = np.zeros((40, 120, 3), dtype=np.uint8)
    pixels[:, :60, 0] = pixels[:, 60:, 2] = 220
    Image.fromarray(pixels).save(tmp_path / "long.png")
    crops = asked(AskCrops(run=training.path, picture=Picture(file=tmp_path / "long.png", pixels=4800)))
    assert isinstance(crops, Crops)
    assert [crop.name for crop in crops.crops] == ["left", "middle", "right", "squeezed", "padded"]
    assert [crop.name for crop in crops.crops if crop.usual] == ["middle"]
    left, right = crops.crops[0].probabilities, crops.crops[2].probabilities
    assert square(crops.crops[0].jpeg)[..., 0].mean() > 150
    assert left[1] > right[1]           # blue, red: red is the second
    assert all(sum(crop.probabilities) == pytest.approx(1) for crop in crops.crops)


def test_the_looks_are_the_very_views_that_looking_again_stores(training: RunFolder, workshop: Workshop,
                                                                stored: StoredDataset, picture: Picture,
                                                                tmp_path: Path) -> None:
    job = RunFolder.create(tmp_path / "job")
    listen(look_again(stored, training, 3, job, workshop.settings, Asked(lambda event: False)), job)
    expected = Views.load(training.views_file("valid"))
    looks = asked(AskLooks(run=training.path, picture=picture, views=3))
    assert isinstance(looks, Looks)
    row = np.array([expected.ids.index(picture.sample)])
    np.testing.assert_allclose([look.probabilities for look in looks.looks], expected.probabilities(row)[0], atol=2e-2)
    assert looks.looks[0].applied == ()
    assert len({look.jpeg for look in looks.looks}) == 4


def test_a_training_that_varied_nothing_has_no_other_looks(training: RunFolder, picture: Picture) -> None:
    presets.load(str(training.recipe)).model_copy(update={"augmentation": AugmentationSpec()}).save(training.recipe)
    told = problem(AskLooks(run=training.path, picture=picture))
    assert "varied no picture" in told.problem and "side-on" in told.remedy


@pytest.mark.parametrize("ask", [AskCrops, AskLooks])
def test_other_crops_and_looks_need_the_whole_picture(training: RunFolder, picture: Picture,
                                                      ask: type[AskCrops] | type[AskLooks]) -> None:
    assert "whole picture is gone" in problem(ask(run=training.path, picture=gone(picture))).problem


def test_a_run_without_a_network_and_damaged_weights_are_told(training: RunFolder, picture: Picture) -> None:
    """Without the folder's place, which is not for strangers."""
    training.weights.write_bytes(b"damaged")
    damaged = problem(AskCrops(run=training.path, picture=picture))
    training.weights.unlink()
    gone = problem(AskCrops(run=training.path, picture=picture))
    assert ("is damaged" in damaged.problem, "no longer kept" in gone.problem) == (True, True)
    for told in (damaged, gone):
        assert "Train again" in told.remedy
        assert str(training.path) not in told.problem + told.remedy


def test_two_networks_are_at_hand_and_a_replaced_one_is_read_anew(training: RunFolder, picture: Picture) -> None:
    explainer._read.cache_clear()
    for _ in range(2):
        asked(AskCrops(run=training.path, picture=picture))
    assert explainer._read.cache_info()[:2] == (1, 1)          # hits, misses
    os.utime(training.weights, ns=(1, 1))
    asked(AskCrops(run=training.path, picture=picture))
    assert explainer._read.cache_info().misses == 2
    assert explainer._read.cache_info().maxsize == 2


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Explanations]:
    shared = Explanations(Settings(home=tmp_path_factory.mktemp("home"), threads=1))
    yield shared
    shared.close()


def test_the_process_answers_what_is_computed_here_and_the_next_request_after_a_mistake(
        door: Explanations, training: RunFolder, picture: Picture) -> None:
    ask = AskWhere(run=training.path, pictures=(picture,), targets=(1,))
    (here,), (there,) = where(training, picture, target=1), door.where(ask)
    assert isinstance(here, Where) and isinstance(there, Where)
    np.testing.assert_allclose(there.map, here.map, atol=1e-3)
    with pytest.raises(UserMistake, match="whole picture is gone") as told:
        door.crops(AskCrops(run=training.path, picture=gone(picture)))
    assert told.value.remedy
    assert len(door.looks(AskLooks(run=training.path, picture=picture, views=2))) == 3
    assert door.crops(AskCrops(run=training.path, picture=picture))


def test_the_rows_of_a_covered_picture_come_in_turns_and_make_one_map(door: Explanations, training: RunFolder,
                                                                       picture: Picture) -> None:
    ask = AskCovered(run=training.path, picture=picture, target=1)
    whole = door.covered(ask)
    rows: list[tuple[float, ...]] = []
    for row in range(0, 7, 2):
        part = asked(ask.model_copy(update={"row": row}))
        assert isinstance(part, Covered)
        rows += part.falls
    assert len(whole.falls) == whole.rows == len(rows) == 7
    np.testing.assert_allclose(whole.falls, rows, atol=1e-3)


def test_between_the_turns_of_one_who_covers_parts_another_is_served(settings: Settings) -> None:
    covered = Covered(jpeg=b"", probabilities=(1.0,), before=1.0, falls=((0.0,),), rows=40, patch_share=1.0,
                      from_seen=False).model_dump_json()
    crops = Crops(crops=()).model_dump_json()
    code = ("import json, sys, time\n"
            "for line in sys.stdin:\n"
            f"    time.sleep(0.05); print({covered!r} if '\"covered\"' in line else {crops!r}, flush=True)")
    own = Explanations(settings, command=(sys.executable, "-c", code))
    own.crops(a_request())
    with ThreadPoolExecutor(1) as threads:
        long = threads.submit(own.covered, AskCovered(run=Path("nowhere"), picture=Picture(pixels=1), target=0))
        for _ in range(3):
            own.crops(a_request())
        assert not long.done()
        assert len(long.result().falls) == 40
    own.close()


def test_the_process_is_bounded_and_steps_back(door: Explanations, training: RunFolder, picture: Picture) -> None:
    door.crops(AskCrops(run=training.path, picture=picture))
    process = psutil.Process(door.pid)
    assert process.nice() >= 5
    soft, hard = process.rlimit(psutil.RLIMIT_AS)
    assert soft == hard != psutil.RLIM_INFINITY
    assert process.environ()["OMP_NUM_THREADS"] == "1"
    assert process.environ()["OMP_WAIT_POLICY"] == "PASSIVE"


def test_nothing_runs_before_the_first_request_and_after_the_end(settings: Settings) -> None:
    own = Explanations(settings, command=answering(Problem(problem="No.", remedy="Go on.")))
    assert own.pid is None
    with pytest.raises(UserMistake, match="No"):
        own.crops(a_request())
    pid = own.pid
    own.close()
    assert own.pid is None and pid is not None and not psutil.pid_exists(pid)


def test_an_idle_process_ends(settings: Settings) -> None:
    code = "import sys; from core.jobs.answering import serve; serve(lambda line: line, 0.2, 1 << 40)"
    own = Explanations(settings, command=(sys.executable, "-c", code))
    assert own._resident.ask(b"hello\n") == b"hello\n"
    patience = time.monotonic() + 60
    while own.pid is not None and time.monotonic() < patience:
        time.sleep(0.05)
    assert own.pid is None


def test_a_request_that_kills_the_process_twice_is_given_up_in_words(settings: Settings) -> None:
    own = Explanations(settings, command=(sys.executable, "-c", "input()"))
    with pytest.raises(MachineFault, match="failed twice") as told:
        own.crops(a_request())
    assert "nothing else is affected" in told.value.remedy and own.pid is None


def test_a_process_that_takes_too_long_is_ended(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resident, "START_SECONDS", 0.0)
    own = Explanations(settings, command=(sys.executable, "-c", "import time; input(); time.sleep(600)"),
                       patience_seconds=0.1)
    with pytest.raises(MachineFault, match="explanation took longer than"):
        own.crops(a_request())
    assert own.pid is None


def a_request() -> AskCrops:
    return AskCrops(run=Path("nowhere"), picture=Picture(pixels=1))


def answering(answer: Answer) -> tuple[str, ...]:
    line = json.dumps(answer.model_dump_json())
    return sys.executable, "-c", f"input(); print({line}, flush=True); input()"


def test_activations_of_a_new_photo_are_those_that_the_head_goes_by(training: RunFolder, picture: Picture) -> None:
    new = picture.model_copy(update={"sample": ""})
    told = asked(AskActivations(run=training.path, picture=new))
    assert isinstance(told, Activations)
    trained = Trained.of(training)
    logits = head_logits(trained.classifier.head, np.array([told.values], dtype=np.float32), CPU)
    np.testing.assert_allclose(softmax(logits)[0], training.read_predictions("valid").probabilities[0], atol=1e-3)
    assert "gone" in problem(AskActivations(run=training.path, picture=gone(new))).problem
