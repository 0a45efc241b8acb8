import os
import time
from pathlib import Path

import pytest

from core.jobs.desk import Desk
from core.jobs.entries import LOCAL
from core.jobs.orders import BringIn, FetchAddresses, Pack, Train
from core.jobs.pair import Pair
from core.jobs.photos import Photos
from core.jobs.sweeper import sweep
from core.training import presets
from tests.jobs.conftest import ANNA, BERT, AtWork, Shelve
from tests.jobs.rounds import strange

DAY = 86_400.0
TRAIN = Train(dataset="folder", recipe=presets.load("quick"))


def aged(path: Path, days: float) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    then = time.time() - days * DAY
    os.utime(path, (then, then))
    return path


def last_seen(desk: Desk, visitor: str, days_ago: float) -> None:
    desk.database.change("UPDATE visitors SET seen = ? WHERE id = ?", time.time() - days_ago * DAY, visitor)


def test_visitors_unseen_for_too_long_are_forgotten_and_others_are_not(desk: Desk, shelve: Shelve) -> None:
    shelve(ANNA)
    shelve(BERT)
    last_seen(desk, ANNA, desk.settings.keep_days + 1)
    last_seen(desk, BERT, desk.settings.keep_days - 1)
    sweep(desk)
    assert desk.datasets(ANNA) == () and not desk.settings.of(ANNA).room.exists()
    assert len(desk.datasets(BERT)) == 1 and desk.settings.of(BERT).room.exists()


def test_a_visitor_whose_job_runs_is_not_forgotten(desk: Desk, shelve: Shelve) -> None:
    shelve(ANNA)
    desk.submit(ANNA, TRAIN)
    last_seen(desk, ANNA, desk.settings.keep_days + 1)
    sweep(desk)
    assert len(desk.datasets(ANNA)) == 1


def test_ones_own_pictures_stay_however_long_nobody_comes(desk: Desk, shelve: Shelve) -> None:
    desk.saw(LOCAL)
    shelve(LOCAL)
    last_seen(desk, LOCAL, 1000)
    sweep(desk)
    assert len(desk.datasets(LOCAL)) == 1


def test_what_killed_processes_left_goes_after_a_day(desk: Desk, shelve: Shelve) -> None:
    room = desk.settings.of(ANNA)
    shelve(ANNA, "standing")
    old = [aged(room.datasets / ".incoming-1", 2), aged(room.uploads / "lost.zip", 2), aged(room.jobs / "nobodys", 2)]
    young = [aged(room.datasets / ".incoming-2", 0), aged(room.uploads / "new.zip", 0), aged(room.jobs / "new", 0)]
    sweep(desk)
    assert not any(path.exists() for path in old)
    assert all(path.exists() for path in young)


def test_a_jobs_folder_stays_as_long_as_the_desk_knows_it(desk: Desk) -> None:
    job = desk.submit(ANNA, TRAIN)
    aged(job.folder, 10)
    sweep(desk)
    assert job.folder.exists()


def test_a_cache_goes_with_the_last_copy_of_its_pictures(desk: Desk, shelve: Shelve) -> None:
    shelve(ANNA, "standing")
    kept, orphaned = aged(desk.settings.cache / "standing", 2), aged(desk.settings.cache / "orphaned", 2)
    fresh = aged(desk.settings.cache / "just-begun", 0)
    sweep(desk)
    assert kept.exists() and fresh.exists() and not orphaned.exists()


def test_a_room_without_a_visitor_goes_and_the_shared_one_stays(desk: Desk) -> None:
    stray = aged(desk.settings.home / "visitors" / ("c" * 32), 2)
    shared = aged(desk.settings.home / "visitors" / "builtin", 2)
    sweep(desk)
    assert not stray.exists() and shared.exists()


def aged_file(file: Path, days: float) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch()
    then = time.time() - days * DAY
    os.utime(file, (then, then))
    return file


def test_halves_that_killed_processes_left_go_after_a_day(desk: Desk, shelve: Shelve) -> None:
    shelve(ANNA, "standing")
    job = desk.submit(ANNA, TRAIN)
    cache = desk.settings.cache
    places = [cache / "standing" / ".pixels-1.npy.0123", cache / ".precision.json.0123",
              job.folder / ".checkpoint.pt.0123"]
    for file in places:
        aged_file(file, 0)
    sweep(desk)
    assert all(file.exists() for file in places)
    for file in places:
        aged_file(file, 2)
    sweep(desk)
    assert not any(file.exists() for file in places) and job.folder.exists()


