import os
import time
from pathlib import Path

from core.jobs.desk import Desk
from core.jobs.entries import LOCAL
from core.jobs.orders import Train
from core.jobs.sweeper import sweep
from core.training import recipe as recipes
from tests.jobs.conftest import ANNA, BERT, Shelve

DAY = 86_400.0
TRAIN = Train(dataset="folder", recipe=recipes.load("quick"))


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
