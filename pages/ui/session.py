"""Who is here and what they work on: the one door from a page to the desk. Nothing is kept in the browser's session
that a reload must find again."""

import functools
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from core.data import store
from core.data.dataset import Dataset
from core.data.store import StoredDataset
from core.errors import NotHere
from core.jobs.entries import DatasetEntry, Job
from core.jobs.office import Office
from core.jobs.office import office as office_of
from core.jobs.orders import Kind, OfTraining, Order
from core.settings import PREFIX, Settings, from_environment
from core.training.recipe import Recipe
from pages.ui import identity, ways

_serving: Office | None = None      # asked for many times a rerun


@dataclass(frozen=True, slots=True)
class Chosen:
    """The data set that the pages show. `dataset` has its edits applied."""

    entry: DatasetEntry
    stored: StoredDataset
    dataset: Dataset

    @property
    def recipe(self) -> Recipe:
        return self.entry.recipe


def serve(office: Office) -> None:
    """From now on this process has this office, whatever its environment says."""
    global _serving
    _serving = office


def office() -> Office:
    """The server's; where none was opened (a test, a page run alone), that of the environment."""
    return _serving or _office(tuple(sorted(item for item in os.environ.items() if item[0].startswith(PREFIX))))


@functools.lru_cache(maxsize=16)
def _office(environment: tuple[tuple[str, str], ...]) -> Office:
    return office_of(from_environment(dict(environment)))


def settings() -> Settings:
    """The settings in this visitor's own room."""
    return office().settings.of(visitor())


def visitor() -> str:
    return identity.visitor(office().settings)


def chosen() -> Chosen | None:
    """The visitor's current data set, or None. Raises BadSource where its folder is damaged."""
    entry = office().desk.chosen(visitor())
    return opened(entry) if entry else None


def require_dataset(not_confirmed: str = "Look at your pictures first, and say that they are right.") -> Chosen:
    """The confirmed data set; without one the page ends here, with the way to get one."""
    found = chosen()
    if found is None:
        ways.empty("There are no pictures yet.", "Bring in pictures", "home")
    if not found.entry.confirmed:
        ways.empty(not_confirmed, "Look at them", "data")
    return found


def save_recipe(recipe: Recipe) -> None:
    """Keep the draft recipe of the current data set, so that a reload or another tab finds it."""
    found = office().desk.chosen(visitor())
    if found is not None and found.recipe != recipe:
        office().desk.save_recipe(visitor(), found.id, recipe)


def submit(order: Order, dataset: str | None = None) -> Job:
    """Raises LimitReached and NotHere, whose problem and remedy the page shows."""
    return office().submit(visitor(), order, dataset)


def newest_of(training: Job, kind: Kind) -> Job | None:
    """The visitor's last job of this kind that took up the training again, whatever became of it."""
    if training.grant is not None:       # what its owner has at work is for the owner alone
        return None
    jobs = office().desk.jobs(visitor(), dataset=training.dataset, kind=kind)
    return next((job for job in jobs if isinstance(job.order, OfTraining) and job.order.training == training.id), None)


def job_of_address(*kinds: str) -> Job | None:
    """The visitor's own job, of one of these kinds, that `?job=` of the address names. Another's is as unknown as one
    that never was."""
    wanted = st.query_params.get("job")
    if not wanted:
        return None
    job = office().desk.job(visitor(), wanted)
    if job.kind not in kinds:
        raise NotHere("There is no such run here.", remedy="Choose one of yours, or train a new one.")
    return job


def follow_address(kind: str) -> None:
    """Show the data set of the visitor's own job that the address names; an address of nobody's changes nothing."""
    with suppress(NotHere):
        job = job_of_address(kind)
        if job is not None and job.dataset is not None:
            office().desk.choose(visitor(), job.dataset)


def opened(entry: DatasetEntry) -> Chosen:
    """One of this visitor's data sets. Raises BadSource where its folder is damaged."""
    folder = settings().datasets / entry.folder
    edits = folder / store.EDITS
    stored = _loaded(folder, entry.id)
    changed = edits.stat().st_mtime_ns if edits.exists() else 0
    return Chosen(entry, stored, _edited(stored, changed, entry.id))


def opened_in_dialog(id: str) -> Chosen:
    """One of this visitor's data sets, for a dialog on it, which closes where another tab has deleted it."""
    try:
        return opened(office().desk.dataset(visitor(), id))
    except NotHere:
        st.rerun()


# Shared between visitors only by an id that nobody guesses, and never changed.
@st.cache_resource(max_entries=64, show_spinner=False)
def _loaded(folder: Path, id: str) -> StoredDataset:
    return store.load(folder)


@st.cache_resource(max_entries=64, show_spinner=False)
def _edited(_stored: StoredDataset, changed: int, id: str) -> Dataset:
    return _stored.dataset()
