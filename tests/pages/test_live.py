"""Following a job: what is new is read once, and everything is found again where nothing is remembered."""

from pathlib import Path

import pytest
import streamlit as st

from core.events import Note, Progress
from core.jobs.entries import DatasetEntry, Job
from core.jobs.orders import Prepare, Train
from core.runs.planned import Planned
from core.settings import Settings
from core.training import presets
from pages.ui import live
from tests.pages.doing import begin, fail, finish, shelved, the_desk
from tests.pages.exhibits import submitted, trained


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    st.session_state.clear()


@pytest.fixture
def entry(settings: Settings, tmp_path: Path) -> DatasetEntry:
    return shelved(settings, tmp_path)


@pytest.fixture
def job(entry: DatasetEntry) -> Job:
    return submitted(entry)


def test_a_job_that_has_told_nothing_is_starting(job: Job) -> None:
    assert live.follow(job).doing == "starting"
    assert live.doing(begin(job), live.follow(job)) == "starting: the libraries take a few seconds to load"


def test_only_what_is_new_is_read(job: Job) -> None:
    begin(job, [Note("one")])
    assert live.follow(job).notes == ("one",)
    job.run.append(Note("two"))
    content = job.run.events.read_bytes()
    job.run.events.write_bytes(b"#" * content.index(b"\n") + content[content.index(b"\n"):])
    assert live.follow(job).notes == ("one", "two")


def test_without_a_memory_the_story_is_folded_from_the_folder(job: Job) -> None:
    begin(job, [Note("one"), Note("two")])
    before = live.follow(job)
    st.session_state.clear()
    assert live.follow(job) == before


def test_a_run_that_began_anew_is_told_anew(job: Job) -> None:
    begin(job, [Note("a first try that told much")])
    live.follow(job)
    job.run.events.unlink()
    job.run.append(Note("again"))
    assert live.follow(job).notes == ("again",)


def test_a_run_that_began_anew_is_told_anew_though_it_has_told_more_than_before(job: Job) -> None:
    begin(job, [Note("a first try")])
    live.follow(the_desk().job(job.owner, job.id))
    the_desk().database.change("UPDATE jobs SET started = started + 60 WHERE id = ?", job.id)
    job.run.events.unlink()
    for word in ("again", "with", "more", "words"):
        job.run.append(Note(word))
    assert live.follow(the_desk().job(job.owner, job.id)).notes == ("again", "with", "more", "words")


def test_few_stories_are_remembered(entry: DatasetEntry) -> None:
    for _ in range(live.MOST_STORIES + 3):
        live.follow(submitted(entry))
    assert len(st.session_state[live.STORIES]) == live.MOST_STORIES


def test_the_plan_of_a_training_is_known_before_it_begins(job: Job) -> None:
    assert live.follow(job).planned == (Planned("head", 20),)


def test_a_queued_job_tells_its_place(entry: DatasetEntry) -> None:
    first, second = submitted(entry), submitted(entry)
    assert live.doing(first, live.follow(first)) == "waiting for its turn: you are next"
    assert live.doing(second, live.follow(second)) == "waiting for its turn: 1 before you"


def test_a_running_job_tells_what_it_does_until_it_was_asked_to_stop(job: Job) -> None:
    running = begin(job, [Progress("looking at pictures", 3, 9)])
    assert live.doing(running, live.follow(running)) == "looking at pictures: 3 of 9 pictures"
    the_desk().cancel(running.owner, running.id)
    stopping = the_desk().job(running.owner, running.id)
    assert live.doing(stopping, live.follow(stopping)) == "stopping"


def test_the_newest_job_of_a_kind_and_a_data_set_is_found_whatever_became_of_it(entry: DatasetEntry) -> None:
    assert live.newest(entry.id, "train") is None
    trained(entry)
    failed = fail(submitted(entry), "A problem.", "A remedy.")
    finish(the_desk().submit(entry.owner, Prepare(dataset=entry.folder, recipe=presets.load("quick")), entry.id))
    the_desk().submit(entry.owner, Train(dataset=entry.folder, recipe=presets.load("quick")))
    found = live.newest(entry.id, "train")
    assert found is not None
    assert found.id == failed.id


@pytest.mark.parametrize(("seconds", "words"), [(0.2, "1 s"), (41.4, "41 s"), (74, "74 s"), (89, "1 min 30 s"),
                                                (120, "2 min"), (147, "2 min 30 s"),
                                                (1500, "25 min"), (6000, "1 h 40 min")])
def test_a_duration_is_said_as_a_person_would(seconds: float, words: str) -> None:
    assert live.time_in_words(seconds) == words
