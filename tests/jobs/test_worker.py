"""Workers as the processes that they are, and what they do in this process."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.data.ingest import ingest
from core.errors import NotHere
from core.events import BroughtIn, Cancelled, Failed, Finished, LrFound, Prepared, drain
from core.jobs.desk import Desk
from core.jobs.entries import LOCAL, Job
from core.jobs.launcher import Launcher, worker_environment
from core.jobs.orders import Assignment, BringIn, FindLr, Order, Prepare, Train
from core.jobs.scheduler import Scheduler
from core.jobs.worker import Wish, perform
from core.settings import Settings
from tests.running import QUICK, Workshop, coloured_folder

PATIENCE_SECONDS = 120


def never() -> bool:
    return False


@pytest.fixture
def pictures(settings: Settings, workshop: Workshop) -> str:
    """The folder's name of a data set in the home's own room."""
    _, stored = drain(ingest(workshop.source, settings))
    return stored.path.name


def assigned(order: Order, settings: Settings, lease: str = "") -> Assignment:
    return Assignment(job="job", order=order, settings=settings, lease=lease)


def last_event(settings: Settings) -> object:
    from core.runs.folder import RunFolder

    return list(RunFolder.open(settings.jobs / "job").read_events())[-1]


# ---- what is done

def test_bringing_in_says_where_the_pictures_stand(settings: Settings, tmp_path: Path) -> None:
    source = coloured_folder(tmp_path / "photos", train=4)
    assert perform(assigned(BringIn(source=str(source), name="My photos"), settings), never) == 0
    brought = last_event(settings)
    assert isinstance(brought, BroughtIn) and brought.name == "My photos" and brought.bytes > 0
    assert (settings.datasets / brought.dataset / "catalogue.json").is_file()


@pytest.mark.parametrize(("order", "end"), [(Prepare, Prepared), (FindLr, LrFound), (Train, Finished)])
def test_each_order_ends_with_its_own_word(order: Callable[..., Order], end: type, settings: Settings,
                                           pictures: str, workshop: Workshop, one_thread: None) -> None:
    settings = settings.model_copy(update={"threads": 1})
    assert perform(assigned(order(dataset=pictures, recipe=workshop.ready(QUICK)), settings), never) == 0
    assert isinstance(last_event(settings), end)


def test_an_unreadable_zip_fails_with_problem_and_remedy(settings: Settings, tmp_path: Path) -> None:
    bad = tmp_path / "bad.zip"
    bad.write_bytes(b"no zip at all")
    assert perform(assigned(BringIn(source=str(bad), name="bad"), settings), never) == 2
    failed = last_event(settings)
    assert isinstance(failed, Failed) and failed.problem and failed.remedy


def test_a_data_set_that_was_deleted_meanwhile_fails_in_words(settings: Settings) -> None:
    assert perform(assigned(Train(dataset="gone", recipe=QUICK), settings), never) == 2
    assert isinstance(last_event(settings), Failed)


def test_a_wish_to_stop_that_came_before_the_worker_is_heard(settings: Settings, pictures: str,
                                                             workshop: Workshop, one_thread: None) -> None:
    (settings.jobs / "job").mkdir(parents=True)
    (settings.jobs / "job" / "STOP").touch()
    order = Train(dataset=pictures, recipe=workshop.ready(QUICK))
    assert perform(assigned(order, settings.model_copy(update={"threads": 1})), never) == 130
    assert isinstance(last_event(settings), Cancelled)


# ---- the lease

def test_work_goes_on_without_a_server_until_the_lease_is_old(settings: Settings, tmp_path: Path,
                                                              monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.jobs.worker.SECONDS_BETWEEN_LEASE_LOOKS", 0.0)
    lease = tmp_path / "lease"
    lease.touch()
    before = signal.getsignal(signal.SIGTERM)
    try:
        wish = Wish(assigned(BringIn(source="x", name="x"), settings, str(lease)))
        assert not wish()
        old = time.time() - settings.lease_minutes * 60 - 1
        os.utime(lease, (old, old))
        assert wish()
    finally:
        signal.signal(signal.SIGTERM, before)


# ---- as processes

@pytest.fixture
def scheduler(settings: Settings) -> Iterator[Scheduler]:
    desk = Desk(settings.model_copy(update={"threads": 1}))
    desk.saw(LOCAL)
    scheduler = Scheduler(desk)
    scheduler.start()
    yield scheduler
    scheduler.stop()
    for job in desk.jobs(LOCAL):
        if job.state == "running" and job.pid:
            os.killpg(job.pid, signal.SIGKILL)


def until(desk: Desk, job: Job, holds: Callable[[Job], bool]) -> Job:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds(found := desk.job(LOCAL, job.id)):
        assert time.monotonic() < deadline, f"still {found.state} after {PATIENCE_SECONDS} s"
        time.sleep(0.05)
    return found


def test_from_a_folder_to_a_trained_network_by_processes_alone(
        scheduler: Scheduler, workshop: Workshop, settings: Settings) -> None:
    desk = scheduler.desk
    brought = desk.submit(LOCAL, BringIn(source=str(workshop.source), name="colours"))
    scheduler.wake()
    over = until(desk, brought, lambda job: job.over)
    assert over.state == "finished" and over.pid != os.getpid() and over.dataset
    entry = desk.dataset(LOCAL, over.dataset)

    trained = desk.submit(LOCAL, Train(dataset=entry.folder, recipe=workshop.ready(QUICK)), entry.id)
    endless = desk.submit(LOCAL, Train(dataset=entry.folder, recipe=workshop.ready(QUICK).changed(epochs=9_999)),
                          entry.id)
    scheduler.wake()
    assert until(desk, trained, lambda job: job.over).state == "finished"
    assert isinstance(list(trained.run.read_events())[-1], Finished)

    until(desk, endless, lambda job: job.run.weights.exists() or job.run.checkpoint.exists())
    scheduler.stop()                                   # the server goes ...
    running = desk.job(LOCAL, endless.id)
    assert running.pid and running.state == "running"
    begun = list(endless.run.read_events())
    again = Scheduler(Desk(desk.settings))             # ... and comes again
    again.start()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while len(list(endless.run.read_events())) <= len(begun):
        assert time.monotonic() < deadline, "the job did not go on without its server"
        time.sleep(0.05)
    desk.cancel(LOCAL, endless.id)
    again.wake()
    assert until(desk, endless, lambda job: job.over).state == "cancelled"
    assert endless.run.weights.exists(), "what it had learned is kept"
    again.stop()


def test_a_killed_worker_is_marked_and_the_queue_goes_on(scheduler: Scheduler, workshop: Workshop,
                                                         settings: Settings, pictures: str) -> None:
    desk = scheduler.desk
    endless = desk.submit(LOCAL, Train(dataset=pictures, recipe=workshop.ready(QUICK).changed(epochs=9_999)))
    scheduler.wake()
    begun = until(desk, endless, lambda job: job.run.events.exists())
    assert begun.pid
    os.killpg(begun.pid, signal.SIGKILL)
    killed = until(desk, endless, lambda job: job.over)
    assert killed.state == "killed" and killed.problem
    assert "--" not in killed.remedy, "the page's visitor has no command line"
    following = desk.submit(LOCAL, BringIn(source="/nowhere", name="nowhere"))
    scheduler.wake()
    assert until(desk, following, lambda job: job.over).state == "failed"


def test_a_spare_ends_when_its_server_does(settings: Settings) -> None:
    launcher = Launcher(worker_environment(1))
    launcher.warm()
    spare = launcher._spare
    assert spare is not None and spare.poll() is None
    launcher.close()
    assert spare.wait(timeout=PATIENCE_SECONDS) == 0


def test_the_desk_knows_nothing_of_a_job_that_was_never_submitted(settings: Settings) -> None:
    with pytest.raises(NotHere):
        Desk(settings).job(LOCAL, "job")
