"""The exported app in a real browser: with the project's environment, and in a fresh one with its own requirements."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from core.events import drain
from core.export.bundle import export
from tests.e2e.taken_home import ExportedApp, fresh_python
from tests.running import Heard, Workshop


@pytest.fixture
def unpacked(quick_run: Heard, workshop: Workshop, tmp_path: Path) -> Path:
    """An export of a training that tells red from blue pictures."""
    drain(export(quick_run.run, tmp_path / "out.zip", workshop.settings))
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        archive.extractall(tmp_path / "export")
    return tmp_path / "export"


def answers_a_photo(page: Page, app: ExportedApp, run: Heard, source: Path) -> None:
    """Drop a validation picture, and read the run's own answer; then a file that is none."""
    valid, document = run.run.read_predictions("valid"), run.run.read_dataset()
    names = dict(zip(document.ids, document.names, strict=True))
    best = valid.probabilities[0].max()
    page.goto(app.address)
    expect(page.get_by_text(f"Right on {int(valid.correct.sum())} of {len(valid)} photos")).to_be_visible()
    chooser = page.locator('input[type="file"]')
    chooser.set_input_files(source / names[valid.ids[0]])
    expect(page.get_by_role("heading", name=valid.classes[int(valid.predicted[0])], exact=True)).to_be_visible()
    expect(page.get_by_text(f"{100 * best:.1f} % sure")).to_be_visible()
    expect(page.get_by_role("progressbar")).to_have_count(len(valid.classes))
    chooser.set_input_files({"name": "words.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"})
    expect(page.get_by_text("no picture of a kind that is read here")).to_be_visible()


def test_a_photo_is_dropped_and_answered_where_no_playground_is_in_reach(
        page: Page, unpacked: Path, quick_run: Heard, workshop: Workshop) -> None:
    reach = subprocess.run([sys.executable, "-I", "-c", "import core"], cwd=unpacked, capture_output=True, check=False)
    assert b"No module named 'core'" in reach.stderr
    with ExportedApp(unpacked, Path(sys.executable)) as app:
        answers_a_photo(page, app, quick_run, workshop.source)


@pytest.mark.timeout(600)
def test_it_needs_nothing_but_its_own_requirements(
        page: Page, unpacked: Path, quick_run: Heard, workshop: Workshop, tmp_path: Path) -> None:
    try:
        python = fresh_python(tmp_path / "fresh", unpacked / "app" / "requirements.txt")
    except subprocess.CalledProcessError as error:
        pytest.skip(f"the packages cannot be fetched: {error.stderr.decode(errors='replace').strip()[-200:]}")
    there = subprocess.run([python, "-c", "import torch"], capture_output=True, check=False)
    assert b"No module named 'torch'" in there.stderr
    with ExportedApp(unpacked, python) as app:
        answers_a_photo(page, app, quick_run, workshop.source)
