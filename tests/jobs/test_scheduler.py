"""The scheduler's rounds with a launcher that starts nothing: each test says what the workers did meanwhile."""

import subprocess
import sys
import time

from core.events import BroughtIn, Failed, Finished, Prepared
from core.jobs.desk import Desk
from core.jobs.entries import LOCAL
from core.jobs.orders import BringIn, FetchAddresses, FindLr, Prepare, Train
from core.jobs.scheduler import Scheduler
from core.runs.folder import RunFolder
from core.settings import Settings
from core.training import presets
from tests.jobs.conftest import ANNA, BERT, AtWork, Shelve
from tests.jobs.rounds import Launched, began, ends, ready, state

QUICK = presets.load("quick")
TRAIN = Train(dataset="folder", recipe=QUICK)
PREPARE = Prepare(dataset="folder", recipe=QUICK)


# ---- slots and turns

def test_one_job_computes_at_a_time_and_the_next_one_follows_its_end(
        desk: Desk, scheduler: Scheduler, launched: Launched) -> None:
    first, second = desk.submit(ANNA, TRAIN), desk.submit(BERT, TRAIN)
    scheduler.look()
    scheduler.look()
    assert launched.jobs == [first.id]
    ends(desk, first, "finished")
    scheduler.look()
    assert launched.jobs == [first.id, second.id]
    assert (state(desk, first), state(desk, second)) == ("finished", "running")


def test_pictures_are_brought_in_while_another_job_computes(
        desk: Desk, scheduler: Scheduler, launched: Launched) -> None:
    training = desk.submit(ANNA, TRAIN)
    uploads = [desk.submit(BERT, BringIn(source=f"/nowhere/{number}.zip", name="zip")) for number in range(3)]
    scheduler.look()
    assert set(launched.jobs) == {training.id, uploads[0].id, uploads[1].id}


def test_who_waits_for_far_servers_keeps_nobody_from_reading_a_zip(
        desk: Desk, scheduler: Scheduler, launched: Launched) -> None:
    lists = [desk.submit(BERT, FetchAddresses(source=f"/nowhere/{number}.json", name="list", addresses=4))
             for number in range(3)]
    zipped = desk.submit(ANNA, BringIn(source="/nowhere/1.zip", name="zip"))
    assert [desk.ahead_of(job) for job in (*lists, zipped)] == [0, 1, 2, 0]
    scheduler.look()
    assert set(launched.jobs) == {lists[0].id, lists[1].id, zipped.id}


def test_more_slots_mean_fewer_threads_a_job(settings: Settings, launched: Launched) -> None:
    desk = Desk(settings.model_copy(update={"slots": 2, "threads": 5}))
    for visitor in (ANNA, BERT):
        desk.saw(visitor)
        desk.submit(visitor, TRAIN)
    scheduler = ready(desk, launched)
    scheduler._slots = 2
    scheduler.look()
    assert [assignment.settings.threads for assignment in launched.assignments.values()] == [2, 2]


def test_two_jobs_never_share_a_gpu(settings: Settings, launched: Launched) -> None:
    desk = Desk(settings)
    for visitor in (ANNA, BERT):
        desk.saw(visitor)
    jobs = [desk.submit(ANNA, TRAIN), desk.submit(BERT, TRAIN), desk.submit(ANNA, TRAIN)]
    scheduler = ready(desk, launched)
    scheduler._gpus, scheduler._slots = (0, 3), 2
    scheduler.look()
    assert [launched.assignments[job.id].gpu for job in jobs[:2]] == [0, 3]
    ends(desk, jobs[1], "finished")
    scheduler.look()
    assert launched.assignments[jobs[2].id].gpu == 3


def test_a_worker_gets_its_visitors_own_room(desk: Desk, scheduler: Scheduler, launched: Launched) -> None:
    job = desk.submit(ANNA, TRAIN)
    scheduler.look()
    assert launched.assignments[job.id].settings.jobs / job.id == job.folder


# ---- preparing ahead

def test_preparing_makes_room_for_a_job_that_someone_waits_for_and_comes_again(
        desk: Desk, shelve: Shelve, scheduler: Scheduler, launched: Launched) -> None:
    preparing = desk.submit(ANNA, PREPARE, shelve(ANNA).id)
    scheduler.look()
    began(preparing)
    wanted = desk.submit(BERT, TRAIN, shelve(BERT).id)
    scheduler.look()
    assert preparing.run.stop.exists() and launched.jobs == [preparing.id]
    ends(desk, preparing, "cancelled")
    scheduler.look()
    assert launched.jobs == [preparing.id, wanted.id]
    assert state(desk, preparing) == "queued" and not preparing.folder.exists()
    ends(desk, wanted, "finished")
    scheduler.look()
    assert launched.jobs == [preparing.id, wanted.id, preparing.id]


