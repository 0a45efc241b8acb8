"""Ends of jobs that two servers of one home look at: what one has changed, the other leaves alone."""

import time

import pytest

from core.events import BroughtIn, Finished
from core.jobs import ending
from core.jobs.desk import Desk
from core.jobs.entries import Job
from core.jobs.orders import BringIn, Prepare, Train
from core.jobs.scheduler import Scheduler
from core.training import presets
from tests.jobs.conftest import ANNA, BERT, AtWork
from tests.jobs.rounds import Launched, began, ends, run, state

TRAIN = Train(dataset="folder", recipe=presets.load("quick"))
PREPARE = Prepare(dataset="folder", recipe=presets.load("quick"))


def seen(desk: Desk, job: Job) -> Job:
    """The job as a server sees it now."""
    return desk.job(job.owner, job.id)


@pytest.fixture
def made_room(desk: Desk, at_work: AtWork) -> Job:
    """A preparation that was stopped for someone's job, as a server sees it."""
    job = desk.submit(ANNA, PREPARE)
    at_work(job)
    began(job)
    desk.cancel(ANNA, job.id, ending.MADE_ROOM)
    ends(desk, job, "cancelled")
    return seen(desk, job)


def test_a_job_goes_back_into_the_queue_without_what_it_wrote(desk: Desk, made_room: Job) -> None:
    assert ending.ended(desk, made_room)
    again = seen(desk, made_room)
    assert (again.state, again.why_stopped) == ("queued", "")
    assert (again.pid, again.started, again.stop_asked) == (None, None, None)
    assert not list(desk.settings.of(ANNA).jobs.iterdir())


def test_a_server_that_comes_too_late_deletes_nothing_of_a_job_that_was_started_again(
        desk: Desk, made_room: Job, at_work: AtWork, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ending, "_state", lambda job: "cancelled")      # as both servers found it
    ending.ended(desk, made_room)
    at_work(made_room)
    began(made_room).append(Finished(0.9, 0.1, 10, 0, 1.0, "run"))
    before = seen(desk, made_room)
    ending.ended(desk, made_room)
    assert seen(desk, made_room) == before
    assert len(list(made_room.run.read_events())) == 1


def test_a_job_without_a_process_is_taken_back_by_one_server_alone(desk: Desk,
                                                                   monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ending, "_state", lambda job: "queued")         # as both servers found it
    job = desk.submit(ANNA, TRAIN)
    run(desk, job)
    desk.database.change("UPDATE jobs SET started = started - 60")
    lost = seen(desk, job)
    ending.ended(desk, lost)
    run(desk, job)                         # taken again, and about to get its process
    began(job)
    ending.ended(desk, lost)
    assert state(desk, job) == "running" and job.run.status.exists()


@pytest.mark.parametrize("end", ["finished", "failed", "cancelled"])
def test_an_end_that_another_server_has_noted_is_not_noted_again(desk: Desk, at_work: AtWork, end: str) -> None:
    job = desk.submit(ANNA, TRAIN)
    at_work(job)
    ends(desk, job, end)
    old = seen(desk, job)
    desk.database.change("UPDATE jobs SET state = 'queued', pid = NULL WHERE id = ?", job.id)
    ending.ended(desk, old)
    assert state(desk, job) == "queued"


def test_an_end_of_an_earlier_process_is_none_of_the_one_that_runs(desk: Desk, at_work: AtWork) -> None:
    job = desk.submit(ANNA, TRAIN)
    at_work(job)
    ends(desk, job, "failed", "It is broken.")
    old = seen(desk, job)
    at_work(job)
    ending.ended(desk, old)
    assert state(desk, job) == "running"


def test_a_conclusion_that_fails_changes_nothing_of_a_job_that_goes_on_elsewhere(desk: Desk, at_work: AtWork) -> None:
    job = desk.submit(ANNA, BringIn(source="/nowhere.zip", name="zip"))
    at_work(job)
    ends(desk, job, "finished")            # but no BroughtIn was written
    old = seen(desk, job)
    at_work(job)
    ending.ended(desk, old)
    assert state(desk, job) == "running"


def test_an_upload_stays_for_the_server_whose_job_it_is(desk: Desk, at_work: AtWork) -> None:
    upload = desk.settings.home / "upload.zip"
    upload.touch()
    job = desk.submit(ANNA, BringIn(source=str(upload), name="zip", disposable=True))
    at_work(job)
    ends(desk, job, "failed")
    old = seen(desk, job)
    at_work(job)
    ending.ended(desk, old)
    assert upload.exists()


def test_a_job_that_is_deleted_in_the_middle_of_a_round_stops_nobody(
        desk: Desk, scheduler: Scheduler, launched: Launched, at_work: AtWork,
        monkeypatch: pytest.MonkeyPatch) -> None:
    """Here: one that has run for too long."""
    job = desk.submit(ANNA, TRAIN)
    at_work(job, deaf=True)
    desk.database.change("UPDATE jobs SET started = ?", time.time() - 10**6)
    rows = scheduler._running()
    monkeypatch.setattr(scheduler, "_running", lambda: rows)
    desk.forget(ANNA)
    desk.submit(BERT, BringIn(source="/nowhere.zip", name="zip"))
    scheduler.look()
    assert len(launched.jobs) == 1


def test_pictures_of_a_job_that_was_deleted_at_its_end_do_not_come_back(
        desk: Desk, at_work: AtWork, workshop: object) -> None:
    from core.data.ingest import ingest
    from core.events import drain
    from tests.running import Workshop

    assert isinstance(workshop, Workshop)
    job = desk.submit(ANNA, BringIn(source="/nowhere.zip", name="zip"))
    at_work(job, deaf=True)
    _, stored = drain(ingest(workshop.source, desk.settings.of(ANNA)))
    began(job).append(BroughtIn(stored.path.name, "zip", 1234))
    ends(desk, job, "finished")
    old = seen(desk, job)
    desk.database.change("UPDATE jobs SET state = 'leaving' WHERE id = ?", job.id)
    ending.ended(desk, old)
    assert desk.datasets(ANNA) == () and desk.chosen(ANNA) is None
