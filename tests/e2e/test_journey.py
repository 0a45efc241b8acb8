"""The whole first journey as a newcomer makes it, and what may come between: reloads, restarts, strangers."""

import re
import zipfile
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Open, Start
from tests.e2e.playground import Playground
from tests.fakes import labelled_folder

WORK_MS = 120_000       # for a job's end, on a busy machine


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A zip of two classes of thirty small pictures."""
    folder = labelled_folder(tmp_path / "photos", {"ant_1": 30, "bee": 30})
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        for file in sorted(folder.rglob("*.jpg")):
            archive.write(file, file.relative_to(folder.parent))
    return tmp_path / "photos.zip"


def upload(page: Page, app: Playground, photos: Path) -> None:
    page.goto(app.address("data", new="1"))
    page.locator("input[type=file]").first.set_input_files(photos)
    expect(page.get_by_role("button", name="Use these pictures")).to_be_visible(timeout=WORK_MS)


def confirm(page: Page) -> None:
    page.get_by_role("button", name="Use these pictures").click()
    expect(page.locator("h1")).to_have_text("Augment")


def train_the_whole_network_for_long(page: Page, app: Playground) -> None:
    page.goto(app.address("train", stage="2"))
    page.get_by_role("radio", name="Fine-tune", exact=True).click()
    expect(page.locator(".st-key-strip")).to_contain_text("whole network")
    page.get_by_role("spinbutton", name="How often it goes over the pictures").fill("400")
    page.get_by_role("spinbutton", name="How often it goes over the pictures").press("Enter")
    expect(page.locator(".st-key-strip")).to_contain_text("400 epochs")
    page.get_by_role("button", name="Train", exact=True).click()
    expect_training(page)


def expect_training(page: Page) -> None:
    """Epochs are done, and more are to come."""
    expect(page.get_by_text(re.compile(r"training the whole network: epoch \d+ of"))).to_be_visible(timeout=WORK_MS)


def epoch_of(page: Page) -> int:
    told = page.get_by_text(re.compile(r"training the whole network: epoch \d+ of")).inner_text()
    found = re.search(r"epoch (\d+) of", told)
    assert found
    return int(found[1])


def test_from_a_zip_to_the_pictures_that_it_gets_wrong(playground: Start, page: Page, photos: Path) -> None:
    app = playground()
    upload(page, app, photos)
    expect(page.get_by_text("60 pictures")).to_have_count(2)           # the strip's and the page's
    assert not list((app.home / "uploads").iterdir()), "the upload is deleted once its pictures are in the store"
    confirm(page)

    variants = page.locator("figure.augment-variant img")
    expect(variants).to_have_count(11)
    before = variants.first.get_attribute("src")
    page.get_by_role("button", name="New draw").click()
    expect(variants.first).not_to_have_attribute("src", before or "")

    page.get_by_role("button", name="Find the learning rate").click()
    expect(page.locator("h1")).to_have_text("Learning rate")
    page.get_by_role("button", name="Find the learning rate").click()
    expect(page.locator(".js-plotly-plot .scatterlayer")).to_be_visible(timeout=WORK_MS)
    expect(page.get_by_text("Chosen: none")).to_be_visible()
    click_on_the_curve(page, 2e-3)
    expect(page.get_by_text(re.compile(r"Chosen: [1-3]\.\de-3"))).to_be_visible()
    chosen = page.get_by_text(re.compile(r"Chosen: \d\.\de-3")).inner_text().split()[1]
    page.reload()
    expect(page.get_by_text(f"Chosen: {chosen}")).to_be_visible()

    page.get_by_role("button", name="Go on to training").click()
    expect(page.locator("h1")).to_have_text("Train")
    expect(page.locator(".st-key-strip")).to_contain_text(f"learning rate {chosen}")
    page.get_by_role("button", name="Train", exact=True).click()
    page.get_by_role("button", name="See the results").click(timeout=WORK_MS)

    expect(page.locator("h1")).to_have_text("Results")
    expect(page.get_by_text(re.compile(r"\d+ of 12"))).to_be_visible()
    for gallery in ("Correctly classified", "Incorrectly classified", "Most correct", "Most incorrect",
                    "Most uncertain"):
        page.get_by_role("radio", name=gallery, exact=True).click()
        expect(page.get_by_test_id("stException")).to_have_count(0)
    expect(page.get_by_text(re.compile("said")).first).to_be_visible()
    for view in ("Confusion", "Epochs", "Table"):
        page.get_by_role("radio", name=view, exact=True).click()
        expect(page.get_by_test_id("stException")).to_have_count(0)
    expect(page.get_by_role("button", name=re.compile("CSV")).first).to_be_visible()   # a table's toolbar has another
    assert not loaded(app, "torch"), "a network ran in the server's process"
    assert not loaded(app, "albumentations"), "pictures were augmented in the server's process"
    assert "Traceback" not in app.log.read_text()


def test_a_training_outlives_reloads_a_closed_tab_and_the_server(
        playground: Start, newcomer: Open, photos: Path) -> None:
    app = playground()
    page = newcomer()
    upload(page, app, photos)
    confirm(page)
    train_the_whole_network_for_long(page, app)

    page.reload()
    expect_training(page)
    second_tab = page.context.new_page()
    second_tab.goto(app.address("train"))
    expect_training(second_tab)
    expect(second_tab.get_by_role("button", name="Train again")).to_be_disabled()
    page.close()
    before = epoch_of(second_tab)

    app.restart()
    second_tab.goto(app.address("train"))
    expect_training(second_tab)
    assert epoch_of(second_tab) >= before
    second_tab.get_by_role("button", name="Stop").click()
    expect(second_tab.get_by_text("Stopped.")).to_be_visible(timeout=WORK_MS)
    second_tab.get_by_role("button", name="See the results").click()
    expect(second_tab.locator("h1")).to_have_text("Results")
    expect(second_tab.get_by_text(re.compile(r"\d+ of 12"))).to_be_visible()


def test_a_worker_that_was_killed_while_the_server_was_away_is_honestly_marked(
        playground: Start, page: Page, photos: Path) -> None:
    app = playground()
    upload(page, app, photos)
    confirm(page)
    train_the_whole_network_for_long(page, app)
    app.stop()
    for worker in app.workers():
        worker.kill()
    app.start()
    page.goto(app.address("train"))
    expect(page.get_by_text(re.compile("ended without a word|cut off|was killed")).first).to_be_visible(timeout=WORK_MS)
    expect(page.get_by_role("button", name=re.compile("Train again|Train from the start"))).to_be_enabled()


def test_a_stranger_sees_nothing_of_it_and_cannot_open_its_addresses(
        playground: Start, newcomer: Open, photos: Path) -> None:
    app = playground(hosted=True)
    anna, bert = newcomer(), newcomer()
    upload(anna, app, photos)
    confirm(anna)
    anna.goto(app.address("train"))
    anna.get_by_role("button", name="Train", exact=True).click()
    anna.get_by_role("button", name="See the results").click(timeout=WORK_MS)
    expect(anna.locator("h1")).to_have_text("Results")
    expect(anna.get_by_text(re.compile(r"\d+ of 12"))).to_be_visible()
    her_address = anna.url
    assert "job=" in her_address

    bert.goto(app.address())
    expect(bert.locator(".st-key-strip")).to_contain_text("No pictures yet")
    expect(bert.get_by_text("60 pictures")).to_have_count(0)
    bert.goto(her_address)
    expect(bert.get_by_test_id("stAlert").first).to_contain_text("no such run here")
    expect(bert.get_by_text("ant_1")).to_have_count(0)
    bert.goto(her_address.replace("/results", "/data"))
    expect(bert.get_by_test_id("stAlert").first).to_be_visible()
    expect(bert.get_by_text("ant_1")).to_have_count(0)
    for address in ("train", "learning_rate", "augment"):
        bert.goto(app.address(address))
        expect(bert.get_by_text("There are no pictures yet.")).to_be_visible()
    anna.reload()
    expect(anna.get_by_text(re.compile(r"\d+ of 12"))).to_be_visible()


def click_on_the_curve(page: Page, near: float) -> None:
    """Click the point of the smoothed curve whose learning rate is nearest."""
    place = page.evaluate("""near => {
        const plot = document.querySelector('.js-plotly-plot'), layout = plot._fullLayout;
        const line = plot._fullData.find(trace => trace.name === 'smoothed');
        let best = 0;
        line.x.forEach((rate, index) => {
            if (Math.abs(Math.log(rate / near)) < Math.abs(Math.log(line.x[best] / near))) best = index; });
        const box = plot.getBoundingClientRect();
        return {x: box.x + layout.xaxis._offset + layout.xaxis.c2p(line.x[best]),
                y: box.y + layout.yaxis._offset + layout.yaxis.c2p(line.y[best])};
    }""", near)
    page.mouse.move(place["x"] - 3, place["y"])
    page.mouse.move(place["x"], place["y"])
    page.mouse.click(place["x"], place["y"])


def loaded(app: Playground, library: str) -> bool:
    """Whether the server's process has a compiled part of this library in its memory."""
    assert app.pid is not None
    maps = psutil.Process(app.pid).memory_maps()
    assert any("numpy" in part.path for part in maps), "the libraries of the process cannot be seen"
    return any(f"/{library}/" in part.path for part in maps)
