"""Workers as the processes that they are, and what they do in this process."""

import os
import signal
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from core.data import measures, store
from core.data.edits import Edit
from core.data.ingest import ingest
from core.errors import NotHere
from core.events import BroughtIn, Cancelled, EpochDone, Failed, Finished, LrFound, Packed, Prepared, Resumed, drain
from core.jobs.desk import Desk
from core.jobs.entries import LOCAL, Job
from core.jobs.launcher import Launcher, worker_environment
from core.jobs.orders import Assignment, BringIn, FetchAddresses, FindLr, Order, Pack, Prepare, Train
from core.jobs.scheduler import Scheduler
from core.jobs.worker import perform
from core.runs.folder import RunFolder
from core.settings import Settings
from core.web import lists
from tests.fakes import labelled_folder
from tests.jobs.test_uploads import zip_bytes
from tests.running import QUICK, Workshop, coloured_folder
from tests.web.server import serving

PATIENCE_SECONDS = 120
EARLIER, NOBODY = "e" * 32, "0" * 32        # jobs


def never() -> bool:
    return False


@pytest.fixture
def pictures(settings: Settings, workshop: Workshop) -> str:
    """The folder's name of a data set in the home's own room."""
    _, stored = drain(ingest(workshop.source, settings))
    return stored.path.name


def assigned(order: Order, settings: Settings) -> Assignment:
    return Assignment(job="job", order=order, settings=settings, lease="")


def last_event(settings: Settings) -> object:
    return list(RunFolder.open(settings.jobs / "job").read_events())[-1]


# ---- what is done

def test_bringing_in_says_where_the_pictures_stand(settings: Settings, tmp_path: Path) -> None:
    source = coloured_folder(tmp_path / "photos", train=4)
    assert perform(assigned(BringIn(source=str(source), name="My photos"), settings), never) == 0
    brought = last_event(settings)
    assert isinstance(brought, BroughtIn) and brought.name == "My photos" and brought.bytes > 0
    assert (settings.datasets / brought.dataset / "catalogue.json").is_file()


def test_fetching_brings_the_pictures_of_a_list(settings: Settings) -> None:
    with serving() as web:
        settings = settings.model_copy(update={"offline": False, "test_hosts": (web.host,)})
        rows = tuple((label, web.at(f"/picture/{place}{number}.jpg"))
                     for place, label in enumerate(("black", "teddy"), start=1) for number in range(3))
        file = lists.write(lists.Listed(name="bears", rows=rows), settings.uploads)
        assert perform(assigned(FetchAddresses(source=str(file), name="bears", addresses=6), settings), never) == 0
    brought = last_event(settings)
    assert isinstance(brought, BroughtIn) and brought.name == "bears"
    assert (settings.datasets / brought.dataset / "catalogue.json").is_file()


def test_a_list_that_is_gone_fails_in_words(settings: Settings) -> None:
    order = FetchAddresses(source=str(settings.uploads / "addresses-0.json"), name="bears", addresses=6)
    assert perform(assigned(order, settings), never) == 2
    failed = last_event(settings)
    assert isinstance(failed, Failed) and "list of addresses is not there" in failed.problem


def test_pictures_are_added_to_a_standing_data_set_and_the_sum_is_measured(
        settings: Settings, pictures: str, tmp_path: Path) -> None:
    source = labelled_folder(tmp_path / "green", {".": 2})
    order = BringIn(source=str(source), name="one more", onto=pictures, label="green")
    assert perform(assigned(order, settings), never) == 0
    brought = last_event(settings)
    assert isinstance(brought, BroughtIn) and brought.dataset != pictures
    both, base = (store.load(settings.datasets / folder) for folder in (brought.dataset, pictures))
    assert len(both.catalogue.samples) > len(base.catalogue.samples) and "green" in both.catalogue.classes
    assert measures.known(both, settings) is not None


