"""Deleting for good, also while a process is at work."""

import os
import subprocess
from pathlib import Path

import pytest

from core.errors import NotHere, UserMistake
from core.events import BroughtIn
from core.jobs import leaving
from core.jobs.desk import Desk
from core.jobs.entries import LOCAL, Job
from core.jobs.orders import BringIn, Prepare, Train
from core.jobs.scheduler import Scheduler
from core.jobs.shelf_of_runs import rename
from core.runs.folder import RunFolder
from core.settings import Settings
from core.training import presets
from tests.jobs.conftest import ANNA, BERT, AtWork, Shelve
from tests.jobs.rounds import Launched, run, strange

QUICK = presets.load("quick")
TRAIN = Train(dataset="folder", recipe=QUICK)
PREPARE = Prepare(dataset="folder", recipe=QUICK)
UPLOAD = BringIn(source="/tmp/none.zip", name="none")
PATIENCE_SECONDS = 30


def rows(desk: Desk, job: Job) -> int:
    return len(desk.database.rows("SELECT 1 FROM jobs WHERE id = ?", job.id))


def filled(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "file").touch()
    return folder


# ---- what goes and what stays

def test_deleting_a_data_set_takes_its_jobs_and_its_cache(desk: Desk, shelve: Shelve) -> None:
    entry = shelve(ANNA)
    job = desk.submit(ANNA, TRAIN, entry.id)
    cache = desk.settings.cache / "folder"
    for folder in (job.folder, cache):
        folder.mkdir(parents=True)
    desk.remove_dataset(ANNA, entry.id)
    assert desk.jobs(ANNA) == () and desk.chosen(ANNA) is None
    assert not job.folder.exists() and not cache.exists()


def test_the_cache_stays_while_another_visitor_has_the_same_pictures(desk: Desk, shelve: Shelve) -> None:
    entry = shelve(ANNA)
    shelve(BERT)
    cache = desk.settings.cache / "folder"
    cache.mkdir(parents=True)
    desk.remove_dataset(ANNA, entry.id)
    assert cache.exists()
    desk.forget(BERT)
    assert not cache.exists()


def test_a_data_set_that_is_worked_on_is_not_deleted(desk: Desk, shelve: Shelve) -> None:
    entry = shelve(ANNA)
    run(desk, desk.submit(ANNA, TRAIN, entry.id))
    with pytest.raises(UserMistake, match="works on"):
        desk.remove_dataset(ANNA, entry.id)
    assert desk.dataset(ANNA, entry.id)


def test_forgetting_a_visitor_leaves_nothing_of_hers_and_everything_of_his(desk: Desk, shelve: Shelve) -> None:
    shelve(ANNA)
    kept = shelve(BERT)
    waiting, running = desk.submit(ANNA, TRAIN), desk.submit(ANNA, TRAIN)
    run(desk, running)
    desk.forget(ANNA)
    assert not desk.settings.of(ANNA).room.exists()
    assert desk.jobs(ANNA) == () and desk.datasets(ANNA) == ()
    assert waiting.id not in {job.id for job in desk.waiting()}
    assert desk.dataset(BERT, kept.id) and desk.settings.of(BERT).datasets.exists()


def test_forgetting_on_ones_own_machine_takes_what_the_desk_made_and_leaves_the_command_lines(
        desk: Desk, shelve: Shelve, settings: Settings) -> None:
    entry = shelve(LOCAL, "shelved")
    job = desk.submit(LOCAL, TRAIN, entry.id)
    of_the_desk = [filled(place) for place in (settings.datasets / "shelved", job.folder, settings.uploads,
                                               settings.cache / "shelved")]
    by_hand = [filled(place) for place in (settings.runs / "by-hand", settings.datasets / "brought",
                                           settings.cache / "brought", settings.jobs / "another")]
    desk.forget(LOCAL)
    assert not any(place.exists() for place in of_the_desk)
    assert all((place / "file").exists() for place in by_hand)
    assert desk.datasets(LOCAL) == () and desk.jobs(LOCAL) == ()


def test_a_visitor_with_a_job_of_another_version_can_be_forgotten(desk: Desk, shelve: Shelve) -> None:
    job = desk.submit(ANNA, TRAIN, shelve(ANNA).id)
    filled(job.folder)
    strange(desk, job)
    desk.forget(ANNA)
    assert not desk.settings.of(ANNA).room.exists() and not rows(desk, job)


def test_a_data_set_with_a_job_of_another_version_can_be_deleted(desk: Desk, shelve: Shelve) -> None:
    entry = shelve(ANNA)
    job = desk.submit(ANNA, TRAIN, entry.id)
    filled(job.folder)
    strange(desk, job)
    desk.remove_dataset(ANNA, entry.id)
    assert not job.folder.exists() and not rows(desk, job) and desk.datasets(ANNA) == ()


