"""What the end of a job changes beside its state."""

from pathlib import Path

import pytest

from core.cleaning.finding import ACTIVATIONS
from core.data.dataset import collect
from core.data.ingest import ingest
from core.events import BroughtIn, drain
from core.jobs.arrived import DRAFTS
from core.jobs.conclusion import first_recipe, prepared_already
from core.jobs.desk import Desk
from core.jobs.drafts import Draft
from core.jobs.entries import LOCAL, DatasetEntry, Job
from core.jobs.orders import BringIn, FetchAddresses, FindLr, Inspect, Order, Pack, Prepare, Train
from core.jobs.scheduler import Scheduler
from core.training import draft, presets
from tests.data.test_dataset import PETS
from tests.fakes import labelled_folder
from tests.jobs.conftest import ANNA, BERT, Shelve
from tests.jobs.rounds import ends, run

QUICK = presets.load("quick")
TRAIN = Train(dataset="folder", recipe=QUICK)


def trained(desk: Desk, entry: DatasetEntry, end: str = "finished") -> Job:
    """A training that was at work, has a checkpoint, and is about to be found at its end."""
    job = desk.submit(entry.owner, TRAIN, entry.id)
    run(desk, job)
    ends(desk, job, end)
    job.run.checkpoint.touch()
    return job


def checkpoints(*jobs: Job) -> list[bool]:
    return [job.run.checkpoint.exists() for job in jobs]


@pytest.mark.parametrize("end", ["finished", "cancelled", "failed"])
def test_a_strangers_newest_training_alone_keeps_its_checkpoint(
        desk: Desk, shelve: Shelve, scheduler: Scheduler, end: str) -> None:
    entry = shelve(ANNA)
    older = trained(desk, entry, end)
    scheduler.look()
    assert checkpoints(older) == [True]
    newer = trained(desk, entry)
    scheduler.look()
    assert checkpoints(older, newer) == [False, True]
    assert older.run.status.exists()


@pytest.mark.parametrize("end", ["cancelled", "failed"])
def test_a_training_that_did_not_finish_takes_no_older_checkpoint(
        desk: Desk, shelve: Shelve, scheduler: Scheduler, end: str) -> None:
    entry = shelve(ANNA)
    older = trained(desk, entry)
    scheduler.look()
    trained(desk, entry, end)
    scheduler.look()
    assert checkpoints(older) == [True]


def test_checkpoints_of_other_pictures_and_of_other_visitors_stay(
        desk: Desk, shelve: Shelve, scheduler: Scheduler) -> None:
    others = [trained(desk, shelve(ANNA, "other")), trained(desk, shelve(BERT))]
    scheduler.look()
    trained(desk, shelve(ANNA))
    scheduler.look()
    assert checkpoints(*others) == [True, True]


def test_on_ones_own_machine_every_checkpoint_stays(desk: Desk, shelve: Shelve, scheduler: Scheduler) -> None:
    entry = shelve(LOCAL)
    older = trained(desk, entry)
    scheduler.look()
    newer = trained(desk, entry)
    scheduler.look()
    assert checkpoints(older, newer) == [True, True]


@pytest.mark.parametrize("order", [lambda id: Train(dataset="folder", recipe=QUICK, continues=id),
                                   lambda id: FindLr(dataset="folder", recipe=QUICK, after=id)])
def test_a_checkpoint_stays_for_a_job_that_is_to_begin_from_it(
        desk: Desk, shelve: Shelve, scheduler: Scheduler, order: object) -> None:
    entry = shelve(ANNA)
    older = trained(desk, entry)
    scheduler.look()
    waiting: Order = order(older.id)  # type: ignore[operator]
    run(desk, desk.submit(ANNA, waiting, entry.id))
    trained(desk, entry)
    scheduler.look()
    assert checkpoints(older) == [True]


def test_a_job_that_stopped_by_itself_says_why(desk: Desk, scheduler: Scheduler) -> None:
    job = desk.submit(ANNA, TRAIN)
    run(desk, job)
    ends(desk, job, "cancelled")
    job.run.stop.write_text("The server was gone for 15 minutes.")
    scheduler.look()
    assert desk.job(ANNA, job.id).why_stopped == "The server was gone for 15 minutes."


def test_what_a_person_said_goes_before_what_the_job_says_by_itself(desk: Desk, scheduler: Scheduler) -> None:
    job = desk.submit(ANNA, TRAIN)
    run(desk, job)
    ends(desk, job, "cancelled")
    job.run.stop.write_text("The server was gone for 15 minutes.")
    desk.cancel(ANNA, job.id, "It took too long.")
    scheduler.look()
    assert desk.job(ANNA, job.id).why_stopped == "It took too long."


def test_a_job_that_a_signal_stopped_gives_no_reason(desk: Desk, scheduler: Scheduler) -> None:
    job = desk.submit(ANNA, TRAIN)
    run(desk, job)
    ends(desk, job, "cancelled")
    assert not Path(job.run.stop).exists()
    scheduler.look()
    assert (desk.job(ANNA, job.id).state, desk.job(ANNA, job.id).why_stopped) == ("cancelled", "")


LATER = draft.added(QUICK)
HEADS = draft.copied(QUICK, 0)
COUNTING = draft.changed(QUICK, 0, {"train_batchnorm": True})
AN_ID = "0" * 32


@pytest.mark.parametrize(("order", "prepared"), [
    (Prepare(dataset="folder", recipe=QUICK), True),
    (Prepare(dataset="folder", recipe=LATER), False),
    (Train(dataset="folder", recipe=HEADS), True),
    (Train(dataset="folder", recipe=COUNTING), False),
    (Train(dataset="folder", recipe=HEADS, continues=AN_ID), False),
    (FindLr(dataset="folder", recipe=HEADS), True),
    (FindLr(dataset="folder", recipe=HEADS, stage=1), False),
    (FindLr(dataset="folder", recipe=COUNTING), False)])
