"""What a job's end changes on the desk: its state, the data set it brought, what is known to be prepared."""

import time
from dataclasses import replace
from pathlib import Path

from core.cleaning.finding import ACTIVATIONS
from core.data import store
from core.data.cache import key_of, written_aside
from core.data.dataset import Dataset
from core.errors import BadRun
from core.events import BroughtIn
from core.jobs.arrived import drop_drafts
from core.jobs.desk import Desk, shelved
from core.jobs.entries import LOCAL, DatasetEntry, Job, drop_upload
from core.jobs.orders import BringIn, Export, FetchAddresses, FindLr, Inspect, Order, Pack, Prepare, Train
from core.runs.folder import EXPORTED, PACKED
from core.settings import Settings
from core.training import pace, presets
from core.training.recipe import Recipe
from core.vision.augmentation import preset

EXPORTS_KEPT = 3         # of a training
SEEN_FROM_ABOVE = ("coins", "eurosat")        # sets of ours


def conclude(desk: Desk, job: Job, state: str) -> None:
    """Note a job's end, unless it changed since it was looked at: it was deleted, or another server was first."""
    problem, remedy = _told(job, state)
    if job.owner != LOCAL:          # where the server keeps things is not for strangers
        problem, remedy = (text.replace(f"{desk.settings.home}", "the playground") for text in (problem, remedy))
    why = problem if state == "cancelled" else job.why_stopped
    arriving = job.order if state == "finished" and isinstance(job.order, BringIn | FetchAddresses) else None
    brought = _brought(desk, job, arriving) if arriving is not None else None
    with desk.database.changed() as connection:
        if not connection.execute(
                "UPDATE jobs SET state = ?, ended = ?, problem = ?, remedy = ?, why_stopped = ? "
                "WHERE id = ? AND state = 'running' AND pid IS ?",
                (state, time.time(), problem, remedy, why, job.id, job.pid)).rowcount:
            return
        if brought is not None:
            event, recipe = brought
            entry = shelved(connection, job.owner, event.dataset, event.name, event.bytes, recipe)
            connection.execute("UPDATE jobs SET dataset = ? WHERE id = ?", (entry.id, job.id))
    drop_upload(job.order, arrived=arriving is not None)
    if arriving is not None:
        drop_drafts(job.id, desk.settings.of(job.owner))
    if state == "finished" and isinstance(job.order, Prepare | FindLr | Train):
        _mark_prepared(desk.settings, job.order)
    if state == "finished" and isinstance(job.order, Train):
        pace.learn(desk.settings, job.run)
    if state == "finished" and isinstance(job.order, Pack):
        _drop_older(desk, job, PACKED)
    if state == "finished" and isinstance(job.order, Export):
        _drop_oldest_exports(desk, job, job.order.training)
    if state == "finished" and isinstance(job.order, Inspect):
        _drop_older(desk, job, ACTIVATIONS)
    if state == "finished" and isinstance(job.order, Train) and job.owner != LOCAL:
        _drop_older_checkpoints(desk, job)


def prepared_already(settings: Settings, order: Prepare) -> bool:
    """Whether the cache holds what the order would make, for whichever visitor it was made."""
    return _mark(settings, order.dataset, order.recipe).exists()


def first_recipe(dataset: Dataset, known: str | None) -> Recipe:
    """The draft that a new data set starts with: quick, and the augmentation that its classes suggest."""
    quick = presets.load("quick")
    if known in SEEN_FROM_ABOVE:
        name = "top-down"
    elif all(len(label) == 1 for label in dataset.classes):
        name = "text"          # digits and letters: no flip may turn one into another
    else:
        name = "side-on"
    return quick.model_copy(update={"augmentation": preset(name)})


def _told(job: Job, state: str) -> tuple[str, str]:
    if state == "cancelled":
        return job.why_stopped or _why_by_itself(job), ""
    if state not in ("failed", "killed"):
        return "", ""
    try:
        status = job.run.read_status()
    except BadRun:
        return ("The job's process ended before it could begin.",
                "Start it again; if that repeats, look into the server's log.")
    return status.problem, _without_command_line(status.remedy, state)


