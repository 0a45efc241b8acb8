"""The dialog that packs a data set, and the way by which the zip leaves."""

import asyncio
from pathlib import Path

import pytest
from starlette.applications import Starlette
from streamlit.testing.v1 import AppTest

from core.data.edits import Edit
from core.data.packing import pack
from core.errors import LimitReached
from core.events import Packed, Progress, drain
from core.jobs.desk import Desk
from core.jobs.entries import LOCAL, DatasetEntry, Job
from core.jobs.orders import Pack
from core.settings import Settings
from pages.ui import packed
from pages.ui.identity import COOKIE, room_of
from tests.pages.asgi import Answer, request, silence
from tests.pages.doing import begin, fail, finish, opened, shelved, the_desk
from tests.pages.reading import text

TOKEN = "t" * 43


@pytest.fixture
def entry(settings: Settings, tmp_path: Path) -> DatasetEntry:
    return shelved(settings, tmp_path)


def ordered(entry: DatasetEntry, visitor: str = LOCAL) -> Job:
    dataset = the_desk().stored(visitor, entry.id).dataset()
    return the_desk().submit(visitor, Pack(dataset=entry.folder, fingerprint=dataset.fingerprint), entry.id)


def done(job: Job) -> Job:
    """The packing at its end, with its zip."""
    assert job.dataset is not None
    begin(job)
    drain(pack(the_desk().stored(job.owner, job.dataset), job.folder / "pictures.zip"))
    return finish(job, [Packed("pictures.zip", 24, 54_321)])


def dialog() -> AppTest:
    page = opened("data")
    page.button(key="pack").click().run()
    assert not page.exception
    return page


def bars(page: AppTest) -> list[str]:
    return [each.proto.text for each in page.get("progress") if each.proto.text]


def test_it_says_what_will_be_in_the_zip_and_a_click_orders_it(entry: DatasetEntry) -> None:
    page = dialog()
    assert "**24 pictures**" in text(page) and "that you changed" not in text(page)
    page.button(key="make-zip").click().run()
    (job,) = the_desk().jobs(LOCAL, kind="pack")
    assert job.order == Pack(dataset=entry.folder, fingerprint=the_desk().stored(LOCAL, entry.id).dataset().fingerprint)
    assert job.dataset == entry.id


def test_folders_and_names_in_the_zip_are_told(settings: Settings, tmp_path: Path) -> None:
    shelved(settings, tmp_path, counts={"train/**b**": 4, "train/red": 4, "valid/**b**": 2, "valid/red": 2})
    said = text(dialog())
    assert "the folders train and valid, and in each one folder for each class" in said
    assert "No folder can be called ****b**** everywhere" in said and "labels.csv" in said


def test_edits_are_spoken_of(entry: DatasetEntry) -> None:
    stored = the_desk().stored(LOCAL, entry.id)
    stored.append_edit(Edit(stored.catalogue.samples[0].id, "remove"))
    assert "**23 pictures**" in text(dialog()) and "with all that you changed here" in text(dialog())


def test_it_shows_how_far_it_is_and_can_be_stopped(entry: DatasetEntry) -> None:
    job = begin(ordered(entry), [Progress("packing", 5, 24)])
    page = dialog()
    assert bars(page) == ["Packing: 5 of 24 pictures"]
    page.button(key="stop-pack").click().run()
    assert job.run.stop.exists()


def test_a_zip_that_is_there_can_be_saved_until_something_is_changed(entry: DatasetEntry) -> None:
    job = done(ordered(entry))
    (link,) = dialog().get("link_button")
    assert link.proto.url == f"packed-pictures/{job.id}" and "54.3 kB" in link.proto.label
    stored = the_desk().stored(LOCAL, entry.id)
    stored.append_edit(Edit(stored.catalogue.samples[0].id, "remove"))
    page = dialog()
    assert not page.get("link_button") and page.button(key="make-zip")


def test_a_zip_that_was_swept_can_be_made_again(entry: DatasetEntry) -> None:
    (done(ordered(entry)).folder / "pictures.zip").unlink()
    assert dialog().button(key="make-zip")


def test_a_failure_and_a_refusal_are_told(entry: DatasetEntry, monkeypatch: pytest.MonkeyPatch) -> None:
    fail(ordered(entry), "The disk is nearly full.", "Delete something.")
    page = dialog()
    assert "disk is nearly full" in page.error[0].value and "Delete something" in page.error[0].value

    def full(self: Desk, visitor: str, order: object, dataset: str | None = None) -> None:
        raise LimitReached("You have 4 jobs already.", remedy="Wait.")

    monkeypatch.setattr(Desk, "submit", full)
    page.button(key="make-zip").click()
    page.button(key="pack").click().run()
    assert "4 jobs already" in page.error[0].value


def got(address: str, **headers: str) -> Answer:
    answer = Answer()
    scope = {**request("GET", address, **headers), "asgi": {"spec_version": "2.4"}}      # as uvicorn says
    asyncio.run(Starlette(routes=[packed.route()])(scope, silence, answer.send))
    return answer


def body(answer: Answer) -> bytes:
    return b"".join(message.get("body", b"") for message in answer.messages[1:])


def test_the_zip_leaves_under_the_data_sets_name(entry: DatasetEntry) -> None:
    job = done(ordered(entry))
    answer = got(f"/{packed.address(job)}")
    assert answer.status == 200 and body(answer) == (job.folder / "pictures.zip").read_bytes()
    assert answer.headers["content-disposition"] == 'attachment; filename="colours.zip"'
    assert answer.headers["content-type"] == "application/zip" and answer.headers["cache-control"] == "no-store"


def test_a_strangers_zip_leaves_for_the_stranger_alone(settings: Settings, tmp_path: Path,
                                                      monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYGROUND_HOSTED", "1")
    owner = room_of(TOKEN)
    job = done(ordered(shelved(settings, tmp_path, visitor=owner), owner))
    address = f"/{packed.address(job)}"
    assert got(address, cookie=f"{COOKIE}={TOKEN}").status == 200
    for other in ({"cookie": f"{COOKIE}={'u' * 43}"}, {"cookie": f"{COOKIE}=short"}, {}):
        answer = got(address, **other)
        assert answer.status == 404 and b"no such file" in body(answer)


@pytest.mark.parametrize("hindrance", ["never was", "no packing", "not done", "swept"])
def test_what_is_not_there_is_told_in_words(hindrance: str, entry: DatasetEntry) -> None:
    job = ordered(entry)
    address = f"/{packed.PATH}/{'0' * 32}" if hindrance == "never was" else f"/{packed.address(job)}"
    if hindrance == "no packing":
        the_desk().database.change("UPDATE jobs SET kind = 'tta' WHERE id = ?", job.id)
    if hindrance == "swept":
        (done(job).folder / "pictures.zip").unlink()
    answer = got(address)
    assert answer.status == 404 and b"make the zip once more" in body(answer)
