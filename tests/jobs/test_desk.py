from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import NotHere
from core.jobs.desk import Desk
from core.jobs.entries import DatasetEntry, Job
from core.jobs.orders import BringIn, Kind, Prepare, Train
from core.jobs.turns import Waiting, fair
from core.settings import Settings
from core.training import presets
from tests.jobs.conftest import ANNA, BERT, Shelve
from tests.jobs.rounds import run, strange

QUICK = presets.load("quick")
TRAIN = Train(dataset="folder", recipe=QUICK)
UPLOAD = BringIn(source="/tmp/none.zip", name="none")


# ---- whose is what

def test_a_visitor_finds_only_the_own_data_sets_and_jobs(desk: Desk, shelve: Shelve) -> None:
    entry = shelve(ANNA)
    job = desk.submit(ANNA, TRAIN, entry.id)
    assert [found.id for found in desk.datasets(ANNA)] == [entry.id]
    assert [found.id for found in desk.jobs(ANNA)] == [job.id]
    assert desk.datasets(BERT) == () and desk.jobs(BERT) == ()


@pytest.mark.parametrize("touch", [
    lambda desk, entry, job: desk.dataset(BERT, entry.id),
    lambda desk, entry, job: desk.stored(BERT, entry.id),
    lambda desk, entry, job: desk.choose(BERT, entry.id),
    lambda desk, entry, job: desk.confirm(BERT, entry.id),
    lambda desk, entry, job: desk.save_recipe(BERT, entry.id, QUICK),
    lambda desk, entry, job: desk.remove_dataset(BERT, entry.id),
    lambda desk, entry, job: desk.submit(BERT, TRAIN, entry.id),
    lambda desk, entry, job: desk.job(BERT, job.id),
    lambda desk, entry, job: desk.cancel(BERT, job.id),
])
def test_anothers_id_is_as_unknown_as_one_that_never_was(
        desk: Desk, shelve: Shelve, touch: Callable[[Desk, DatasetEntry, Job], object]) -> None:
    entry = shelve(ANNA)
    job = desk.submit(ANNA, TRAIN, entry.id)
    with pytest.raises(NotHere) as strangers:
        touch(desk, entry, job)
    assert entry.id not in strangers.value.problem and job.id not in strangers.value.problem
    assert desk.dataset(ANNA, entry.id).confirmed is False
    assert desk.job(ANNA, job.id).state == "queued"


def test_rooms_of_two_visitors_lie_apart_even_for_the_same_pictures(desk: Desk, shelve: Shelve) -> None:
    of_anna, of_bert = shelve(ANNA, "same"), shelve(BERT, "same")
    assert of_anna.id != of_bert.id
    assert desk.settings.of(ANNA).datasets != desk.settings.of(BERT).datasets
    desk.remove_dataset(ANNA, of_anna.id)
    assert not (desk.settings.of(ANNA).datasets / "same").exists()
    assert (desk.settings.of(BERT).datasets / "same").exists()


def test_ids_have_128_bits_and_no_two_are_alike(desk: Desk, shelve: Shelve) -> None:
    ids = {shelve(ANNA, f"f{number}").id for number in range(20)}
    assert len(ids) == 20 and all(len(bytes.fromhex(id)) == 16 for id in ids)


# ---- what is chosen is kept

def test_what_was_shelved_last_is_chosen_and_another_can_be(desk: Desk, shelve: Shelve) -> None:
    first, second = shelve(ANNA, "first"), shelve(ANNA, "second")
    chosen = desk.chosen(ANNA)
    assert chosen and chosen.id == second.id
    desk.choose(ANNA, first.id)
    assert Desk(desk.settings).chosen(ANNA) == desk.dataset(ANNA, first.id)
    assert desk.chosen(BERT) is None


def test_what_a_worker_brings_in_is_shown_even_to_a_visitor_whom_nobody_noted(desk: Desk, shelve: Shelve) -> None:
    entry = shelve("c" * 32)
    assert desk.chosen("c" * 32) == entry