def test_a_data_sets_edits_become_the_first_state_of_another(settings: Settings, pictures: str) -> None:
    base = store.load(settings.datasets / pictures)
    base.append_edit(Edit(base.catalogue.samples[0].id, "remove"))
    assert perform(assigned(BringIn(source=pictures, baked=True, name="cleaned"), settings), never) == 0
    brought = last_event(settings)
    assert isinstance(brought, BroughtIn)
    made = store.load(settings.datasets / brought.dataset)
    assert made.catalogue.samples == base.dataset().samples and made.catalogue.name == "cleaned"


def test_a_ready_made_set_that_there_is_not_fails_in_words(settings: Settings) -> None:
    assert perform(assigned(BringIn(source="mnist", ready=5, name="mnist"), settings), never) == 2
    failed = last_event(settings)
    assert isinstance(failed, Failed) and "no ready-made data set 'mnist'" in failed.problem


def test_packing_leaves_a_zip_in_the_jobs_folder_and_says_how_large(settings: Settings, pictures: str) -> None:
    assert perform(assigned(Pack(dataset=pictures, fingerprint="f"), settings), never) == 0
    file = settings.jobs / "job" / "pictures.zip"
    with zipfile.ZipFile(file) as archive:
        assert last_event(settings) == Packed("pictures.zip", len(archive.namelist()), file.stat().st_size)


@pytest.fixture
def unlabelled(tmp_path: Path) -> Path:
    """A zip of pictures in one folder."""
    file = tmp_path / "0123.zip"
    file.write_bytes(zip_bytes(*(f"train/{number}.jpg" for number in range(4))))
    return file


def test_bringing_in_takes_the_classes_from_the_list_that_came_with_it(
        settings: Settings, tmp_path: Path, unlabelled: Path) -> None:
    (tmp_path / "0123.list").write_text("id,breed\n0,pug\n1,beagle\n2,pug\n3,beagle\n")
    order = BringIn(source=str(unlabelled), labels=str(tmp_path / "0123.list"), labels_name="labels.csv", name="dogs")
    assert perform(assigned(order, settings), never) == 0
    brought = last_event(settings)
    assert isinstance(brought, BroughtIn)
    assert store.load(settings.datasets / brought.dataset).catalogue.counts() == {"beagle": 2, "pug": 2}


@pytest.mark.parametrize(("rows", "problem"), [
    (None, "The file 'my labels.csv' is not there any more."),
    ("one,two,three\n1,2,3\n", "'my labels.csv'"),
    ("file,label\nx.jpg,pug\ny.jpg,beagle\n", "my labels.csv"),
])
def test_a_list_that_is_gone_or_fits_nothing_fails_under_the_name_that_its_owner_knows(
        settings: Settings, tmp_path: Path, unlabelled: Path, rows: str | None, problem: str) -> None:
    if rows is not None:
        (tmp_path / "0123.list").write_text(rows)
    labels = str(tmp_path / "0123.list")
    order = BringIn(source=str(unlabelled), labels=labels, labels_name="my labels.csv", name="dogs")
    assert perform(assigned(order, settings), never) == 2
    failed = last_event(settings)
    assert isinstance(failed, Failed) and problem in failed.problem and failed.remedy
    assert not list(settings.datasets.glob("*"))


@pytest.mark.parametrize(("order", "end"), [(Prepare, Prepared), (FindLr, LrFound), (Train, Finished)])
def test_each_order_ends_with_its_own_word(order: Callable[..., Order], end: type, settings: Settings,
                                           pictures: str, workshop: Workshop, one_thread: None) -> None:
    settings = settings.model_copy(update={"threads": 1})
    assert perform(assigned(order(dataset=pictures, recipe=workshop.ready(QUICK)), settings), never) == 0
    assert isinstance(last_event(settings), end)


@pytest.fixture
def earlier(settings: Settings, pictures: str, workshop: Workshop, one_thread: None) -> str:
    """A finished training's job."""
    settings = settings.model_copy(update={"threads": 1})
    order = Train(dataset=pictures, recipe=workshop.ready(QUICK))
    assert perform(Assignment(job=EARLIER, order=order, settings=settings, lease=""), never) == 0
    return EARLIER


