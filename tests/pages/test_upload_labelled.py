"""A zip and a list: sent one after the other, read back, brought in together."""

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.testing.v1 import AppTest

from core.data import store
from core.errors import LimitReached
from core.events import drain
from core.jobs.desk import Desk
from core.jobs.entries import LOCAL, Job
from core.jobs.orders import BringIn
from core.jobs.pair import Pair
from core.jobs.shots import Shots
from core.jobs.worker import work
from core.runs.folder import RunFolder
from core.settings import Settings
from pages.ui import labels_view, upload
from tests.jobs.test_shots import taken
from tests.jobs.test_uploads import kept, zip_bytes
from tests.pages.doing import begin, fail, finish, opened, the_desk
from tests.pages.reading import button, text, words

PICTURES = zip_bytes(*(f"train/{number}.jpg" for number in range(1, 5)))
DOGS = "id,breed\n1,beagle\n2,beagle\n3,pug\n4,pug\n"


def page_with(labels: str | bytes | None = None, pictures: bytes | None = None, name: str = "labels.csv") -> AppTest:
    """The ways in, once these were sent."""
    page = opened("data", new="1")
    if labels is not None:
        send(page, "list", name, labels.encode() if isinstance(labels, str) else labels)
    if pictures is not None:
        send(page, "zip", "dogs.zip", pictures)
    assert not page.exception
    return page


def send(page: AppTest, half: str, name: str, content: bytes) -> None:
    kinds = {"list": "text/csv", "zip": "application/zip"}
    next(each for each in page.file_uploader if str(each.key).startswith(f"upload-labelled-{half}")).set_value(
        (name, content, kinds[half])).run()


def bring(page: AppTest) -> Job:
    """Click, and return the one job that comes of it."""
    button(page, "Bring them in").click().run()
    assert not page.exception
    (job,) = the_desk().jobs(LOCAL)
    return job


def tables(page: AppTest) -> list[dict[str, list[object]]]:
    return [frame.value.to_dict("list") for frame in page.dataframe]


def test_it_is_said_how_a_list_looks_and_nothing_can_be_brought_in_yet() -> None:
    page = opened("data", new="1")
    assert [tab.label for tab in page.tabs][2] == "A zip and a list"
    assert any("file,label\n" in code.value for code in page.code)
    assert any("file,label,split\n" in code.value for code in page.code)
    assert not [each for each in page.button if each.label == "Bring them in"]


def test_what_the_list_says_is_shown_before_anything_is_brought_in() -> None:
    page = page_with(DOGS)
    assert "The column **id** names the picture, and the column **breed** says its class." in words(page)
    assert "No column divides the pictures" in words(page)
    assert tables(page) == [
        {"file": ["1", "2", "3", "4"], "class": ["beagle", "beagle", "pug", "pug"]},
        {"class": ["beagle", "pug"], "pictures": [2, 2]}]
    assert "2 classes, 4 pictures" in words(page)
    assert button(page, "Bring them in").disabled and "Now the zip with the pictures." in words(page)
    assert not the_desk().jobs(LOCAL)


def test_a_column_that_divides_is_shown_with_its_counts() -> None:
    page = page_with("file,label,split\n1,a,train\n2,a,val\n3,b,TRAIN\n4,b,test\n5,b,train\n6,a,train\n")
    assert ("The column **split** divides them: 4 to learn from (train), 1 to check with (valid), "
            "1 for the very end (test).") in text(page)
    assert tables(page)[0]["part"] == ["train", "valid", "train", "test", "train"]


def test_a_list_without_a_header_says_how_it_was_understood() -> None:
    page = page_with("1.jpg;ant\n2.jpg;bee\n3.jpg;ant\n4.jpg;bee\n", name="labels.txt")
    assert "No line names the columns" in words(page)
    assert tables(page)[1] == {"class": ["ant", "bee"], "pictures": [2, 2]}


def test_both_become_one_job_and_the_address_names_it(settings: Settings) -> None:
    page = page_with(DOGS, PICTURES)
    assert not button(page, "Bring them in").disabled
    job = bring(page)
    order = job.order
    assert isinstance(order, BringIn) and order.disposable
    assert (order.name, order.labels_name) == ("dogs", "labels.csv")
    assert [file.read_bytes() for file in order.uploads] == [PICTURES, DOGS.encode()]
    assert page.query_params == {"job": job.id} and not page.file_uploader


def test_the_job_that_comes_of_it_finds_each_picture_its_class(settings: Settings) -> None:
    job = bring(page_with(DOGS, PICTURES))
    _, code = drain(work(job.order, RunFolder.create(job.folder), settings, lambda: False))
    assert code == 0
    (dataset,) = settings.datasets.iterdir()
    assert store.load(dataset).catalogue.counts() == {"beagle": 2, "pug": 2}


