"""Ready-made sets on the page, and the way on where there is no network."""

import pytest

from core.data import ready
from core.data.builtin import SETS
from core.errors import DownloadFailed
from core.jobs.entries import LOCAL
from core.jobs.orders import BringIn
from core.settings import Settings
from tests.pages.doing import fail, opened, the_desk
from tests.pages.reading import text
from tests.pages.test_upload import ordered


def test_each_set_says_what_it_holds_and_how_large_it_is() -> None:
    page = opened("data", new="1")
    assert not page.exception
    assert "7,349 pictures in 37 classes · 811 MB to download" in text(page) and "CC BY-SA 4.0" in text(page)
    assert page.number_input(key="ready-count-cifar10").value == 500
    assert page.number_input(key="ready-count-cifar10").max == 2000


def test_a_set_is_ordered_with_as_many_pictures_a_class_as_were_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYGROUND_OFFLINE", "0")
    page = opened("data", new="1")
    page.number_input(key="ready-count-eurosat").set_value(50).run()
    page.button(key="take-eurosat").click().run()
    assert ordered() == BringIn(source="eurosat", ready=50, name="The Earth from above")
    assert "job" in page.query_params


@pytest.mark.parametrize(("offline", "told"), [("1", True), ("0", False)])
def test_a_playground_without_a_network_says_so_before(offline: str, told: bool,
                                                       monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYGROUND_OFFLINE", offline)
    assert ("set to use no network" in text(opened("data", new="1"))) == told


def test_a_download_that_fails_offers_the_sets_that_need_no_network() -> None:
    job = the_desk().submit(LOCAL, BringIn(source="pets", ready=200, name="Cats and dogs by breed"))
    error = DownloadFailed("'Cats and dogs by breed' could not be downloaded: there seems to be no network.",
                           remedy="Check the connection and try again.")
    fail(job, error.problem, error.remedy)
    page = opened("data", job=job.id)
    assert "no network" in page.error[0].value
    page.button(key="instead-digits").click().run()
    newest = the_desk().jobs(LOCAL)[0]
    assert newest.order == BringIn(source="digits", builtin=True, name="digits")
    assert page.query_params == {"job": newest.id}


@pytest.mark.parametrize(("offline", "wanting"), [("1", {"pets", "flowers", "imagenette", "cifar10"}), ("0", set())])
def test_without_a_network_only_what_was_downloaded_before_can_be_taken(
        offline: str, wanting: set[str], settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYGROUND_OFFLINE", offline)
    archive = ready.describe("eurosat").root(settings.home) / "eurosat" / "EuroSAT.zip"
    archive.parent.mkdir(parents=True)
    archive.touch()
    page = opened("data", new="1")
    assert {name for name in ready.NAMES if page.button(key=f"take-{name}").disabled} == wanting
    assert ("PLAYGROUND_OFFLINE=0" in text(page)) == bool(wanting)


def test_one_button_stands_out_where_a_download_failed() -> None:
    job = the_desk().submit(LOCAL, BringIn(source="pets", ready=200, name="Cats and dogs by breed"))
    fail(job, "There seems to be no network.", "Check the connection.")
    page = opened("data", job=job.id)
    assert [each.label for each in page.button if each.proto.type == "primary"] == [f"Take the {SETS[0].name} instead"]