def test_a_training_goes_on_with_an_earlier_ones_in_a_folder_of_its_own(
        settings: Settings, pictures: str, workshop: Workshop, earlier: str) -> None:
    before = {file: file.read_bytes() for file in (settings.jobs / earlier).rglob("*") if file.is_file()}
    longer = workshop.ready(QUICK.model_copy(update={"stages": (*QUICK.stages, *QUICK.stages)}))
    order = Train(dataset=pictures, recipe=longer, continues=earlier)
    assert perform(assigned(order, settings.model_copy(update={"threads": 1})), never) == 0
    assert isinstance(last_event(settings), Finished)
    assert {file: file.read_bytes() for file in before} == before
    told = list(RunFolder.open(settings.jobs / "job").read_events())
    assert [event.epoch for event in told if isinstance(event, EpochDone)] == list(range(6))
    assert [(event.stage, event.epoch) for event in told if isinstance(event, Resumed)] == [(0, 3)]


@pytest.mark.parametrize("hindrance", ["it is gone", "its checkpoint is gone", "another recipe"])
def test_what_cannot_be_gone_on_with_fails_in_words(
        hindrance: str, settings: Settings, pictures: str, workshop: Workshop, earlier: str) -> None:
    recipe = workshop.ready(QUICK)
    match hindrance:
        case "it is gone":
            earlier = NOBODY
        case "its checkpoint is gone":
            (settings.jobs / earlier / "checkpoint.pt").unlink()
        case "another recipe":
            recipe = recipe.changed(seed=7)
    order = Train(dataset=pictures, recipe=recipe, continues=earlier)
    assert perform(assigned(order, settings.model_copy(update={"threads": 1})), never) == 2
    failed = last_event(settings)
    assert isinstance(failed, Failed) and failed.problem and failed.remedy
    assert "--" not in failed.problem + failed.remedy, "the page's visitor has no command line"


def test_a_search_is_on_the_stage_and_after_the_training_that_are_named(
        settings: Settings, pictures: str, workshop: Workshop, earlier: str) -> None:
    settings = settings.model_copy(update={"threads": 1})
    recipe = workshop.ready(QUICK.model_copy(update={"stages": (
        QUICK.stages[0], QUICK.stages[0].model_copy(update={"label_smoothing": 0.3}))}))
    curves = []
    for number, order in enumerate((FindLr(dataset=pictures, recipe=recipe),
                                    FindLr(dataset=pictures, recipe=recipe, stage=1),
                                    FindLr(dataset=pictures, recipe=recipe, after=earlier))):
        job = f"search-{number}"
        assert perform(Assignment(job=job, order=order, settings=settings, lease=""), never) == 0
        found = list(RunFolder.open(settings.jobs / job).read_events())[-1]
        assert isinstance(found, LrFound)
        curves.append(found.losses)
    assert len(set(curves)) == 3


@pytest.mark.parametrize("wrong", [{"after": NOBODY}, {"stage": 3}], ids=["no such training", "no such stage"])
def test_a_search_on_what_is_not_there_fails_in_words(
        wrong: dict[str, Any], settings: Settings, pictures: str, workshop: Workshop, one_thread: None) -> None:
    order = FindLr(dataset=pictures, recipe=workshop.ready(QUICK), **wrong)
    assert perform(assigned(order, settings.model_copy(update={"threads": 1})), never) == 2
    failed = last_event(settings)
    assert isinstance(failed, Failed) and failed.problem and failed.remedy


def test_an_unreadable_zip_fails_with_problem_and_remedy(settings: Settings, tmp_path: Path) -> None:
    bad = tmp_path / "bad.zip"
    bad.write_bytes(b"no zip at all")
    assert perform(assigned(BringIn(source=str(bad), name="bad"), settings), never) == 2
    failed = last_event(settings)
    assert isinstance(failed, Failed) and failed.problem and failed.remedy


def test_a_data_set_that_was_deleted_meanwhile_fails_in_words(settings: Settings) -> None:
    assert perform(assigned(Train(dataset="gone", recipe=QUICK), settings), never) == 2
    assert isinstance(last_event(settings), Failed)