def test_shelving_the_same_pictures_again_keeps_their_recipe(desk: Desk, shelve: Shelve) -> None:
    entry = shelve(ANNA)
    longer = QUICK.changed(epochs=7)
    desk.save_recipe(ANNA, entry.id, longer)
    desk.confirm(ANNA, entry.id)
    again = shelve(ANNA)
    assert (again.id, again.recipe, again.confirmed) == (entry.id, longer, True)


def test_a_recipe_of_another_version_becomes_the_first_one_rather_than_an_error(desk: Desk, shelve: Shelve) -> None:
    entry = shelve(ANNA)
    desk.database.change("UPDATE datasets SET recipe = '{\"version\": 99}' WHERE id = ?", entry.id)
    assert desk.dataset(ANNA, entry.id).recipe == QUICK


# ---- another version of the playground

def test_a_job_that_cannot_be_read_is_left_out_and_locks_nobody_out(desk: Desk) -> None:
    kept, lost = desk.submit(ANNA, TRAIN), desk.submit(ANNA, TRAIN)
    strange(desk, lost)
    assert [job.id for job in desk.jobs(ANNA)] == [kept.id]
    assert [job.id for job in desk.waiting()] == [kept.id]
    with pytest.raises(NotHere, match="another version") as caught:
        desk.job(ANNA, lost.id)
    assert caught.value.remedy


def test_a_recipe_whose_values_are_no_longer_allowed_is_left_out_too(desk: Desk) -> None:
    """The augmentation's own check speaks of a mistake of the user's, not of a value that cannot be read."""
    job = desk.submit(ANNA, TRAIN)
    desk.database.change('UPDATE jobs SET "order" = replace("order", ?, ?)', '"rotate_degrees":10.0',
                         '"rotate_degrees":1e9')
    assert desk.jobs(ANNA) == ()
    assert desk.database.row("SELECT state FROM jobs WHERE id = ?", job.id)["state"] == "failed"


@pytest.mark.parametrize("kind", ["train", "dream"])
def test_a_queued_job_that_cannot_be_read_fails_with_problem_and_remedy(desk: Desk, kind: str) -> None:
    job = desk.submit(ANNA, TRAIN)
    strange(desk, job)
    desk.database.change("UPDATE jobs SET kind = ? WHERE id = ?", kind, job.id)
    assert list(desk.waiting()) == []
    row = desk.database.row("SELECT * FROM jobs WHERE id = ?", job.id)
    assert row is not None
    assert (row["state"], row["remedy"]) == ("failed", "Start it again.")
    assert "another version" in row["problem"] and row["ended"] is not None


def test_a_run_of_another_version_that_is_over_keeps_its_end(desk: Desk) -> None:
    """The version that wrote it can still show it."""
    job = desk.submit(ANNA, TRAIN)
    desk.database.change("UPDATE jobs SET state = 'finished' WHERE id = ?", job.id)
    strange(desk, job)
    assert desk.jobs(ANNA) == ()
    assert desk.database.row("SELECT state FROM jobs")["state"] == "finished"


# ---- cancelling

def test_a_queued_job_is_over_at_once_and_its_uploads_deleted(desk: Desk, settings: Settings) -> None:
    upload, labels = settings.home / "upload.zip", settings.home / "upload.list"
    upload.write_bytes(b"zip")
    labels.write_bytes(b"list")
    job = desk.submit(ANNA, BringIn(source=str(upload), labels=str(labels), name="zip", disposable=True))
    desk.cancel(ANNA, job.id)
    assert desk.job(ANNA, job.id).state == "cancelled"
    assert not upload.exists() and not labels.exists()


def test_what_a_visitor_has_on_their_own_disk_is_not_deleted(desk: Desk, tmp_path: Path) -> None:
    mine = tmp_path / "mine.zip"
    mine.write_bytes(b"zip")
    desk.cancel(ANNA, desk.submit(ANNA, BringIn(source=str(mine), name="zip")).id)
    assert mine.exists()


