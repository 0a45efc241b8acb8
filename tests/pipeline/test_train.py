import errno
import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from core.data import cache
from core.events import (
    BatchDone,
    Cancelled,
    CheckpointSaved,
    DatasetReady,
    EpochDone,
    Event,
    Failed,
    Finished,
    LrFound,
    ModelReady,
    Note,
    SplitReady,
)
from core.interpretation.predictions import Predictions
from core.pipeline import train as jobs
from core.pipeline.stages import Standing
from core.runs import recorder
from core.runs.folder import RunFolder
from core.settings import Settings
from core.training import engine, presets
from core.training.learner import Kept
from core.training.recipe import Recipe
from core.vision import precision
from core.vision.backbones import blank
from core.vision.classifier import Classifier
from tests.pipeline.conftest import FULL
from tests.running import (
    FINE_TUNE,
    HEAD,
    QUICK,
    WHOLE,
    Heard,
    Workshop,
    changed,
    coloured_folder,
    listen,
    with_stages,
)

PARTS = ("train", "valid", "test")


def same_predictions(one: RunFolder, other: RunFolder) -> bool:
    pairs = [(one.read_predictions(part), other.read_predictions(part)) for part in PARTS]
    return all(a.ids == b.ids and np.array_equal(a.logits, b.logits) for a, b in pairs)


def plain_forward(run: RunFolder, source: Path, predictions: Predictions) -> np.ndarray:
    """Probabilities by the shortest way there is: the original files, the stored weights, float32."""
    recipe, document = presets.load(str(run.recipe)), run.read_dataset()
    preprocessing = recipe.preprocessing.at(recipe.stages[-1].size or 0)
    classifier = Classifier(blank(recipe.model.architecture or ""), len(document.classes), seed=0)
    classifier.load_state_dict(load_file(run.weights), assign=True)
    names = dict(zip(document.ids, document.names, strict=True))
    squares = []
    for id_ in predictions.ids:
        with Image.open(source / names[id_]) as image:
            squares.append(preprocessing.square(image))
    with torch.no_grad():
        logits = classifier.eval()(torch.from_numpy(preprocessing.normalise(np.stack(squares))))
    return np.asarray(logits.softmax(1).numpy())


def test_the_tiny_networks_tell_pictures_apart(quick_run: Heard, fine_tuned: Heard) -> None:
    """Else every comparison below would hold for nothing."""
    for heard in (quick_run, fine_tuned):
        assert heard.run.read_predictions("test").probabilities[:, 0].std() > 0.01


def test_a_run_ends_with_exactly_one_last_event_and_exit_code_0(quick_run: Heard) -> None:
    assert quick_run.code == 0
    assert [event for event in quick_run.events if event.ends] == [quick_run.last]
    assert isinstance(quick_run.last, Finished)


def test_a_run_folder_holds_every_file_of_the_contract(fine_tuned: Heard) -> None:
    run = fine_tuned.run
    names = {file.relative_to(run.path).as_posix() for file in run.path.rglob("*") if file.is_file()}
    assert names == {
        "recipe.json", "dataset.json", "events.jsonl", "status.json", "weights.safetensors", "checkpoint.pt",
        "predictions/train.npz", "predictions/valid.npz", "predictions/test.npz",
        *(f"predictions/valid-epoch-{epoch:03d}.npz" for epoch in range(HEAD.epochs + WHOLE.epochs)),
        *(f"seen/{id_}.jpg" for part in ("valid", "test") for id_ in run.read_dataset().split[part]),
    }
    assert run.read_status().state == "finished"


def test_the_events_on_disk_are_those_that_were_told(fine_tuned: Heard) -> None:
    assert list(fine_tuned.run.read_events()) == fine_tuned.events


def test_every_epoch_is_told_once_and_numbered_over_the_stages(fine_tuned: Heard) -> None:
    assert [event.epoch for event in fine_tuned.events if isinstance(event, EpochDone)] == list(range(5))