def test_preparing_goes_on_for_a_job_that_needs_just_that(
        desk: Desk, shelve: Shelve, scheduler: Scheduler, launched: Launched) -> None:
    entry = shelve(ANNA)
    preparing = desk.submit(ANNA, PREPARE, entry.id)
    scheduler.look()
    began(preparing)
    desk.submit(ANNA, FindLr(dataset="folder", recipe=QUICK), entry.id)
    scheduler.look()
    assert not preparing.run.stop.exists()


def test_what_is_prepared_already_takes_no_worker(desk: Desk, scheduler: Scheduler, launched: Launched) -> None:
    (desk.settings.cache / "folder").mkdir(parents=True)
    first = desk.submit(ANNA, PREPARE)
    scheduler.look()
    began(first).append(Prepared("resnet18", 128, 1.0))
    ends(desk, first, "finished")
    scheduler.look()
    second = desk.submit(BERT, PREPARE)
    scheduler.look()
    assert state(desk, second) == "finished" and launched.jobs == [first.id]


def test_a_training_of_the_head_leaves_nothing_to_prepare(desk: Desk, scheduler: Scheduler,
                                                          launched: Launched) -> None:
    (desk.settings.cache / "folder").mkdir(parents=True)
    trained, waiting = desk.submit(ANNA, TRAIN), desk.submit(BERT, PREPARE)
    scheduler.look()
    ends(desk, trained, "finished")
    scheduler.look()
    scheduler.look()
    assert state(desk, waiting) == "finished" and launched.jobs == [trained.id]


def test_another_network_or_a_deleted_cache_is_prepared_anew(
        desk: Desk, scheduler: Scheduler, launched: Launched) -> None:
    cache = desk.settings.cache / "folder"
    cache.mkdir(parents=True)
    first = desk.submit(ANNA, PREPARE)
    scheduler.look()
    ends(desk, first, "finished")
    scheduler.look()
    other = desk.submit(ANNA, Prepare(dataset="folder", recipe=QUICK.changed(architecture="resnet34")))
    scheduler.look()
    assert state(desk, other) == "running"
    ends(desk, other, "finished")
    scheduler.look()
    for mark in cache.iterdir():
        mark.unlink()
    again = desk.submit(ANNA, PREPARE)
    scheduler.look()
    assert state(desk, again) == "running"


# ---- ends

def test_a_failure_keeps_its_problem_and_remedy(desk: Desk, scheduler: Scheduler) -> None:
    job = desk.submit(ANNA, TRAIN)
    scheduler.look()
    began(job).append(Failed("It is broken.", "Mend it."))
    ends(desk, job, "failed", "It is broken.", "Mend it.")
    scheduler.look()
    ended = desk.job(ANNA, job.id)
    assert (ended.state, ended.problem, ended.remedy) == ("failed", "It is broken.", "Mend it.")
    assert ended.ended is not None


def test_strangers_are_not_told_where_the_server_keeps_things(desk: Desk, scheduler: Scheduler) -> None:
    for owner, tells in ((ANNA, False), (LOCAL, True)):
        job = desk.submit(owner, TRAIN)
        scheduler.look()
        ends(desk, job, "failed", f"'{job.folder}' is broken.", "Mend it.")
        scheduler.look()
        assert (str(desk.settings.home) in desk.job(owner, job.id).problem) is tells


def test_pictures_that_came_in_are_on_the_shelf_when_the_job_is_over(
        desk: Desk, scheduler: Scheduler, quick_run: object, workshop: object) -> None:
    from core.data.ingest import ingest
    from core.events import drain
    from tests.running import Workshop

    assert isinstance(workshop, Workshop)
    job = desk.submit(ANNA, BringIn(source="/nowhere.zip", name="Red & blue", disposable=True))
    scheduler.look()
    _, stored = drain(ingest(workshop.source, desk.settings.of(ANNA)))
    began(job).append(BroughtIn(stored.path.name, "Red & blue", 1234))
    ends(desk, job, "finished")
    scheduler.look()
    chosen = desk.chosen(ANNA)
    assert chosen and (chosen.name, chosen.bytes, chosen.confirmed) == ("Red & blue", 1234, False)
    assert desk.job(ANNA, job.id).dataset == chosen.id
    assert desk.stored(ANNA, chosen.id).catalogue.classes == ("blue", "red")


