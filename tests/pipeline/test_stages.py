"""Stages one after another: what each freezes, what is cached and where, what is handed on, and the presets."""

import shutil
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file
from torch import Tensor, nn

from core.events import (
    BatchDone,
    Cancelled,
    EpochDone,
    Event,
    Failed,
    Finished,
    LrFound,
    Note,
    StageStarted,
    StageStopped,
    drain,
)
from core.pipeline import stages as room
from core.pipeline.stages import rate_curve
from core.settings import Settings
from core.training import engine, presets
from core.training.learner import Learner
from core.training.recipe import Recipe
from core.training.stage import Stage
from core.vision import activations
from core.vision.looking import look_through
from tests.pipeline.test_resume import require_equal
from tests.running import HEAD, NETWORK, QUICK, WHOLE, Heard, Workshop, changed, coloured_folder, with_stages
from tests.tiny import same

ONE = changed(WHOLE, epochs=1)
DRAWN = changed(HEAD, precompute=False, epochs=1)
SHORT = changed(HEAD, epochs=1)


def told(heard: Heard, kind: type[Event]) -> list[Any]:
    return [event for event in heard.events if isinstance(event, kind)]


def parts(state: dict[str, Tensor], *names: str) -> dict[str, Tensor]:
    return {name: tensor for name, tensor in state.items() if name.split(".")[0] in names}


# ---- what a stage freezes

@pytest.mark.parametrize(("stage", "still", "moving"), [
    (SHORT, ("early", "late"), ("head",)),
    (DRAWN, ("early", "late"), ("head",)),
    (changed(ONE, trains="late"), ("early",), ("late", "head")),
    (ONE, (), ("early", "late", "head")),
], ids=["the head", "the head on drawn pictures", "the last group", "everything"])
def test_frozen_groups_stay_bit_equal_statistics_included(
        stage: Stage, still: tuple[str, ...], moving: tuple[str, ...], workshop: Workshop, tmp_path: Path) -> None:
    fresh = {name: tensor.clone() for name, tensor
             in workshop.bench(QUICK, tmp_path / "fresh").classifier.state_dict().items()}
    trained = load_file(workshop.train(with_stages(stage), tmp_path / "run").run.weights)
    assert same(parts(trained, *still), parts(fresh, *still))
    for group in moving:
        assert not same(parts(trained, group), parts(fresh, group))


def test_batch_norms_of_a_frozen_body_learn_where_they_are_asked_to_and_its_filters_do_not(
        workshop: Workshop, tmp_path: Path) -> None:
    bench = workshop.bench(QUICK, tmp_path / "fresh")
    norms = {name for name, module in bench.classifier.named_modules() if isinstance(module, nn.BatchNorm2d)}
    fresh = {name: tensor.clone() for name, tensor in bench.classifier.state_dict().items()}
    trained = load_file(workshop.train(with_stages(changed(DRAWN, train_batchnorm=True)),
                                       tmp_path / "run").run.weights)
    differing = {name.rpartition(".")[0] for name in parts(fresh, "early", "late")
                 if not torch.equal(trained[name], fresh[name])}
    assert differing == norms


def test_a_stages_own_dropout_ends_with_it(workshop: Workshop, tmp_path: Path) -> None:
    bench = workshop.bench(QUICK, tmp_path / "run")
    for stage, expected in ((HEAD, 0.5), (changed(HEAD, dropout=0.1), 0.1), (WHOLE, 0.5)):
        bench.learner(stage)
        assert bench.classifier.head[5].p == expected


# ---- cached views, and where they lie

@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many pictures were looked at in each look whose activations are cached."""
    counted: list[int] = []

    def counting(*arguments: Any) -> Generator[Event, None, None]:
        counted.append(len(arguments[2]))
        return look_through(*arguments)

    monkeypatch.setattr(activations, "look_through", counting)
    return counted


def arrays(settings: Settings) -> list[Path]:
    return sorted(settings.cache.rglob("activations-*.npy"))


@pytest.fixture
def own_home(workshop: Workshop, settings: Settings) -> Workshop:
    """The workshop's pictures in a home with an empty cache."""
    return Workshop(workshop.source, settings.model_copy(update={"threads": 1}), workshop.weights)


def test_views_are_looked_at_once_for_all_trainings(own_home: Workshop, looks: list[int], tmp_path: Path) -> None:
    recipe = with_stages(changed(SHORT, views=2))
    one = own_home.train(recipe, tmp_path / "one")
    everything, views = len(one.run.read_dataset().ids), len(one.run.read_dataset().split["train"])
    assert looks == [everything, views, views]
    assert len(arrays(own_home.settings)) == 3
    again = own_home.train(recipe, tmp_path / "again")
    own_home.train(with_stages(changed(SHORT, views=1)), tmp_path / "fewer")      # some of them
    assert looks == [everything, views, views]
    assert same(load_file(one.run.weights), load_file(again.run.weights))
    own_home.train(recipe.model_copy(update={"augmentation": presets.load("quick").changed(seed=7).augmentation}),
                   tmp_path / "other")
    assert looks == [everything, views, views, views, views]
    assert len(arrays(own_home.settings)) == 5