def test_the_recipe_tells_what_the_run_met(workshop: Workshop, quick_run: Heard) -> None:
    written = json.loads(quick_run.run.recipe.read_text())
    ready = next(event for event in quick_run.events if isinstance(event, DatasetReady))
    assert written["dataset"] == ready.fingerprint
    assert written["met"]["weights_sha256"] == hashlib.sha256(workshop.weights.read_bytes()).hexdigest()
    assert written["met"]["precision"] == {"training": "float32", "looking": "float32",
                                            "views": "float32", "activations": "float32"}
    assert written["met"]["threads"] == workshop.settings.threads
    assert written["met"]["device"] in ("cpu", "cuda")
    assert {"python", "torch", "torchvision", "numpy", "pillow"} <= set(written["met"]["versions"])


def test_the_dataset_document_tells_pictures_labels_and_split(quick_run: Heard) -> None:
    document = quick_run.run.read_dataset()
    split = next(event for event in quick_run.events if isinstance(event, SplitReady))
    assert document.classes == ("blue", "red")
    for label, name in zip(document.labels, document.names, strict=True):
        assert f"/{document.classes[label]}/" in name
    assert {part: len(ids) for part, ids in document.split.items()} == {
        "train": split.train, "valid": split.valid, "test": split.test}
    assert sorted(id_ for ids in document.split.values() for id_ in ids) == sorted(document.ids)


def test_test_pictures_are_kept_apart(quick_run: Heard) -> None:
    document = quick_run.run.read_dataset()
    names = dict(zip(document.ids, document.names, strict=True))
    assert {names[id_].split("/")[0] for id_ in document.split["test"]} == {"test"}
    assert {names[id_].split("/")[0] for id_ in document.split["train"] + document.split["valid"]} == {"train"}
    assert quick_run.run.read_predictions("test").ids == document.split["test"]


@pytest.mark.parametrize("which", ["quick_run", "fine_tuned"])
def test_the_finished_accuracy_is_that_of_the_stored_predictions(which: str, request: pytest.FixtureRequest) -> None:
    heard: Heard = request.getfixturevalue(which)
    valid, last = heard.run.read_predictions("valid"), heard.last
    assert isinstance(last, Finished)
    assert (last.accuracy, last.error_rate, last.valid_images) == (valid.accuracy, valid.error_rate, len(valid))
    assert last.run == str(heard.run.path)


def test_the_kept_epoch_is_the_last_one_told_as_kept(fine_tuned: Heard) -> None:
    kept = [event.epoch for event in fine_tuned.events if isinstance(event, EpochDone) and event.kept]
    assert isinstance(fine_tuned.last, Finished)
    assert fine_tuned.last.best_epoch == kept[-1]


@pytest.mark.parametrize("which", ["quick_run", "fine_tuned"])
@pytest.mark.parametrize("part", PARTS)
def test_final_predictions_are_those_of_the_plain_float32_network(
        which: str, part: str, workshop: Workshop, request: pytest.FixtureRequest) -> None:
    heard: Heard = request.getfixturevalue(which)
    stored = heard.run.read_predictions(part)
    assert np.abs(stored.probabilities - plain_forward(heard.run, workshop.source, stored)).max() < 1e-3


def test_final_predictions_are_float32_where_training_was_not(workshop: Workshop, tmp_path: Path) -> None:
    heard = workshop.train(QUICK.model_copy(update={"precision": "bfloat16"}), tmp_path / "run")
    stored = heard.run.read_predictions("train")
    assert np.abs(stored.probabilities - plain_forward(heard.run, workshop.source, stored)).max() < 1e-3


def test_predictions_of_an_epoch_give_the_accuracy_that_was_told_of_it(fine_tuned: Heard) -> None:
    for event in fine_tuned.events:
        if isinstance(event, EpochDone):
            stored = fine_tuned.run.read_predictions(f"valid-epoch-{event.epoch:03d}")
            assert stored.accuracy == pytest.approx(event.accuracy)


def test_one_seed_gives_bit_equal_predictions_in_another_home(
        workshop: Workshop, fine_tuned: Heard, settings: Settings, tmp_path: Path) -> None:
    alike = settings.model_copy(update={"threads": workshop.settings.threads})
    again = Workshop(workshop.source, alike, workshop.weights).train(FINE_TUNE, tmp_path / "run")
    assert same_predictions(fine_tuned.run, again.run)


