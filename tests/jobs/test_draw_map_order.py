"""The order that has a training's pictures laid out by what its network makes of them."""

import shutil
from pathlib import Path

import pytest

from core.data.ingest import ingest
from core.events import Failed, Mapped, drain
from core.interpretation.landscape import Landscape
from core.jobs.orders import LIGHT, URGENCY, Assignment, DrawMap, parse
from core.jobs.worker import perform
from core.runs.folder import RunFolder
from core.settings import Settings
from tests.running import Heard, Workshop

TRAINING = "0123456789abcdef" * 2


def never() -> bool:
    return False


def last_event(settings: Settings) -> object:
    return list(RunFolder.open(settings.jobs / "job").read_events())[-1]


def assigned(dataset: str, settings: Settings) -> Assignment:
    return Assignment(job="job", order=DrawMap(dataset=dataset, training=TRAINING), settings=settings, lease="")


def test_a_worker_writes_the_map_into_the_training_s_folder(
        quick_run: Heard, workshop: Workshop, settings: Settings) -> None:
    settings = settings.model_copy(update={"threads": 1})
    _, stored = drain(ingest(workshop.source, settings))
    training = RunFolder(Path(shutil.copytree(quick_run.run.path, settings.jobs / TRAINING)))
    assert perform(assigned(stored.path.name, settings), never) == 0
    assert isinstance(last_event(settings), Mapped)
    assert Landscape.load(training.landscape).belongs_to(training.read_predictions("valid"))


def test_a_training_that_was_deleted_is_told_in_words(workshop: Workshop, settings: Settings) -> None:
    _, stored = drain(ingest(workshop.source, settings))
    assert perform(assigned(stored.path.name, settings), never) != 0
    end = last_event(settings)
    assert isinstance(end, Failed)
    assert "no final predictions" in end.problem


def test_it_computes_and_is_as_urgent_as_a_search() -> None:
    assert "map" not in LIGHT
    assert URGENCY["map"] == URGENCY["find-lr"]


@pytest.mark.parametrize("order", [DrawMap(dataset="d", training=TRAINING)])
def test_the_queue_keeps_it_as_it_was(order: DrawMap) -> None:
    assert parse(order.model_dump_json()) == order
