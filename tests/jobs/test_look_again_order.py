"""The order that has a training's pictures looked at in several ways."""

import shutil
from pathlib import Path

import pytest
from pydantic import ValidationError

from core.data.ingest import ingest
from core.events import Failed, LookedAgain, drain
from core.jobs.conclusion import conclude
from core.jobs.desk import Desk
from core.jobs.entries import LOCAL
from core.jobs.orders import LIGHT, URGENCY, Assignment, LookAgain, parse
from core.jobs.worker import perform
from core.runs.folder import RunFolder
from core.settings import Settings
from core.training import presets
from tests.running import Heard, Workshop

TRAINING = "0123456789abcdef" * 2


def never() -> bool:
    return False


def last_event(settings: Settings) -> object:
    return list(RunFolder.open(settings.jobs / "job").read_events())[-1]


def assigned(dataset: str, settings: Settings) -> Assignment:
    order = LookAgain(dataset=dataset, training=TRAINING, views=2)
    return Assignment(job="job", order=order, settings=settings, lease="")


def test_a_worker_writes_the_views_into_the_training_s_folder(
        fine_tuned: Heard, workshop: Workshop, settings: Settings) -> None:
    settings = settings.model_copy(update={"threads": 1})
    _, stored = drain(ingest(workshop.source, settings))
    training = RunFolder(Path(shutil.copytree(fine_tuned.run.path, settings.jobs / TRAINING)))
    assert perform(assigned(stored.path.name, settings), never) == 0
    assert isinstance(last_event(settings), LookedAgain)
    assert training.views_file("valid").is_file()


def test_a_training_that_was_deleted_is_told_in_words(workshop: Workshop, settings: Settings) -> None:
    _, stored = drain(ingest(workshop.source, settings))
    assert perform(assigned(stored.path.name, settings), never) != 0
    end = last_event(settings)
    assert isinstance(end, Failed)
    assert "no final predictions" in end.problem


def test_it_computes_and_is_as_urgent_as_a_search() -> None:
    assert "tta" not in LIGHT
    assert URGENCY["tta"] == URGENCY["find-lr"]


@pytest.mark.parametrize("values", [{"training": "../outside"}, {"views": 0}, {"views": 1000}])
def test_an_order_that_cannot_be_is_none(values: dict[str, object]) -> None:
    LookAgain(dataset="d", training=TRAINING)
    with pytest.raises(ValidationError):
        LookAgain.model_validate({"dataset": "d", "training": TRAINING} | values)


def test_the_queue_keeps_it_as_it_was() -> None:
    order = LookAgain(dataset="d", training=TRAINING, views=8)
    assert parse(order.model_dump_json()) == order


def test_its_end_is_concluded_like_any_other(settings: Settings) -> None:
    desk = Desk(settings)
    desk.saw(LOCAL)
    entry = desk.shelve(LOCAL, "colours", "colours", 10, presets.load("quick"))
    job = desk.submit(LOCAL, LookAgain(dataset="colours", training=TRAINING), entry.id)
    RunFolder.create(job.folder).append(LookedAgain(3, 4, 0.1))
    desk.database.change("UPDATE jobs SET state = 'running' WHERE id = ?", job.id)
    conclude(desk, desk.job(LOCAL, job.id), "finished")
    assert desk.job(LOCAL, job.id).state == "finished"