def test_one_seed_gives_bit_equal_predictions_on_two_threads(
        workshop: Workshop, settings: Settings, tmp_path: Path) -> None:
    one, other = (
        Workshop(workshop.source, settings.model_copy(update={"threads": 2, "home": tmp_path / name}),
                 workshop.weights).train(QUICK, tmp_path / f"run-{name}")
        for name in ("one", "other"))
    assert same_predictions(one.run, other.run)


def test_replaying_the_written_recipe_gives_bit_equal_predictions(
        workshop: Workshop, quick_run: Heard, tmp_path: Path) -> None:
    again = workshop.train(presets.load(str(quick_run.run.recipe)), tmp_path / "run")
    assert same_predictions(quick_run.run, again.run)


def test_a_replay_says_before_it_trains_what_may_differ_and_nothing_where_all_is_as_it_was(
        workshop: Workshop, quick_run: Heard, tmp_path: Path) -> None:
    recipe = presets.load(str(quick_run.run.recipe))

    def notes(recipe: Recipe, name: str) -> list[str]:
        bench = workshop.training(recipe, RunFolder.create(tmp_path / name))
        heard = []
        for event in bench:
            heard.append(event)
            if isinstance(event, ModelReady):
                break
        bench.close()
        return [event.text for event in heard if isinstance(event, Note) and "may differ" in event.text]

    assert notes(recipe, "same") == []
    elsewhere = recipe.model_copy(update={"met": (recipe.met or {}) | {"threads": 64}})
    assert "the number of threads (64 then, 1 now)" in notes(elsewhere, "elsewhere")[0]
    assert notes(elsewhere.model_copy(update={"dataset": "of other pictures"}), "other") == []