def _without_command_line(remedy: str, state: str) -> str:
    return "Start it again." if state == "killed" else remedy


def _why_by_itself(job: Job) -> str:
    """What a worker that stopped itself wrote into the file by which it is stopped; "" where it was asked to."""
    try:
        return job.run.stop.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):      # it was stopped by a signal
        return ""


def _brought(desk: Desk, job: Job, order: BringIn | FetchAddresses) -> tuple[BroughtIn, Recipe]:
    brought = next(event for event in job.run.read_events() if isinstance(event, BroughtIn))
    if isinstance(order, BringIn) and (base := _base(desk, job.owner, order)):
        return replace(brought, name=base.name if order.onto else order.name), base.recipe
    stored = store.load(desk.settings.of(job.owner).datasets / brought.dataset)
    known = order.source if isinstance(order, BringIn) and (order.builtin or order.ready) else None
    return replace(brought, name=order.name), first_recipe(stored.catalogue, known)


def _base(desk: Desk, owner: str, order: BringIn) -> DatasetEntry | None:
    """The data set from which a new one was made, unless it was deleted meanwhile."""
    folder = order.onto or (order.source if order.baked else None)
    return next((entry for entry in desk.datasets(owner) if entry.folder == folder), None)


def _drop_older_checkpoints(desk: Desk, job: Job) -> None:
    """A stranger goes on with the last training: the others of these pictures keep their results alone.

    A checkpoint is as large as the network and its optimiser, up to some hundred MB.
    """
    jobs = desk.jobs(job.owner, dataset=job.dataset) if job.dataset else ()
    needed = {job.id} | {earlier for each in jobs if not each.over and (earlier := _earlier(each.order))}
    for other in jobs:
        if other.over and other.id not in needed:
            other.run.checkpoint.unlink(missing_ok=True)


def _drop_older(desk: Desk, job: Job, name: str) -> None:
    """Large files of which the newest of a data set will do: a zip of all pictures, or what a network saw of them."""
    for other in desk.jobs(job.owner, dataset=job.dataset, kind=job.kind) if job.dataset else ():
        if other.over and other.id != job.id:
            (other.folder / name).unlink(missing_ok=True)


def _drop_oldest_exports(desk: Desk, job: Job, training: str) -> None:
    """Of a training a few exports stay, since each is twice as large as its network."""
    same = [other for other in desk.jobs(job.owner, dataset=job.dataset, kind="export")
            if isinstance(other.order, Export) and other.order.training == training
            and (other.folder / EXPORTED).is_file()]
    for other in same[EXPORTS_KEPT:]:
        (other.folder / EXPORTED).unlink(missing_ok=True)


def _earlier(order: Order) -> str | None:
    """The training that the order begins from, if any."""
    match order:
        case Train(continues=earlier) | FindLr(after=earlier):
            return earlier
        case _:
            return None


def _mark_prepared(settings: Settings, order: Prepare | FindLr | Train) -> None:
    mark = _mark(settings, order.dataset, order.recipe)
    if _leaves_prepared(order) and mark.parent.is_dir():
        with written_aside(mark) as aside:
            aside.write_text("")


def _leaves_prepared(order: Prepare | FindLr | Train) -> bool:
    """Whether the activations that the recipe's first stage begins with are in the cache once this order is done.

    A search and a training look through the pictures too, where they begin with that stage.
    """
    if any(stage.trains != "head" or stage.train_batchnorm for stage in order.recipe.stages):
        return False                              # looked through in another precision, or not at all
    match order:
        case Prepare():
            return True
        case FindLr(stage=place):
            return place == 0
        case Train(continues=earlier):
            return earlier is None                # else that stage may have been done already


def _mark(settings: Settings, dataset: str, recipe: Recipe) -> Path:
    """An empty file in the data set's cache, which goes when the cache goes."""
    key = key_of(recipe.model.model_dump(), recipe.preprocessing.model_dump(), recipe.stages[0].size,
                 settings.threads)
    return settings.cache / dataset / f"prepared-{key}"
