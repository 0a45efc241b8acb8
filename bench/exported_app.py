"""The exported app of ants-bees in a fresh virtual environment with its own requirements alone, in Chromium."""

import shutil
import tempfile
import time
import zipfile
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

from bench.common import DATA, fresh_home, row
from core.events import drain
from core.export.bundle import export
from core.pipeline.train import new_run_folder, train
from core.runs.folder import RunFolder
from core.training import presets
from tests.e2e.taken_home import ExportedApp, fresh_python

PHOTOS = 5
PATIENCE_MS = 60_000
SETTLED_MS = 1_000           # until what was shown is shown anew no more


def main() -> None:
    with fresh_home() as settings, tempfile.TemporaryDirectory() as place:
        run = RunFolder.create(new_run_folder(settings))
        recipe = presets.load("quick").changed(architecture="resnet18", weights="bundled")
        drain(train(str(DATA / "ants-bees.zip"), recipe, run, settings))
        out, unpacked = Path(place) / "out.zip", Path(place) / "export"
        drain(export(run, out, settings))
        with zipfile.ZipFile(out) as archive:
            archive.extractall(unpacked)
        started = time.perf_counter()
        python = fresh_python(Path(place) / "fresh", unpacked / "app" / "requirements.txt")
        row("a fresh environment, packages fetched", f"{time.perf_counter() - started:.1f} s")
        started = time.perf_counter()
        with ExportedApp(unpacked, python) as app:
            row("until the server answers", f"{time.perf_counter() - started:.1f} s")
            _driven(app, Path(place))


def _driven(app: ExportedApp, place: Path) -> None:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = chromium.new_page(viewport={"width": 1280, "height": 1000})
        started = time.perf_counter()
        page.goto(app.address)
        chooser = page.locator('input[type="file"]')
        chooser.wait_for(state="attached", timeout=PATIENCE_MS)
        row("the first page, network loaded", f"{time.perf_counter() - started:.1f} s")
        seen = page.get_by_role("img").first
        before = ""
        for number, photo in enumerate(_photos(place)):
            started = time.perf_counter()
            chooser.set_input_files(photo)
            expect(seen).not_to_have_attribute("src", before, timeout=PATIENCE_MS)
            expect(page.get_by_role("progressbar")).to_have_count(2, timeout=PATIENCE_MS)
            row(f"photo {number + 1}: from drop to answer", f"{time.perf_counter() - started:.2f} s")
            page.wait_for_timeout(SETTLED_MS)
            before = seen.get_attribute("src") or ""
        page.screenshot(path="/tmp/exported-app.png", full_page=True)
        chromium.close()


def _photos(place: Path) -> list[Path]:
    with zipfile.ZipFile(DATA / "ants-bees.zip") as archive:
        names = [name for name in archive.namelist() if "/valid/" in name and name.lower().endswith(".jpg")]
        return [Path(archive.extract(name, place)) for name in names[::len(names) // PHOTOS][:PHOTOS]]


if __name__ == "__main__":
    main()
