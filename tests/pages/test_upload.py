"""The ways in: what a person gives becomes a job, or is refused with a problem and a remedy."""

from pathlib import Path

import pytest
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.testing.v1 import AppTest

from core.errors import BadSource, LimitReached, TooLarge
from core.jobs.desk import Desk
from core.jobs.entries import LOCAL
from core.jobs.orders import UNASKED, BringIn
from core.settings import Settings
from pages.ui import upload, upload_gate
from tests.fakes import picture_bytes
from tests.jobs.test_uploads import kept, zip_bytes
from tests.pages.doing import opened, shelved, the_desk

PETS = [(f"pets/{label}/{number}.jpg", picture_bytes(10 * place + number), "image/jpeg")
        for place, label in enumerate(("cat", "dog")) for number in range(2)]


def ordered() -> BringIn:
    """The one job's order."""
    (job,) = [job for job in the_desk().jobs(LOCAL) if job.kind not in UNASKED]
    assert isinstance(job.order, BringIn)
    return job.order


def uploader(page: AppTest, way: str):
    return next(each for each in page.file_uploader if str(each.key).startswith(f"upload-{way}"))


def test_without_pictures_every_way_in_is_offered_and_how_folders_look() -> None:
    page = opened("data")
    assert not page.exception
    assert [tab.label for tab in page.tabs] == ["A zip", "A folder", "A zip and a list", "Camera", "Web addresses",
                                                "Built-in pictures"]
    assert any("├── ants" in each.value for each in page.code)


def test_a_zip_becomes_a_job_whose_id_stands_in_the_address(settings: Settings) -> None:
    page = opened("data", new="1")
    content = zip_bytes("cat/1.jpg", "dog/1.jpg")
    uploader(page, "zip").set_value(("my pets.zip", content, "application/zip")).run()
    assert not page.exception
    order = ordered()
    assert (order.name, order.disposable, order.builtin) == ("my pets", True, False)
    assert Path(order.source).read_bytes() == content
    assert page.query_params == {"job": the_desk().jobs(LOCAL)[0].id}
    assert not page.file_uploader                # the page shows how they come in


def test_the_bytes_of_an_upload_are_let_go_of_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    freed: list[tuple[bool, bool]] = []
    wrapped = upload.free

    def watched(uploaded: list[upload.UploadedFile]) -> None:
        context = upload.get_script_run_ctx()
        assert context is not None
        wrapped(uploaded)
        left = context.uploaded_file_mgr.get_files(context.session_id, [each.file_id for each in uploaded])
        freed.append((bool(left), all(each.closed for each in uploaded)))

    monkeypatch.setattr(upload, "free", watched)
    page = opened("data", new="1")
    uploader(page, "zip").set_value(("pets.zip", zip_bytes("cat/1.jpg"), "application/zip")).run()
    assert freed == [(False, True)]


def test_a_folder_of_the_browse_button_becomes_one_zip(settings: Settings) -> None:
    page = opened("data", new="1")
    uploader(page, "folder").set_value(PETS).run()
    order = ordered()
    assert order.name == "pets" and order.disposable
    assert [Path(order.source)] == kept(settings)


