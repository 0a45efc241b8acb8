"""Runs a recipe's stages one after another: rates, retries, checkpoints, and the epoch that is kept."""

import copy
import math
import time
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from core.errors import BadRun, OutOfMemory
from core.events import CheckpointSaved, EpochDone, Event, Note, Resumed, StageStarted, StageStopped
from core.pipeline.saving import save_checkpoint_file
from core.pipeline.workbench import Workbench, head_alone
from core.training import engine
from core.training.course import Course
from core.training.engine import Plan, epoch_seed, out_of_patience, step_sizes
from core.training.learner import Kept, Learner
from core.training.lr_finder import LrCurve, choose, find_lr
from core.training.stage import Stage
from core.training.words import rate_in_words

SECONDS_BETWEEN_CHECKPOINTS = 5.0   # a killed run loses no more than this and the epoch in hand
CHECKPOINT_KEYS = {"learner", "body", "batch_size", "stage", "first_epoch", "base_rate", "kept_size", "kept_state"}
State = dict[str, Tensor]


@dataclass(slots=True)
class Standing:
    """How far a run has come, between epochs."""

    stage: int = 0
    first_epoch: int = 0                     # epochs of the stages that are done
    base_rate: float | None = None           # lr_find's pick, once it was needed
    kept: Kept = field(default_factory=Kept)
    kept_size: int = 0                       # pixels a side, in the kept epoch's stage
    kept_state: State | None = None          # of the whole classifier, on the CPU

    def take(self, bench: Workbench, stage: Stage, learner: Learner) -> None:
        """Take over what the learner keeps of this stage, if it keeps anything."""
        self.kept = learner.kept
        if learner.kept_state is not None:
            assert stage.size is not None
            self.kept_size = stage.size
            self.kept_state = _whole_state(bench, stage, learner.kept_state)


def run_stages(bench: Workbench, standing: Standing, resumed: dict[str, Any] | None = None
               ) -> Generator[Event, None, None]:
    """Every stage from where `standing` is. Whatever ends it, `standing` holds what is kept so far."""
    for index in range(standing.stage, len(bench.recipe.stages)):
        standing.stage = index
        stage = bench.recipe.stages[index]
        yield from _with_a_retry(bench, standing, stage, resumed)
        resumed = None


def rate_curve(bench: Workbench, stage: Stage, learner: Learner) -> Generator[Event, None, LrCurve]:
    """The learning-rate finder on this stage's own setting; the learner stays as it is."""
    feed = yield from bench.search_feed(stage)
    curve = yield from find_lr(learner, feed, stage.peaks(1.0), bench.step(stage), bench.recipe.seed,
                               accumulate=stage.accumulate)
    yield curve.told()
    return curve


def _with_a_retry(bench: Workbench, standing: Standing, stage: Stage, resumed: dict[str, Any] | None
                  ) -> Generator[Event, None, None]:
    """The stage; where its batches do not fit into the memory, once more at half the batch."""
    assert stage.batch_size is not None
    network = _copied(bench.classifier.state_dict())
    kept = standing.kept, standing.kept_size, standing.kept_state
    try:
        yield from _run_stage(bench, standing, stage, resumed)
        return
    except OutOfMemory as error:
        half = stage.batch_size // 2
        if half < 2:
            raise
        yield Note(f"{error.problem} Trying again with batches of {half}.")
    bench.classifier.load_state_dict(network)
    standing.kept, standing.kept_size, standing.kept_state = kept
    if bench.device.type == "cuda":
        torch.cuda.empty_cache()
    yield from _run_stage(bench, standing, stage.model_copy(update={"batch_size": half}), resumed)


def _run_stage(bench: Workbench, standing: Standing, stage: Stage, resumed: dict[str, Any] | None
               ) -> Generator[Event, None, None]:
    assert stage.size is not None and stage.batch_size is not None
    learner = bench.learner(stage)
    learner.kept = copy.copy(standing.kept)
    if resumed is None and stage.learning_rate is None and (standing.base_rate is None or stage.find_lr):
        standing.base_rate, why = choose((yield from rate_curve(bench, stage, learner)))
        yield Note(f"Learning rate {rate_in_words(standing.base_rate)}: {why}.{_times(stage, standing.base_rate)}")
    peaks = stage.peaks(standing.base_rate)
    plan = Plan(standing.stage, stage.epochs, Course.of(stage, peaks), bench.step(stage),
                epoch_seed(bench.recipe.seed, standing.stage), standing.first_epoch, stage.accumulate, stage.patience)
    if resumed is not None:
        learner.load_state(resumed)
    if out_of_patience(learner, plan):           # resumed after it had stopped
        yield Note(f"Stage {standing.stage + 1} had begun to over-fit after {learner.epoch} epochs, so it does not go "
                   "on. To train more, add a stage.")
    elif learner.epoch < stage.epochs:           # else resumed after its end
        yield from _fitted(bench, standing, stage, learner, plan)
    standing.first_epoch += learner.epoch
    bench.body_is_own = bench.body_is_own or not head_alone(stage)


