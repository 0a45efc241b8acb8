"""The stream's words: frozen events of Python scalars, strings and tuples, never tensors.

Everything long is a generator of these. Exactly one of Finished, Failed and Cancelled ends a run's
stream (in the place of Finished: LrFound for the learning-rate finder alone, Exported, BroughtIn, Prepared,
Measured, LookedAgain, Mapped, ShortcutsChecked, MadeReady, Inspected, Packed). A stream that makes something returns
it: `dataset = yield from ingest(...)`.
"""

import dataclasses
import json
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Event:
    """The base of all events; `event` in the JSON is the class's name."""

    ends: ClassVar[bool] = False

    def to_dict(self) -> dict[str, Any]:
        return {"event": type(self).__name__} | {
            field.name: getattr(self, field.name) for field in dataclasses.fields(self)
        }

    def to_json(self) -> str:
        return json.dumps(self.to_dict(), ensure_ascii=False, separators=(",", ":"))


def from_dict(values: dict[str, Any]) -> Event:
    """The event that `to_dict` told of. Raises KeyError for an unknown name, and for an unknown or missing field."""
    kinds = {kind.__name__: kind for kind in Event.__subclasses__()}
    kind = kinds[values["event"]]
    try:
        return kind(**{name: _tupled(value) for name, value in values.items() if name != "event"})
    except TypeError as error:
        raise KeyError(f"{kind.__name__}: {error}") from error


def drain(stream: Generator[Event, None, Result]) -> tuple[list[Event], Result]:
    """Run a stream to its end: its events, and what it returned."""
    events = []
    while True:
        try:
            events.append(next(stream))
        except StopIteration as end:
            return events, end.value


def _tupled(value: Any) -> Any:
    return tuple(_tupled(item) for item in value) if isinstance(value, list) else value


@dataclass(frozen=True, slots=True)
class Note(Event):
    """Something a person should know: a fallback, a default, a leak."""

    text: str


@dataclass(frozen=True, slots=True)
class Progress(Event):
    """`done` of `total` of some named work: 'reading pictures', 'activations', 'download'."""

    work: str
    done: int
    total: int
    unit: str = "pictures"


@dataclass(frozen=True, slots=True)
class PictureSkipped(Event):
    """A picture, or a file that looked like one, left out; nothing was deleted."""

    name: str
    problem: str


@dataclass(frozen=True, slots=True)
class DatasetReady(Event):
    name: str
    classes: tuple[str, ...]
    counts: tuple[int, ...]      # pictures a class
    skipped: int                 # pictures listed by PictureSkipped
    ignored: int                 # files that are no pictures
    fingerprint: str


@dataclass(frozen=True, slots=True)
class SplitReady(Event):
    train: int
    valid: int
    test: int
    source: str                  # "folders" or "drawn"
    seed: int


@dataclass(frozen=True, slots=True)
class ModelReady(Event):
    architecture: str
    weights: str                 # "imagenet", "bundled", "none" or a file's name
    weights_sha256: str          # "" for none
    parameters: int
    size: int                    # pixels a side
    device: str
    precision: str               # what the probe chose for training
    threads: int


@dataclass(frozen=True, slots=True)
class LrStep(Event):
    """One step of the learning-rate finder."""

    step: int                    # from 1
    steps: int
    learning_rate: float
    loss: float
    smoothed: float


@dataclass(frozen=True, slots=True)
class LrFound(Event):
    """The finder's curve and its suggestions; a suggestion that the curve does not carry is None."""

    valley: float | None
    slide: float | None
    steep: float | None
    minimum: float | None        # a tenth of the rate with the least loss
    learning_rates: tuple[float, ...]
    losses: tuple[float, ...]    # raw
    smoothed: tuple[float, ...]
    chosen: float
    why: str


@dataclass(frozen=True, slots=True)
class Resumed(Event):
    """The run goes on from its checkpoint. An end that stands above it in events.jsonl was not the last."""

    stage: int
    epoch: int                   # epochs of the stage that are done


@dataclass(frozen=True, slots=True)
class StageStarted(Event):
    stage: int                   # from 0
    stages: int
    trains: str                  # "head", "late" (and head) or "all"
    epochs: int
    first_epoch: int             # > 0 when resumed
    steps: int                   # optimizer steps of the whole stage
    learning_rates: tuple[float, ...]  # peak, of each layer group that learns, from the input to the head
    size: int
    batch_size: int


