"""Adding pictures and classes to a data set that stands."""

import zipfile
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.data.edits import Edit
from core.jobs.entries import LOCAL, DatasetEntry
from core.jobs.orders import BringIn
from core.settings import Settings
from pages.ui import upload_onto
from tests.fakes import picture_bytes
from tests.jobs.test_uploads import kept, zip_bytes
from tests.pages.doing import fail, opened, shelved, the_desk
from tests.pages.reading import button, text
from tests.pages.test_upload import ordered, uploader


@pytest.fixture
def entry(settings: Settings, tmp_path: Path) -> DatasetEntry:
    return shelved(settings, tmp_path)


def adding(entry: DatasetEntry) -> AppTest:
    return opened("data", new="1", onto=entry.id)


def files(*names: str) -> list[tuple[str, bytes, str]]:
    return [(name, picture_bytes(number), "image/jpeg") for number, name in enumerate(names)]


def of_class(page: AppTest, label: str) -> AppTest:
    """Open, with the class chosen, or typed."""
    page.session_state["onto-class"] = label
    return page.run()


def test_the_shelf_leads_to_the_ways_in_which_say_what_they_add_to(entry: DatasetEntry) -> None:
    page = opened("data")
    page.button(key="add-pictures").click().run()
    assert not page.exception
    assert page.query_params == {"new": "1", "onto": entry.id}
    assert "What you bring in now is **added to colours**" in text(page)
    assert [tab.label for tab in page.tabs] == ["Pictures of one class", "A zip", "A folder", "Camera"]


def test_a_new_one_can_be_started_instead(entry: DatasetEntry) -> None:
    page = adding(entry)
    page.button(key="not-onto").click().run()
    assert "added to" not in text(page) and page.query_params == {"new": "1"}


def test_a_zip_is_added_to_the_data_set_that_the_address_names(entry: DatasetEntry) -> None:
    page = adding(entry)
    uploader(page, "zip").set_value(("more.zip", zip_bytes("red/1.jpg"), "application/zip")).run()
    order = ordered()
    assert (order.onto, order.label, order.name) == (entry.folder, None, "more")
    (job,) = the_desk().jobs(LOCAL)
    assert job.dataset == entry.id and page.query_params == {"job": job.id}


def test_pictures_of_one_class_are_packed_with_that_class(entry: DatasetEntry, settings: Settings) -> None:
    page = of_class(adding(entry), "red")
    uploader(page, "class").set_value(files("a.jpg", "A.jpg", "con.jpg")).run()
    order = ordered()
    assert (order.onto, order.label, order.name, order.disposable) == (entry.folder, "red", "3 pictures of red", True)
    with zipfile.ZipFile(order.source) as archive:
        assert archive.namelist() == ["a.jpg", "A-2.jpg", "con_.jpg"]
        assert archive.read("A-2.jpg") == picture_bytes(1)


def test_a_new_class_may_be_typed(entry: DatasetEntry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload_onto, "label_of", lambda entry: "green")      # AppTest cannot type into a select box
    page = adding(entry)
    assert "green is a new class" in text(page)
    uploader(page, "class").set_value(files("a.jpg", "b.jpg")).run()
    assert ordered().label == "green"


@pytest.mark.parametrize(("typed", "label"), [
    (" green  tea ", "green tea"), ("RED", "red"), ("red", "red"), (" ", None), (None, None), ("x" * 90, "x" * 80)])
def test_what_is_typed_means_the_class_that_is_nearly_called_so(
        typed: str | None, label: str | None, entry: DatasetEntry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload_onto.st, "session_state", {"onto-class": typed})
    assert upload_onto.label_of(entry) == label


def test_classes_are_those_after_the_edits(entry: DatasetEntry) -> None:
    stored = the_desk().stored(LOCAL, entry.id)
    stored.append_edits([Edit(each.id, "relabel", "rot") for each in stored.catalogue.samples if each.label == "red"])
    assert adding(entry).selectbox(key="onto-class").options == ["blue", "rot"]


def test_without_a_class_no_picture_can_be_chosen(entry: DatasetEntry) -> None:
    assert uploader(adding(entry), "class").proto.disabled


def test_a_class_that_is_taken_back_meanwhile_is_asked_for_and_nothing_is_kept(entry: DatasetEntry, settings: Settings,
                                                                             monkeypatch: pytest.MonkeyPatch) -> None:
    page = of_class(adding(entry), "red")
    monkeypatch.setattr(upload_onto, "label_of", lambda entry: None)
    uploader(page, "class").set_value(files("a.jpg")).run()
    assert "of which class" in page.error[0].value and not the_desk().jobs(LOCAL) and not kept(settings)


def test_an_address_that_names_nobodys_data_set_brings_in_a_new_one(entry: DatasetEntry, settings: Settings,
                                                                  tmp_path: Path) -> None:
    other = shelved(settings, tmp_path / "b", visitor="b" * 32)
    page = adding(other)
    assert "added to" not in text(page)
    uploader(page, "zip").set_value(("pets.zip", zip_bytes("cat/1.jpg"), "application/zip")).run()
    assert ordered().onto is None


def test_the_state_after_the_edits_starts_a_data_set(entry: DatasetEntry) -> None:
    page = opened("data")
    page.button(key="classes").click().run()
    assert not page.expander
    stored = the_desk().stored(LOCAL, entry.id)
    stored.append_edit(Edit(stored.catalogue.samples[0].id, "remove"))
    page.button(key="classes").click().run()
    assert "Start a new data set from this state" in [each.label for each in page.expander]
    page.button(key="classes").click()
    page.button(key="start-anew").click().run()
    assert ordered() == BringIn(source=entry.folder, baked=True, name="colours edited")
    assert button(page, "Stop") and page.query_params == {"job": the_desk().jobs(LOCAL)[0].id}


def test_one_picture_of_a_new_class_is_refused_before_anything_is_made_of_it(
        entry: DatasetEntry, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload_onto, "label_of", lambda entry: "green")
    page = adding(entry)
    uploader(page, "class").set_value(files("a.jpg")).run()
    assert "'green' is a new class" in text(page) and not the_desk().jobs(LOCAL) and not kept(settings)
    assert page.query_params == {"new": "1", "onto": entry.id}


def test_one_picture_of_a_class_that_stands_is_taken(entry: DatasetEntry) -> None:
    uploader(of_class(adding(entry), "red"), "class").set_value(files("a.jpg")).run()
    assert ordered().label == "red"


def test_after_a_failure_it_is_known_still_what_was_added_to(entry: DatasetEntry) -> None:
    page = adding(entry)
    uploader(page, "zip").set_value(("more.zip", zip_bytes("red/1.jpg"), "application/zip")).run()
    page = opened("data", job=fail(the_desk().jobs(LOCAL)[0], "Nothing in it is new.", "Choose others.").id)
    assert "Bring in pictures" not in [each.label for each in page.button]
    button(page, "Try again with colours").click().run()
    assert page.query_params == {"new": "1", "onto": entry.id} and "added to colours" in text(page)