def test_views_change_what_is_learned(workshop: Workshop, quick_run: Heard, tmp_path: Path) -> None:
    heard = workshop.train(with_stages(changed(HEAD, views=2)), tmp_path / "run")
    assert isinstance(heard.last, Finished)
    assert not same(load_file(heard.run.weights), load_file(quick_run.run.weights))


def test_a_cache_that_was_damaged_is_made_anew_and_the_results_are_equal(own_home: Workshop, tmp_path: Path) -> None:
    recipe = with_stages(changed(SHORT, views=1))
    one = own_home.train(recipe, tmp_path / "one")
    files = sorted(own_home.settings.cache.rglob("*.npy"))
    for file in files:
        file.write_bytes(file.read_bytes()[:-7])
    again = own_home.train(recipe, tmp_path / "again")
    assert isinstance(again.last, Finished)
    assert same(load_file(one.run.weights), load_file(again.run.weights))
    assert sorted(own_home.settings.cache.rglob("*.npy")) == files


def test_a_cache_that_is_deleted_while_it_is_used_hinders_nobody(own_home: Workshop, tmp_path: Path) -> None:
    recipe = with_stages(changed(HEAD, views=1), ONE)

    def deleting(event: Event) -> bool:
        if isinstance(event, StageStarted):
            shutil.rmtree(own_home.settings.cache)
        return False

    one = own_home.train(recipe, tmp_path / "one")
    robbed = own_home.train(recipe, tmp_path / "robbed", after=deleting)
    assert isinstance(robbed.last, Finished)
    require_equal(robbed.run, one.run)


AFTER_ITS_OWN = with_stages(ONE, changed(SHORT, views=1))


def test_what_a_changed_body_looks_at_lies_in_the_runs_folder_and_goes_with_its_end(
        own_home: Workshop, tmp_path: Path) -> None:
    own_home.train(QUICK, tmp_path / "first")
    shared = arrays(own_home.settings)
    seen: list[list[Path]] = []

    def noting(event: Event) -> bool:
        if isinstance(event, StageStarted) and event.stage == 1:
            seen.append(sorted((tmp_path / "run" / "scratch").glob("activations-*.npy")))
        return False

    heard = own_home.train(AFTER_ITS_OWN, tmp_path / "run", after=noting)
    assert isinstance(heard.last, Finished)
    assert len(seen[0]) == 2                       # the plain pictures, and one view
    assert arrays(own_home.settings) == shared
    assert not heard.run.scratch.exists()


@pytest.mark.parametrize("end", ["stopped", "failing"])
def test_the_runs_own_looks_go_with_any_end(end: str, workshop: Workshop, tmp_path: Path,
                                            monkeypatch: pytest.MonkeyPatch) -> None:
    shared = arrays(workshop.settings)

    def begun(event: Event) -> bool:
        if isinstance(event, StageStarted) and event.stage == 1:
            assert (tmp_path / "run" / "scratch").is_dir()
            if end == "failing":
                monkeypatch.setattr(engine, "train_step", broken)
        return end == "stopped" and isinstance(event, BatchDone) and event.stage == 1

    def broken(*_: Any) -> Tensor:
        raise RuntimeError("no such kernel")

    heard = workshop.train(AFTER_ITS_OWN, tmp_path / "run", after=begun)
    assert isinstance(heard.last, Cancelled if end == "stopped" else Failed)
    assert not heard.run.scratch.exists()
    assert arrays(workshop.settings) == shared


# ---- rare classes