def test_a_packed_data_set_goes_after_a_day_and_its_job_stays(desk: Desk) -> None:
    job = desk.submit(ANNA, Pack(dataset="folder", fingerprint="f"))
    file = aged_file(job.folder / "pictures.zip", 0)
    sweep(desk)
    assert file.exists()
    aged_file(file, 2)
    sweep(desk)
    assert not file.exists() and job.folder.exists()


def test_a_lock_goes_when_there_is_nothing_that_it_guards(desk: Desk, shelve: Shelve) -> None:
    shelve(ANNA, "standing")
    cache = desk.settings.cache / "standing"
    kept = [aged_file(cache / name, 2) for name in ("pixels-1.npy", "pixels-1.npy.lock", "prepared-1")]
    taken = aged_file(cache / "pixels-3.npy.lock", 0)
    orphaned = aged_file(cache / "pixels-2.npy.lock", 2)
    sweep(desk)
    assert all(file.exists() for file in kept) and taken.exists() and not orphaned.exists()


@pytest.mark.parametrize("state", ["queued", "running"])
def test_an_upload_and_its_list_stay_as_long_as_a_job_is_to_read_them(desk: Desk, state: str) -> None:
    folder = desk.settings.of(ANNA).uploads
    upload, labels = aged_file(folder / "wanted.zip", 5), aged_file(folder / "wanted.list", 5)
    job = desk.submit(ANNA, BringIn(source=str(upload), labels=str(labels), name="zip", disposable=True))
    desk.database.change("UPDATE jobs SET state = ? WHERE id = ?", state, job.id)
    sweep(desk)
    assert upload.exists() and labels.exists()
    desk.database.change("UPDATE jobs SET state = 'failed' WHERE id = ?", job.id)
    sweep(desk)
    assert not upload.exists() and not labels.exists()


def test_a_zip_and_a_list_that_nobody_brings_in_go_after_a_day(desk: Desk) -> None:
    pair = Pair(desk.settings.of(ANNA))
    pair.keep("list", "labels.csv", b"file,label\n1.jpg,ant\n2.jpg,bee\n")
    sweep(desk)
    assert pair.sent("list") is not None
    sweep(desk, time.time() + 2 * DAY)
    assert not pair.folder.exists()


def test_a_job_of_another_version_stops_no_sweep(desk: Desk, shelve: Shelve) -> None:
    shelve(ANNA)
    job = desk.submit(ANNA, TRAIN)
    upload = desk.submit(BERT, BringIn(source="/nowhere/lost.zip", name="zip", disposable=True))
    for each in (job, upload):
        strange(desk, each)
    desk.database.change("UPDATE jobs SET state = 'finished' WHERE id = ?", job.id)
    last_seen(desk, ANNA, desk.settings.keep_days + 1)
    sweep(desk)
    assert desk.datasets(ANNA) == () and not desk.settings.of(ANNA).room.exists()


def test_a_visitor_whose_deleted_job_is_still_ending_is_not_forgotten_twice(desk: Desk, at_work: AtWork) -> None:
    job = desk.submit(ANNA, TRAIN)
    at_work(job, deaf=True)
    desk.forget(ANNA)
    desk.saw(ANNA)
    last_seen(desk, ANNA, desk.settings.keep_days + 1)
    sweep(desk)
    assert desk.database.row("SELECT 1 FROM visitors WHERE id = ?", ANNA) is not None


def test_what_was_fetched_stays_a_day_and_goes_a_file_at_a_time(desk: Desk) -> None:
    fetched = desk.settings.of(ANNA).uploads / "fetched"
    old, young = aged_file(fetched / "old.jpg", 2), aged_file(fetched / "young.jpg", 0.5)
    aged(fetched, 2)
    sweep(desk)
    assert young.exists() and not old.exists()


def test_a_list_of_addresses_stays_while_a_job_waits_for_it_and_a_day_longer(desk: Desk) -> None:
    listed = aged_file(desk.settings.of(ANNA).uploads / "addresses-1.json", 5)
    job = desk.submit(ANNA, FetchAddresses(source=str(listed), name="bears", addresses=4))
    sweep(desk)
    assert listed.exists()
    desk.cancel(ANNA, job.id)
    assert listed.exists(), "it can be gone on with"
    sweep(desk)
    assert not listed.exists()


def test_photos_that_were_shown_stay_a_day_and_go_one_by_one(desk: Desk) -> None:
    shown = desk.settings.of(ANNA).uploads / "photos"
    old, young = aged_file(shown / "old", 1.1), aged_file(shown / "young", 0.9)
    sweep(desk)
    assert young.exists() and not old.exists()
    Photos(desk.settings.of(ANNA)).add([("a.jpg", b"1")])
    desk.forget(ANNA)
    assert not shown.exists()
