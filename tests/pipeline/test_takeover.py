"""What a job takes from an earlier run: all of it, to go on in a folder of its own; or its weights, to start from."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from core.errors import BadRecipe, BadRun
from core.events import BatchDone, Cancelled, EpochDone, Event, Failed, Finished, LrFound, Resumed
from core.pipeline import train as jobs
from core.pipeline.takeover import start_from
from core.runs.folder import RunFolder
from core.settings import Settings
from tests.pipeline.test_resume import batch_of, epochs_told, require_equal
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
from tests.tiny import same

pytestmark = pytest.mark.usefixtures("everything_told")

BOTH = with_stages(HEAD, changed(WHOLE, epochs=1))


def content(run: RunFolder) -> dict[Path, bytes]:
    return {file: file.read_bytes() for file in run.path.rglob("*") if file.is_file()}


@pytest.fixture(scope="module")
def both(workshop: Workshop, tmp_path_factory: pytest.TempPathFactory) -> Heard:
    return workshop.train(BOTH, tmp_path_factory.mktemp("runs") / "both")


def test_a_run_goes_on_in_a_folder_of_its_own_and_the_earlier_one_stays_byte_by_byte(
        workshop: Workshop, quick_run: Heard, both: Heard, tmp_path: Path) -> None:
    before = content(quick_run.run)
    longer = workshop.go_on(quick_run.run, BOTH, tmp_path / "longer")
    assert isinstance(longer.last, Finished)
    require_equal(longer.run, both.run)
    assert content(quick_run.run) == before
    assert longer.last.run == str(longer.run.path)
    assert epochs_told(longer.run) == [0, 1, 2, 3]            # the earlier ones' too, for the curves


def test_it_needs_the_earlier_folder_no_more_once_it_goes_on(
        workshop: Workshop, both: Heard, tmp_path: Path) -> None:
    earlier = workshop.train(QUICK, tmp_path / "earlier").run

    def deleting(event: Event) -> bool:
        if isinstance(event, Resumed):
            shutil.rmtree(earlier.path)
        return False

    longer = workshop.go_on(earlier, BOTH, tmp_path / "longer", after=deleting)
    assert not earlier.path.exists()
    assert isinstance(longer.last, Finished)
    require_equal(longer.run, both.run)


def test_what_goes_on_can_itself_be_stopped_and_go_on(workshop: Workshop, quick_run: Heard, both: Heard,
                                                      tmp_path: Path) -> None:
    stopped = workshop.go_on(quick_run.run, BOTH, tmp_path / "longer",
                             after=lambda event: isinstance(event, BatchDone) and event.stage == 1)
    assert isinstance(stopped.last, Cancelled)
    assert stopped.run.weights.is_file()
    assert isinstance(workshop.resume(stopped.run).last, Finished)
    require_equal(stopped.run, both.run)


def test_a_stopped_run_goes_on_in_another_folder_and_both_can_be_read(
        workshop: Workshop, quick_run: Heard, tmp_path: Path) -> None:
    stopped = workshop.train(QUICK, tmp_path / "stopped", after=batch_of(0, 1))
    kept = load_file(stopped.run.weights)
    gone_on = workshop.go_on(stopped.run, QUICK, tmp_path / "gone-on")
    require_equal(gone_on.run, quick_run.run)
    assert same(load_file(stopped.run.weights), kept)
    assert stopped.run.read_status().state == "cancelled"
    assert isinstance(list(stopped.run.read_events())[-1], Cancelled)


def test_a_run_without_a_checkpoint_cannot_be_gone_on_with(
        workshop: Workshop, quick_run: Heard, tmp_path: Path) -> None:
    shutil.copytree(quick_run.run.path, tmp_path / "earlier")
    (tmp_path / "earlier" / "checkpoint.pt").unlink()
    with pytest.raises(BadRun, match="no checkpoint") as caught:
        workshop.go_on(RunFolder(tmp_path / "earlier"), BOTH, tmp_path / "longer")
    assert "Train from the start" in caught.value.remedy


def test_a_recipe_that_begins_otherwise_is_refused_in_words(
        workshop: Workshop, quick_run: Heard, tmp_path: Path) -> None:
    with pytest.raises(BadRecipe, match="stage 1 differs") as caught:
        workshop.go_on(quick_run.run, with_stages(changed(HEAD, mixup=0.5), WHOLE), tmp_path / "longer")
    assert caught.value.remedy


def test_the_new_run_takes_no_final_predictions_that_speak_of_other_weights(
        workshop: Workshop, quick_run: Heard, tmp_path: Path) -> None:
    stopped = workshop.go_on(quick_run.run, BOTH, tmp_path / "longer", after=lambda event: isinstance(event, Resumed))
    assert not (stopped.run.predictions / "valid.npz").exists()
    assert same(load_file(stopped.run.weights), load_file(quick_run.run.weights))
    assert [event.epoch for event in stopped.run.read_events() if isinstance(event, EpochDone)] == [0, 1, 2]


# ---- starting from what a run has learned

@pytest.fixture(scope="module")
def whole_network(workshop: Workshop, tmp_path_factory: pytest.TempPathFactory) -> Heard:
    """A training that has changed the body."""
    return workshop.train(with_stages(changed(WHOLE, epochs=1)), tmp_path_factory.mktemp("runs") / "whole")


def test_a_search_starts_from_what_the_earlier_run_has_kept(
        workshop: Workshop, whole_network: Heard, tmp_path: Path) -> None:
    bench = workshop.bench(FINE_TUNE, tmp_path / "run")
    start_from(bench, whole_network.run)
    assert same(dict(bench.classifier.state_dict()), load_file(whole_network.run.weights))


@pytest.mark.parametrize(("earlier", "own"), [("quick_run", False), ("whole_network", True)])
def test_what_a_body_has_looked_at_is_used_again_only_where_the_earlier_run_left_it_as_it_was(
        earlier: str, own: bool, workshop: Workshop, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    bench = workshop.bench(FINE_TUNE, tmp_path / "run")
    start_from(bench, request.getfixturevalue(earlier).run)
    assert bench.body_is_own is own


def test_a_search_after_a_run_finds_another_curve_and_leaves_nothing_behind(
        workshop: Workshop, whole_network: Heard, tmp_path: Path, short_searches: None) -> None:
    shared = sorted(workshop.settings.cache.rglob("activations-*.npy"))
    fresh = workshop.search(QUICK, tmp_path / "fresh")
    after = workshop.search(QUICK, tmp_path / "after", after=whole_network.run)
    assert isinstance(fresh.last, LrFound) and isinstance(after.last, LrFound)
    assert fresh.last.losses != after.last.losses
    assert not after.run.scratch.exists()
    assert sorted(workshop.settings.cache.rglob("activations-*.npy")) == shared


def test_another_network_is_refused_in_words(workshop: Workshop, quick_run: Heard, tmp_path: Path) -> None:
    other = QUICK.changed(architecture="resnet18")
    run = RunFolder.create(tmp_path / "run")
    heard = listen(jobs.lr_find(str(workshop.source), other, run, workshop.settings, after=quick_run.run), run)
    assert isinstance(heard.last, Failed)
    assert "another network" in heard.last.problem and heard.last.remedy
    assert heard.code == 2


def test_other_classes_are_refused_in_words(workshop: Workshop, quick_run: Heard, settings: Settings, tmp_path: Path
                                            ) -> None:
    place = Workshop(coloured_folder(tmp_path / "others", red="rouge", blue="bleu"),
                     settings.model_copy(update={"threads": 1}), workshop.weights)
    heard = place.search(QUICK, tmp_path / "run", after=quick_run.run)
    assert isinstance(heard.last, Failed)
    assert "other classes" in heard.last.problem and heard.last.remedy
    assert heard.code == 2


@pytest.mark.parametrize("damage", ["gone", "garbage", "another shape"])
def test_weights_that_cannot_be_read_are_told_in_words(
        damage: str, workshop: Workshop, quick_run: Heard, tmp_path: Path) -> None:
    earlier = RunFolder(tmp_path / "earlier")
    earlier.path.mkdir()
    match damage:
        case "garbage":
            earlier.weights.write_bytes(b"no weights at all")
        case "another shape":
            save_file({"head.0.weight": torch.zeros(3)}, earlier.weights, metadata={
                "architecture": "mobilenet_v3_small", "classes": json.dumps(["blue", "red"])})
    heard = workshop.search(QUICK, tmp_path / "run", after=earlier)
    assert isinstance(heard.last, Failed)
    assert "cannot be read" in heard.last.problem and heard.last.remedy
    assert heard.code == 2
