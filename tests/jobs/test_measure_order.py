"""The order that has pictures measured whose measures are not in the cache."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from core.data.ingest import ingest
from core.data.measures import known
from core.data.store import StoredDataset
from core.errors import LimitReached
from core.events import Cancelled, Failed, Measured, Progress, drain
from core.jobs.conclusion import conclude
from core.jobs.desk import Desk
from core.jobs.orders import LIGHT, UNASKED, URGENCY, Assignment, BringIn, Measure, Prepare, parse
from core.jobs.worker import perform
from core.runs.folder import RunFolder
from core.settings import Settings
from core.training import presets
from tests.fakes import labelled_folder
from tests.jobs.conftest import ANNA, BERT, AtWork, Shelve
from tests.jobs.rounds import run


@pytest.fixture
def stored(tmp_path: Path, settings: Settings) -> StoredDataset:
    """Pictures that nobody measured yet."""
    return drain(ingest(labelled_folder(tmp_path / "pets", {"cat": 4, "dog": 3}), settings))[1]


def done(stored: StoredDataset, settings: Settings, *, stop: bool = False) -> list[object]:
    """The events of a worker that does it."""
    assignment = Assignment(job="job", order=Measure(dataset=stored.path.name), settings=settings, lease="")
    perform(assignment, lambda: stop)
    return list(RunFolder.open(settings.jobs / "job").read_events())


def test_a_worker_measures_every_picture_into_the_cache_and_says_how_many(stored: StoredDataset,
                                                                          settings: Settings) -> None:
    *moved, end = done(stored, settings)
    assert isinstance(end, Measured) and end.pictures == 7
    assert moved[-1] == Progress("measuring pictures", 7, 7)
    measures = known(stored, settings)
    assert measures is not None and len(measures) == 7


def test_what_was_measured_meanwhile_is_not_measured_again(stored: StoredDataset, settings: Settings) -> None:
    done(stored, settings)
    shutil.rmtree(settings.jobs / "job")
    for sample in stored.catalogue.samples:
        stored.thumbnail(sample).unlink()
    assert [type(event) for event in done(stored, settings)] == [Measured]


def test_a_wish_to_stop_ends_it_without_half_a_table(stored: StoredDataset, settings: Settings) -> None:
    assert isinstance(done(stored, settings, stop=True)[-1], Cancelled)
    assert known(stored, settings) is None


def test_a_lost_thumbnail_fails_in_words(stored: StoredDataset, settings: Settings) -> None:
    stored.thumbnail(stored.catalogue.samples[0]).unlink()
    end = done(stored, settings)[-1]
    assert isinstance(end, Failed)
    assert stored.catalogue.samples[0].original_name in end.problem and "bring it in again" in end.remedy


def test_a_data_set_that_is_gone_fails_in_words(stored: StoredDataset, settings: Settings) -> None:
    shutil.rmtree(stored.path)
    assert isinstance(done(stored, settings)[-1], Failed)


def test_it_reads_pictures_needs_no_network_and_comes_after_what_people_wait_for() -> None:
    assert "measure" in LIGHT and "measure" in UNASKED
    assert URGENCY["measure"] > URGENCY["bring-in"] and URGENCY["measure"] > URGENCY["train"]


def test_its_worker_loads_no_torch(stored: StoredDataset, settings: Settings) -> None:
    assignment = Assignment(job="job", order=Measure(dataset=stored.path.name), settings=settings, lease="")
    code = ("import sys; from core.jobs.orders import Assignment; from core.jobs.worker import perform\n"
            "assert perform(Assignment.model_validate_json(sys.stdin.read()), lambda: False) == 0\n"
            "assert 'torch' not in sys.modules")
    subprocess.run([sys.executable, "-c", code], input=assignment.model_dump_json(), text=True, check=True,
                   cwd=Path(__file__).parents[2])


def test_the_queue_keeps_it_as_it_was() -> None:
    assert parse(Measure(dataset="d").model_dump_json()) == Measure(dataset="d")
    with pytest.raises(ValidationError):
        Measure.model_validate({"dataset": "d", "recipe": {}})


def test_it_counts_for_no_limit_and_is_held_back_by_none(settings: Settings) -> None:
    desk = Desk(settings.model_copy(update={"visitor_jobs": 1}))
    coins = BringIn(source="coins", builtin=True, name="coins")
    desk.submit(ANNA, Measure(dataset="folder"))
    desk.submit(ANNA, coins)
    desk.submit(ANNA, Measure(dataset="folder"))
    with pytest.raises(LimitReached):
        desk.submit(ANNA, coins)


def test_it_costs_its_visitor_no_turn(desk: Desk) -> None:
    run(desk, desk.submit(ANNA, Measure(dataset="folder")))
    theirs = desk.submit(BERT, Prepare(dataset="folder", recipe=presets.load("quick")))
    run(desk, theirs)
    first = desk.submit(BERT, BringIn(source="coins", builtin=True, name="coins"))
    mine = desk.submit(ANNA, BringIn(source="coins", builtin=True, name="coins"))
    assert [job.id for job in desk.waiting()] == [first.id, mine.id]      # neither was served yet: as they came


def test_pictures_that_are_being_measured_can_be_deleted(desk: Desk, shelve: Shelve, at_work: AtWork) -> None:
    entry = shelve(ANNA)
    at_work(desk.submit(ANNA, Measure(dataset="folder"), entry.id))
    desk.remove_dataset(ANNA, entry.id)
    assert desk.datasets(ANNA) == ()


def test_its_end_is_concluded_like_any_other(desk: Desk, shelve: Shelve) -> None:
    job = desk.submit(ANNA, Measure(dataset="folder"), shelve(ANNA).id)
    RunFolder.create(job.folder).append(Measured(3, 0.1))
    desk.database.change("UPDATE jobs SET state = 'running' WHERE id = ?", job.id)
    conclude(desk, desk.job(ANNA, job.id), "finished")
    assert desk.job(ANNA, job.id).state == "finished"