@pytest.fixture(scope="module")
def uneven(workshop: Workshop, tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """Four times as many red pictures as blue ones."""
    source = coloured_folder(tmp_path_factory.mktemp("uneven") / "colours", train=20)
    for number in range(5, 20):
        (source / "blue" / f"{number}.png").unlink()
    return Workshop(source, workshop.settings, workshop.weights)


def test_a_weighted_loss_weighs_the_training_pictures_classes(uneven: Workshop, tmp_path: Path) -> None:
    bench = uneven.bench(QUICK.model_copy(update={"imbalance": "weighted_loss"}), tmp_path / "run")
    labels = bench.labels[bench.rows(bench.split.train)]
    counts = np.bincount(labels)
    assert counts.tolist() == [4, 16]
    weights = bench.step(HEAD).class_weights
    assert weights is not None
    np.testing.assert_allclose(weights.numpy(), [20 / 8, 20 / 32])


def test_balanced_sampling_shows_both_classes_as_often(uneven: Workshop, tmp_path: Path) -> None:
    for stage in (SHORT, ONE):
        bench = uneven.bench(with_stages(stage).model_copy(update={"imbalance": "balanced_sampling"}),
                             tmp_path / stage.trains)
        assert bench.step(stage).class_weights is None
        _, feed = drain(bench.feed(stage))
        shown = torch.cat([labels for epoch in range(8) for _, labels in feed.train_batches(epoch)])
        assert len(shown) == 8 * 20
        assert 0.3 < shown.double().mean().item() < 0.7       # 0.5, straying by 0.04


def test_each_way_with_rare_classes_is_another_training(uneven: Workshop, tmp_path: Path) -> None:
    weights = [load_file(uneven.train(with_stages(SHORT).model_copy(update={"imbalance": how}),
                                      tmp_path / how).run.weights)
               for how in ("ignore", "weighted_loss", "balanced_sampling")]
    assert not any(same(weights[one], weights[other]) for one, other in ((0, 1), (0, 2), (1, 2)))


# ---- until it over-fits

def test_a_stage_that_lost_its_patience_says_so_and_the_next_counts_on_from_there(
        workshop: Workshop, tmp_path: Path) -> None:
    impatient = changed(HEAD, schedule="constant", learning_rate=0.3, epochs=40, patience=2)
    heard = workshop.train(with_stages(impatient, changed(HEAD, epochs=2)), tmp_path / "run")
    (stopped,) = told(heard, StageStopped)
    epochs = told(heard, EpochDone)
    assert (stopped.stage, len(epochs)) == (0, stopped.epochs + 2)
    assert [event.epoch for event in epochs] == list(range(len(epochs)))
    losses = [event.valid_loss for event in epochs[:stopped.epochs]]
    assert min(losses[-2:]) >= min(losses[:-2])
    best = np.minimum.accumulate(losses)
    assert all(min(losses[end:end + 2]) < best[end - 1] for end in range(1, stopped.epochs - 2))
    kept = [event.epoch for event in epochs[:stopped.epochs] if event.kept][-1]
    assert f"Epoch {kept + 1} is kept." in stopped.why
    assert "2 epochs" in stopped.why
    assert heard.events.index(stopped) < heard.events.index(told(heard, StageStarted)[1])
    assert isinstance(heard.last, Finished)
    with safe_open(heard.run.weights, framework="pt") as stored:
        assert int(stored.metadata()["epoch"]) == heard.last.best_epoch == [e.epoch for e in epochs if e.kept][-1]
    assert len(list(heard.run.predictions.glob("valid-epoch-*.npz"))) == len(epochs)


def test_a_stage_that_keeps_its_patience_says_nothing(workshop: Workshop, tmp_path: Path) -> None:
    heard = workshop.train(with_stages(changed(HEAD, patience=3)), tmp_path / "run")
    assert told(heard, StageStopped) == []
    assert len(told(heard, EpochDone)) == HEAD.epochs


# ---- the learning-rate search before any stage

@pytest.mark.parametrize("stage", [HEAD, changed(HEAD, views=1), DRAWN, changed(ONE, trains="late"), ONE,
                                   changed(DRAWN, train_batchnorm=True)],
                         ids=["head", "views", "drawn head", "late", "all", "batch-norm"])
def test_a_search_on_any_stages_setting_leaves_the_learner_bit_equal(
        stage: Stage, workshop: Workshop, tmp_path: Path, short_searches: None) -> None:
    bench = workshop.bench(with_stages(stage), tmp_path / "run")
    learner = bench.learner(stage)
    learner.module.train()

    def everything() -> tuple[Any, ...]:
        return ({name: tensor.clone() for name, tensor in bench.classifier.state_dict().items()},
                learner.optimizer.state_dict(), [module.training for module in bench.classifier.modules()],
                [parameter.requires_grad for parameter in bench.classifier.parameters()], torch.get_rng_state())

    before = everything()
    _, curve = drain(rate_curve(bench, stage, learner))
    assert len(curve.losses) > 1
    assert same(everything(), before)


def test_a_search_for_the_third_of_the_eight_steps_is_on_the_whole_network(
        workshop: Workshop, quick_run: Heard, tmp_path: Path, short_searches: None,
        monkeypatch: pytest.MonkeyPatch) -> None:
    searched: list[tuple[int, tuple[float, ...]]] = []
    find = room.find_lr

    def noting(learner: Learner, feed: Any, peaks: tuple[float, ...], *how: Any,
               accumulate: int) -> Iterator[Event]:
        searched.append((len(learner.optimizer.param_groups) // 2, peaks))
        return find(learner, feed, peaks, *how, accumulate=accumulate)  # type: ignore[return-value]

    monkeypatch.setattr(room, "find_lr", noting)
    recipe = shrunk(presets.load("eight-steps"))
    for stage in (0, 2):
        heard = workshop.search(recipe, tmp_path / str(stage), stage, after=quick_run.run if stage else None)
        assert isinstance(heard.last, LrFound)
    assert searched == [(1, (1.0,)), (3, (0.01, pytest.approx(0.1), 1.0))]


def test_a_stage_that_the_recipe_does_not_have_is_refused_in_words(workshop: Workshop, tmp_path: Path) -> None:
    heard = workshop.search(QUICK, tmp_path / "run", stage=1)
    assert isinstance(heard.last, Failed)
    assert "has 1 stage," in heard.last.problem and "number 2" in heard.last.problem
    assert heard.code == 2


def test_a_search_without_room_is_tried_with_half_the_batch(
        workshop: Workshop, tmp_path: Path, short_searches: None, monkeypatch: pytest.MonkeyPatch) -> None:
    from core.training import lr_finder

    step, refused = lr_finder.train_step, []

    def cramped(learner: Any, batches: Any, how: Any) -> Tensor:
        if len(batches[0][1]) > 5:
            refused.append(len(batches[0][1]))
            raise torch.OutOfMemoryError("out of memory")
        return step(learner, batches, how)

    monkeypatch.setattr(lr_finder, "train_step", cramped)
    heard = workshop.train(with_stages(changed(SHORT, learning_rate=None)), tmp_path / "run")
    assert isinstance(heard.last, Finished)
    assert refused == [10]
    assert [note.text for note in told(heard, Note) if "batches of 5" in note.text]


# ---- the presets, from end to end

def shrunk(recipe: Recipe) -> Recipe:
    """The preset on the workshop's pictures: small ones, few epochs, the small network."""
    stages = tuple(changed(stage, epochs=min(stage.epochs, 2 if stage.schedule == "sgdr" else 1), batch_size=10,
                           size=48 if stage.size == 224 else 32) for stage in recipe.stages)
    return recipe.model_copy(update={"model": NETWORK, "precision": "float32", "stages": stages})


@dataclass(frozen=True, eq=False)
class Fit:
    """What a stage trained, before it and after it."""

    module: nn.Module
    before: dict[str, Tensor]
    after: dict[str, Tensor]


@pytest.fixture
def fits(monkeypatch: pytest.MonkeyPatch) -> list[Fit]:
    """Every stage that was fitted."""
    noted: list[Fit] = []
    fit: Callable[..., Generator[Event, None, None]] = engine.fit

    def state(learner: Learner) -> dict[str, Tensor]:
        return {name: tensor.clone() for name, tensor in learner.module.state_dict().items()}

    def noting(learner: Learner, *how: Any) -> Generator[Event, None, None]:
        before = state(learner)
        yield from fit(learner, *how)
        noted.append(Fit(learner.module, before, state(learner)))

    monkeypatch.setattr(engine, "fit", noting)
    return noted


SEARCHES = {"quick": 1, "eight-steps": 2, "fine-tune": 1, "progressive": 1, "from-scratch": 1}


@pytest.mark.parametrize("name", presets.presets())
def test_a_preset_trains_from_end_to_end(name: str, workshop: Workshop, fits: list[Fit], short_searches: None,
                                         tmp_path: Path) -> None:
    recipe = shrunk(presets.load(name))
    heard = workshop.train(recipe, tmp_path / "run")
    assert isinstance(heard.last, Finished)
    assert heard.kinds().count("LrFound") == SEARCHES[name]
    assert [(event.stage, event.trains, event.size) for event in told(heard, StageStarted)] == [
        (place, stage.trains, stage.size) for place, stage in enumerate(recipe.stages)]
    assert len(told(heard, EpochDone)) == sum(stage.epochs for stage in recipe.stages)
    found = [event.chosen for event in told(heard, LrFound)]
    started = told(heard, StageStarted)
    assert started[0].learning_rates == recipe.stages[0].peaks(found[0])
    assert started[-1].learning_rates == recipe.stages[-1].peaks(found[-1])
    for earlier, later in pairwise(fits):       # each begins with what the one before has learned
        if len(earlier.after) == len(later.before):
            assert same(later.before, earlier.after)
        else:
            assert same({f"head.{name}": tensor for name, tensor in earlier.after.items()}, parts(later.before, "head"))
    assert len(fits) == len(recipe.stages)