def _times(stage: Stage, found: float) -> str:
    """What a stage makes of the rate that was found."""
    if stage.learning_rate_factor == 1:
        return ""
    return f" This stage takes it times {stage.learning_rate_factor:g}: {rate_in_words(stage.peaks(found)[-1])}."


def _fitted(bench: Workbench, standing: Standing, stage: Stage, learner: Learner, plan: Plan
            ) -> Generator[Event, None, None]:
    """The stage's epochs, each with its predictions stored, and checkpoints."""
    assert stage.size is not None and stage.batch_size is not None
    feed = yield from bench.feed(stage)
    yield StageStarted(standing.stage, len(bench.recipe.stages), stage.trains, stage.epochs, learner.epoch,
                       stage.epochs * len(step_sizes(feed, stage.accumulate)), stage.peaks(standing.base_rate),
                       stage.size, stage.batch_size)
    saved = -math.inf               # the first epoch is always saved: from then on there is something to resume
    try:
        for event in engine.fit(learner, feed, plan):
            if isinstance(event, EpochDone):
                assert learner.valid_logits is not None
                bench.run.save_predictions(f"valid-epoch-{event.epoch:03d}",
                                           bench.valid_predictions(learner.valid_logits))
                last = learner.epoch == stage.epochs or out_of_patience(learner, plan)
                if last or time.monotonic() - saved > SECONDS_BETWEEN_CHECKPOINTS:
                    save_checkpoint(bench, standing, stage, learner)
                    saved = time.monotonic()
                    yield event      # first: whoever stops at the next word, and goes on, has every epoch told once
                    event = CheckpointSaved(event.epoch, bench.run.checkpoint.name)
            yield event
    finally:
        standing.take(bench, stage, learner)
    if learner.epoch < stage.epochs:
        yield StageStopped(standing.stage, learner.epoch,
                           f"The validation loss has not improved for {learner.epochs_without} "
                           f"epoch{'s' if learner.epochs_without != 1 else ''}: from here on it would learn by heart. "
                           f"Epoch {standing.kept.epoch + 1} is kept.")


def _whole_state(bench: Workbench, stage: Stage, trained: State) -> State:
    """The whole classifier's state where its trained module is in `trained`."""
    if not head_alone(stage):
        return trained
    return _copied(bench.classifier.state_dict()) | {f"head.{name}": value for name, value in trained.items()}


def _copied(state: State) -> State:
    return {name: tensor.detach().to("cpu", copy=True) for name, tensor in state.items()}


def save_checkpoint(bench: Workbench, standing: Standing, stage: Stage, learner: Learner) -> None:
    """All that `--resume` needs, written aside and renamed."""
    body = None if not head_alone(stage) else {
        name: value for name, value in bench.classifier.state_dict().items() if not name.startswith("head.")}
    save_checkpoint_file(bench.run.checkpoint, {
        "learner": learner.state(), "body": body, "batch_size": stage.batch_size,
        "stage": standing.stage, "first_epoch": standing.first_epoch, "base_rate": standing.base_rate,
        "kept_size": standing.kept_size, "kept_state": standing.kept_state,
    })


def resume_stages(bench: Workbench, standing: Standing) -> Generator[Event, None, None]:
    """Fill `standing` from the checkpoint and go on to the recipe's end.

    On a CPU the result is bit-equal to that of a run that never stopped.
    """
    saved = _read_checkpoint(bench.run.checkpoint)
    standing.stage, standing.first_epoch = saved["stage"], saved["first_epoch"]
    standing.base_rate = saved["base_rate"]
    standing.kept = Kept(saved["learner"]["kept_epoch"], saved["learner"]["highest_accuracy"])
    standing.kept_size, standing.kept_state = saved["kept_size"], saved["kept_state"]
    if saved["body"] is not None:
        bench.classifier.load_state_dict(saved["body"], strict=False)
    bench.body_is_own = not all(head_alone(stage) for stage in bench.recipe.stages[:standing.stage])
    stages = list(bench.recipe.stages)
    stage = stages[standing.stage] = stages[standing.stage].model_copy(update={"batch_size": saved["batch_size"]})
    bench.recipe = bench.recipe.model_copy(update={"stages": tuple(stages)})
    if saved["learner"]["kept_state"] is not None:   # else that epoch lies in an earlier stage
        assert stage.size is not None
        standing.kept_size = stage.size
        standing.kept_state = _whole_state(bench, stage, saved["learner"]["kept_state"])
    yield Resumed(standing.stage, saved["learner"]["epoch"])
    yield from run_stages(bench, standing, saved["learner"])


def _read_checkpoint(file: Path) -> dict[str, Any]:
    try:
        saved: dict[str, Any] = torch.load(file, map_location="cpu", weights_only=True)
        if set(saved) != CHECKPOINT_KEYS:
            raise ValueError("it holds something else than a checkpoint")
    except Exception as error:  # a damaged pickle can raise anything
        raise BadRun(f"The checkpoint '{file}' is damaged, so the run cannot go on.",
                     remedy="Start this run again.") from error
    return saved