@dataclass(frozen=True, slots=True)
class BatchDone(Event):
    stage: int
    epoch: int                   # from 0, within the stage
    step: int                    # optimizer steps done in the stage
    steps: int
    loss: float                  # this batch's, before its step
    learning_rate: float         # of the head
    momentum: float
    images_per_second: float


@dataclass(frozen=True, slots=True)
class EpochDone(Event):
    stage: int
    epoch: int                   # from 0, over the whole run
    train_loss: float            # mean over the epoch's pictures, in nats
    valid_loss: float
    accuracy: float              # of the validation pictures, live (fast path)
    error_rate: float
    seconds: float
    kept: bool                   # its weights are kept, in the place of an earlier epoch's (engine.Kept)
    gpu_bytes: int | None = None  # the most memory of the GPU that was in use so far; None on a CPU


@dataclass(frozen=True, slots=True)
class StageStopped(Event):
    """A stage that ended before its last epoch, since it had begun to over-fit."""

    stage: int
    epochs: int                  # of the stage that were done
    why: str


@dataclass(frozen=True, slots=True)
class CheckpointSaved(Event):
    epoch: int
    file: str


@dataclass(frozen=True, slots=True)
class Finished(Event):
    ends: ClassVar[bool] = True
    accuracy: float              # fractions, from the stored float32 predictions of the kept epoch
    error_rate: float
    valid_images: int
    best_epoch: int              # the kept one, from 0 over the whole run
    seconds: float
    run: str


@dataclass(frozen=True, slots=True)
class Exported(Event):
    """The export stands, and answers as its run did."""

    ends: ClassVar[bool] = True
    file: str
    pictures: int                # validation pictures that were compared
    largest_difference: float    # of any probability from the run's stored one
    seconds: float
    half: bool = False           # weights in float16: no tolerance was asked for
    changed: int = 0             # pictures that the export gives to another class than its run


@dataclass(frozen=True, slots=True)
class BroughtIn(Event):
    """The pictures stand in the store."""

    ends: ClassVar[bool] = True
    dataset: str                 # the folder's name below the visitor's `datasets/`
    name: str
    bytes: int                   # of the originals


@dataclass(frozen=True, slots=True)
class Prepared(Event):
    """Pixels and activations for the network that is suggested first are in the cache."""

    ends: ClassVar[bool] = True
    architecture: str
    size: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Measured(Event):
    """What can be counted of every picture without a network is in the cache."""

    ends: ClassVar[bool] = True
    pictures: int
    seconds: float


@dataclass(frozen=True, slots=True)
class LookedAgain(Event):
    """Drawn views of a training's validation and test pictures were looked at, and stand in its folder."""

    ends: ClassVar[bool] = True
    pictures: int
    views: int                   # drawn ones a picture
    seconds: float


@dataclass(frozen=True, slots=True)
class Mapped(Event):
    """What a training's network makes of each picture, and their map, stand in its folder."""

    ends: ClassVar[bool] = True
    pictures: int
    seconds: float


@dataclass(frozen=True, slots=True)
class ShortcutsChecked(Event):
    """What a training might have learned in the place of the thing itself was checked, and stands in its folder."""

    ends: ClassVar[bool] = True
    pictures: int
    seconds: float


@dataclass(frozen=True, slots=True)
class MadeReady(Event):
    """A training's network stands in its folder in the form in which it answers."""

    ends: ClassVar[bool] = True
    bytes: int                   # of the network's file
    seconds: float


@dataclass(frozen=True, slots=True)
class Inspected(Event):
    """A data set was looked through for faults, which stand in the job's folder."""

    ends: ClassVar[bool] = True
    pictures: int                # looked at
    suspects: int                # of them, with at least one finding
    seconds: float


@dataclass(frozen=True, slots=True)
class Packed(Event):
    """A data set stands as a zip of labelled folders in the job's folder."""

    ends: ClassVar[bool] = True
    file: str                    # its name in that folder
    pictures: int
    bytes: int                   # of the zip


@dataclass(frozen=True, slots=True)
class Failed(Event):
    ends: ClassVar[bool] = True
    problem: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Cancelled(Event):
    ends: ClassVar[bool] = True
    run: str
