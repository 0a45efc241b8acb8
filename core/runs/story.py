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
    SplitReady,
    StageStarted,
    StageStopped,
)
from core.runs.planned import USUAL_SIZE, Planned

MOST_BATCHES = 600           # points that a chart is given, however long the run
STARTING = "starting"
TRAINED = {"head": "the last layers", "late": "the later half", "all": "the whole network"}


@dataclass(frozen=True, slots=True)
class Batch:
    """What a chart shows of a batch."""

    step: int                    # from 1, over the whole run
    loss: float                  # before its step
    learning_rate: float         # of the head


@dataclass(frozen=True, slots=True)
class Story:
    """What a run has told so far. Steps count from 1 and over the whole run, unless they say otherwise."""

    planned: tuple[Planned, ...] = ()                    # each stage of the recipe
    doing: str = STARTING                                # in words
    work: tuple[int, int] | None = None                  # done, total of what goes on beside the training's steps
    begun: tuple[StageStarted, ...] = ()                 # the stages so far, the last one is in hand
    stopped: tuple[StageStopped, ...] = ()               # those of them that ended before their last epoch
    stage_epoch: int = 1                                 # the one in hand, within the stage
    stage_step: int = 0                                  # done, within the stage
    images_per_second: float | None = None
    learning_rate: float | None = None                   # the head's, of the last batch
    batches: tuple[Batch, ...] = ()                      # at most MOST_BATCHES
    every: int = 1                                       # each so-manieth batch that was told of is in `batches`
    batches_told: int = 0
    epochs: tuple[EpochDone, ...] = ()                   # one a row of the table
    notes: tuple[str, ...] = ()
    split: SplitReady | None = None
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
        if self._stopped_after(self.stage.stage) is not None:
            return 0.0
        steps_left = self.stage.steps - self.stage_step
        if self.epochs and self.epochs[-1].stage == self.stage.stage:      # validation included
            return steps_left * self.epochs[-1].seconds / (self.stage.steps / self.stage.epochs)
        if self.images_per_second:
            return steps_left * self.stage.batch_size / self.images_per_second
        return None

    @property
    def losses(self) -> tuple[tuple[int, float], ...]:
        """(step, training loss of its batch)."""
        return tuple((batch.step, batch.loss) for batch in self.batches)

    @property
    def valid_losses(self) -> tuple[tuple[int, float], ...]:
        """(step at which the epoch ended, validation loss) of each epoch."""
        return tuple((self.step_after(row), row.valid_loss) for row in self.epochs)

    @property
    def gpu_bytes(self) -> int | None:
        """The most memory of the GPU that was in use; None on a CPU, and before the first epoch."""
        return self.epochs[-1].gpu_bytes if self.epochs else None

    @property
    def fraction(self) -> float:
        """How much of the training is done, 0 to 1."""
        if isinstance(self.end, Finished):
            return 1.0
        if self.stage is None:
            return 0.0
        size = self.stage.size or USUAL_SIZE
        weights = [stage.epochs * stage.epoch_weight(size) for stage in self.stages]
        here = self.stage.stage
        done = 1.0 if self._stopped_after(here) is not None else self.stage_step / self.stage.steps
        return min(1.0, (sum(weights[:here]) + weights[here] * done) / sum(weights))

    def after(self, event: Event) -> Self:
        """The story with one more event."""
        match event:
            case Note(text):
                return self._with_note(text)
            case Progress(work, done, total, unit):
                return replace(self, doing=_told(work, done, total, unit), work=(done, total))
            case SplitReady():
                return replace(self, split=event)
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
            case StageStopped():
                return self._with_stop(event)
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
                        learning_rate=None, stopped=tuple(stop for stop in self.stopped if stop.stage < started.stage),
                        stage_step=round(started.steps * started.first_epoch / started.epochs))
        first_step = story._step(story.stage_step)
        first_epoch = story._epochs_before(started.stage) + started.first_epoch
        return replace(story, doing=f"training {TRAINED[started.trains]}",
                       batches=tuple(batch for batch in self.batches if batch.step <= first_step),
                       epochs=tuple(row for row in self.epochs if row.epoch < first_epoch))

    def _with_stop(self, stopped: StageStopped) -> Self:
        return replace(self, stopped=(*self.stopped, stopped), work=None)._with_note(stopped.why)

    def _with_note(self, text: str) -> Self:
        """A run that is gone on with tells anew what it told when it began: each thing is noted once."""
        return self if text in self.notes else replace(self, notes=(*self.notes, text))

    def _with_batch(self, batch: BatchDone) -> Self:
        batches, every = self.batches, self.every
        if self.batches_told % every == 0:
            batches = (*batches, Batch(self._step(batch.step), batch.loss, batch.learning_rate))
        if len(batches) > MOST_BATCHES:
            batches, every = batches[::2], every * 2
        epoch = self._epochs_before(batch.stage) + batch.epoch
        return replace(self, doing=self._training(epoch), work=None, stage_epoch=batch.epoch + 1,
                       stage_step=batch.step, images_per_second=batch.images_per_second,
                       learning_rate=batch.learning_rate, batches=batches, every=every,
                       batches_told=self.batches_told + 1)

    @property
    def stages(self) -> tuple[Planned, ...]:
        """As planned; where nobody told the plan, or a longer one than it was begun, as far as it is known."""
        known = tuple(Planned(stage.trains, stage.epochs, size=stage.size) for stage in self.begun)
        return (*self.planned, *known[len(self.planned):])

    @property
    def stage_ends(self) -> tuple[int, ...]:
        """The step with which each stage that is done ended; the last one's too, once the run is."""
        ends = [self._steps_before(place) for place in range(1, len(self.begun) + 1)]
        return tuple(ends if isinstance(self.end, Finished) else ends[:-1])

    def step_after(self, row: EpochDone) -> int:
        """The step with which an epoch ended."""
        return self._steps_before(row.stage) + self._steps_of(row)

    def _training(self, epoch: int) -> str:
        """`epoch` from 0, over the whole run."""
        if self.stage is None:
            return "training"
        here = self.stage.stage
        whole = self._epochs_before(here + 1) + sum(stage.epochs for stage in self.stages[here + 1:])
        return f"training {TRAINED[self.stage.trains]}: epoch {epoch + 1} of {whole}"

    def _step(self, stage_step: int) -> int:
        """A step of the stage in hand, counted over the whole run."""
        return self._steps_before(len(self.begun) - 1) + stage_step

    def _stopped_after(self, stage: int) -> int | None:
        """Epochs after which a stage was stopped early."""
        return next((stop.epochs for stop in self.stopped if stop.stage == stage), None)

    def _epochs_before(self, stage: int) -> int:
        return sum(self._stopped_after(earlier.stage) or earlier.epochs for earlier in self.begun[:stage])

    def _steps_before(self, stage: int) -> int:
        return sum(round(earlier.steps * (self._stopped_after(earlier.stage) or earlier.epochs) / earlier.epochs)
                   for earlier in self.begun[:max(0, stage)])

    def _steps_of(self, row: EpochDone) -> int:
        """Steps of its stage that are done with this epoch."""
        if row.stage >= len(self.begun):
            return 0
        stage = self.begun[row.stage]
        return round(stage.steps * (row.epoch - self._epochs_before(row.stage) + 1) / stage.epochs)


def _told(work: str, done: int, total: int, unit: str) -> str:
    if unit == "bytes":
        return f"{work}: {done / 1e6:,.0f} of {total / 1e6:,.0f} MB"
    if unit == "jobs":           # a wait, not a count
        return work
    return f"{work}: {done:,} of {total:,} {unit}"
