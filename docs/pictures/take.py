"""Takes the README's and the guide's pictures from the running app, so that they stay true.

    .venv/bin/python docs/pictures/take.py [FOLDER]

With a FOLDER, every page goes there instead, light and dark, 1280 and 1920 wide. Needs Chromium; takes some minutes.
"""

import io
import re
import shutil
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Locator, Page, expect, sync_playwright  # noqa: E402

from core.data.coins.pictures import CLASSES, picture  # noqa: E402
from tests.e2e.playground import Playground  # noqa: E402

WORK_MS = 600_000            # for a job's end, on a busy machine
REST_MS = 1500
README, GUIDE = Path(__file__).parent, ROOT / "docs" / "guide" / "pictures"
IN_README = ("augment", "learning_rate", "results", "clean")
IN_GUIDE = ("start", "bring", "data", "augment", "learning_rate", "recipe", "train", "results", "confusion", "closer",
            "sure", "cheating", "clean", "many", "predict", "predict_many", "export")
MOST_BYTES = 150_000         # of a picture in the guide: twenty of them are in every copy of the project
COLOURS = (256, 160, 96, 64)
NEW_COINS = 7                # their seed: coins that no training has met
TALL = {"start": 960, "bring": 640, "data": 1040, "learning_rate": 960, "train": 1100, "results": 1080,
        "confusion": 880, "closer": 1200, "clean": 900, "predict": 1240}      # pixels, in the guide; else 800
Shoot = Callable[..., None]


def journey(page: Page, app: Playground, shoot: Shoot) -> None:
    """Through the coins, with a picture of each page where it is at its best."""
    page.goto(app.address())
    expect(page.get_by_role("button", name="Use the coins")).to_be_visible()
    shoot("start")
    pictures(page, app, shoot)
    training(page, app, shoot)
    why(page, shoot)
    cleaning(page, app, shoot)
    taking_home(page, app, shoot)
    page.goto(app.address())
    expect(page.get_by_text("Your last work")).to_be_visible()
    shoot("home")


def pictures(page: Page, app: Playground, shoot: Shoot) -> None:
    page.goto(app.address("data", new="1"))
    expect(page.get_by_text("How the folders look.")).to_be_visible()
    shoot("bring")
    page.goto(app.address())
    page.get_by_role("button", name="Use the coins").click()
    go_on = page.get_by_role("button", name=re.compile("Use these pictures|Go on"))
    expect(go_on).to_be_visible(timeout=WORK_MS)
    expect(page.get_by_role("radio", name="Average picture")).to_be_visible(timeout=WORK_MS)
    shoot("data")
    go_on.click()
    expect(page.locator("figure.augment-variant img")).to_have_count(11, timeout=WORK_MS)
    shoot("augment")


def training(page: Page, app: Playground, shoot: Shoot) -> None:
    page.goto(app.address("learning_rate"))
    page.get_by_role("button", name=re.compile("Find")).first.click()
    expect(page.locator(".js-plotly-plot .scatterlayer")).to_be_visible(timeout=WORK_MS)
    page.get_by_text(re.compile("^valley · ")).click()
    expect(page.get_by_text(re.compile("Chosen: .*valley"))).to_be_visible()
    shoot("learning_rate")
    page.goto(app.address("train"))
    train = page.get_by_role("button", name=re.compile("^Train"))
    expect(train).to_be_enabled(timeout=WORK_MS)
    shoot("recipe")
    train.click()
    expect(page.get_by_role("button", name="See the results")).to_be_visible(timeout=WORK_MS)
    shoot("train")
    page.get_by_role("button", name="See the results").click()


def why(page: Page, shoot: Shoot) -> None:
    page.get_by_role("radio", name="Incorrectly classified", exact=True).click()
    expect(page.get_by_text("said").first).to_be_visible()
    shoot("results")
    view(page, "Confusion")
    expect(page.locator(".js-plotly-plot")).to_be_visible()
    shoot("confusion", page.locator(".st-key-view"))
    view(page, "How sure")
    expect(page.locator(".js-plotly-plot").first).to_be_visible()
    shoot("sure", page.locator(".st-key-view"))
    view(page, "Cheating?")
    expect(page.get_by_role("button", name="Check again")).to_be_visible(timeout=WORK_MS)
    shoot("cheating", page.locator(".st-key-view"))
    view(page, "Pictures")
    page.get_by_role("radio", name="Most incorrect", exact=True).click()
    page.get_by_role("button", name="Look closer").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("radio", name="Where it looked").click()
    expect(dialog.get_by_text(re.compile("Bright: what spoke for|No part of this"))).to_be_visible(timeout=WORK_MS)
    shoot("closer")
    page.keyboard.press("Escape")


