from collections.abc import Callable

import pytest

from core.errors import NotHere, UserMistake
from core.jobs import shelf_of_runs as shelf
from core.jobs.desk import Desk
from core.jobs.entries import LOCAL, Job
from core.jobs.orders import Train
from core.jobs.shelf_of_runs import LONGEST_NAME, MOST_TAGS, UNDO_SECONDS, Label
from core.jobs.sweeper import sweep
from core.training import presets
from tests.jobs.conftest import ANNA, BERT, Shelve

TRAIN = Train(dataset="folder", recipe=presets.load("quick"))


def over(desk: Desk, visitor: str = ANNA, state: str = "finished", order: Train = TRAIN) -> Job:
    job = desk.submit(visitor, order)
    job.folder.mkdir(parents=True)
    desk.database.change("UPDATE jobs SET state = ? WHERE id = ?", state, job.id)
    return desk.job(visitor, job.id)


def later(desk: Desk, id: str, seconds: float) -> None:
    """As if the run had been deleted so long ago."""
    desk.database.change("UPDATE runs SET deleted = deleted - ? WHERE job = ?", seconds, id)


def test_a_run_has_no_name_and_no_tags_until_they_are_given(desk: Desk) -> None:
    job = over(desk)
    assert shelf.labels(desk, ANNA) == {}
    shelf.rename(desk, ANNA, job.id, "  the   bold one ")
    shelf.tag(desk, ANNA, job.id, ["good", " good ", "", "for class"])
    assert shelf.labels(desk, ANNA) == {job.id: Label("the bold one", ("good", "for class"))}


def test_a_name_and_tags_can_be_changed_and_taken_off(desk: Desk) -> None:
    job = over(desk)
    shelf.rename(desk, ANNA, job.id, "one")
    shelf.tag(desk, ANNA, job.id, ["a"])
    shelf.rename(desk, ANNA, job.id, "two")
    assert shelf.labels(desk, ANNA)[job.id] == Label("two", ("a",))
    shelf.rename(desk, ANNA, job.id, "")
    shelf.tag(desk, ANNA, job.id, [])
    assert shelf.labels(desk, ANNA)[job.id] == Label()


@pytest.mark.parametrize("write", [
    lambda desk, id: shelf.rename(desk, ANNA, id, "x" * (LONGEST_NAME + 1)),
    lambda desk, id: shelf.tag(desk, ANNA, id, [str(number) for number in range(MOST_TAGS + 1)]),
    lambda desk, id: shelf.tag(desk, ANNA, id, ["x" * 31]),
])
def test_what_is_too_long_is_refused_and_changes_nothing(desk: Desk, write: Callable[[Desk, str], None]) -> None:
    job = over(desk)
    shelf.rename(desk, ANNA, job.id, "kept")
    with pytest.raises(UserMistake) as refused:
        write(desk, job.id)
    assert refused.value.remedy
    assert shelf.labels(desk, ANNA)[job.id] == Label("kept")


@pytest.mark.parametrize("touch", [
    lambda desk, id: shelf.rename(desk, BERT, id, "mine"),
    lambda desk, id: shelf.tag(desk, BERT, id, ["mine"]),
    lambda desk, id: shelf.delete(desk, BERT, id),
])
def test_anothers_run_is_as_unknown_as_none(desk: Desk, touch: Callable[[Desk, str], None]) -> None:
    job = over(desk)
    with pytest.raises(NotHere):
        touch(desk, job.id)
    assert shelf.labels(desk, ANNA) == {} and shelf.labels(desk, BERT) == {}
    assert desk.job(ANNA, job.id).id == job.id


def test_a_deleted_run_vanishes_at_once_and_its_folder_does_not(desk: Desk) -> None:
    job = over(desk)
    shelf.delete(desk, ANNA, job.id)
    assert desk.jobs(ANNA) == ()
    with pytest.raises(NotHere):
        desk.job(ANNA, job.id)
    sweep(desk)
    assert job.folder.exists()


def test_a_deleted_run_comes_back_as_it_was(desk: Desk) -> None:
    job = over(desk)
    shelf.rename(desk, ANNA, job.id, "kept")
    shelf.delete(desk, ANNA, job.id)
    (gone,) = shelf.deleted(desk, ANNA)
    assert (gone.job.id, gone.label) == (job.id, Label("kept"))
    assert gone.gone_at == pytest.approx(gone.since + UNDO_SECONDS)
    shelf.restore(desk, ANNA, job.id)
    assert shelf.deleted(desk, ANNA) == ()
    assert desk.job(ANNA, job.id) == job
    assert shelf.labels(desk, ANNA)[job.id] == Label("kept")


def test_the_last_deleted_stands_first_and_each_visitor_sees_the_own(desk: Desk) -> None:
    first, second, other = over(desk), over(desk), over(desk, BERT)
    for visitor, job in ((ANNA, first), (ANNA, second), (BERT, other)):
        shelf.delete(desk, visitor, job.id)
    later(desk, first.id, 60)
    assert [gone.job.id for gone in shelf.deleted(desk, ANNA)] == [second.id, first.id]


def test_another_cannot_bring_back_what_one_deleted(desk: Desk) -> None:
    job = over(desk)
    shelf.delete(desk, ANNA, job.id)
    shelf.restore(desk, BERT, job.id)
    assert desk.jobs(ANNA) == ()


def test_after_a_day_a_deleted_run_is_removed_for_good(desk: Desk) -> None:
    job, kept = over(desk), over(desk)
    shelf.delete(desk, ANNA, job.id)
    later(desk, job.id, UNDO_SECONDS + 1)
    sweep(desk)
    assert not job.folder.exists() and kept.folder.exists()
    assert shelf.deleted(desk, ANNA) == ()
    shelf.restore(desk, ANNA, job.id)
    assert [found.id for found in desk.jobs(ANNA)] == [kept.id]


def test_a_run_that_another_goes_on_from_is_removed_when_that_is_over(desk: Desk) -> None:
    job = over(desk)
    reader = desk.submit(ANNA, Train(dataset="folder", recipe=presets.load("quick"), continues=job.id))
    shelf.delete(desk, ANNA, job.id)
    later(desk, job.id, UNDO_SECONDS + 1)
    sweep(desk)
    assert job.folder.exists()
    desk.database.change("UPDATE jobs SET state = 'finished' WHERE id = ?", reader.id)
    sweep(desk)
    assert not job.folder.exists()


@pytest.mark.parametrize("state", ["queued", "running"])
def test_a_run_that_goes_on_is_not_deleted(desk: Desk, state: str) -> None:
    job = over(desk, state=state)
    with pytest.raises(UserMistake, match="still goes on") as refused:
        shelf.delete(desk, ANNA, job.id)
    assert "Stop it" in refused.value.remedy
    assert desk.job(ANNA, job.id).state == state


def test_what_was_written_on_runs_goes_with_everything_else_of_a_visitor(desk: Desk, shelve: Shelve) -> None:
    entry = shelve(ANNA)
    job = desk.submit(ANNA, TRAIN, entry.id)
    desk.database.change("UPDATE jobs SET state = 'finished' WHERE id = ?", job.id)
    shelf.rename(desk, ANNA, job.id, "private")
    desk.forget(ANNA)
    assert desk.database.rows("SELECT * FROM runs") == []


def test_on_ones_own_machine_it_is_the_same(desk: Desk) -> None:
    job = over(desk, LOCAL)
    shelf.delete(desk, LOCAL, job.id)
    assert desk.jobs(LOCAL) == ()
    shelf.restore(desk, LOCAL, job.id)
    assert [found.id for found in desk.jobs(LOCAL)] == [job.id]