def test_what_a_visitor_wrote_on_a_run_goes_with_it(desk: Desk, shelve: Shelve, at_work: AtWork) -> None:
    entry = shelve(ANNA)
    for number in range(2):
        job = desk.submit(ANNA, TRAIN, entry.id)
        rename(desk, ANNA, job.id, f"my run {number}")
    at_work(job, deaf=True)
    desk.forget(ANNA)
    assert not desk.database.rows("SELECT 1 FROM runs")


# ---- while a process is at work

def test_forgetting_ends_the_process_at_once(desk: Desk, at_work: AtWork) -> None:
    process = at_work(desk.submit(ANNA, TRAIN))
    desk.forget(ANNA)
    assert process.wait(timeout=PATIENCE_SECONDS) < 0


def test_deleting_a_data_set_ends_its_preparation_at_once(desk: Desk, shelve: Shelve, at_work: AtWork) -> None:
    entry = shelve(ANNA)
    process = at_work(desk.submit(ANNA, PREPARE, entry.id))
    desk.remove_dataset(ANNA, entry.id)
    assert process.wait(timeout=PATIENCE_SECONDS) < 0


def test_a_deleted_job_keeps_its_place_until_its_process_is_gone(
        desk: Desk, scheduler: Scheduler, launched: Launched, at_work: AtWork) -> None:
    deleted = desk.submit(ANNA, TRAIN)
    process = at_work(deleted, deaf=True)
    desk.forget(ANNA)
    waiting = desk.submit(BERT, TRAIN)
    assert scheduler.look(), "something runs still, so the next look is soon"
    assert launched.jobs == [] and process.poll() is None
    ended(process)
    scheduler.look()
    assert launched.jobs == [waiting.id] and not rows(desk, deleted)


def test_a_deleted_job_keeps_its_gpu_too(desk: Desk, scheduler: Scheduler, launched: Launched,
                                         at_work: AtWork) -> None:
    scheduler._gpus, scheduler._slots = (0, 1), 2
    deleted = desk.submit(ANNA, TRAIN)
    at_work(deleted, deaf=True)
    desk.database.change("UPDATE jobs SET gpu = 0")
    desk.forget(ANNA)
    waiting = desk.submit(BERT, TRAIN)
    scheduler.look()
    assert launched.assignments[waiting.id].gpu == 1


def test_pictures_that_are_deleted_while_they_come_in_keep_their_place(
        desk: Desk, scheduler: Scheduler, launched: Launched, at_work: AtWork) -> None:
    at_work(desk.submit(ANNA, UPLOAD), deaf=True)
    desk.forget(ANNA)
    uploads = [desk.submit(BERT, UPLOAD) for _ in range(2)]
    scheduler.look()
    assert launched.jobs == [uploads[0].id]


def test_a_preparation_makes_no_room_where_a_place_is_about_to_be_free(
        desk: Desk, shelve: Shelve, scheduler: Scheduler, at_work: AtWork) -> None:
    scheduler._slots = 2
    at_work(desk.submit(ANNA, TRAIN), deaf=True)
    preparing = desk.submit(BERT, PREPARE, shelve(BERT).id)
    at_work(preparing)
    RunFolder.create(preparing.folder)
    desk.forget(ANNA)
    desk.submit(BERT, TRAIN, shelve(BERT, "other").id)
    scheduler.look()
    assert not preparing.run.stop.exists()


def test_nobody_sees_a_job_that_was_deleted_while_it_ran(desk: Desk, at_work: AtWork) -> None:
    job = desk.submit(ANNA, TRAIN)
    at_work(job, deaf=True)
    desk.forget(ANNA)
    desk.saw(ANNA)
    assert rows(desk, job) and desk.jobs(ANNA) == () and list(desk.waiting()) == []
    for touch in (desk.job, desk.cancel):
        with pytest.raises(NotHere):
            touch(ANNA, job.id)


def test_a_process_that_does_not_hear_is_killed_in_the_end(desk: Desk, scheduler: Scheduler, at_work: AtWork) -> None:
    process = at_work(desk.submit(ANNA, TRAIN), deaf=True)
    desk.forget(ANNA)
    desk.database.change("UPDATE jobs SET stop_asked = stop_asked - ?", leaving.KILL_AFTER_SECONDS + 1)
    scheduler.look()
    assert process.wait(timeout=PATIENCE_SECONDS) < 0


