"""A desk with two visitors, and data sets that were never pictures: the desk looks at names alone."""

import subprocess
from collections.abc import Callable, Iterator

import pytest

from core.jobs.desk import Desk
from core.jobs.entries import DatasetEntry, Job
from core.jobs.scheduler import Scheduler
from core.settings import Settings
from core.training import presets
from tests.jobs.rounds import Launched, ready, run, worker

ANNA, BERT = "a" * 32, "b" * 32
Shelve = Callable[..., DatasetEntry]
AtWork = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def desk(settings: Settings) -> Desk:
    desk = Desk(settings)
    for visitor in (ANNA, BERT):
        desk.saw(visitor)
    return desk


@pytest.fixture
def shelve(desk: Desk) -> Shelve:
    """Shelve a data set's folder for a visitor."""
    def shelve(visitor: str, folder: str = "folder", size_bytes: int = 10) -> DatasetEntry:
        (desk.settings.of(visitor).datasets / folder).mkdir(parents=True, exist_ok=True)
        return desk.shelve(visitor, folder, f"{folder} of somebody", size_bytes, presets.load("quick"))
    return shelve


@pytest.fixture
def launched() -> Launched:
    return Launched()


@pytest.fixture
def scheduler(desk: Desk, launched: Launched) -> Scheduler:
    return ready(desk, launched)


@pytest.fixture
def at_work(desk: Desk) -> Iterator[AtWork]:
    """Give a job a process that works on it."""
    processes: list[subprocess.Popen[bytes]] = []

    def at_work(job: Job, deaf: bool = False) -> subprocess.Popen[bytes]:
        processes.append(worker(deaf))
        run(desk, job, processes[-1])
        return processes[-1]

    yield at_work
    for process in processes:
        process.kill()
        process.communicate()
