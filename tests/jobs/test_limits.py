"""What a visitor may have at a time."""

from pathlib import Path

import pytest

from core.errors import LimitReached
from core.jobs.desk import Desk
from core.jobs.entries import LOCAL
from core.jobs.orders import BringIn, FetchAddresses, Prepare, Train
from core.settings import Settings
from core.training import presets
from tests.jobs.conftest import ANNA, BERT
from tests.jobs.rounds import run

QUICK = presets.load("quick")
TRAIN = Train(dataset="folder", recipe=QUICK)
UPLOAD = BringIn(source="/tmp/none.zip", name="none")


def test_a_visitor_may_have_only_so_many_jobs_at_once(settings: Settings) -> None:
    desk = Desk(settings.model_copy(update={"visitor_jobs": 2}))
    first = desk.submit(ANNA, TRAIN)
    desk.submit(ANNA, TRAIN)
    with pytest.raises(LimitReached, match="2 jobs"):
        desk.submit(ANNA, TRAIN)
    desk.submit(BERT, TRAIN)
    desk.submit(ANNA, Prepare(dataset="folder", recipe=QUICK))
    desk.cancel(ANNA, first.id)
    desk.submit(ANNA, TRAIN)


def test_a_visitor_may_have_only_so_many_data_sets_and_bytes(settings: Settings) -> None:
    desk = Desk(settings.model_copy(update={"visitor_datasets": 2, "visitor_bytes": 100}))
    desk.saw(ANNA)
    desk.shelve(ANNA, "one", "one", 100, QUICK)
    with pytest.raises(LimitReached, match="take"):
        desk.submit(ANNA, UPLOAD)
    desk.shelve(ANNA, "two", "two", 0, QUICK)
    with pytest.raises(LimitReached, match="2 data sets"):
        desk.submit(ANNA, UPLOAD)
    assert desk.submit(BERT, UPLOAD).state == "queued"


def test_pictures_that_are_coming_in_count_as_data_sets(settings: Settings) -> None:
    desk = Desk(settings.model_copy(update={"visitor_datasets": 2}))
    desk.shelve(ANNA, "one", "one", 10, QUICK)
    coming = desk.submit(ANNA, UPLOAD)
    with pytest.raises(LimitReached, match="2 data sets already, with those that are coming in"):
        desk.submit(ANNA, UPLOAD)
    run(desk, coming)
    with pytest.raises(LimitReached, match="2 data sets"):
        desk.submit(ANNA, UPLOAD)
    desk.database.change("UPDATE jobs SET state = 'failed'")
    desk.submit(ANNA, UPLOAD)


def test_uploads_that_wait_count_as_bytes(settings: Settings, tmp_path: Path) -> None:
    desk = Desk(settings.model_copy(update={"visitor_bytes": 100}))
    desk.shelve(ANNA, "one", "one", 40, QUICK)
    upload = tmp_path / "upload.zip"
    upload.write_bytes(b"x" * 60)
    desk.submit(ANNA, BringIn(source="coins", builtin=True, name="coins"))
    desk.submit(ANNA, BringIn(source=str(upload), name="zip", disposable=True))
    with pytest.raises(LimitReached, match="take"):
        desk.submit(ANNA, UPLOAD)
    upload.unlink()              # read to its end, and about to be on the shelf
    desk.submit(ANNA, UPLOAD)


def test_the_list_beside_an_upload_counts_too(settings: Settings, tmp_path: Path) -> None:
    desk = Desk(settings.model_copy(update={"visitor_bytes": 100}))
    for name, size in (("zip", 60), ("list", 40)):
        (tmp_path / name).write_bytes(b"x" * size)
    upload, labels = map(str, (tmp_path / "zip", tmp_path / "list"))
    desk.submit(ANNA, BringIn(source=upload, labels=labels, name="dogs", disposable=True))
    with pytest.raises(LimitReached, match="take"):
        desk.submit(ANNA, UPLOAD)
    (tmp_path / "list").write_bytes(b"")
    desk.submit(ANNA, UPLOAD)


def test_limits_are_for_strangers_not_for_ones_own_machine(settings: Settings) -> None:
    desk = Desk(settings.model_copy(update={"visitor_jobs": 1}))
    for _ in range(3):
        desk.submit(LOCAL, TRAIN)
    assert len(list(desk.waiting())) == 3


def test_pictures_that_are_fetched_count_as_a_data_set_and_as_bytes(settings: Settings) -> None:
    listed = FetchAddresses(source="/nowhere.json", name="bears", addresses=1000)
    desk = Desk(settings.model_copy(update={"visitor_datasets": 1}))
    desk.submit(ANNA, listed)
    with pytest.raises(LimitReached, match="1 data sets already, with those that are coming in"):
        desk.submit(ANNA, listed)
    desk = Desk(settings.model_copy(update={"visitor_bytes": 150_000_000}))
    desk.submit(BERT, listed)
    with pytest.raises(LimitReached, match="take 200 MB"):
        desk.submit(BERT, UPLOAD)
