"""What a job's end changes on the desk: its state, the data set it brought, what is known to be prepared."""

import time
from pathlib import Path

from core.data import store
from core.data.cache import key_of, written_aside
from core.data.dataset import Dataset
from core.errors import BadRun
from core.events import BroughtIn
from core.jobs.desk import Desk
from core.jobs.entries import LOCAL, Job, drop_upload
from core.jobs.orders import BringIn, FindLr, Prepare, Train
from core.settings import Settings
from core.training import recipe as recipes
from core.training.recipe import Recipe
from core.vision.augmentation import preset


def conclude(desk: Desk, job: Job, state: str) -> None:
    """Note a job's end. May be repeated: a server that died half-way lets the next one do it again."""
    problem, remedy = _told(job, state)
    if job.owner != LOCAL:          # where the server keeps things is not for strangers
        problem, remedy = (text.replace(f"{desk.settings.home}", "the playground") for text in (problem, remedy))
    dataset = job.dataset
    if state == "finished":
        if isinstance(job.order, BringIn):
            dataset = _shelved(desk, job, job.order)
        else:
            _mark_prepared(desk.settings, job.order)
    drop_upload(job.order)
    desk.database.change("UPDATE jobs SET state = ?, ended = ?, problem = ?, remedy = ?, dataset = ? WHERE id = ?",
                         state, time.time(), problem, remedy, dataset, job.id)


def prepared_already(settings: Settings, order: Prepare) -> bool:
    """Whether the cache holds what the order would make, for whichever visitor it was made."""
    return _mark(settings, order.dataset, order.recipe).exists()


def first_recipe(dataset: Dataset, builtin: str | None) -> Recipe:
    """The draft that a new data set starts with: quick, and the augmentation that its classes suggest."""
    quick = recipes.load("quick")
    if builtin == "coins":
        name = "top-down"
    elif all(len(label) == 1 for label in dataset.classes):
        name = "text"          # digits and letters: no flip may turn one into another
    else:
        name = "side-on"
    return quick.model_copy(update={"augmentation": preset(name)})


def _told(job: Job, state: str) -> tuple[str, str]:
    if state == "cancelled":
        return job.why_stopped, ""
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


def _shelved(desk: Desk, job: Job, order: BringIn) -> str:
    brought = next(event for event in job.run.read_events() if isinstance(event, BroughtIn))
    stored = store.load(desk.settings.of(job.owner).datasets / brought.dataset)
    recipe = first_recipe(stored.catalogue, order.source if order.builtin else None)
    return desk.shelve(job.owner, brought.dataset, order.name, brought.bytes, recipe).id


def _mark_prepared(settings: Settings, order: Prepare | FindLr | Train) -> None:
    """A search and a training leave the same activations behind, where they begin with the head."""
    if any(stage.trains != "head" for stage in order.recipe.stages):     # looked through in another precision
        return
    mark = _mark(settings, order.dataset, order.recipe)
    if mark.parent.is_dir():
        with written_aside(mark) as aside:
            aside.write_text("")


def _mark(settings: Settings, dataset: str, recipe: Recipe) -> Path:
    """An empty file in the data set's cache, which goes when the cache goes."""
    key = key_of(recipe.model.model_dump(), recipe.preprocessing.model_dump(), recipe.stages[0].size,
                 settings.threads)
    return settings.cache / dataset / f"prepared-{key}"
