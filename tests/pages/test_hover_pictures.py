"""The way by which a dot's picture comes to the pointer."""

import asyncio
from pathlib import Path

import pytest
from starlette.applications import Starlette

from core.jobs.entries import DatasetEntry
from core.settings import Settings
from pages.ui import hover_pictures, identity
from tests.pages.asgi import Answer, request, silence
from tests.pages.doing import shelved
from tests.pages.exhibits import trained
from tests.pages.landscapes import asked

ID = f"{0:016x}"


@pytest.fixture
def entry(settings: Settings, tmp_path: Path) -> DatasetEntry:
    return shelved(settings, tmp_path)


def got(address: str, **headers: str) -> Answer:
    answer = Answer()
    asyncio.run(Starlette(routes=[hover_pictures.route()])(request("GET", address, **headers), silence, answer.send))
    return answer


def test_it_is_what_the_network_saw_and_the_browser_may_keep_it(entry: DatasetEntry) -> None:
    job = trained(entry)
    answer = got(f"/seen-pictures/{job.id}/{ID}")
    assert answer.status == 200
    assert answer.messages[1]["body"] == job.run.seen_picture(ID)
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["cache-control"].startswith("private")


def test_a_stranger_s_picture_is_for_the_stranger_alone(settings: Settings, tmp_path: Path,
                                                       monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYGROUND_HOSTED", "1")
    token, other = "a" * 43, "b" * 43
    job = trained(shelved(settings, tmp_path, visitor=identity.room_of(token)))
    address = f"/seen-pictures/{job.id}/{ID}"
    assert got(address, cookie=f"{identity.COOKIE}={token}").status == 200
    assert got(address, cookie=f"{identity.COOKIE}={other}").status == 404
    assert got(address).status == 404


@pytest.mark.parametrize("id", ["f" * 16, "..%2F..%2Fweights", "no-id", "%00"])
def test_a_picture_that_is_not_there_is_told_in_words(id: str, entry: DatasetEntry) -> None:
    assert got(f"/seen-pictures/{trained(entry).id}/{id}").status == 404


def test_other_jobs_have_no_pictures(entry: DatasetEntry) -> None:
    job = asked(trained(entry))
    assert got(f"/seen-pictures/{job.id}/{ID}").status == 404
    assert got(f"/seen-pictures/{'0' * 32}/{ID}").status == 404
