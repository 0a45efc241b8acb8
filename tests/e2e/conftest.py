"""A real browser and a real server. Where there is no Chromium these tests are skipped; under CI that fails.

Playwright keeps an event loop running in this thread, so the browser lives no longer than this folder's tests.
"""

import os
import shutil
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any, Protocol

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from core.events import drain
from core.jobs.entries import LOCAL, Job
from core.jobs.orders import Train
from core.jobs.worker import work
from core.runs.folder import RunFolder
from core.settings import from_environment
from tests.e2e.playground import Playground
from tests.pages.doing import finish, shelved, the_desk

PATIENCE_SECONDS = 30.0         # for anything that shall appear on a page
expect.set_options(timeout=PATIENCE_SECONDS * 1000)
FAILED = pytest.StashKey[bool]()


class Open(Protocol):
    """Opens a page for a visitor who was never there before: fresh cookies, empty storage."""

    def __call__(self, *, width: int = 1280, height: int = 1000, dark: bool = False) -> Page: ...


class Start(Protocol):
    """Starts the app in a home of its own; `environment` are further variables."""

    def __call__(self, *, hosted: bool = False, **environment: str) -> Playground: ...


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[Any]
                              ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed:
        item.stash[FAILED] = True
    return report


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests of this folder."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        missing = "no chromium: apt-get install chromium"
        if os.environ.get("CI"):
            pytest.fail(missing, pytrace=False)
        pytest.skip(missing)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def newcomer(browser: Browser, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Open]:
    """Opens pages, each as another visitor. `page.context.new_page()` is the same visitor's second tab.

    Where the test fails, what each page showed is saved as visitor-<number>.png in its tmp_path.
    """
    contexts: list[BrowserContext] = []

    def opened(*, width: int = 1280, height: int = 1000, dark: bool = False) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height},
                                      color_scheme="dark" if dark else "light")
        context.set_default_timeout(PATIENCE_SECONDS * 1000)
        contexts.append(context)
        return context.new_page()

    yield opened
    for number, context in enumerate(contexts):
        for tab, page in enumerate(context.pages):
            if request.node.stash.get(FAILED, False):
                page.screenshot(path=tmp_path / f"visitor-{number}-{tab}.png", full_page=True)
        context.close()


@pytest.fixture
def page(newcomer: Open) -> Page:
    """One visitor's page."""
    return newcomer()


@pytest.fixture
def trained_network(home: Path, tmp_path: Path) -> Job:
    """A tiny network of red and blue, trained in `home` as a worker does it. No server may be at work there yet."""
    from tests.running import QUICK, write_lively_weights  # loads torch

    settings = from_environment().model_copy(update={"threads": 1})
    entry = shelved(settings, tmp_path)
    recipe = QUICK.changed(weights=str(write_lively_weights(tmp_path / "lively.safetensors")))
    job = the_desk().submit(LOCAL, Train(dataset=entry.folder, recipe=recipe), entry.id)
    _, code = drain(work(job.order, RunFolder.create(job.folder), settings, lambda: False))
    assert code == 0
    return finish(job)


@pytest.fixture
def playground(tmp_path: Path) -> Iterator[Start]:
    """Starts the app, as often as a test wants; its log lies in the test's tmp_path."""
    with ExitStack() as stack:
        count = 0

        def start(*, hosted: bool = False, **environment: str) -> Playground:
            nonlocal count
            count += 1
            return stack.enter_context(closing(Playground(
                tmp_path / f"playground-{count}", hosted=hosted, environment=environment)))

        yield start


@pytest.fixture(scope="module")
def started(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[bool], Playground]]:
    """The app, hosted or not, started once for all tests of a module that change nothing of each other's."""
    with ExitStack() as stack:
        running: dict[bool, Playground] = {}

        def the_one(hosted: bool) -> Playground:
            if hosted not in running:
                home = tmp_path_factory.mktemp("app") / "playground"
                running[hosted] = stack.enter_context(closing(Playground(home, hosted=hosted)))
            return running[hosted]

        yield the_one
