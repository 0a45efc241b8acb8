"""A run's events, folded one after another into what a page shows of it. Needs no torch."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Self

from core.events import (
    BatchDone,
    Cancelled,
    EpochDone,
    Event,
    Failed,
    Finished,
    LrFound,
    LrStep,
    ModelReady,
    Note,
    Progress,
    Resumed,
    StageStarted,
)

MOST_LOSSES = 600            # points that a chart is given, however long the run
WHOLE_EPOCH = 10             # an epoch of the whole network takes at least as long as so many of a head
STARTING = "starting"
TRAINED = {"head": "the last layers", "all": "the whole network"}


@dataclass(frozen=True, slots=True)
class Story:
    """What a run has told so far. Steps count from 1 and over the whole run, unless they say otherwise."""

    planned: tuple[tuple[str, int], ...] = ()            # (what learns, epochs) of each stage of the recipe
    doing: str = STARTING                                # in words
    work: tuple[int, int] | None = None                  # done, total of what goes on beside the training's steps
    begun: tuple[StageStarted, ...] = ()                 # the stages so far, the last one is in hand
    stage_epoch: int = 1                                 # the one in hand, within the stage
    stage_step: int = 0                                  # done, within the stage
    images_per_second: float | None = None
    losses: tuple[tuple[int, float], ...] = ()           # (step, training loss of its batch), at most MOST_LOSSES
    every: int = 1                                       # each so-manieth batch that was told of is in `losses`
    batches_told: int = 0
    epochs: tuple[EpochDone, ...] = ()                   # one a row of the table
    notes: tuple[str, ...] = ()
    model: ModelReady | None = None
    curve: LrFound | None = None
    end: Finished | Failed | Cancelled | None = None

    @property
    def stage(self) -> StageStarted | None:
        return self.begun[-1] if self.begun else None

    @property
    def fraction_in_hand(self) -> float:
        """How much of what `doing` names is done, 0 to 1: of the epoch, or of the work beside the steps."""
        if self.work is not None:
            done, total = self.work
            return min(1.0, done / total) if total > 0 else 0.0
        if self.stage is None:
            return 0.0
        epochs_done = self.stage.epochs * self.stage_step / self.stage.steps
        return min(1.0, max(0.0, epochs_done - (self.stage_epoch - 1)))

    @property
    def kept(self) -> EpochDone | None:
        """The epoch whose weights the run keeps: the latest that was kept in the place of an earlier one."""
        return next((row for row in reversed(self.epochs) if row.kept), None)

    @property
    def stage_seconds_left(self) -> float | None:
        """Of the stage in hand, by its last epoch's duration or its pictures a second; None until one is known."""
        if self.stage is None or self.end is not None:
            return None
        steps_left = self.stage.steps - self.stage_step
        if self.epochs and self.epochs[-1].stage == self.stage.stage:      # validation included
            return steps_left * self.epochs[-1].seconds / (self.stage.steps / self.stage.epochs)
        if self.images_per_second:
            return steps_left * self.stage.batch_size / self.images_per_second
        return None

    @property
    def valid_losses(self) -> tuple[tuple[int, float], ...]:
        """(step at which the epoch ended, validation loss) of each epoch."""
        return tuple((self._step_after(row), row.valid_loss) for row in self.epochs)

    @property
    def fraction(self) -> float:
        """How much of the training is done, 0 to 1."""
        if isinstance(self.end, Finished):
            return 1.0
        if self.stage is None:
            return 0.0
        weights = [epochs * (WHOLE_EPOCH if trains == "all" else 1) for trains, epochs in self._stages]
        here = self.stage.stage
        return (sum(weights[:here]) + weights[here] * self.stage_step / self.stage.steps) / sum(weights)

    def after(self, event: Event) -> Self:
        """The story with one more event."""
        match event:
            case Note(text):
                return replace(self, notes=(*self.notes, text))
            case Progress(work, done, total, unit):
                return replace(self, doing=_told(work, done, total, unit), work=(done, total))
            case ModelReady():
                return replace(self, model=event)
            case LrStep(step, steps):
                return replace(self, doing=f"trying ever larger steps: {step} of {steps}", work=(step, steps))
            case LrFound():
                return replace(self, doing="the learning rate is found", work=None, curve=event)
            case Resumed():
                return replace(self, doing="going on where it stopped", work=None, end=None)
            case StageStarted():
                return self._with_stage(event)
            case BatchDone():
                return self._with_batch(event)
            case EpochDone():
                return replace(self, doing=self._training(event.epoch), work=None, epochs=(*self.epochs, event),
                               stage_epoch=event.epoch - self._epochs_before(event.stage) + 1,
                               stage_step=self._steps_of(event))
            case Finished() | Failed() | Cancelled():
                return replace(self, doing=type(event).__name__.lower(), work=None, end=event)
            case _:
                return self

    def told(self, events: Iterable[Event]) -> Self:
        """The story with more events, in their order."""
        story = self
        for event in events:
            story = story.after(event)
        return story

    def _with_stage(self, started: StageStarted) -> Self:
        """A stage begins, or begins again: after a resume, or with smaller batches. What it repeats is taken back."""
        begun = (*self.begun[:started.stage], started)
        story = replace(self, begun=begun, work=None, stage_epoch=started.first_epoch + 1, images_per_second=None,
                        stage_step=round(started.steps * started.first_epoch / started.epochs))
        first_step = story._step(story.stage_step)
        first_epoch = story._epochs_before(started.stage) + started.first_epoch
        return replace(story, doing=f"training {TRAINED[started.trains]}",
                       losses=tuple(point for point in self.losses if point[0] <= first_step),
                       epochs=tuple(row for row in self.epochs if row.epoch < first_epoch))

    def _with_batch(self, batch: BatchDone) -> Self:
        losses, every = self.losses, self.every
        if self.batches_told % every == 0:
            losses = (*losses, (self._step(batch.step), batch.loss))
        if len(losses) > MOST_LOSSES:
            losses, every = losses[::2], every * 2
        epoch = self._epochs_before(batch.stage) + batch.epoch
        return replace(self, doing=self._training(epoch), work=None, stage_epoch=batch.epoch + 1,
                       stage_step=batch.step, images_per_second=batch.images_per_second, losses=losses, every=every,
                       batches_told=self.batches_told + 1)

    @property
    def _stages(self) -> tuple[tuple[str, int], ...]:
        """As planned; where nobody told the plan, as far as it is known."""
        return self.planned or tuple((stage.trains, stage.epochs) for stage in self.begun)

    def _training(self, epoch: int) -> str:
        """`epoch` from 0, over the whole run."""
        if self.stage is None:
            return "training"
        whole = sum(epochs for _, epochs in self._stages)
        return f"training {TRAINED[self.stage.trains]}: epoch {epoch + 1} of {whole}"

    def _step(self, stage_step: int) -> int:
        """A step of the stage in hand, counted over the whole run."""
        return sum(stage.steps for stage in self.begun[:-1]) + stage_step

    def _epochs_before(self, stage: int) -> int:
        return sum(earlier.epochs for earlier in self.begun[:stage])

    def _steps_of(self, row: EpochDone) -> int:
        """Steps of its stage that are done with this epoch."""
        if row.stage >= len(self.begun):
            return 0
        stage = self.begun[row.stage]
        return round(stage.steps * (row.epoch - self._epochs_before(row.stage) + 1) / stage.epochs)

    def _step_after(self, row: EpochDone) -> int:
        return sum(stage.steps for stage in self.begun[:row.stage]) + self._steps_of(row)


def _told(work: str, done: int, total: int, unit: str) -> str:
    if unit == "bytes":
        return f"{work}: {done / 1e6:,.0f} of {total / 1e6:,.0f} MB"
    if unit == "jobs":           # a wait, not a count
        return work
    return f"{work}: {done:,} of {total:,} {unit}"
