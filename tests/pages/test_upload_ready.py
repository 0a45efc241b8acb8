"""Ready-made sets on the page, and the way on where there is no network."""

import pytest

from core.errors import DownloadFailed
from core.jobs.entries import LOCAL
from core.jobs.orders import BringIn
from tests.pages.doing import fail, opened, the_desk
from tests.pages.reading import text
from tests.pages.test_upload import ordered


def test_each_set_says_what_it_holds_and_how_large_it_is() -> None:
    page = opened("data", new="1")
    assert not page.exception
    assert "7,349 pictures in 37 classes · 811 MB to download" in text(page) and "CC BY-SA 4.0" in text(page)
    assert page.number_input(key="ready-count-cifar10").value == 500
    assert page.number_input(key="ready-count-cifar10").max == 2000


def test_a_set_is_ordered_with_as_many_pictures_a_class_as_were_wanted() -> None:
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