def test_a_folder_of_which_a_part_was_not_taken_is_refused_whole(settings: Settings,
                                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    refusal = TooLarge("A zip or a whole folder may have 500 MB at most.", remedy="Leave some pictures out.")
    monkeypatch.setattr(upload_gate, "refusal", lambda session_id: refusal)
    page = opened("data", new="1")
    uploader(page, "folder").set_value(PETS).run()
    told = page.error[0].value.replace("\\", "")
    assert "Only a part of the folder has arrived. A zip or a whole folder may have 500 MB at most." in told
    assert "Leave some pictures out. Then choose the folder again." in told
    assert uploader(page, "folder").value in (None, [])
    assert not the_desk().jobs(LOCAL) and not kept(settings)


def test_a_zip_arrives_whole_or_not_at_all_whatever_was_refused_before(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(upload_gate, "refusal", lambda session_id: asked.append(session_id) or BadSource(
        "An earlier one was too large.", remedy="Make it smaller."))
    page = opened("data", new="1")
    uploader(page, "zip").set_value(("pets.zip", zip_bytes("cat/1.jpg"), "application/zip")).run()
    assert ordered().name == "pets"
    assert len(asked) == 1                       # and it is told of no more


def test_an_upload_is_taken_once_though_its_callback_is_called_twice(settings: Settings,
                                                                    monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy server a run is broken off by the next one, which has what changed told again."""
    wrapped = upload._took

    def twice(way: upload.Way, key: str) -> None:
        wrapped(way, key)
        wrapped(way, key)

    monkeypatch.setattr(upload, "_took", twice)
    page = opened("data", new="1")
    uploader(page, "folder").set_value(PETS).run()
    assert not page.exception and not page.error
    assert ordered().name == "pets" and len(kept(settings)) == 1


def test_an_upload_that_was_let_go_of_says_so(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server frees what lies unasked for; the browser believes that it has arrived."""
    monkeypatch.setattr(MemoryUploadedFileManager, "get_files", lambda self, session_id, file_ids: [])
    page = opened("data", new="1")
    uploader(page, "folder").set_value(PETS).run()
    assert "let go of" in page.error[0].value and "Choose it again" in page.error[0].value
    assert not the_desk().jobs(LOCAL) and not kept(settings)


def test_a_dropped_folder_is_refused_with_instructions_above_an_empty_uploader(settings: Settings) -> None:
    page = opened("data", new="1")
    uploader(page, "folder").set_value([("1.jpg", picture_bytes(), "image/jpeg")]).run()
    assert "without their folders" in page.error[0].value and "choose the folder" in page.error[0].value
    assert uploader(page, "folder").value in (None, [])
    assert not the_desk().jobs(LOCAL) and not kept(settings)


def test_a_refusal_is_gone_with_the_next_thing_done() -> None:
    page = opened("data", new="1")
    uploader(page, "zip").set_value(("photos.zip", b"no zip at all", "application/zip")).run()
    assert "is no zip" in page.error[0].value
    page.run()
    assert not page.error


def test_a_limit_refuses_and_deletes_what_was_written(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Desk, visitor: str, order: object, dataset: str | None = None) -> None:
        raise LimitReached("You have 20 data sets already.", remedy="Delete one.")

    monkeypatch.setattr(Desk, "submit", full)
    page = opened("data", new="1")
    uploader(page, "zip").set_value(("pets.zip", zip_bytes("cat/1.jpg"), "application/zip")).run()
    assert "20 data sets already" in page.error[0].value
    assert not kept(settings)


def test_a_built_in_set_is_one_click() -> None:
    page = opened("data", new="1")
    page.button(key="builtin-digits").click().run()
    assert ordered() == BringIn(source="digits", builtin=True, name="digits")
    assert "job" in page.query_params


def test_a_path_is_offered_where_a_root_is_set_and_must_lie_below_it(tmp_path: Path,
                                                                     monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "root" / "flowers").mkdir(parents=True)
    monkeypatch.setenv("PLAYGROUND_LOCAL_ROOT", str(tmp_path / "root"))
    page = opened("data", new="1")
    page.text_input(key="typed-path").set_value("/etc")
    bring = next(button for button in page.button if button.label == "Bring in")
    bring.click().run()
    assert "does not lie below" in page.error[0].value and not the_desk().jobs(LOCAL)
    page.text_input(key="typed-path").set_value("flowers")
    next(button for button in page.button if button.label == "Bring in").click().run()
    assert ordered() == BringIn(source=str((tmp_path / "root" / "flowers").resolve()), name="flowers")


def test_a_path_is_not_offered_to_strangers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYGROUND_LOCAL_ROOT", str(tmp_path))
    monkeypatch.setattr("pages.ui.session.visitor", lambda: "anna")
    assert "A path on this machine" not in [tab.label for tab in opened("data", new="1").tabs]


def test_a_waiting_upload_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload_gate, "waiting", lambda session_id: True)
    assert "Another upload is going through" in opened("data", new="1").info[0].value


def test_the_pictures_that_stand_are_one_click_away(settings: Settings, tmp_path: Path) -> None:
    shelved(settings, tmp_path)
    page = opened("data", new="1")
    next(button for button in page.button if button.label == "Back to colours").click().run()
    assert not page.query_params and not page.file_uploader