def test_what_a_deleted_job_wrote_in_its_last_moments_goes_with_it(
        desk: Desk, shelve: Shelve, scheduler: Scheduler, at_work: AtWork) -> None:
    shelve(ANNA)
    job = desk.submit(ANNA, PREPARE)
    process = at_work(job, deaf=True)
    desk.forget(ANNA)
    room = desk.settings.of(ANNA)
    late = [filled(place) for place in (job.folder, desk.settings.cache / "folder", room.datasets / "brought")]
    scheduler.look()
    assert all(place.exists() for place in late)
    ended(process)
    scheduler.look()
    assert not any(place.exists() for place in late) and not room.room.exists()


def test_what_a_visitor_brings_in_after_deleting_everything_stays(
        desk: Desk, shelve: Shelve, scheduler: Scheduler, at_work: AtWork) -> None:
    process = at_work(desk.submit(ANNA, TRAIN), deaf=True)
    desk.forget(ANNA)
    desk.saw(ANNA)
    entry = shelve(ANNA)
    cache = filled(desk.settings.cache / "folder")
    ended(process)
    scheduler.look()
    assert desk.dataset(ANNA, entry.id) and cache.exists()
    assert (desk.settings.of(ANNA).datasets / "folder").exists()


def test_what_comes_in_meanwhile_is_not_taken_for_what_was_left(
        desk: Desk, scheduler: Scheduler, at_work: AtWork) -> None:
    process = at_work(desk.submit(ANNA, TRAIN), deaf=True)
    desk.forget(ANNA)
    coming = desk.submit(ANNA, UPLOAD)
    run(desk, coming)
    half = filled(desk.settings.of(ANNA).datasets / ".incoming-1")
    ended(process)
    scheduler.look()
    assert half.exists()


def test_pictures_of_a_deleted_job_never_reach_the_shelf(desk: Desk, scheduler: Scheduler) -> None:
    job = desk.submit(ANNA, UPLOAD)
    run(desk, job)
    desk.forget(ANNA)
    folder = RunFolder.create(job.folder)
    folder.append(BroughtIn("brought", "none", 1))
    folder.set_status("finished")
    scheduler.look()
    assert desk.datasets(ANNA) == () and desk.chosen(ANNA) is None


def test_a_job_that_was_deleted_before_it_had_a_process_is_waited_for(
        desk: Desk, scheduler: Scheduler, launched: Launched) -> None:
    job = desk.submit(ANNA, TRAIN)
    run(desk, job)
    desk.forget(ANNA)
    desk.submit(BERT, TRAIN)
    scheduler.look()
    assert launched.jobs == [] and rows(desk, job)
    desk.database.change("UPDATE jobs SET started = started - 60 WHERE id = ?", job.id)
    scheduler.look()
    assert len(launched.jobs) == 1 and not rows(desk, job)


def test_a_number_that_another_process_has_by_now_is_left_alone(desk: Desk, scheduler: Scheduler) -> None:
    job = desk.submit(ANNA, TRAIN)
    run(desk, job)
    desk.database.change("UPDATE jobs SET pid = ?, pid_started = 1.0 WHERE id = ?", os.getpid(), job.id)
    desk.forget(ANNA)          # this process was not begun in 1970, and goes on
    scheduler.look()
    assert not rows(desk, job)


# ---- jobs of another version

def test_a_running_job_that_cannot_be_read_is_ended_and_fails_when_its_process_is_gone(
        desk: Desk, scheduler: Scheduler, launched: Launched, at_work: AtWork) -> None:
    job, waiting = desk.submit(ANNA, TRAIN), desk.submit(BERT, TRAIN)
    process = at_work(job)
    filled(job.folder)
    strange(desk, job)
    scheduler.look()
    assert process.wait(timeout=PATIENCE_SECONDS) < 0
    assert launched.jobs == []
    scheduler.look()
    row = desk.database.row("SELECT * FROM jobs WHERE id = ?", job.id)
    assert row is not None
    assert row["state"] == "failed" and "another version" in row["problem"] and row["remedy"]
    assert job.folder.exists(), "the version that wrote it may read it"
    assert launched.jobs == [waiting.id]


def test_a_visitor_may_be_forgotten_while_a_job_of_another_version_is_ended(
        desk: Desk, scheduler: Scheduler, at_work: AtWork) -> None:
    job = desk.submit(ANNA, TRAIN)
    process = at_work(job, deaf=True)
    strange(desk, job)
    scheduler.look()
    desk.forget(ANNA)
    ended(process)
    scheduler.look()
    assert not rows(desk, job) and not desk.settings.of(ANNA).room.exists()


def ended(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait(timeout=PATIENCE_SECONDS)