def test_the_zip_may_come_first() -> None:
    page = page_with(pictures=PICTURES)
    assert "dogs.zip" in text(page) and "Now the list of their classes." in words(page)
    assert button(page, "Bring them in").disabled
    send(page, "list", "labels.csv", DOGS.encode())
    assert not button(page, "Bring them in").disabled


def test_a_reload_or_another_tab_finds_what_was_sent() -> None:
    page_with(DOGS, PICTURES)
    page = opened("data", new="1")
    assert "labels.csv" in text(page) and "dogs.zip" in text(page)
    assert not button(page, "Bring them in").disabled


def test_another_one_can_be_chosen_and_is_what_is_shown() -> None:
    page = page_with(DOGS, PICTURES)
    page.button(key="drop-list").click().run()
    assert "Now the list of their classes." in words(page) and "dogs.zip" in text(page)
    send(page, "list", "better.csv", DOGS.replace("pug", "poodle").encode())
    assert "better.csv" in text(page) and tables(page)[1]["class"] == ["beagle", "poodle"]


def test_the_bytes_are_let_go_of_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    freed: list[bool] = []
    wrapped = upload.free

    def watched(uploaded: list[upload.UploadedFile]) -> None:
        context = upload.get_script_run_ctx()
        assert context is not None
        wrapped(uploaded)
        freed.append(bool(context.uploaded_file_mgr.get_files(context.session_id, [each.file_id for each in uploaded])))

    monkeypatch.setattr(upload, "free", watched)
    page_with(DOGS, PICTURES)
    assert freed == [False, False]