def test_only_what_computed_the_activations_of_the_first_stage_leaves_them_prepared(
        desk: Desk, shelve: Shelve, scheduler: Scheduler, order: Prepare | Train | FindLr, prepared: bool) -> None:
    entry = shelve(ANNA)
    (desk.settings.cache / "folder").mkdir(parents=True)
    job = desk.submit(ANNA, order, entry.id)
    run(desk, job)
    ends(desk, job, "finished")
    scheduler.look()
    assert prepared_already(desk.settings, Prepare(dataset="folder", recipe=order.recipe)) == prepared


@pytest.mark.parametrize("end", ["finished", "failed", "cancelled"])
def test_fetched_pictures_are_shelved_and_their_list_goes_only_then(
        desk: Desk, shelve: Shelve, scheduler: Scheduler, end: str, tmp_path: Path) -> None:
    room = desk.settings.of(ANNA)
    _, stored = drain(ingest(labelled_folder(tmp_path / "bears", {"black": 2, "teddy": 2}), room))
    listed = room.uploads / "addresses-1.json"
    listed.parent.mkdir(parents=True, exist_ok=True)
    listed.touch()
    job = desk.submit(ANNA, FetchAddresses(source=str(listed), name="my bears", addresses=4))
    run(desk, job)
    ends(desk, job, end)
    job.run.append(BroughtIn(stored.path.name, "bears", 100))
    scheduler.look()
    assert desk.job(ANNA, job.id).state == end
    assert [entry.name for entry in desk.datasets(ANNA)] == (["my bears"] if end == "finished" else [])
    assert listed.exists() == (end != "finished")


def test_of_a_data_set_the_newest_packing_alone_keeps_its_zip(desk: Desk, shelve: Shelve, scheduler: Scheduler) -> None:
    def packed(entry: DatasetEntry) -> Path:
        job = desk.submit(entry.owner, Pack(dataset="folder", fingerprint="f"), entry.id)
        run(desk, job)
        ends(desk, job, "finished")
        file = job.folder / "pictures.zip"
        file.touch()
        scheduler.look()
        return file

    other = packed(shelve(ANNA, "other"))
    older, newer = packed(shelve(ANNA)), packed(shelve(ANNA))
    assert [file.exists() for file in (other, older, newer)] == [True, False, True]


def test_of_a_data_set_the_newest_look_alone_keeps_what_the_network_saw(desk: Desk, shelve: Shelve,
                                                                       scheduler: Scheduler) -> None:
    def looked(entry: DatasetEntry) -> Path:
        job = desk.submit(entry.owner, Inspect(dataset="folder", recipe=QUICK), entry.id)
        run(desk, job)
        ends(desk, job, "finished")
        file = job.folder / ACTIVATIONS
        file.touch()
        scheduler.look()
        return file

    older, newer = looked(shelve(ANNA)), looked(shelve(ANNA))
    assert [file.exists() for file in (older, newer)] == [False, True]


@pytest.mark.parametrize(("known", "preset"), [("coins", "top-down"), ("eurosat", "top-down"), ("pets", "side-on"),
                                               (None, "side-on")])
def test_a_set_that_is_seen_from_above_starts_with_turns_of_every_kind(known: str | None, preset: str) -> None:
    pets = collect("pets", PETS)
    assert first_recipe(pets, known).augmentation.preset == preset


@pytest.mark.parametrize("way", ["onto", "baked"])
def test_a_data_set_made_from_another_one_takes_its_recipe_and_is_shown(
        way: str, desk: Desk, scheduler: Scheduler, tmp_path: Path) -> None:
    room = desk.settings.of(ANNA)
    stored = drain(ingest(labelled_folder(tmp_path / "pets", {"cat": 2, "dog": 2}), room))[1]
    base = desk.shelve(ANNA, "base", "pets", 10, QUICK.changed(seed=7))
    order = BringIn(source="more.zip", name="more", onto="base") if way == "onto" else BringIn(
        source="base", name="pets edited", baked=True)
    job = desk.submit(ANNA, order, base.id)
    run(desk, job)
    ends(desk, job, "finished")
    job.run.append(BroughtIn(stored.path.name, "more", 20))
    scheduler.look()
    new = desk.chosen(ANNA)
    assert new is not None and new.folder == stored.path.name and new.recipe.seed == 7
    assert new.name == ("pets" if way == "onto" else "pets edited") and not new.confirmed
    assert desk.job(ANNA, job.id).dataset == new.id and len(desk.datasets(ANNA)) == 2


@pytest.mark.parametrize(("end", "stays"), [("finished", False), ("failed", True), ("cancelled", True)])
@pytest.mark.parametrize("kind", DRAFTS)
def test_a_draft_goes_when_its_job_has_brought_it_in_and_only_then(
        kind: type[Draft], end: str, stays: bool, desk: Desk, scheduler: Scheduler, tmp_path: Path) -> None:
    room = desk.settings.of(ANNA)
    stored = drain(ingest(labelled_folder(tmp_path / "pets", {"cat": 2, "dog": 2}), room))[1]
    draft, other = kind(room), kind(desk.settings.of(BERT))
    job = desk.submit(ANNA, BringIn(source="/tmp/none.zip", name="pets"))
    for each, reader in ((draft, job.id), (other, "b" * 32)):
        each.folder.mkdir(parents=True)
        each.hand_to(reader)
    run(desk, job)
    ends(desk, job, end)
    job.run.append(BroughtIn(stored.path.name, "pets", 100))
    scheduler.look()
    assert desk.job(ANNA, job.id).state == end
    assert draft.folder.exists() == stays and other.folder.exists()