def test_a_wish_to_stop_that_came_before_the_worker_is_heard(settings: Settings, pictures: str,
                                                             workshop: Workshop, one_thread: None) -> None:
    (settings.jobs / "job").mkdir(parents=True)
    (settings.jobs / "job" / "STOP").touch()
    order = Train(dataset=pictures, recipe=workshop.ready(QUICK))
    assert perform(assigned(order, settings.model_copy(update={"threads": 1})), never) == 130
    assert isinstance(last_event(settings), Cancelled)


# ---- as processes

@pytest.fixture
def scheduler(settings: Settings) -> Iterator[Scheduler]:
    desk = Desk(settings.model_copy(update={"threads": 1}))
    desk.saw(LOCAL)
    scheduler = Scheduler(desk)
    scheduler.start()
    yield scheduler
    scheduler.stop()
    for job in desk.jobs(LOCAL):
        if job.state == "running" and job.pid:
            os.killpg(job.pid, signal.SIGKILL)


def until(desk: Desk, job: Job, holds: Callable[[Job], bool]) -> Job:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds(found := desk.job(LOCAL, job.id)):
        assert time.monotonic() < deadline, f"still {found.state} after {PATIENCE_SECONDS} s"
        time.sleep(0.05)
    return found


def test_from_a_folder_to_a_trained_network_by_processes_alone(
        scheduler: Scheduler, workshop: Workshop, settings: Settings) -> None:
    desk = scheduler.desk
    brought = desk.submit(LOCAL, BringIn(source=str(workshop.source), name="colours"))
    scheduler.wake()
    over = until(desk, brought, lambda job: job.over)
    assert over.state == "finished" and over.pid != os.getpid() and over.dataset
    entry = desk.dataset(LOCAL, over.dataset)

    trained = desk.submit(LOCAL, Train(dataset=entry.folder, recipe=workshop.ready(QUICK)), entry.id)
    endless = desk.submit(LOCAL, Train(dataset=entry.folder, recipe=workshop.ready(QUICK).changed(epochs=9_999)),
                          entry.id)
    scheduler.wake()
    assert until(desk, trained, lambda job: job.over).state == "finished"
    assert isinstance(list(trained.run.read_events())[-1], Finished)

    until(desk, endless, lambda job: job.run.weights.exists() or job.run.checkpoint.exists())
    scheduler.stop()                                   # the server goes ...
    running = desk.job(LOCAL, endless.id)
    assert running.pid and running.state == "running"
    begun = list(endless.run.read_events())
    again = Scheduler(Desk(desk.settings))             # ... and comes again
    again.start()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while len(list(endless.run.read_events())) <= len(begun):
        assert time.monotonic() < deadline, "the job did not go on without its server"
        time.sleep(0.05)
    desk.cancel(LOCAL, endless.id)
    again.wake()
    assert until(desk, endless, lambda job: job.over).state == "cancelled"
    assert endless.run.weights.exists(), "what it had learned is kept"
    again.stop()


def test_a_killed_worker_is_marked_and_the_queue_goes_on(scheduler: Scheduler, workshop: Workshop,
                                                         settings: Settings, pictures: str) -> None:
    desk = scheduler.desk
    endless = desk.submit(LOCAL, Train(dataset=pictures, recipe=workshop.ready(QUICK).changed(epochs=9_999)))
    scheduler.wake()
    begun = until(desk, endless, lambda job: job.run.events.exists())
    assert begun.pid
    os.killpg(begun.pid, signal.SIGKILL)
    killed = until(desk, endless, lambda job: job.over)
    assert killed.state == "killed" and killed.problem
    assert "--" not in killed.remedy, "the page's visitor has no command line"
    following = desk.submit(LOCAL, BringIn(source="/nowhere", name="nowhere"))
    scheduler.wake()
    assert until(desk, following, lambda job: job.over).state == "failed"


def test_a_spare_ends_when_its_server_does(settings: Settings) -> None:
    launcher = Launcher(worker_environment(1))
    launcher.warm()
    spare = launcher._spare
    assert spare is not None and spare.poll() is None
    launcher.close()
    assert spare.wait(timeout=PATIENCE_SECONDS) == 0


def test_the_desk_knows_nothing_of_a_job_that_was_never_submitted(settings: Settings) -> None:
    with pytest.raises(NotHere):
        Desk(settings).job(LOCAL, "job")