def test_a_running_job_is_asked_to_stop_in_its_folder(desk: Desk) -> None:
    job = desk.submit(ANNA, TRAIN)
    run(desk, job)
    desk.cancel(ANNA, job.id)
    asked = desk.job(ANNA, job.id)
    assert asked.state == "running" and asked.stop_asked is not None and asked.run.stop.exists()


def test_a_finished_job_stays_finished_when_cancelled_too_late(desk: Desk) -> None:
    job = desk.submit(ANNA, TRAIN)
    desk.database.change("UPDATE jobs SET state = 'finished' WHERE id = ?", job.id)
    desk.cancel(ANNA, job.id)
    assert desk.job(ANNA, job.id).state == "finished"


# ---- turns

def queued(*jobs: tuple[str, str, Kind]) -> list[Waiting]:
    return [Waiting(id, owner, kind, float(place)) for place, (id, owner, kind) in enumerate(jobs)]


def order_of(jobs: list[Waiting], served: dict[str, float] | None = None) -> list[str]:
    return [job.id for job in fair(jobs, served or {})]


def test_a_visitors_second_job_waits_for_everyones_first() -> None:
    jobs = queued(("a1", ANNA, "train"), ("a2", ANNA, "train"), ("a3", ANNA, "train"), ("b1", BERT, "train"))
    assert order_of(jobs) == ["a1", "b1", "a2", "a3"]


def test_whoever_was_served_longest_ago_comes_first() -> None:
    jobs = queued(("a1", ANNA, "train"), ("b1", BERT, "train"))
    assert order_of(jobs, {ANNA: 50.0, BERT: 20.0}) == ["b1", "a1"]
    assert order_of(jobs, {ANNA: 50.0}) == ["b1", "a1"]


def test_a_curve_that_someone_looks_at_goes_before_training_and_preparing_after_all() -> None:
    jobs = queued(("p", ANNA, "prepare"), ("t", ANNA, "train"), ("l", BERT, "find-lr"))
    assert order_of(jobs) == ["l", "t", "p"]


def test_the_place_in_the_queue_counts_what_runs_and_what_comes_before(desk: Desk) -> None:
    first, second, third = (desk.submit(visitor, TRAIN) for visitor in (ANNA, BERT, ANNA))
    run(desk, first)
    assert (desk.ahead_of(second), desk.ahead_of(third)) == (1, 2)


def test_preparing_does_not_make_anyone_wait_longer(desk: Desk) -> None:
    run(desk, desk.submit(ANNA, Prepare(dataset="folder", recipe=QUICK)))
    desk.submit(ANNA, Prepare(dataset="folder", recipe=QUICK))
    assert desk.ahead_of(desk.submit(BERT, TRAIN)) == 0


def test_pictures_that_come_in_wait_for_each_other_alone(desk: Desk) -> None:
    for visitor in (ANNA, BERT):
        run(desk, desk.submit(visitor, TRAIN))
        desk.submit(visitor, TRAIN)
    first, second = desk.submit(ANNA, UPLOAD), desk.submit(BERT, UPLOAD)
    assert (desk.ahead_of(first), desk.ahead_of(second)) == (0, 1)


def test_training_does_not_wait_for_pictures_that_come_in(desk: Desk) -> None:
    run(desk, desk.submit(ANNA, UPLOAD))
    desk.submit(ANNA, UPLOAD)
    assert desk.ahead_of(desk.submit(BERT, TRAIN)) == 0


def test_a_job_that_was_deleted_while_it_ran_is_ahead_until_its_process_is_gone(desk: Desk) -> None:
    run(desk, desk.submit(ANNA, TRAIN))
    desk.forget(ANNA)
    assert desk.ahead_of(desk.submit(BERT, TRAIN)) == 1