def cleaning(page: Page, app: Playground, shoot: Shoot) -> None:
    page.goto(app.address("clean"))
    expect(page.get_by_text(re.compile("^Wrong after"))).to_be_visible(timeout=WORK_MS)
    page.get_by_role("button", name=re.compile("^Label in doubt")).click()
    expect(page.get_by_text(re.compile("^Label in doubt. It is labelled"))).to_be_visible()
    shoot("clean")
    page.get_by_role("button", name=re.compile("^Label in doubt")).click()
    view(page, "Many at once")
    expect(page.get_by_role("button", name=re.compile("^Tick all"))).to_be_visible()
    shoot("many")
    view(page, "One by one")


def taking_home(page: Page, app: Playground, shoot: Shoot) -> None:
    coins = [{"name": f"{label} {number}.jpg", "mimeType": "image/jpeg", "buffer": picture(label, number, NEW_COINS)}
             for number in range(4) for label in CLASSES]
    page.goto(app.address("predict"))
    drop = page.locator("input[type=file]")
    expect(page.get_by_text("Making the network ready:")).to_be_hidden(timeout=WORK_MS)
    drop.set_input_files(coins[:1])
    expect(page.get_by_text(re.compile("The map is only|No part of this"))).to_be_visible(timeout=WORK_MS)
    shoot("predict")
    drop.set_input_files(coins[1:])
    expect(page.get_by_role("button", name="Look closer")).to_have_count(len(coins), timeout=WORK_MS)
    shoot("predict_many")
    page.get_by_role("button", name="Remove all photos").click()
    page.goto(app.address("export"))
    page.get_by_role("button", name=re.compile("^Make (the|another) zip")).click()
    expect(page.get_by_role("link", name=re.compile("^Save the zip"))).to_be_visible(timeout=WORK_MS)
    shoot("export")


def view(page: Page, name: str) -> None:
    page.get_by_role("radio", name=name, exact=True).click()


def still(page: Page, width: int, height: int, top: Locator | None) -> None:
    """Scrolled to its place, once charts and pictures have come to rest."""
    page.set_viewport_size({"width": width, "height": height})
    page.mouse.move(0, 0)
    page.wait_for_timeout(REST_MS)
    page.evaluate("document.querySelector('[data-testid=stMain]').scrollTo(0, 0)")
    if top is not None:          # below the bar with the pages' names
        top.evaluate("element => { element.style.scrollMarginTop = '5rem'; element.scrollIntoView(); }")


def small(png: bytes) -> bytes:
    """The same picture with as many colours as its bytes allow."""
    with Image.open(io.BytesIO(png)) as full:
        for colours in COLOURS:
            stream = io.BytesIO()
            full.convert("RGB").quantize(colours, dither=Image.Dither.NONE).save(stream, "PNG", optimize=True)
            if stream.tell() <= MOST_BYTES:
                break
    return stream.getvalue()


def main(folder: Path | None) -> None:
    program = shutil.which("chromium") or shutil.which("google-chrome")
    looks = [(1280, False)] if folder is None else [(width, dark) for width in (1280, 1920) for dark in (False, True)]
    GUIDE.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as home, closing(Playground(Path(home) / "home")) as app, \
            sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for width, dark in looks:
            page = browser.new_page(viewport={"width": width, "height": width * 5 // 8},
                                    color_scheme="dark" if dark else "light")

            def shoot(name: str, top: Locator | None = None, page: Page = page, width: int = width,
                      dark: bool = dark) -> None:
                """A picture from the page's top, or from where `top` stands."""
                height = width * 5 // 8
                if folder is not None:
                    still(page, width, height, top)
                    page.screenshot(path=folder / f"{name}-{width}-{'dark' if dark else 'light'}.png")
                    return
                if name in IN_README:
                    still(page, width, height, top)
                    page.screenshot(path=README / f"{name}.png")
                if name in IN_GUIDE:
                    still(page, width, TALL.get(name, height), top)
                    (GUIDE / f"{name}.png").write_bytes(small(page.screenshot()))
                page.set_viewport_size({"width": width, "height": height})

            journey(page, app, shoot)
            page.close()
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
