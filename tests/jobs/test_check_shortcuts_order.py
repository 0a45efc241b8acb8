"""The order that has a training checked for shortcuts."""

import shutil
from pathlib import Path

import pytest
from pydantic import ValidationError

from core.data.ingest import ingest
from core.events import Failed, ShortcutsChecked, drain
from core.jobs.conclusion import conclude
from core.jobs.desk import Desk
from core.jobs.entries import LOCAL
from core.jobs.orders import LIGHT, Assignment, CheckShortcuts, parse
from core.jobs.worker import perform
from core.runs.folder import RunFolder
from core.settings import Settings
from core.training import presets
from tests.running import Heard, Workshop

TRAINING = "0123456789abcdef" * 2


def last_event(settings: Settings) -> object:
    return list(RunFolder.open(settings.jobs / "job").read_events())[-1]


def assigned(dataset: str, settings: Settings) -> Assignment:
    order = CheckShortcuts(dataset=dataset, training=TRAINING)
    return Assignment(job="job", order=order, settings=settings, lease="")


def test_a_worker_writes_what_it_found_into_the_training_s_folder(
        quick_run: Heard, workshop: Workshop, settings: Settings) -> None:
    settings = settings.model_copy(update={"threads": 1})
    _, stored = drain(ingest(workshop.source, settings))
    training = RunFolder(Path(shutil.copytree(quick_run.run.path, settings.jobs / TRAINING)))
    assert perform(assigned(stored.path.name, settings), lambda: False) == 0
    assert isinstance(last_event(settings), ShortcutsChecked)
    assert training.shortcuts.is_file()


def test_a_training_that_was_deleted_is_told_in_words(workshop: Workshop, settings: Settings) -> None:
    _, stored = drain(ingest(workshop.source, settings))
    assert perform(assigned(stored.path.name, settings), lambda: False) != 0
    end = last_event(settings)
    assert isinstance(end, Failed)
    assert "no final predictions" in end.problem


def test_it_computes_and_is_kept_by_the_queue_as_it_was() -> None:
    assert "shortcuts" not in LIGHT
    order = CheckShortcuts(dataset="d", training=TRAINING)
    assert parse(order.model_dump_json()) == order
    with pytest.raises(ValidationError):
        CheckShortcuts(dataset="d", training="../outside")


def test_its_end_is_concluded_like_any_other(settings: Settings) -> None:
    desk = Desk(settings)
    desk.saw(LOCAL)
    entry = desk.shelve(LOCAL, "colours", "colours", 10, presets.load("quick"))
    job = desk.submit(LOCAL, CheckShortcuts(dataset="colours", training=TRAINING), entry.id)
    RunFolder.create(job.folder).append(ShortcutsChecked(3, 0.1))
    desk.database.change("UPDATE jobs SET state = 'running' WHERE id = ?", job.id)
    conclude(desk, desk.job(LOCAL, job.id), "finished")
    assert desk.job(LOCAL, job.id).state == "finished"
