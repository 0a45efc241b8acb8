"""The order that makes a zip of a training's network."""

import shutil
import zipfile
from pathlib import Path

import pytest

from core.data.ingest import ingest
from core.events import Exported, Failed, drain
from core.export import onnx_model
from core.jobs.conclusion import EXPORTS_KEPT, conclude
from core.jobs.desk import Desk
from core.jobs.entries import Job
from core.jobs.orders import LIGHT, URGENCY, Assignment, Export, parse
from core.jobs.sweeper import STALE_SECONDS, sweep
from core.jobs.worker import perform
from core.runs.folder import EXPORTED, RunFolder
from core.settings import Settings
from tests.jobs.conftest import ANNA, Shelve
from tests.running import Heard, Workshop

TRAINING = "0123456789abcdef" * 2


def never() -> bool:
    return False


def perform_export(dataset: str, settings: Settings) -> int:
    order = Export(dataset=dataset, training=TRAINING, pictures=False)
    return perform(Assignment(job="job", order=order, settings=settings, lease=""), never)


def test_a_worker_leaves_the_zip_in_the_jobs_folder(quick_run: Heard, workshop: Workshop, settings: Settings) -> None:
    settings = settings.model_copy(update={"threads": 1})
    _, stored = drain(ingest(workshop.source, settings))
    shutil.copytree(quick_run.run.path, settings.jobs / TRAINING)
    assert perform_export(stored.path.name, settings) == 0
    run = RunFolder.open(settings.jobs / "job")
    last = list(run.read_events())[-1]
    assert isinstance(last, Exported) and last.file == str(run.path / EXPORTED)
    with zipfile.ZipFile(run.path / EXPORTED) as archive:
        names = archive.namelist()
    assert "model.onnx" in names and not [name for name in names if name.startswith("examples/")]
    assert not list(run.path.glob(".export*"))


def test_a_stop_leaves_no_zip(quick_run: Heard, workshop: Workshop, settings: Settings,
                              monkeypatch: pytest.MonkeyPatch) -> None:
    _, stored = drain(ingest(workshop.source, settings))
    shutil.copytree(quick_run.run.path, settings.jobs / TRAINING)
    monkeypatch.setattr(onnx_model, "write", lambda classifier, manifest, file: file.write_bytes(b""))
    order = Export(dataset=stored.path.name, training=TRAINING)
    assert perform(Assignment(job="job", order=order, settings=settings, lease=""), lambda: True) == 130
    assert not list((settings.jobs / "job").rglob("*.zip")) and not list((settings.jobs / "job").glob(".export*"))
    assert RunFolder.open(settings.jobs / "job").read_status().state == "cancelled"


def test_a_training_that_was_deleted_is_told_in_words(workshop: Workshop, settings: Settings) -> None:
    _, stored = drain(ingest(workshop.source, settings))
    assert perform_export(stored.path.name, settings) != 0
    assert isinstance(list(RunFolder.open(settings.jobs / "job").read_events())[-1], Failed)


def test_it_computes_and_somebody_waits_for_it() -> None:
    assert "export" not in LIGHT and URGENCY["export"] == URGENCY["find-lr"]


def test_the_queue_keeps_it_as_it_was() -> None:
    order = Export(dataset="d", training=TRAINING, half=True, pictures=False)
    assert parse(order.model_dump_json()) == order


def left(desk: Desk, entry: str, training: str) -> Job:
    """An export at its end, with a zip."""
    job = desk.submit(ANNA, Export(dataset="d", training=training), entry)
    desk.database.change("UPDATE jobs SET state = 'running' WHERE id = ?", job.id)
    job.folder.mkdir(parents=True)
    (job.folder / EXPORTED).write_bytes(b"zip")
    job.run.set_status("finished")
    conclude(desk, desk.job(ANNA, job.id), "finished")
    return job


def test_of_a_training_the_last_few_stay_and_those_of_others_too(desk: Desk, shelve: Shelve) -> None:
    entry = shelve(ANNA).id
    other = left(desk, entry, "f" * 32)
    jobs = [left(desk, entry, TRAINING) for _ in range(EXPORTS_KEPT + 2)]
    there = [(job.folder / EXPORTED).is_file() for job in jobs]
    assert there == [False] * 2 + [True] * EXPORTS_KEPT
    assert (other.folder / EXPORTED).is_file()


def test_the_sweeper_takes_it_after_a_day(desk: Desk, shelve: Shelve) -> None:
    job = left(desk, shelve(ANNA).id, TRAINING)
    made = Path(job.folder / EXPORTED).stat().st_mtime
    sweep(desk, made + STALE_SECONDS - 60)
    assert (job.folder / EXPORTED).is_file()
    sweep(desk, made + STALE_SECONDS + 60)
    assert not (job.folder / EXPORTED).exists()
