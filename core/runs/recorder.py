"""Writes a stream into its run's folder, looks for a wish to stop, and ends it with exactly one last event."""

import time
import traceback
from collections.abc import Callable, Generator
from contextlib import suppress

from core import events
from core.errors import PlaygroundError
from core.events import BatchDone, Cancelled, Event, Failed, LrStep, Progress
from core.runs.folder import RunFolder

SECONDS_BETWEEN_TICKS = 0.1     # of the events that only show movement, on disk and to the consumer
CANCELLED_EXIT = 130            # as a shell tells of Ctrl-C
OUR_FAULT_EXIT = 1

Work = Generator[Event, None, object]


def recorded(run: RunFolder, work: Work, stop: Callable[[], bool]) -> Generator[Event, None, int]:
    """The work's events, each in the folder before it is yielded; returns the exit code.

    After every event, `stop` and the folder's STOP file are looked at; either closes the work, which
    keeps what it has. An error becomes Failed, never an exception.
    """
    quiet = Quiet()
    ended = False
    try:
        for event in work:
            if quiet.lets_through(event):
                run.append(event)
                ended = event.ends
                run.set_status("finished" if ended else "running", doing=described(event))
                yield event
            if not ended and (stop() or run.stop.exists()):
                work.close()
                break
        else:
            run.set_status("finished", doing=described(event))
            return 0
    except KeyboardInterrupt:
        _close_what_is_left(work)
    except PlaygroundError as error:
        _close_what_is_left(work)
        return (yield from _failed(run, error.problem, error.remedy, error.exit_code))
    except Exception as error:  # noqa: BLE001 (the last line of defence: a person reads words, we the traceback)
        with suppress(OSError):
            run.traceback.write_text(traceback.format_exc(), encoding="utf-8")
        _close_what_is_left(work)
        return (yield from _failed(
            run, f"Something went wrong inside the playground ({type(error).__name__}: {error}).",
            f"This is a fault of ours: please report it with the file {run.traceback}.", OUR_FAULT_EXIT))
    except GeneratorExit:
        _close_what_is_left(work)
        if not ended:
            _note_cancelled(run)
        raise
    yield _note_cancelled(run)
    return CANCELLED_EXIT


def _close_what_is_left(work: Work) -> None:
    """Close work that did not fail itself; what it cannot store now is of the same cause, and told of once."""
    with suppress(PlaygroundError, OSError):
        work.close()


def _note_cancelled(run: RunFolder) -> Cancelled:
    event = Cancelled(str(run.path))
    with suppress(PlaygroundError, OSError):   # a folder that was deleted or a full disk does not hide the end
        run.set_status("cancelled", doing="stopped; what it has learned so far is kept")
        run.append(event)
    return event


def _failed(run: RunFolder, problem: str, remedy: str, code: int) -> Generator[Event, None, int]:
    event = Failed(problem, remedy)
    try:
        run.set_status("failed", problem=problem, remedy=remedy)
        run.append(event)
    except (PlaygroundError, OSError):
        pass  # a full disk, or a folder that was deleted, is what we tell of: the consumer hears it all the same
    yield event
    return code


class Quiet:
    """Lets at most ten ticks a second through: a head's epoch has a hundred batches in as many milliseconds."""

    def __init__(self) -> None:
        self._last: dict[type[Event], float] = {}

    def lets_through(self, event: Event) -> bool:
        if not isinstance(event, (BatchDone, Progress, LrStep)):
            return True
        if isinstance(event, Progress) and event.done >= event.total:
            return True
        now = time.monotonic()
        if now - self._last.get(type(event), -1.0) < SECONDS_BETWEEN_TICKS:
            return False
        self._last[type(event)] = now
        return True


def described(event: Event) -> str:
    """What is happening, in words, for the status."""
    match event:
        case Progress(work, done, total, unit):
            return f"{work}: {done} of {total} {unit}"
        case LrStep(step, steps):
            return f"finding the learning rate: step {step} of {steps}"
        case BatchDone(stage, epoch, step, steps):
            return f"training: stage {stage + 1}, epoch {epoch + 1}, step {step} of {steps}"
        case events.EpochDone(epoch=epoch, accuracy=accuracy):
            return f"epoch {epoch + 1} done: {accuracy:.1%} right"
        case events.Finished(accuracy=accuracy):
            return f"done: {accuracy:.1%} right"
        case _:
            return "preparing"
