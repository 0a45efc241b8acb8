"""Ways beside the pages: whose job is answered for, and where they lie. Of strangers, see the tests of each way."""

import asyncio
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from streamlit import config

from core.errors import NotHere
from core.jobs.entries import Job
from core.settings import Settings
from pages.ui.own_route import Answer, own_route
from tests.pages.asgi import Answer as Answered
from tests.pages.asgi import request, silence
from tests.pages.doing import shelved
from tests.pages.exhibits import trained


@pytest.fixture
def job(settings: Settings, tmp_path: Path) -> Job:
    return trained(shelved(settings, tmp_path))


def kind(job: Job, request: Request) -> Response:
    return PlainTextResponse(job.kind)


def nothing(job: Job, request: Request) -> None:
    return None


def lost(job: Job, request: Request) -> Response:
    raise NotHere("Its data set is gone.", remedy="Choose another.")


def got(address: str, answer: Answer = kind) -> tuple[int, bytes]:
    answered = Answered()
    app = Starlette(routes=[own_route("things/{job}", answer, "Nothing here.")])
    asyncio.run(app(request("GET", address), silence, answered.send))
    return answered.status, answered.messages[1]["body"]


def test_a_visitor_s_own_job_is_answered_for(job: Job) -> None:
    assert got(f"/things/{job.id}") == (200, b"train")


@pytest.mark.parametrize("answer", [nothing, lost])
def test_where_there_is_nothing_that_is_said(answer: Answer, job: Job) -> None:
    assert got(f"/things/{job.id}", answer) == (404, b"Nothing here.")


def test_a_job_that_never_was_is_never_asked_about(job: Job) -> None:
    assert got(f"/things/{'0' * 32}") == (404, b"Nothing here.")


@pytest.mark.parametrize("base", ["room/one", "/room/one/"])
def test_it_lies_below_the_path_that_the_playground_is_served_at(base: str, job: Job,
                                                                 monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "get_option", {"server.baseUrlPath": base, "server.address": "localhost"}.get)
    assert got(f"/room/one/things/{job.id}") == (200, b"train")
    assert got(f"/things/{job.id}")[0] == 404
