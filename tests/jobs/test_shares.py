"""Links to trainings: who may make them, whom they let in, and when they end."""

import re
from collections.abc import Callable

import pytest

from core.errors import LimitReached, NotHere, UserMistake
from core.jobs import shares, shelf_of_runs
from core.jobs.desk import Desk
from core.jobs.entries import LOCAL, Job
from core.jobs.orders import DrawMap, Train
from core.jobs.shares import MOST_LINKS, allow, share, shared, shares_of, unshare
from core.jobs.shelf_of_runs import UNDO_SECONDS
from core.jobs.sweeper import sweep
from core.training import presets
from tests.jobs.conftest import ANNA, BERT, AtWork, Shelve

TRAIN = Train(dataset="folder", recipe=presets.load("quick"))


def over(desk: Desk, visitor: str = ANNA, dataset: str | None = None) -> Job:
    job = desk.submit(visitor, TRAIN, dataset)
    job.folder.mkdir(parents=True)
    desk.database.change("UPDATE jobs SET state = 'finished' WHERE id = ?", job.id)
    return desk.job(visitor, job.id)


def opens(desk: Desk, token: str) -> bool:
    try:
        shared(desk, token)
    except NotHere:
        return False
    return True


def links(desk: Desk) -> int:
    return len(desk.database.rows("SELECT 1 FROM shares"))


@pytest.mark.parametrize("visitor", [ANNA, LOCAL])
def test_whoever_has_the_link_finds_the_training_and_what_is_allowed(desk: Desk, visitor: str) -> None:
    job = over(desk, visitor)
    found = shared(desk, share(desk, visitor, job.id))
    assert (found.id, found.folder, found.owner) == (job.id, job.folder, visitor)
    assert found.grant and not found.grant.allows_export
    assert desk.job(visitor, job.id).grant is None


def test_a_link_holds_256_random_bits_and_the_desk_keeps_none_of_them(desk: Desk) -> None:
    job = over(desk)
    first, second = share(desk, ANNA, job.id), share(desk, ANNA, job.id)
    assert first != second and re.fullmatch(r"[\w-]{43}", first)
    rows = desk.database.rows("SELECT * FROM shares")
    assert len(rows) == 2
    assert not any(first in str(value) or second in str(value) for row in rows for value in tuple(row))
    assert first not in repr(shared(desk, first))


def test_a_guess_opens_nothing_and_says_no_more_than_that(desk: Desk) -> None:
    job = over(desk)
    token = share(desk, ANNA, job.id)
    digest = shares_of(desk, ANNA, job.id)[0].digest
    ended = share(desk, ANNA, job.id)
    unshare(desk, ANNA, shares_of(desk, ANNA, job.id)[0].digest)
    said = set()
    for guess in ("", "a" * 43, token[:-1], token.swapcase(), digest, job.id, f"{token}\n", "%", "' OR 1=1 --", ended):
        with pytest.raises(NotHere) as refused:
            shared(desk, guess)
        said.add((refused.value.problem, refused.value.remedy))
    assert len(said) == 1
    assert opens(desk, token)


def test_another_visitor_can_neither_make_nor_see_nor_change_nor_end_a_link(desk: Desk) -> None:
    job = over(desk)
    token = share(desk, ANNA, job.id)
    link, = shares_of(desk, ANNA, job.id)
    with pytest.raises(NotHere):
        share(desk, BERT, job.id)
    with pytest.raises(NotHere):
        shares_of(desk, BERT, job.id)
    allow(desk, BERT, link.digest, True)
    unshare(desk, BERT, link.digest)
    assert shares_of(desk, ANNA, job.id) == (link,)
    assert opens(desk, token)


def test_a_link_does_not_make_the_training_the_visitor_s(desk: Desk) -> None:
    job = over(desk)
    share(desk, ANNA, job.id)
    with pytest.raises(NotHere):
        desk.job(BERT, job.id)
    assert desk.jobs(BERT) == ()


def test_links_are_listed_newest_first_and_end_one_by_one(desk: Desk) -> None:
    job = over(desk)
    first, second = share(desk, ANNA, job.id), share(desk, ANNA, job.id, allows_export=True)
    newest, oldest = shares_of(desk, ANNA, job.id)
    assert newest.created >= oldest.created and newest.allows_export and not oldest.allows_export
    unshare(desk, ANNA, newest.digest)
    assert not opens(desk, second) and opens(desk, first)
    assert shares_of(desk, ANNA, job.id) == (oldest,)


