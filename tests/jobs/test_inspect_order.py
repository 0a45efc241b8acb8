"""The order that has a data set looked through for faults."""

import pytest
from pydantic import ValidationError

from core.cleaning.finding import ACTIVATIONS, Findings
from core.data.ingest import ingest
from core.events import Failed, Inspected, drain
from core.jobs.conclusion import conclude
from core.jobs.desk import Desk
from core.jobs.entries import LOCAL
from core.jobs.orders import LIGHT, URGENCY, Assignment, Inspect, parse
from core.jobs.worker import perform
from core.runs.folder import RunFolder
from core.settings import Settings
from core.training import presets
from tests.running import QUICK, Workshop

QUICKLY = presets.load("quick")


def never() -> bool:
    return False


def last_event(settings: Settings) -> object:
    return list(RunFolder.open(settings.jobs / "job").read_events())[-1]


def test_a_worker_leaves_the_findings_in_the_job_s_folder(workshop: Workshop, settings: Settings) -> None:
    settings = settings.model_copy(update={"threads": 1})
    _, stored = drain(ingest(workshop.source, settings))
    order = Inspect(dataset=stored.path.name, recipe=workshop.ready(QUICK))
    assert perform(Assignment(job="job", order=order, settings=settings, lease=""), never) == 0
    end = last_event(settings)
    assert isinstance(end, Inspected) and end.pictures == len(stored.catalogue.samples)
    assert Findings.load(settings.jobs / "job").pictures == end.pictures
    assert (settings.jobs / "job" / ACTIVATIONS).is_file()


def test_a_worker_that_is_asked_to_stop_leaves_no_findings(workshop: Workshop, settings: Settings) -> None:
    _, stored = drain(ingest(workshop.source, settings))
    order = Inspect(dataset=stored.path.name, recipe=workshop.ready(QUICK))
    assert perform(Assignment(job="job", order=order, settings=settings, lease=""), lambda: True) == 130
    run = RunFolder.open(settings.jobs / "job")
    assert run.read_status().state == "cancelled"
    assert not (run.path / "findings.json").exists()


def test_a_data_set_that_was_deleted_is_told_in_words(settings: Settings) -> None:
    order = Inspect(dataset="gone", recipe=QUICKLY)
    assert perform(Assignment(job="job", order=order, settings=settings, lease=""), never) == 2
    end = last_event(settings)
    assert isinstance(end, Failed) and "cannot be read" in end.problem and end.remedy


def test_it_computes_and_somebody_waits_for_it() -> None:
    assert "inspect" not in LIGHT
    assert URGENCY["inspect"] < URGENCY["train"] < URGENCY["prepare"]


@pytest.mark.parametrize("values", [{"recipe": "quick"}, {"more": 1}, {"kind": "other"}])
def test_an_order_of_something_else_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Inspect.model_validate({"dataset": "d", "recipe": QUICKLY} | values)
    with pytest.raises(ValueError):
        parse('{"kind": "inspect", "dataset": "d"}')


def test_the_queue_reads_it_as_it_was_handed_in() -> None:
    order = Inspect(dataset="цвета", recipe=QUICKLY)
    assert parse(order.model_dump_json()) == order


def test_it_carries_the_split_that_the_visitor_set() -> None:
    spec = QUICKLY.split.model_copy(update={"seed": 7, "together": (("a", "b"),)})
    order = Inspect(dataset="d", recipe=QUICKLY.model_copy(update={"split": spec}))
    assert parse(order.model_dump_json()).recipe.split == spec     # type: ignore[union-attr]


def test_its_end_is_concluded_like_any_other(settings: Settings) -> None:
    desk = Desk(settings)
    desk.saw(LOCAL)
    entry = desk.shelve(LOCAL, "colours", "colours", 10, QUICKLY)
    job = desk.submit(LOCAL, Inspect(dataset="colours", recipe=QUICKLY), entry.id)
    RunFolder.create(job.folder).append(Inspected(9, 3, 0.1))
    desk.database.change("UPDATE jobs SET state = 'running' WHERE id = ?", job.id)
    conclude(desk, desk.job(LOCAL, job.id), "finished")
    assert desk.job(LOCAL, job.id).state == "finished"
    assert [one.id for one in desk.jobs(LOCAL, dataset=entry.id, kind="inspect")] == [job.id]