def test_a_replay_trains_in_the_precision_that_was_met_and_probes_no_more(
        workshop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    probes: list[str] = []

    def probed(*_: Any) -> str:
        probes.append("probe")
        return "bfloat16"

    for name in ("for_training", "for_looking"):
        monkeypatch.setattr(precision, name, probed)
    recipe = FINE_TUNE.model_copy(update={"precision": "auto", "stages": (HEAD.model_copy(update={"epochs": 1}),
                                                                        WHOLE.model_copy(update={"epochs": 1}))})
    first = workshop.train(recipe, tmp_path / "first")
    assert len(probes) == 2
    again = workshop.train(presets.load(str(first.run.recipe)), tmp_path / "again")
    assert len(probes) == 2
    assert same_predictions(first.run, again.run)


def test_another_seed_gives_another_split_and_other_predictions(
        workshop: Workshop, quick_run: Heard, tmp_path: Path) -> None:
    other = workshop.train(QUICK.changed(seed=7), tmp_path / "run")
    assert other.run.read_dataset().split["valid"] != quick_run.run.read_dataset().split["valid"]
    assert not np.array_equal(other.run.read_predictions("test").logits,
                              quick_run.run.read_predictions("test").logits)


def test_a_rate_that_nobody_named_is_searched_and_used(workshop: Workshop, tmp_path: Path) -> None:
    recipe = QUICK.model_copy(update={"stages": (HEAD.model_copy(update={"learning_rate": None}),)})
    heard = workshop.train(recipe, tmp_path / "run")
    found = next(event for event in heard.events if isinstance(event, LrFound))
    started = next(event for event in heard.events if type(event).__name__ == "StageStarted")
    assert started.learning_rates == (found.chosen,)  # type: ignore[attr-defined]
    assert isinstance(heard.last, Finished)


def test_lr_find_ends_with_the_curve_and_trains_nothing(workshop: Workshop, tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / "run")
    heard = listen(jobs.lr_find(str(workshop.source), workshop.ready(QUICK), run, workshop.settings), run)
    assert isinstance(heard.last, LrFound)
    assert heard.code == 0
    assert heard.kinds().count("LrFound") == 1
    assert len(heard.last.learning_rates) == len(heard.last.losses)
    assert not run.weights.exists()
    assert run.read_status().state == "finished"


@pytest.fixture
def steps_taken(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Every batch in the log, and the sizes of those that the engine trained on."""
    monkeypatch.setattr(recorder, "SECONDS_BETWEEN_TICKS", 0.0)
    sizes: list[int] = []
    step = engine.train_step

    def counted(learner: Any, batches: Any, how: Any) -> torch.Tensor:
        sizes.append(len(batches[0][1]))
        return step(learner, batches, how)

    monkeypatch.setattr(engine, "train_step", counted)
    return sizes


def second_epoch_begun(event: Event) -> bool:
    return isinstance(event, BatchDone) and event.epoch == 1


def test_a_wish_to_stop_ends_the_run_within_a_batch_and_keeps_the_best_epoch(
        workshop: Workshop, steps_taken: list[int], tmp_path: Path) -> None:
    heard = workshop.train(QUICK, tmp_path / "run", after=second_epoch_begun)
    assert heard.last == Cancelled(str(tmp_path / "run"))
    assert heard.code == 130
    assert len(steps_taken) == heard.kinds().count("BatchDone") == 3
    assert heard.run.weights.is_file()
    assert heard.run.read_status().state == "cancelled"
    assert list(heard.run.read_events()) == heard.events


def test_a_stop_file_ends_the_run_as_ctrl_c_does(
        workshop: Workshop, steps_taken: list[int], tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / "run")

    heard: list[Event] = []
    for event in workshop.training(QUICK, run):
        heard.append(event)
        if second_epoch_begun(event):
            run.stop.touch()
    assert isinstance(heard[-1], Cancelled)
    assert len(steps_taken) == 3
    assert run.read_status().state == "cancelled"


def test_a_stream_that_its_listener_leaves_is_marked_cancelled_and_keeps_its_weights(
        workshop: Workshop, steps_taken: list[int], tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / "run")
    stream = workshop.training(QUICK, run)
    for event in stream:
        if second_epoch_begun(event):
            break
    stream.close()
    assert run.read_status().state == "cancelled"
    assert isinstance(list(run.read_events())[-1], Cancelled)
    assert run.weights.is_file()


def test_a_listener_who_leaves_at_the_last_word_leaves_a_finished_run(workshop: Workshop, tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / "run")
    stream = workshop.training(QUICK, run)
    for event in stream:
        if isinstance(event, Finished):
            break
    stream.close()
    assert run.read_status().state == "finished"
    assert [type(event) for event in run.read_events() if event.ends] == [Finished]


def test_a_run_that_is_cancelled_before_its_first_epoch_keeps_no_weights(workshop: Workshop, tmp_path: Path) -> None:
    heard = workshop.train(QUICK, tmp_path / "run", after=lambda event: isinstance(event, SplitReady))
    assert isinstance(heard.last, Cancelled)
    assert not heard.run.weights.exists()


@pytest.fixture
def small_memory(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A device without room for more than 5 pictures; the batches that did not fit."""
    refused: list[int] = []
    step = engine.train_step

    def cramped(learner: Any, batches: Any, how: Any) -> torch.Tensor:
        if len(batches[0][1]) > 5:
            refused.append(len(batches[0][1]))
            raise torch.OutOfMemoryError("out of memory")
        return step(learner, batches, how)

    monkeypatch.setattr(engine, "train_step", cramped)
    return refused


def test_a_batch_that_does_not_fit_is_halved_once_and_training_succeeds(
        workshop: Workshop, small_memory: list[int], tmp_path: Path) -> None:
    heard = workshop.train(QUICK, tmp_path / "run")
    assert isinstance(heard.last, Finished)
    assert small_memory == [10]
    notes = [event.text for event in heard.events if type(event).__name__ == "Note"]  # type: ignore[attr-defined]
    assert [note for note in notes if "batches of 5" in note]
    sizes = [event.batch_size for event in heard.events  # type: ignore[attr-defined]
             if type(event).__name__ == "StageStarted"]
    assert sizes == [10, 5]


def test_a_retry_forgets_what_the_first_attempt_kept(
        workshop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else an epoch of the abandoned attempt could stand as the kept one, with another's predictions beside it."""
    def first_of_the_best(kept: Kept, accuracy: float, images: int) -> bool:
        better, kept.highest_accuracy = accuracy > kept.highest_accuracy, max(accuracy, kept.highest_accuracy)
        return better

    monkeypatch.setattr(Kept, "admits", first_of_the_best)
    step, taken = engine.train_step, []

    def fails_late(learner: Any, batches: Any, how: Any) -> torch.Tensor:
        taken.append(len(batches[0][1]))
        if len(taken) == 6:          # in the last epoch
            raise torch.OutOfMemoryError("out of memory")
        return step(learner, batches, how)

    monkeypatch.setattr(engine, "train_step", fails_late)
    heard = workshop.train(QUICK, tmp_path / "late")
    monkeypatch.setattr(engine, "train_step", step)
    halved = QUICK.model_copy(update={"stages": (HEAD.model_copy(update={"batch_size": 5}),)})
    assert same_predictions(heard.run, workshop.train(halved, tmp_path / "halved").run)


def test_a_batch_that_does_not_fit_after_halving_fails_with_a_remedy(
        workshop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: Any) -> torch.Tensor:
        raise torch.OutOfMemoryError("out of memory")

    monkeypatch.setattr(engine, "train_step", refused)
    heard = workshop.train(QUICK, tmp_path / "run")
    assert isinstance(heard.last, Failed)
    assert "5 pictures" in heard.last.problem
    assert heard.last.remedy
    assert heard.code == 1
    assert heard.run.read_status().state == "failed"


def diverging_at(step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    original, taken = engine.train_step, [0]

    def diverging(learner: Any, batches: Any, how: Any) -> torch.Tensor:
        taken[0] += 1
        loss = original(learner, batches, how)
        return loss * float("nan") if taken[0] == step else loss

    monkeypatch.setattr(engine, "train_step", diverging)


def test_a_loss_that_is_no_number_stops_and_names_step_and_rate(
        workshop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    diverging_at(4, monkeypatch)
    constant = QUICK.model_copy(update={"stages": (HEAD.model_copy(update={"schedule": "constant"}),)})
    heard = workshop.train(constant, tmp_path / "run")
    assert isinstance(heard.last, Failed)
    assert "nan" in heard.last.problem
    assert "step 4 of 6" in heard.last.problem
    assert "0.003" in heard.last.problem
    assert "0.0003" in heard.last.remedy           # a tenth
    assert heard.code == 2


def test_a_run_that_diverged_late_still_holds_its_earlier_best_epoch(
        workshop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    diverging_at(HEAD.epochs * 2 + 1, monkeypatch)    # the first step of the second stage
    heard = workshop.train(FINE_TUNE, tmp_path / "run")
    assert isinstance(heard.last, Failed)
    assert heard.run.weights.is_file()


FILES = ("checkpoint.pt", "weights.safetensors", "predictions/valid-epoch-001.npz", "predictions/valid.npz")


@pytest.mark.parametrize("name", FILES)
def test_a_full_disk_fails_with_a_remedy_and_what_stood_before_can_be_read_and_gone_on_with(
        name: str, workshop: Workshop, quick_run: Heard, tmp_path: Path, everything_told: None,
        full_disk_for: Callable[[Path], None]) -> None:
    def first_checkpoint(event: Event) -> bool:
        if isinstance(event, CheckpointSaved) and event.epoch == 0:
            full_disk_for(tmp_path / "run" / name)
        return False

    heard = workshop.train(QUICK, tmp_path / "run", after=first_checkpoint)
    assert isinstance(heard.last, Failed)
    assert "full" in heard.last.problem and "free some space" in heard.last.remedy.lower()
    assert heard.code == 1
    assert not [file for file in heard.run.path.rglob("*") if file.name.startswith(".") or file.suffix == ".part"]
    first = heard.run.read_predictions("valid-epoch-000")
    assert np.array_equal(first.logits, quick_run.run.read_predictions("valid-epoch-000").logits)
    resumed = workshop.resume(heard.run)
    assert isinstance(resumed.last, Finished)
    assert same_predictions(heard.run, quick_run.run)


def test_events_that_no_longer_fit_end_the_run_and_are_told_all_the_same(workshop: Workshop, tmp_path: Path) -> None:
    if not FULL.is_char_device():
        pytest.skip(f"this system has no {FULL}")
    run = RunFolder.create(tmp_path / "run")
    run.events.symlink_to(FULL)
    heard = listen(workshop.training(QUICK, run), run)
    assert isinstance(heard.last, Failed)
    assert "full" in heard.last.problem and heard.last.remedy
    assert heard.code == 1


def test_views_that_do_not_fit_end_the_run_and_leave_no_torn_file(
        workshop: Workshop, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = Workshop(workshop.source, settings.model_copy(update={"threads": 1}), workshop.weights)
    recipe = with_stages(HEAD, changed(HEAD, views=2))
    reserve = cache.reserve

    def second_view_full(file: Path) -> None:
        if len(list(file.parent.glob("activations-*.npy"))) == 2:      # the plain pictures and the first view
            raise OSError(errno.ENOSPC, "No space left on device")
        reserve(file)

    monkeypatch.setattr(cache, "reserve", second_view_full)
    heard = place.train(recipe, tmp_path / "run")
    assert isinstance(heard.last, Failed)
    assert "full" in heard.last.problem and "cache" in heard.last.remedy
    assert heard.run.weights.is_file()                   # of the first stage
    assert len(list(settings.cache.rglob("activations-*.npy"))) == 2
    assert list(settings.cache.rglob(".activations-*")) == []
    monkeypatch.setattr(cache, "reserve", reserve)
    resumed = place.resume(heard.run)
    assert isinstance(resumed.last, Finished)


def test_a_fault_of_ours_fails_in_words_and_leaves_the_traceback_in_the_folder(
        workshop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> torch.Tensor:
        raise RuntimeError("an unknown operator")

    monkeypatch.setattr(engine, "train_step", broken)
    heard = workshop.train(QUICK, tmp_path / "run")
    assert isinstance(heard.last, Failed)
    assert heard.code == 1
    assert "traceback.txt" in heard.last.remedy
    assert "an unknown operator" in heard.run.traceback.read_text()
    assert heard.kinds().count("Failed") == 1


def test_float16_on_a_cpu_is_refused_in_words(workshop: Workshop, tmp_path: Path) -> None:
    if torch.cuda.is_available():
        pytest.skip("a GPU takes float16")
    heard = workshop.train(QUICK.model_copy(update={"precision": "float16"}), tmp_path / "run")
    assert isinstance(heard.last, Failed)
    assert "float16" in heard.last.problem
    assert heard.code == 2


def test_pictures_that_stand_on_both_sides_are_told_of(
        workshop: Workshop, settings: Settings, tmp_path: Path) -> None:
    source = coloured_folder(tmp_path / "colours", train=6, test=2)
    (source / "test" / "red" / "copy.png").write_bytes((source / "train" / "red" / "0.png").read_bytes())
    alike = settings.model_copy(update={"threads": 1})
    heard = Workshop(source, alike, workshop.weights).train(QUICK, tmp_path / "run")
    assert [event for event in heard.events
            if type(event).__name__ == "Note" and "1 picture stands" in event.text]  # type: ignore[attr-defined]


def test_the_bundled_network_learns_colours_apart(workshop: Workshop, tmp_path: Path) -> None:
    heard = workshop.train(bundled(), tmp_path / "run")
    assert isinstance(heard.last, Finished)
    assert heard.last.accuracy == 1.0
    assert heard.run.read_predictions("test").accuracy == 1.0
    met = json.loads(heard.run.recipe.read_text())["met"]
    assert len(met["weights_sha256"]) == 64


def bundled() -> Recipe:
    return presets.load("quick").changed(weights="bundled", size=32, epochs=10, learning_rate=0.003)


def test_weights_are_never_replaced_by_those_of_an_earlier_epoch(fine_tuned: Heard, tmp_path: Path) -> None:
    """A run resumed from an older checkpoint, and stopped before it caught up, keeps what it had stored."""
    run = RunFolder(tmp_path / "run")
    shutil.copytree(fine_tuned.run.path, run.path)
    stored = run.weights.read_bytes()
    older = Standing(kept=Kept(-1, 0.5), kept_size=32, kept_state={"never": torch.zeros(1)})
    jobs.store_kept(SimpleNamespace(run=run), older)  # type: ignore[arg-type]
    assert run.weights.read_bytes() == stored