def test_what_is_allowed_can_change_while_the_link_stands(desk: Desk) -> None:
    job = over(desk)
    token = share(desk, ANNA, job.id)
    for allowed in (True, False):
        allow(desk, ANNA, shares_of(desk, ANNA, job.id)[0].digest, allowed)
        grant = shared(desk, token).grant
        assert grant and grant.allows_export is allowed


def test_only_trainings_are_shared(desk: Desk, shelve: Shelve) -> None:
    entry = shelve(ANNA)
    training = over(desk, dataset=entry.id)
    other = desk.submit(ANNA, DrawMap(dataset="folder", training=training.id), entry.id)
    with pytest.raises(UserMistake, match="training"):
        share(desk, ANNA, other.id)


def test_there_is_an_end_to_links(desk: Desk) -> None:
    job = over(desk)
    for _ in range(MOST_LINKS):
        share(desk, ANNA, job.id)
    with pytest.raises(LimitReached) as refused:
        share(desk, ANNA, job.id)
    assert "End one" in refused.value.remedy
    assert links(desk) == MOST_LINKS


# ---- what takes links with it

@pytest.mark.parametrize("take", [
    lambda desk, job: desk.forget(ANNA), lambda desk, job: desk.remove_dataset(ANNA, job.dataset),
    lambda desk, job: shelf_of_runs.delete(desk, ANNA, job.id)], ids=["visitor", "data set", "run"])
def test_links_go_with_what_they_lead_to(take: Callable[[Desk, Job], None], desk: Desk, shelve: Shelve) -> None:
    job = over(desk, dataset=shelve(ANNA).id)
    other = over(desk, BERT)
    token, stays = share(desk, ANNA, job.id), share(desk, BERT, other.id)
    take(desk, job)
    assert not opens(desk, token) and opens(desk, stays)
    assert links(desk) == 1


def test_a_run_that_is_brought_back_is_shared_with_nobody(desk: Desk) -> None:
    job = over(desk)
    token = share(desk, ANNA, job.id)
    shelf_of_runs.delete(desk, ANNA, job.id)
    shelf_of_runs.restore(desk, ANNA, job.id)
    assert desk.job(ANNA, job.id) and not opens(desk, token)


def test_a_training_that_leaves_while_it_runs_opens_to_nobody(desk: Desk, shelve: Shelve, at_work: AtWork) -> None:
    job = desk.submit(ANNA, TRAIN, shelve(ANNA).id)
    job.folder.mkdir(parents=True)
    token = share(desk, ANNA, job.id)
    at_work(job, deaf=True)
    desk.forget(ANNA)
    assert not opens(desk, token)


def test_links_to_visitors_long_gone_are_swept(desk: Desk) -> None:
    token = share(desk, ANNA, over(desk).id)
    desk.database.change("UPDATE visitors SET seen = seen - 86400 * ? WHERE id = ?", desk.settings.keep_days + 1, ANNA)
    sweep(desk)
    assert not opens(desk, token) and links(desk) == 0


def test_a_link_to_a_job_that_another_version_took_away_is_swept(desk: Desk) -> None:
    """An older version of the playground deletes jobs and knows nothing of links."""
    job = over(desk)
    token = share(desk, ANNA, job.id)
    desk.database.change("DELETE FROM jobs WHERE id = ?", job.id)
    assert not opens(desk, token)
    shelf_of_runs.remove_for_good(desk, job.created + UNDO_SECONDS)
    assert links(desk) == 0


def test_a_training_of_another_version_opens_to_nobody(desk: Desk) -> None:
    job = over(desk)
    token = share(desk, ANNA, job.id)
    desk.database.change("UPDATE jobs SET \"order\" = '{\"kind\": \"from-the-future\"}' WHERE id = ?", job.id)
    assert not opens(desk, token)


def test_a_database_from_before_there_were_links_gets_them(desk: Desk) -> None:
    job = over(desk)
    desk.database.change("DROP TABLE shares")
    again = Desk(desk.settings)
    assert shares.shared(again, share(again, ANNA, job.id)).id == job.id