def test_an_upload_that_was_let_go_of_says_so(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    monkeypatch.setattr(MemoryUploadedFileManager, "get_files", lambda self, session_id, file_ids: [])
    page = page_with(DOGS)
    assert "let go of" in page.error[0].value and not kept(settings)


@pytest.mark.parametrize(("half", "name", "content", "told"), [
    ("list", "labels.csv", b"", "is empty"),
    ("list", "labels.csv", b"one,two,three\n1,2,3\n", "'one', 'two', 'three'"),
    ("list", "labels.csv", b"\x00\x01", "is no text"),
    ("list", "labels.csv", b"PK\x03\x04 a spreadsheet", "a spreadsheet"),
    ("list", "labels.csv", b"file,label\n1,pug\n2,pug\n", "a single class, 'pug'"),
    ("list", "*la*bels*.csv", b"", "'*la*bels*.csv'"),
    ("zip", "dogs.zip", b"Rar!", "is no zip"),
])
def test_what_is_not_understood_is_refused_with_a_remedy_above_an_empty_uploader(
        settings: Settings, half: str, name: str, content: bytes, told: str) -> None:
    page = opened("data", new="1")
    send(page, half, name, content)
    assert told in page.error[0].value.replace("\\", "")
    assert not kept(settings) and Pair(settings).sent("list") is None
    assert all(each.value in (None, []) for each in page.file_uploader)


@pytest.mark.parametrize(("rows", "told"), [
    ("file,label\n1,ant\n2,ant\n3,bee\n", "A class needs two pictures at least; the list has one of 'bee'."),
    ("file,label,split\n1,ant,valid\n2,ant,test\n3,bee,valid\n4,bee,test\n", "no picture to learn from"),
])
def test_a_list_that_can_never_do_says_why_before_the_pictures_are_read(rows: str, told: str) -> None:
    page = page_with(rows, PICTURES)
    assert told in text(page) and button(page, "Bring them in").disabled


@pytest.mark.parametrize(("rows", "told"), [
    ("file,label\n1,ant\n1,bee\n2,ant\n3,bee\n4,ant\n5,bee\n", "1 file has two classes in the list, and will be left"),
    ("file,label\n1,ant\n2,ant\n3,ANT\n4,ANT\n", "'ANT', 'ant' differ only in upper and lower case"),
    ("file,label\n1,ant\n2,ant\n3,bee\n4,bee\n5,\n", "1 row of the list has no class"),
    ("file,label\n1,ant\n2,ant\n2,ant\n3,bee\n4,bee\n", "what another row says already"),
])
def test_what_is_odd_about_a_list_is_told_and_hinders_nothing(rows: str, told: str) -> None:
    page = page_with(rows, PICTURES)
    assert told in text(page) and not button(page, "Bring them in").disabled


def test_names_are_plain_words_in_any_script() -> None:
    odd = "**bold** <b>x</b> :red[y]"
    page = page_with(f'"[file](x)";label\n1;ꯃꯅꯤꯄꯨꯔꯤ 蜂\n2;ꯃꯅꯤꯄꯨꯔꯤ 蜂\n3;{odd}\n4;{odd}\n', name="*my* `list`.csv")
    assert "\\*my\\* \\`list\\`\\.csv" in words(page)
    assert "The column **\\[file\\]\\(x\\)** names the picture" in words(page)
    assert tables(page)[1]["class"] == [odd, "ꯃꯅꯤꯄꯨꯔꯤ 蜂"]


def test_many_classes_are_counted_and_the_first_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(labels_view, "MOST_CLASSES", 3)
    page = page_with("file,label\n" + "".join(f"{number},class {number // 2}\n" for number in range(20)))
    assert "10 classes, 20 pictures; the first 3 are shown" in words(page)
    assert len(tables(page)[1]["class"]) == 3


def test_a_refusal_of_the_desk_keeps_both_for_the_next_try(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Desk, visitor: str, order: object, dataset: str | None = None) -> None:
        raise LimitReached("You have 20 data sets already.", remedy="Delete one.")

    page = page_with(DOGS, PICTURES)
    monkeypatch.setattr(Desk, "submit", full)
    button(page, "Bring them in").click().run()
    assert "20 data sets already" in page.error[0].value
    assert kept(settings) == [Pair(settings).folder] and not button(page, "Bring them in").disabled


def test_one_that_was_swept_away_meanwhile_is_asked_for_again(settings: Settings) -> None:
    page = page_with(DOGS, PICTURES)
    Pair(settings).drop("zip")
    button(page, "Bring them in").click().run()
    assert "The zip is not there any more" in page.error[0].value and not the_desk().jobs(LOCAL)
    assert "Now the zip with the pictures." in words(page)


def test_while_they_are_read_they_are_not_offered_again() -> None:
    begin(bring(page_with(DOGS, PICTURES)))
    page = opened("data", new="1")
    assert "are being brought in" in page.info[0].value
    assert not [each for each in page.button if each.label == "Bring them in"]


def test_two_tabs_bring_them_in_once() -> None:
    page, other = page_with(DOGS, PICTURES), opened("data", new="1")
    job = bring(page)
    button(other, "Bring them in").click().run()
    assert [each.id for each in the_desk().jobs(LOCAL)] == [job.id]
    assert "are being brought in" in other.info[0].value


def test_a_failure_says_that_the_zip_need_not_be_sent_again(settings: Settings) -> None:
    job = fail(bring(page_with(DOGS, PICTURES)), "The list names no picture of the zip.", "Choose another list.")
    page = opened("data", job=job.id)
    assert "dogs.zip need not be sent again" in text(page)
    assert "need not be sent" not in text(opened("data", job=_other_failure().id))
    taken(settings, **{"**bold**": 2, "cup": 2})
    camera = fail(the_desk().submit(LOCAL, Shots(settings).order("camera")), "No.", "Try.")
    assert "need not be sent" not in text(opened("data", job=camera.id))
    Pair(settings).drop("zip")
    assert "need not be sent" not in text(opened("data", job=job.id))


def _other_failure() -> Job:
    return fail(the_desk().submit(LOCAL, BringIn(source="/nowhere/x.zip", name="x", disposable=True)), "No.", "Try.")


def _finished(job: Job) -> None:
    finish(job)


def _failed(job: Job) -> None:
    fail(job, "The list names no picture of the zip.", "Choose another list.")


def _deleted(job: Job) -> None:
    the_desk().database.change("DELETE FROM jobs WHERE id = ?", job.id)


@pytest.mark.parametrize(("ends", "stays"), [(_finished, False), (_failed, True), (_deleted, True)])
def test_what_was_brought_in_goes_and_what_failed_stays_for_another_list(
        settings: Settings, ends: Callable[[Job], None], stays: bool) -> None:
    ends(bring(page_with(DOGS, PICTURES)))
    page = opened("data", new="1")
    assert not page.exception
    assert (Pair(settings).sent("zip") is not None) is stays and Pair(settings).handed is None
    assert ("dogs.zip" in text(page)) is stays


def test_strangers_do_not_see_each_others(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pages.ui.session.visitor", lambda: "a" * 32)
    page_with(DOGS, PICTURES)
    monkeypatch.setattr("pages.ui.session.visitor", lambda: "b" * 32)
    assert "dogs.zip" not in text(opened("data", new="1"))
    assert Path(settings.home / "visitors" / ("a" * 32) / "uploads" / "pair" / "zip").is_file()


def test_a_reload_opens_where_something_was_sent_and_only_there(settings: Settings) -> None:
    def opens() -> int:
        (ways,) = opened("data", new="1").get("tab_container")
        return ways.proto.tab_container.default_tab_index

    assert opens() == 0
    page = page_with(DOGS, PICTURES)
    assert opens() == 2
    finish(bring(page))
    assert opens() == 0
