"""A worker: a process that imports what a job needs, waits for one assignment, does it and ends.

    python -m core.jobs.worker heavy     # with torch; a spare of these waits warm, holding no GPU memory
    python -m core.jobs.worker light     # reads pictures; starts in half a second

The assignment is one line of JSON on standard input; the end of input instead is the end of a spare. From
then on the worker needs no server: it writes the job's folder, and stops itself when the lease grows old.
"""

import os
import sys
import time
from collections.abc import Callable, Generator
from contextlib import suppress
from importlib import import_module
from pathlib import Path

from core.data import store
from core.data.files import File, single
from core.data.store import StoredDataset
from core.errors import PlaygroundError
from core.events import BroughtIn, Event, Measured, Packed, drain
from core.jobs.orders import (
    Assignment,
    BringIn,
    CheckShortcuts,
    DrawMap,
    Export,
    FetchAddresses,
    FindLr,
    Inspect,
    LookAgain,
    MakeReady,
    Measure,
    Order,
    Pack,
    Prepare,
    Train,
)
from core.jobs.wish import Wish
from core.runs.folder import EXPORTED, PACKED, RunFolder
from core.runs.recorder import OUR_FAULT_EXIT, recorded
from core.settings import Settings

NICE = 15                             # the server answers people; jobs take what it leaves
LIGHT_MEMORY_BYTES = 4_000_000_000    # address space: a picture made to explode ends its job, not the machine
WARM = ("core.pipeline.train", "core.vision.augmenter", "sklearn.model_selection")   # takes seconds, so before the job


def main(lane: str) -> int:
    _step_back()
    if lane == "heavy":
        for module in WARM:
            import_module(module)
    line = sys.stdin.readline()
    if not line:
        return 0
    assignment = Assignment.model_validate_json(line)
    if lane == "light":
        _limit_memory(LIGHT_MEMORY_BYTES)
    if assignment.gpu is not None:
        os.environ["CUDA_VISIBLE_DEVICES"] = str(assignment.gpu)   # read when CUDA starts, which it has not
    return perform(assignment, Wish(assignment))


def perform(assignment: Assignment, stop: Callable[[], bool]) -> int:
    """Do it, into the job's folder; the exit code. Nothing is raised but what hinders the folder itself."""
    settings = assignment.settings
    run = RunFolder.create(settings.jobs / assignment.job)
    _, code = drain(work(assignment.order, run, settings, stop))
    return code


def work(order: Order, run: RunFolder, settings: Settings, stop: Callable[[], bool]) -> Generator[Event, None, int]:
    """The order's stream, recorded; its value is the exit code."""
    if isinstance(order, BringIn | FetchAddresses):
        return recorded(run, _bring_in(order, settings), stop)
    if isinstance(order, Pack):
        return recorded(run, _pack(order, run, settings), stop)
    if isinstance(order, MakeReady):                       # needs no picture: a training outlives its data set
        from core.pipeline.make_ready import make_ready

        return make_ready(RunFolder(settings.jobs / order.training), run, settings, stop)
    try:
        stored = store.load(settings.datasets / order.dataset)
    except PlaygroundError as error:
        return recorded(run, _failing(error), stop)
    if isinstance(order, Measure):
        return recorded(run, _measure(stored, settings), stop)
    from core.pipeline import train as jobs

    if isinstance(order, Prepare):
        return jobs.ahead(stored, order.recipe, run, settings, stop)
    if isinstance(order, FindLr):
        after = RunFolder(settings.jobs / order.after) if order.after else None
        return jobs.lr_find(stored, order.recipe, run, settings, stop, order.stage, after)
    if isinstance(order, LookAgain | DrawMap | CheckShortcuts | Export):
        return _of_training(order, stored, run, settings, stop)
    if isinstance(order, Inspect):
        from core.pipeline.look_for_faults import look_for_faults

        return look_for_faults(stored, order.recipe, run, settings, stop)
    assert isinstance(order, Train)
    if order.continues is None:
        return jobs.train(stored, order.recipe, run, settings, stop)
    try:
        return jobs.go_on(RunFolder(settings.jobs / order.continues), order.recipe, run, settings, stop)
    except PlaygroundError as error:
        return recorded(run, _failing(error), stop)


