"""Takes the README's pictures from the running app, so that they stay true.

    .venv/bin/python docs/pictures/take.py [FOLDER]

With a FOLDER, every page goes there instead, light and dark, 1280 and 1920 wide. Needs Chromium.
"""

import re
import shutil
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Page, expect, sync_playwright  # noqa: E402

from tests.e2e.playground import Playground  # noqa: E402

WORK_MS = 180_000
README = ("augment", "learning_rate", "results", "clean")


def journey(page: Page, app: Playground, shoot: Callable[[str], None]) -> None:
    """Through the coins, with a picture of each page where it is at its best."""
    page.goto(app.address())
    page.get_by_role("button", name="Use the coins").click()
    expect(page.get_by_role("button", name=re.compile("Use these pictures|Go on"))).to_be_visible(timeout=WORK_MS)
    shoot("data")
    page.get_by_role("button", name=re.compile("Use these pictures|Go on")).click()
    expect(page.locator("figure.augment-variant img")).to_have_count(11, timeout=WORK_MS)
    shoot("augment")
    page.goto(app.address("learning_rate"))
    page.get_by_role("button", name=re.compile("Find")).first.click()
    expect(page.locator(".js-plotly-plot .scatterlayer")).to_be_visible(timeout=WORK_MS)
    page.get_by_text(re.compile("^valley · ")).click()
    expect(page.get_by_text(re.compile("Chosen: .*valley"))).to_be_visible()
    shoot("learning_rate")
    page.goto(app.address("train"))
    page.get_by_role("button", name=re.compile("^Train")).click()
    expect(page.get_by_role("button", name="See the results")).to_be_visible(timeout=WORK_MS)
    shoot("train")
    page.get_by_role("button", name="See the results").click()
    page.get_by_role("radio", name="Incorrectly classified", exact=True).click()
    expect(page.get_by_text("said").first).to_be_visible()
    shoot("results")
    page.get_by_role("radio", name="Confusion", exact=True).click()
    expect(page.locator(".js-plotly-plot")).to_be_visible()
    shoot("confusion")
    page.goto(app.address("clean"))
    expect(page.get_by_text(re.compile("^Wrong after"))).to_be_visible(timeout=WORK_MS)
    page.get_by_role("button", name=re.compile("^Label in doubt")).click()
    expect(page.get_by_text(re.compile("^Label in doubt. It is labelled"))).to_be_visible()
    shoot("clean")
    page.goto(app.address())
    expect(page.get_by_text("Your last work")).to_be_visible()
    shoot("home")


def main(folder: Path | None) -> None:
    program = shutil.which("chromium") or shutil.which("google-chrome")
    looks = [(1280, False)] if folder is None else [(width, dark) for width in (1280, 1920) for dark in (False, True)]
    with tempfile.TemporaryDirectory() as home, closing(Playground(Path(home) / "home")) as app, \
            sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for width, dark in looks:
            page = browser.new_page(viewport={"width": width, "height": width * 5 // 8},
                                    color_scheme="dark" if dark else "light")

            def shoot(name: str, page: Page = page, width: int = width, dark: bool = dark) -> None:
                page.wait_for_timeout(1500)       # charts and pictures have come to rest
                page.evaluate("document.querySelector('[data-testid=stMain]').scrollTo(0, 0)")
                if folder is not None:
                    page.screenshot(path=folder / f"{name}-{width}-{'dark' if dark else 'light'}.png")
                elif name in README:
                    page.screenshot(path=Path(__file__).parent / f"{name}.png")

            journey(page, app, shoot)
            page.close()
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
