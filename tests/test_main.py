import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from core.__main__ import main
from core.events import Event, Failed, from_dict
from core.pipeline import train as jobs
from core.runs.folder import RunFolder
from core.training import engine, presets
from core.training.recipe import Recipe, parse
from tests.fakes import write_picture, zip_folder
from tests.running import FINE_TUNE, QUICK, WHOLE, Heard, Workshop, coloured_folder

ROOT = Path(__file__).parent.parent
TINY = ("--model", "mobilenet_v3_small", "--weights", "none", "--size", "32", "--epochs", "2", "--lr", "0.003")


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str

    def lines(self) -> list[dict[str, Any]]:
        """Standard output, each line of it JSON."""
        return [json.loads(line) for line in self.out.split("\n")[:-1]]


Command = Callable[..., Outcome]


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in the `workshop`, for the same reason."""
    monkeypatch.setenv("PLAYGROUND_THREADS", "1")


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Iterator[Command]:
    """The command line in this process, which gets its signal handlers back."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def run(*arguments: str | Path) -> Outcome:
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as end:      # of argparse
            code = int(str(end.code))
        return Outcome(code, *capsys.readouterr())

    yield run
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.fixture(scope="module")
def colours(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return coloured_folder(tmp_path_factory.mktemp("main") / "colours", train=4)


def test_training_as_json_ends_with_finished_and_leaves_the_run(
        command: Command, colours: Path, tmp_path: Path) -> None:
    outcome = command("train", colours, *TINY, "--out", tmp_path / "run", "--json")
    run, lines = RunFolder.open(tmp_path / "run"), outcome.lines()
    assert outcome.code == 0
    assert outcome.err == ""
    assert [from_dict(line) for line in lines] == list(run.read_events())
    valid, last = run.read_predictions("valid"), lines[-1]
    assert set(last) == {"event", "accuracy", "error_rate", "valid_images", "best_epoch", "seconds", "run"}
    assert (last["event"], last["accuracy"], last["valid_images"]) == ("Finished", valid.accuracy, len(valid))
    assert last["run"] == str(tmp_path / "run")


def test_the_levers_reach_the_recipe(command: Command, colours: Path, tmp_path: Path) -> None:
    command("train", colours, *TINY, "--seed", "5", "--out", tmp_path / "run", "--json")
    recipe = presets.load(str(tmp_path / "run" / "recipe.json"))
    assert (recipe.model.architecture, recipe.model.weights) == ("mobilenet_v3_small", "none")
    assert (recipe.stages[-1].size, recipe.stages[-1].epochs) == (32, 2)
    assert recipe.stages[-1].learning_rate == 0.003
    assert recipe.seed == recipe.split.seed == recipe.augmentation.seed == 5


def test_the_recipe_of_a_finished_run_gives_bit_equal_probabilities_in_another_home(
        command: Command, workshop: Workshop, fine_tuned: Heard, tmp_path: Path, home: Path) -> None:
    outcome = command("train", workshop.source, "--recipe", fine_tuned.run.recipe, "--out", tmp_path / "again",
                      "--json")
    assert outcome.code == 0, outcome.out
    assert not any("may differ" in line.get("text", "") for line in outcome.lines())
    assert home != workshop.settings.home, "nothing that was computed for the first run is at hand"
    again = RunFolder.open(tmp_path / "again")
    for part in ("train", "valid", "test"):
        first, second = fine_tuned.run.read_predictions(part), again.read_predictions(part)
        assert first.ids == second.ids
        assert first.logits.tobytes() == second.logits.tobytes()


@pytest.mark.parametrize(("given", "rates", "spread"), [
    ("0.003", 0.003, 100), ("1e-5:1e-3", 1e-3, pytest.approx(100)), ("1e-4:1e-3", 1e-3, pytest.approx(10)),
    ("1e-3:1e-3", 1e-3, 1), ("1e-5,1e-4,1e-3", (1e-5, 1e-4, 1e-3), 100),
])
def test_a_rate_is_given_alone_as_a_slice_or_for_each_layer_group(
        given: str, rates: object, spread: float, command: Command, colours: Path, tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = presets.load("from-scratch").model_dump(mode="json")
    recipe["stages"][0]["spread"] = 100.0
    (tmp_path / "whole.json").write_text(json.dumps(recipe))
    seen: list[Recipe] = []

    def trained(source: str, recipe: Recipe, *_: object) -> Iterator[Event]:
        seen.append(recipe)
        yield from ()

    monkeypatch.setattr(jobs, "train", trained)
    assert command("train", colours, "--recipe", tmp_path / "whole.json", "--lr", given).code == 0
    assert (seen[0].stages[0].learning_rate, seen[0].stages[0].spread) == (rates, spread)


def test_training_in_a_terminal_shows_names_literally(command: Command, tmp_path: Path, home: Path) -> None:
    red, blue = "[red]:cat:", 'naïve "猫"'
    source = coloured_folder(tmp_path / "[bold]odd", train=4, red=red, blue=blue)
    outcome = command("train", source, *TINY)
    assert outcome.code == 0
    assert outcome.err == ""
    for words in ("[bold]odd", red, blue, "epoch", "train_loss", "validation:", "most uncertain:"):
        assert words in outcome.out
    assert f"{blue}/" in outcome.out or f"{red}/" in outcome.out      # the pictures' names
    (run,) = (home / "runs").iterdir()
    assert str(run) in outcome.out


def test_json_survives_odd_names(command: Command, tmp_path: Path) -> None:
    red, blue = 'quo"te\nline', "back\\slash\u2028"
    source = coloured_folder(tmp_path / "colours", train=4, red=red, blue=blue)
    lines = command("train", source, *TINY, "--out", tmp_path / "run", "--json").lines()
    (ready,) = [line for line in lines if line["event"] == "DatasetReady"]
    assert sorted(ready["classes"]) == sorted([red, blue])
    (answer,) = command("predict", tmp_path / "run", source / red / "0.png", "--json").lines()
    assert set(answer["probabilities"]) == {red, blue}


def test_lr_find_ends_with_lr_found(command: Command, colours: Path, tmp_path: Path) -> None:
    outcome = command("lr-find", colours, *TINY[:6], "--out", tmp_path / "run", "--json")
    last = outcome.lines()[-1]
    assert outcome.code == 0
    assert last["event"] == "LrFound"
    assert {"valley", "slide", "steep", "minimum", "learning_rates", "losses"} <= set(last)
    assert len(last["learning_rates"]) == len(last["losses"]) > 10


def test_lr_find_searches_on_the_stage_and_after_the_run_that_are_named(
        command: Command, workshop: Workshop, quick_run: Heard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
        ) -> None:
    monkeypatch.setenv("PLAYGROUND_HOME", str(workshop.settings.home))
    workshop.ready(FINE_TUNE.model_copy(update={"stages": (QUICK.stages[0], QUICK.stages[0].model_copy(
        update={"precompute": False}))})).save(tmp_path / "recipe.json")
    curves = []
    for name, extra in {"first": (), "second": ("--stage", "2"), "after": ("--after", quick_run.run.path)}.items():
        outcome = command("lr-find", workshop.source, "--recipe", tmp_path / "recipe.json", *extra,
                          "--out", tmp_path / name, "--json")
        assert (outcome.code, outcome.lines()[-1]["event"]) == (0, "LrFound")
        curves.append(outcome.lines()[-1]["losses"])
    assert curves[0] == curves[1]           # a head is searched on the plain pictures, cached or not
    assert curves[0] != curves[2]


@pytest.mark.parametrize(("extra", "words"), [(("--stage", "2"), "has 1 stage,"), (("--after", "nowhere"), "nowhere")],
                         ids=["no such stage", "no such run"])
def test_a_search_on_what_is_not_there_is_told_in_words(
        extra: tuple[str, str], words: str, command: Command, colours: Path) -> None:
    outcome = command("lr-find", colours, *TINY[:6], *extra)
    assert outcome.code == 2
    assert words in outcome.err and "Remedy:" in outcome.err


def test_lr_find_in_a_terminal_tells_its_suggestions(command: Command, colours: Path) -> None:
    outcome = command("lr-find", colours, *TINY[:6])
    assert outcome.code == 0
    assert "lr_find:" in outcome.out


def test_recipes_read_back(command: Command) -> None:
    outcome = command("recipes", "--json")
    assert outcome.code == 0
    assert [parse(line).name for line in outcome.lines()] == list(presets.presets())
    named = command("recipes").out
    assert all(name in named for name in presets.presets())


@pytest.fixture
def mistakes(tmp_path: Path, colours: Path) -> dict[str, Path]:
    """Places that are wrong, by what is wrong with them."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken.zip").write_bytes(b"no zip")
    write_picture(tmp_path / "single" / "cat" / "1.jpg")
    write_picture(tmp_path / "single" / "cat" / "2.jpg", 2)
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "unknown.json").write_text(json.dumps(QUICK.model_dump(mode="json") | {"epcohs": 3}))
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "notes.txt").touch()
    places = [*tmp_path.iterdir(), tmp_path / "nowhere"]
    return {place.name: place for place in places} | {"colours": colours}


TRAINING_MISTAKES = {
    "missing source": (["nowhere"], "nowhere"),
    "nobody's home": (["~no-such-user/photos"], "no-such-user"),
    "a name that is too long": (["n" * 300], "nnn"),
    "a name that is no text": (["\udcff.zip"], "xff.zip"),
    "empty folder": (["empty"], "no pictures"),
    "one class": (["single"], "cat"),
    "bad zip": (["broken.zip"], "broken"),
    "no recipe": (["colours", "--recipe", "nonsense"], "nonsense"),
    "broken recipe": (["colours", "--recipe", "broken.json"], "broken.json"),
    "unknown key": (["colours", "--recipe", "unknown.json"], "epcohs"),
    "unknown model": (["colours", "--model", "resnet9000"], "resnet9000"),
    "missing weights": (["colours", "--weights", "gone.safetensors"], "gone.safetensors"),
    "tiny size": (["colours", "--size", "5"], "size"),
    "huge size": (["colours", "--size", "5000"], "size"),
    "no epochs": (["colours", "--epochs", "0"], "epochs"),
    "no rate": (["colours", "--lr", "0"], "learning_rate"),
    "negative rate": (["colours", "--lr", "-1"], "learning_rate"),
    "rate that is no number": (["colours", "--lr", "nan"], "learning_rate"),
    "rates in the wrong order": (["colours", "--lr", "1e-3:1e-5"], "1e-3:1e-5"),
    "a slice of three": (["colours", "--lr", "1e-5:1e-4:1e-3"], "lowest and the highest"),
    "a slice from nothing": (["colours", "--lr", "0:1e-3"], "0:1e-3"),
    "a rate missing": (["colours", "--lr", "1e-5,,1e-3"], "early, late, head"),
    "a rate for two groups": (["colours", "--lr", "1e-4,1e-3"], "early, late, head"),
    "no rate at all": (["colours", "--lr", "fast"], "fast"),
    "negative seed": (["colours", "--seed", "-1"], "seed"),
    "folder in use": (["colours", "--out", "full"], "full"),
    "no run to go on with": (["--resume", "nowhere"], "nowhere"),
    "neither": ([], "SOURCE"),
    "both": (["colours", "--resume", "nowhere"], "SOURCE"),
}


@pytest.mark.parametrize("mistake", TRAINING_MISTAKES)
def test_a_mistake_in_training_is_told_in_words(mistake: str, command: Command, mistakes: dict[str, Path]) -> None:
    given, words = TRAINING_MISTAKES[mistake]
    arguments = [mistakes.get(argument, argument) for argument in given]
    if "--weights" not in given and "--model" not in given:
        arguments += ["--weights", "none"]
    in_terminal = command("train", *arguments)
    assert in_terminal.code == 2
    assert "Problem:" in in_terminal.err and "Remedy:" in in_terminal.err
    assert words in in_terminal.err
    assert "Traceback" not in in_terminal.err
    as_json = command("train", *arguments, "--json")
    assert as_json.code == 2
    assert [line["event"] for line in as_json.lines() if line["event"] in ("Finished", "Failed", "Cancelled")] \
        == ["Failed"]
    last = as_json.lines()[-1]
    assert set(last) == {"event", "problem", "remedy"}
    assert words in last["problem"] + last["remedy"]
    assert "Traceback" not in as_json.err


def test_lr_find_tells_mistakes_as_training_does(command: Command, tmp_path: Path) -> None:
    outcome = command("lr-find", tmp_path / "nowhere", "--json")
    assert outcome.code == 2
    assert outcome.lines()[-1]["event"] == "Failed"
    assert command("lr-find", tmp_path, "--size", "5", "--json").lines()[-1]["event"] == "Failed"


def test_a_fault_of_ours_exits_with_1(
        command: Command, colours: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(engine, "train_step", broken)
    outcome = command("train", colours, *TINY, "--out", tmp_path / "run")
    assert outcome.code == 1
    assert "traceback.txt" in outcome.err
    assert "Traceback" not in outcome.err


def test_a_setting_that_cannot_be_used_is_named(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYGROUND_THREADS", "many")
    outcome = command("recipes")
    assert outcome.code == 2
    assert "PLAYGROUND_THREADS" in outcome.err


@pytest.mark.parametrize("arguments", [(), ("nonsense",), ("train", "--epochs", "many"), ("predict",)])
def test_a_command_that_cannot_be_understood_exits_with_2(arguments: tuple[str, ...], command: Command) -> None:
    outcome = command(*arguments)
    assert outcome.code == 2
    assert "usage" in outcome.err


def test_predict_answers_for_pictures_folders_and_zips(command: Command, quick_run: Heard, tmp_path: Path) -> None:
    single = write_picture(tmp_path / "single.jpg", 1)
    write_picture(tmp_path / "photos" / "a" / "1.jpg", 2)
    (tmp_path / "photos" / "a" / "2.jpg").write_bytes(b"torn")
    write_picture(tmp_path / "photos" / "a" / "3.jpg", 3)
    packed = zip_folder(tmp_path / "photos", tmp_path / "photos.zip")
    outcome = command("predict", quick_run.run.path, single, tmp_path / "photos", packed, "--json")
    assert outcome.code == 0
    assert [line["file"] for line in outcome.lines()] == [str(single), *["a/1.jpg", "a/2.jpg", "a/3.jpg"] * 2]
    for line in outcome.lines():
        if line["file"] == "a/2.jpg":
            assert set(line) == {"file", "problem"}
        else:
            assert set(line) == {"file", "prediction", "probabilities"}
            assert line["prediction"] == max(line["probabilities"], key=line["probabilities"].get)
            assert sum(line["probabilities"].values()) == pytest.approx(1, abs=1e-5)


def test_predict_with_more_looks_says_something_else(command: Command, quick_run: Heard, tmp_path: Path) -> None:
    photo = write_picture(tmp_path / "1.jpg", size=(60, 40))
    (plain,), (mixed,) = (command("predict", quick_run.run.path, photo, "--json", *extra).lines()
                          for extra in ((), ("--tta",)))
    assert plain["probabilities"] != mixed["probabilities"]
    assert sum(mixed["probabilities"].values()) == pytest.approx(1, abs=1e-5)


def test_predict_in_a_terminal_shows_names_literally(command: Command, quick_run: Heard, tmp_path: Path) -> None:
    photo = write_picture(tmp_path / "[red]:cat: 猫.jpg")
    torn = tmp_path / "[bold]torn.jpg"
    torn.write_bytes(b"torn")
    outcome = command("predict", quick_run.run.path, photo, torn)
    assert f"{photo}: " in outcome.out
    assert f"{torn}: It is no picture" in outcome.out


@pytest.mark.parametrize("given", [("nowhere", "1.jpg"), ("run", "nowhere.jpg")], ids=["no run", "no picture"])
def test_a_mistake_in_predicting_is_told_in_words(
        given: tuple[str, str], command: Command, quick_run: Heard, tmp_path: Path) -> None:
    write_picture(tmp_path / "1.jpg")
    run = quick_run.run.path if given[0] == "run" else tmp_path / given[0]
    outcome = command("predict", run, tmp_path / given[1])
    assert outcome.code == 2
    assert "Problem:" in outcome.err and "Remedy:" in outcome.err
    assert "nowhere" in outcome.err


def test_levers_beside_resume_are_refused_since_they_would_change_nothing(command: Command, quick_run: Heard) -> None:
    outcome = command("train", "--resume", quick_run.run.path, "--seed", "40", "--lr", "0.1")
    assert outcome.code == 2
    assert "--lr, --seed" in outcome.err


def test_a_finished_run_cannot_go_on(command: Command, quick_run: Heard) -> None:
    outcome = command("train", "--resume", quick_run.run.path)
    assert outcome.code == 2
    assert "finished" in outcome.err


@pytest.fixture
def finished(workshop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Heard]:
    """Trains the head of the workshop's network, with these levers, in the home that the command line uses."""
    monkeypatch.setenv("PLAYGROUND_HOME", str(workshop.settings.home))

    def train(**levers: Any) -> Heard:
        return workshop.train(QUICK.model_copy(update={"stages": (QUICK.stages[0].model_copy(update=levers),)}),
                              tmp_path / "run")

    return train


@pytest.mark.parametrize(("schedule", "stages"), [("constant", [5]), ("one_cycle", [3, 2])])
def test_a_finished_run_goes_on_with_more_epochs(
        schedule: str, stages: list[int], command: Command, finished: Callable[..., Heard]) -> None:
    run = finished(schedule=schedule).run
    outcome = command("train", "--resume", run.path, "--epochs", "5", "--json")
    assert outcome.code == 0
    lines = outcome.lines()
    assert [line["event"] for line in lines if line["event"] == "Resumed"] == ["Resumed"]
    assert lines[-1]["event"] == "Finished"
    assert [line["epoch"] for line in lines if line["event"] == "EpochDone"] == [3, 4]
    assert [stage.epochs for stage in presets.load(str(run.recipe)).stages] == stages
    assert run.read_status().state == "finished"


def test_a_finished_run_goes_on_with_a_longer_recipe(
        command: Command, finished: Callable[..., Heard], workshop: Workshop, tmp_path: Path) -> None:
    run = finished().run
    longer = workshop.ready(QUICK.model_copy(update={"stages": (*QUICK.stages, QUICK.stages[0])}))
    longer.save(tmp_path / "longer.json")
    outcome = command("train", "--resume", run.path, "--recipe", tmp_path / "longer.json", "--json")
    assert outcome.code == 0
    assert [line["epoch"] for line in outcome.lines() if line["event"] == "EpochDone"] == [3, 4, 5]


@pytest.mark.parametrize(("extra", "words"), [
    (("--epochs", "3"), "has 3 epochs already"), (("--epochs", "1"), "has 3 epochs already"),
    (("--recipe", "from-scratch"), "cannot go on with this recipe"), (("--recipe", "nonsense"), "nonsense"),
])
def test_what_a_run_cannot_go_on_with_is_told_in_words_and_leaves_it_as_it_is(
        extra: tuple[str, str], words: str, command: Command, quick_run: Heard) -> None:
    before = quick_run.run.recipe.read_bytes()
    outcome = command("train", "--resume", quick_run.run.path, *extra)
    assert outcome.code == 2
    assert words in outcome.err and "Remedy:" in outcome.err
    assert quick_run.run.recipe.read_bytes() == before
    assert quick_run.run.read_status().state == "finished"


class Worker:
    """`python -m core train ... --json` in a process of its own."""

    def __init__(self, *arguments: str | Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "core", "train", *map(str, arguments), "--json"], cwd=ROOT, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ)

    def wait_for_a_batch_of(self, stage: int) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            event = json.loads(line)
            if event["event"] == "BatchDone" and event["stage"] == stage:
                return
        raise AssertionError(f"no batch was told of; {self._process.stderr and self._process.stderr.read()}")

    def end(self, signal_number: int) -> Outcome:
        self._process.send_signal(signal_number)
        out, err = self._process.communicate(timeout=60)
        return Outcome(self._process.returncode, out, err)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_cancels_a_worker(number: int, colours: Path, tmp_path: Path) -> None:
    endless = QUICK.model_copy(update={"stages": (QUICK.stages[0].model_copy(update={"epochs": 10_000}),)})
    endless.save(tmp_path / "endless.json")
    worker = Worker(colours, "--recipe", tmp_path / "endless.json", "--out", tmp_path / "run")
    worker.wait_for_a_batch_of(stage=0)
    outcome = worker.end(number)
    assert outcome.code == 130
    assert outcome.lines()[-1] == {"event": "Cancelled", "run": str(tmp_path / "run")}
    assert outcome.err == ""
    run = RunFolder.open(tmp_path / "run")
    assert run.read_status().state == "cancelled"
    assert len([event for event in run.read_events() if event.ends]) == 1


def test_a_killed_worker_leaves_a_folder_that_says_so_and_can_go_on(
        workshop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = WHOLE.model_copy(update={"epochs": 4})
    recipe = FINE_TUNE.model_copy(update={"stages": (FINE_TUNE.stages[0], whole)})
    workshop.ready(recipe).save(tmp_path / "recipe.json")
    monkeypatch.setenv("PLAYGROUND_HOME", str(workshop.settings.home))
    worker = Worker(workshop.source, "--recipe", tmp_path / "recipe.json", "--out", tmp_path / "run")
    worker.wait_for_a_batch_of(stage=1)
    assert worker.end(signal.SIGKILL).code == -signal.SIGKILL
    run = RunFolder.open(tmp_path / "run")
    status = run.read_status()
    assert status.state == "killed"
    assert f"--resume {run.path}" in status.remedy
    assert run.read_predictions("valid-epoch-002").accuracy <= 1      # of the stage that was done
    resumed = workshop.resume(run)
    assert resumed.code == 0
    assert run.read_status().state == "finished"
    epochs = [event.epoch for event in run.read_events() if type(event).__name__ == "EpochDone"]  # type: ignore[attr-defined]
    assert sorted(set(epochs)) == list(range(7))


@pytest.mark.skipif(os.name != "posix", reason="other systems do not let a mapped file be cut")
def test_a_cache_that_is_cut_off_while_it_is_used_ends_the_run_in_words_and_it_can_go_on(
        workshop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYGROUND_HOME", str(tmp_path / "home"))
    whole = WHOLE.model_copy(update={"epochs": 8})
    workshop.ready(FINE_TUNE.model_copy(update={"stages": (FINE_TUNE.stages[0], whole)})).save(tmp_path / "recipe.json")
    worker = Worker(workshop.source, "--recipe", tmp_path / "recipe.json", "--out", tmp_path / "run")
    worker.wait_for_a_batch_of(stage=1)
    for file in (tmp_path / "home" / "cache").rglob("pixels-*.npy"):
        os.truncate(file, 100)
    assert worker.end(0).code == 1
    run = RunFolder.open(tmp_path / "run")
    assert run.read_status().state == "failed"
    *_, last = run.read_events()
    assert isinstance(last, Failed) and "cut short" in last.problem and "go on with the run" in last.remedy
    settings = workshop.settings.model_copy(update={"home": tmp_path / "home"})
    resumed = Workshop(workshop.source, settings, workshop.weights).resume(run)
    assert resumed.code == 0
    assert run.read_status().state == "finished"
