"""Export in a real browser: an order that is stopped, then one that ends in a zip, and what lies in it."""

import zipfile
from contextlib import closing
from pathlib import Path

from playwright.sync_api import Page, expect

from core.export.certificate import CERTIFICATE, Certificate
from core.jobs.entries import Job
from core.jobs.orders import FindLr, Train
from tests.e2e.playground import Playground
from tests.pages.doing import begin, the_desk
from tests.pages.reading import marked

WORK_MS = 120_000       # for a job's end, on a busy machine


def at_work_on(training: Job) -> Job:
    """A job that holds the only slot for as long as it is marked as running, so that others wait."""
    assert isinstance(training.order, Train)
    order = FindLr(dataset=training.order.dataset, recipe=training.order.recipe)
    return begin(the_desk().submit(training.owner, order, training.dataset))


def test_an_order_is_stopped_and_given_again_and_its_zip_is_saved(
        page: Page, home: Path, tmp_path: Path, trained_network: Job) -> None:
    other = at_work_on(trained_network)
    valid = len(trained_network.run.read_predictions("valid"))
    save = page.get_by_role("link", name="Save the zip")
    with closing(Playground(home, environment={"PLAYGROUND_SLOTS": "1"})) as app:
        page.goto(app.address("export"))
        page.get_by_role("button", name="Make the zip").click()
        expect(page.get_by_text("Waiting for its turn: 1 before you")).to_be_visible()
        page.get_by_role("button", name="Stop").click()
        expect(page.get_by_text("Stopped. Nothing was made.")).to_be_visible()
        expect(save).to_have_count(0)

        marked(other, "cancelled")
        page.get_by_role("button", name="Make the zip").click()
        expect(page.get_by_role("progressbar").first).to_be_visible()
        expect(page.get_by_text(f"it answered {valid} of {valid} alike")).to_be_visible(timeout=WORK_MS)
        address = save.get_attribute("href")
        assert address
        page.reload()
        expect(save).to_have_attribute("href", address)
        with page.expect_download() as coming:
            save.click()
        assert coming.value.suggested_filename == "colours classifier.zip"
        coming.value.save_as(tmp_path / "saved.zip")
        assert "Traceback" not in app.log.read_text()
    assert not list(home.glob("jobs/*/.export-*"))
    with zipfile.ZipFile(tmp_path / "saved.zip") as saved:
        assert saved.testzip() is None
        assert set(saved.namelist()) >= {"model.onnx", "model.safetensors", "manifest.json", "predict.py",
                                         "MODEL_CARD.md", CERTIFICATE}
        certificate = Certificate.model_validate_json(saved.read(CERTIFICATE))
    assert (certificate.pictures, certificate.same_class) == (valid, valid)