def test_a_job_that_cannot_be_concluded_fails_and_does_not_block_the_others(
        desk: Desk, scheduler: Scheduler, launched: Launched) -> None:
    job = desk.submit(ANNA, BringIn(source="/nowhere.zip", name="zip"))
    scheduler.look()
    ends(desk, job, "finished")          # but no BroughtIn was written
    other = desk.submit(BERT, TRAIN)
    scheduler.look()
    assert (state(desk, job), state(desk, other)) == ("failed", "running")


def test_a_process_that_vanished_is_marked_killed_with_a_remedy(desk: Desk, scheduler: Scheduler) -> None:
    job = desk.submit(ANNA, TRAIN)
    scheduler.look()
    gone = subprocess.Popen([sys.executable, "-c", "pass"])
    gone.wait()
    desk.database.change("UPDATE jobs SET pid = ? WHERE id = ?", gone.pid, job.id)
    scheduler.look()
    ended = desk.job(ANNA, job.id)
    assert ended.state == "killed" and ended.problem and ended.remedy


def test_a_cancelled_jobs_upload_is_deleted(desk: Desk, scheduler: Scheduler) -> None:
    upload = desk.settings.home / "upload.zip"
    upload.parent.mkdir(parents=True, exist_ok=True)
    upload.write_bytes(b"zip")
    job = desk.submit(ANNA, BringIn(source=str(upload), name="zip", disposable=True))
    scheduler.look()
    ends(desk, job, "cancelled")
    scheduler.look()
    assert state(desk, job) == "cancelled" and not upload.exists()


def test_a_job_that_does_not_stop_is_terminated_and_then_killed(desk: Desk, scheduler: Scheduler,
                                                              at_work: AtWork) -> None:
    job = desk.submit(ANNA, TRAIN)
    scheduler.look()
    deaf = at_work(job, deaf=True)
    desk.cancel(ANNA, job.id)
    scheduler.look()
    assert deaf.poll() is None
    desk.database.change("UPDATE jobs SET stop_asked = stop_asked - 30")
    scheduler.look()
    assert deaf.poll() is None and state(desk, job) == "running"     # it ignored SIGTERM
    desk.database.change("UPDATE jobs SET stop_asked = stop_asked - 300")
    scheduler.look()
    assert deaf.wait(timeout=10) < 0
    scheduler.look()
    assert desk.job(ANNA, job.id).over


def test_a_strangers_job_may_take_only_so_long_and_ones_own_any_time(settings: Settings, launched: Launched) -> None:
    desk = Desk(settings.model_copy(update={"job_minutes": 1.0, "slots": 2}))
    for visitor in (ANNA, LOCAL):
        desk.saw(visitor)
    long, own = desk.submit(ANNA, TRAIN), desk.submit(LOCAL, TRAIN)
    scheduler = ready(desk, launched)
    scheduler._slots = 2
    scheduler.look()
    desk.database.change("UPDATE jobs SET started = started - 61")
    for job in (long, own):
        began(job)
    scheduler.look()
    assert "1 minutes" in desk.job(ANNA, long.id).why_stopped and long.run.stop.exists()
    assert not own.run.stop.exists()


# ---- after a restart

def test_a_new_server_takes_up_what_runs_and_concludes_what_ended(desk: Desk, launched: Launched) -> None:
    before = ready(desk, launched)
    going, done = desk.submit(ANNA, TRAIN), desk.submit(BERT, TRAIN)
    before._slots = 2
    before.look()
    for job in (going, done):
        began(job)
    RunFolder.open(done.folder).append(Finished(0.9, 0.1, 10, 0, 1.0, "run"))
    ends(desk, done, "finished")
    after = ready(Desk(desk.settings), Launched())
    after.look()
    assert (state(desk, going), state(desk, done)) == ("running", "finished")


def test_a_job_that_a_dying_server_took_but_never_started_is_queued_again(
        desk: Desk, scheduler: Scheduler, launched: Launched) -> None:
    job = desk.submit(ANNA, TRAIN)
    desk.database.change("UPDATE jobs SET state = 'running', started = ? WHERE id = ?", time.time() - 60, job.id)
    scheduler.look()
    scheduler.look()
    assert launched.jobs == [job.id]


def test_a_round_renews_the_lease_and_keeps_a_spare_unless_a_short_job_runs(
        desk: Desk, scheduler: Scheduler, launched: Launched) -> None:
    scheduler.look()
    assert scheduler.lease.exists() and launched.warmed == 1
    desk.submit(ANNA, TRAIN)
    scheduler.look()
    assert launched.warmed == 1
    desk.database.change("UPDATE jobs SET started = started - 60")
    scheduler.look()
    assert launched.warmed == 2
