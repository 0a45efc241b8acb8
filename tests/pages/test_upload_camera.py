"""The camera's tab. AppTest has no camera: what one would send is put on the disk, as the page does."""

import os
import zipfile

import pytest
from streamlit.runtime.uploaded_file_manager import UploadedFile, UploadedFileRec
from streamlit.testing.v1 import AppTest

from core.jobs.collected import Addresses, Collected
from core.jobs.entries import LOCAL
from core.jobs.shots import Shots
from core.settings import Settings
from core.web.lists import Pair
from pages.ui import upload_camera
from tests.fakes import picture_bytes
from tests.jobs.test_shots import counts, taken
from tests.pages.doing import fail, finish, opened, shelved, the_desk
from tests.pages.reading import text
from tests.pages.test_upload import ordered


def cameras(page: AppTest) -> list[str]:
    return [each.proto.label for each in page.get("camera_input")]


def showing(label: str) -> AppTest:
    """The page, with something named to be shown to the camera."""
    page = opened("data", new="1")
    page.session_state["shot-class"] = label
    return page.run()


def test_no_camera_starts_before_something_is_named() -> None:
    page = opened("data", new="1")
    assert not page.exception and not cameras(page)
    assert "What you take stands here, and is kept, also over a reload" in text(page)


def test_a_named_class_starts_the_camera(settings: Settings) -> None:
    taken(settings, cup=1)
    assert ["Pictures of cup" in label for label in cameras(showing("cup"))] == [True]


@pytest.mark.parametrize(("typed", "starts"), [("**bold**", True), ("a/b", True), ("x" * 90, False)])
def test_a_class_may_be_called_anything_that_is_not_too_long(typed: str, starts: bool,
                                                             monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload_camera.st, "selectbox", lambda *args, **kwargs: typed)    # AppTest cannot type into one
    page = opened("data", new="1")
    assert bool(cameras(page)) is starts
    assert starts or "80 are allowed" in page.error[0].value


def test_a_shot_is_kept_at_once_and_the_camera_is_ready_for_the_next(settings: Settings,
                                                                    monkeypatch: pytest.MonkeyPatch) -> None:
    shot = UploadedFile(UploadedFileRec("1", "shot.jpg", "image/jpeg", picture_bytes(3)), None)  # type: ignore[arg-type]
    state: dict[str, object] = {"shot-0": shot}
    freed: list[object] = []
    monkeypatch.setattr(upload_camera.st, "session_state", state)
    upload_camera._took("shot-0", "cup", freed.extend)
    assert counts(Shots(settings)) == {"cup": 1} and freed == [shot] and state["shots taken"] == 1
    state["shot-1"] = UploadedFile(UploadedFileRec("2", "x", "image/jpeg", b"none"), None)  # type: ignore[arg-type]
    upload_camera._took("shot-1", "cup", freed.extend)
    assert counts(Shots(settings)) == {"cup": 1} and "no picture" in str(state["shot refused"])


def test_what_was_taken_is_shown_by_class_and_one_can_be_removed(settings: Settings) -> None:
    taken(settings, cup=14, pen=2)
    page = opened("data", new="1")
    assert "**cup** · 14 pictures" in text(page) and len(page.image) == 14
    page.button(key="drop cup/0014.jpg").click().run()
    assert counts(Shots(settings)) == {"cup": 13, "pen": 2}


@pytest.mark.parametrize(("shots", "lacking"), [
    ({"cup": 3}, "name a second class"), ({"cup": 3, "pen": 1}, "at least 2 pictures of pen"), ({"a": 2, "b": 2}, "")])
def test_two_classes_of_two_pictures_are_needed(shots: dict[str, int], lacking: str, settings: Settings) -> None:
    taken(settings, **shots)
    page = opened("data", new="1")
    assert page.button(key="use-shots").disabled == bool(lacking) and lacking in text(page)