def _of_training(order: LookAgain | DrawMap | CheckShortcuts | Export, stored: StoredDataset, run: RunFolder,
                 settings: Settings, stop: Callable[[], bool]) -> Generator[Event, None, int]:
    training = RunFolder(settings.jobs / order.training)
    match order:
        case LookAgain():
            from core.pipeline.look_again import look_again

            return look_again(stored, training, order.views, run, settings, stop)
        case DrawMap():
            from core.pipeline.map_out import map_out

            return map_out(stored, training, run, settings, stop)
        case CheckShortcuts():
            from core.pipeline.check_shortcuts import check_shortcuts

            return check_shortcuts(stored, training, run, settings, stop)
        case Export(half=half, pictures=pictures):
            from core.export.bundle import export
            from core.export.contents import Wishes

            return recorded(run, export(training, run.path / EXPORTED, settings, Wishes(half, pictures)), stop)


def _bring_in(order: BringIn | FetchAddresses, settings: Settings) -> Generator[Event, None, None]:
    from core.data.measures import measured

    if isinstance(order, FetchAddresses):
        from core.web import lists
        from core.web.fetch import fetch

        stored = yield from fetch(lists.read(Path(order.source)), settings)
    elif order.builtin:
        from core.data.bring_builtin import bring_in_builtin

        stored = yield from bring_in_builtin(order.source, settings)
    elif order.ready:
        from core.pipeline.ready_made import bring_in_ready

        stored = yield from bring_in_ready(order.source, order.ready, settings)
    elif order.onto is not None or order.baked:
        stored = yield from _of_standing(order, settings)
    else:
        from core.data.ingest import ingest

        stored = yield from ingest(Path(order.source), settings, order.name, _labels(order))
    yield from measured(stored, settings)       # what the page shows of them at once
    size = sum(sample.size_bytes for sample in stored.catalogue.samples)
    yield BroughtIn(stored.path.name, order.name, size)


def _measure(stored: StoredDataset, settings: Settings) -> Generator[Event, None, None]:
    from core.data.measures import measured

    started = time.perf_counter()
    made = yield from measured(stored, settings)
    yield Measured(len(made), time.perf_counter() - started)


def _of_standing(order: BringIn, settings: Settings) -> Generator[Event, None, StoredDataset]:
    from core.data import growing

    if order.onto is None:
        return (yield from growing.baked(store.load(settings.datasets / order.source), settings, order.name))
    base = store.load(settings.datasets / order.onto)
    return (yield from growing.grown(base, Path(order.source), settings, order.label, _labels(order)))


def _labels(order: BringIn) -> File | None:
    return single(Path(order.labels), order.labels_name) if order.labels is not None else None


def _pack(order: Pack, run: RunFolder, settings: Settings) -> Generator[Event, None, None]:
    from core.data import packing

    file = run.path / PACKED
    pictures = yield from packing.pack(store.load(settings.datasets / order.dataset), file, settings.min_free_bytes)
    yield Packed(file.name, pictures, file.stat().st_size)


def _failing(error: PlaygroundError) -> Generator[Event, None, None]:
    raise error
    yield


def _step_back() -> None:
    """Let the server go first. Linux weighs a session's processes against each other only, and the session, which a
    worker has of its own, by its autogroup: sched(7)."""
    if hasattr(os, "nice"):
        os.nice(NICE)
    with suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(NICE))


def _limit_memory(limit_bytes: int) -> None:
    try:
        import resource
    except ImportError:         # not on Windows
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard == resource.RLIM_INFINITY or hard > limit_bytes:
        resource.setrlimit(resource.RLIMIT_AS, (limit_bytes, hard))


if __name__ == "__main__":
    try:
        code = main(sys.argv[1])
    except Exception:  # noqa: BLE001 (the log of the server is all that is left to tell)
        import traceback

        traceback.print_exc()
        code = OUR_FAULT_EXIT
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)      # torch takes half a second to tidy up what the system frees at once