def test_they_are_handed_in_as_a_zip_and_let_go_of_when_they_have_come_in(settings: Settings) -> None:
    taken(settings, cup=2, pen=2)
    page = opened("data", new="1")
    page.text_input(key="shots-name").set_value("desk")
    page.button(key="use-shots").click().run()
    order = ordered()
    (job,) = the_desk().jobs(LOCAL)
    assert (order.name, order.disposable, order.onto) == ("desk", True, None) and page.query_params == {"job": job.id}
    with zipfile.ZipFile(order.source) as archive:
        assert archive.namelist() == ["cup/0001.jpg", "cup/0002.jpg", "pen/0001.jpg", "pen/0002.jpg"]
    assert "are being brought in" in text(opened("data", new="1"))
    finish(job)
    opened("data", new="1")
    assert counts(Shots(settings)) == {}


def test_a_job_that_fails_loses_no_shot(settings: Settings) -> None:
    taken(settings, cup=2, pen=2)
    opened("data", new="1").button(key="use-shots").click().run()
    fail(the_desk().jobs(LOCAL)[0], "The disk is full.", "Free some.")
    page = opened("data", new="1")
    assert counts(Shots(settings)) == {"cup": 2, "pen": 2} and not page.button(key="use-shots").disabled


def test_one_shot_may_be_added_to_a_class_that_stands(settings: Settings, tmp_path) -> None:
    entry = shelved(settings, tmp_path)
    taken(settings, red=1)
    page = opened("data", new="1", onto=entry.id)
    page.button(key="use-shots").click().run()
    assert ordered().onto == entry.folder


def test_all_are_removed_by_one_click(settings: Settings) -> None:
    taken(settings, cup=2)
    opened("data", new="1").button(key="drop-shots").click().run()
    assert counts(Shots(settings)) == {}


@pytest.mark.parametrize("gone", ["deleted", "of another version"])
def test_shots_whose_job_is_gone_before_it_brought_them_in_stay(gone: str, settings: Settings) -> None:
    taken(settings, cup=2, pen=2)
    opened("data", new="1").button(key="use-shots").click().run()
    the_desk().database.change("DELETE FROM jobs" if gone == "deleted" else "UPDATE jobs SET \"order\" = '{}'")
    assert not opened("data", new="1").button(key="use-shots").disabled
    assert counts(Shots(settings)) == {"cup": 2, "pen": 2}


def test_shots_go_with_the_data_set_that_was_made_of_them(settings: Settings, tmp_path) -> None:
    taken(settings, cup=2, pen=2)
    opened("data", new="1").button(key="use-shots").click().run()
    entry = shelved(settings, tmp_path)
    finish(the_desk().jobs(LOCAL)[0], dataset=entry.id)
    the_desk().remove_dataset(LOCAL, entry.id)
    assert not list(settings.uploads.rglob("*.jpg"))
    assert not [each for each in opened("data", new="1").button if each.key == "use-shots"]


def test_the_button_is_called_as_in_the_other_ways_in(settings: Settings) -> None:
    taken(settings, cup=2, pen=2)
    assert opened("data", new="1").button(key="use-shots").label == "Bring them in"


def opens(**query: str) -> str:
    """The way in that a reload shows."""
    page = opened("data", new="1", **query)
    (ways,) = page.get("tab_container")
    return page.tabs[ways.proto.tab_container.default_tab_index].label


def test_a_reload_opens_where_something_was_taken(settings: Settings, tmp_path) -> None:
    entry = shelved(settings, tmp_path)
    assert (opens(), opens(onto=entry.id)) == ("A zip", "Pictures of one class")
    shots = taken(settings, cup=2)
    assert (opens(), opens(onto=entry.id)) == ("Camera", "Camera")
    shots.remove("cup", "0001.jpg")
    shots.remove("cup", "0002.jpg")
    assert opens() == "A zip"


def test_of_several_things_begun_the_newest_is_opened(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYGROUND_OFFLINE", "0")
    shots, addresses = taken(settings, cup=2), Addresses(settings)
    addresses.keep(Collected(pairs=(Pair("cup", "https://example.org/1.jpg"),)))
    for older, newer, way in ((shots, addresses, "Web addresses"), (addresses, shots, "Camera")):
        os.utime(older.folder, (1e9, 1e9))
        os.utime(newer.folder, (2e9, 2e9))
        assert opens() == way
