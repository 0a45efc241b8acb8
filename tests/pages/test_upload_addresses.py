"""Web addresses as a way in: counted before anything is fetched, refused in words, handed in as a job."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.errors import LimitReached
from core.events import PictureSkipped, Progress
from core.jobs.desk import Desk
from core.jobs.entries import LOCAL, Job
from core.jobs.orders import FetchAddresses
from core.settings import Settings
from core.web import lists
from pages.ui import upload_addresses
from tests.pages.doing import begin, fail, finish, opened, shelved, the_desk
from tests.pages.reading import button, marked, text

TEDDY = "https://example.org/t1.jpg\nhttps://example.org/t2.jpg\n"
BLACK = "# from my own collection\nhttps://example.org/b1.jpg\nhttps://example.org/b2.jpg\nhttps://example.org/b3.jpg"


@pytest.fixture(autouse=True)
def online(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is fetched: no worker runs."""
    monkeypatch.setenv("PLAYGROUND_OFFLINE", "0")


def drop(page: AppTest, *files: tuple[str, str]) -> AppTest:
    uploader = next(each for each in page.file_uploader if str(each.key).startswith("upload-lists"))
    return uploader.set_value([(name, content.encode(), "text/plain") for name, content in files]).run()


def paste(page: AppTest, label: str, addresses: str) -> AppTest:
    page.text_input(key="paste-class").set_value(label)
    page.text_area(key="paste-addresses").set_value(addresses)
    return button(page, "Add this class").click().run()


def the_job() -> tuple[Job, FetchAddresses]:
    (job,) = the_desk().jobs(LOCAL)
    assert isinstance(job.order, FetchAddresses)
    return job, job.order


def test_without_lists_it_says_how_they_look_and_how_they_are_collected() -> None:
    page = opened("data", new="1")
    assert not page.exception
    assert "Web addresses" in [tab.label for tab in page.tabs]
    assert "How do I collect addresses?" in [each.label for each in page.expander]
    shown = [each.value for each in page.code]
    assert upload_addresses.SNIPPET.read_text(encoding="utf-8").strip() in [each.strip() for each in shown]
    assert "licences" in text(page) and "Search pages change" in text(page)
    assert not [each for each in page.button if each.label == "Bring them in"]


def test_dropped_lists_are_counted_and_become_a_job(settings: Settings) -> None:
    page = drop(opened("data", new="1"), ("teddy.txt", TEDDY), ("black.txt", BLACK))
    assert not page.exception
    assert "5 pictures to fetch, in 2 classes" in text(page).replace("*", "")
    assert "teddy :gray[2]" in text(page) and "black :gray[3]" in text(page)
    assert not the_desk().jobs(LOCAL), "nothing is fetched before it was seen"
    button(page, "Bring them in").click().run()
    job, order = the_job()
    assert (order.name, order.addresses) == ("teddy, black", 5)
    assert page.query_params == {"job": job.id}
    listed = lists.read(Path(order.source))
    assert listed.counts() == {"teddy": 2, "black": 3}
    assert Path(order.source).parent == settings.uploads


def test_a_reload_or_another_tab_finds_what_was_brought_together(settings: Settings) -> None:
    paste(opened("data", new="1"), "teddy", TEDDY)
    page = drop(opened("data", new="1"), ("black.txt", BLACK))
    assert "teddy :gray[2]" in text(page) and "black :gray[3]" in text(page)
    assert ":gray[2]" not in text(_of_stranger())
    again = opened("data", new="1")
    button(again, "Start over").click().run()
    assert ":gray[2]" not in text(opened("data", new="1"))


def _of_stranger() -> AppTest:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pages.ui.session.visitor", lambda: "a" * 32)
        return opened("data", new="1")


def test_addresses_go_when_their_pictures_have_come_and_not_what_was_added_meanwhile(settings: Settings) -> None:
    page = drop(opened("data", new="1"), ("teddy.txt", TEDDY), ("black.txt", BLACK))
    button(page, "Bring them in").click().run()
    job, _ = the_job()
    assert "teddy :gray[2]" in text(opened("data", new="1"))
    finish(job)
    assert not [each for each in opened("data", new="1").button if each.key == "addresses-anew"]
    page = drop(opened("data", new="1"), ("teddy.txt", TEDDY), ("black.txt", BLACK))
    button(page, "Bring them in").click().run()
    paste(opened("data", new="1"), "grizzly", "https://example.org/g1.jpg")
    finish(the_desk().jobs(LOCAL)[0])
    assert "grizzly :gray[1]" in text(opened("data", new="1"))


def test_one_table_of_addresses_and_classes_is_enough() -> None:
    rows = "".join(f"https://example.org/{number}.jpg,{'teddy' if number % 2 else 'black'}\n" for number in range(6))
    page = drop(opened("data", new="1"), ("bears.csv", f"url,label\n{rows}"))
    button(page, "Bring them in").click().run()
    assert (the_job()[1].name, the_job()[1].addresses) == ("bears", 6)


def test_pasted_classes_are_gathered_and_one_can_be_left_out_again() -> None:
    page = paste(opened("data", new="1"), "teddy", TEDDY)
    assert page.text_input(key="paste-class").value == "" and page.text_area(key="paste-addresses").value == ""
    assert button(page, "Bring them in").disabled and "a single class, 'teddy'" in text(page)
    paste(page, "black", BLACK)
    paste(page, "grizzly", "https://example.org/g1.jpg")
    assert button(page, "Bring them in").disabled and "'grizzly' has 1 address" in text(page)
    page.button(key="remove-2").click().run()
    assert "grizzly" not in text(page)
    assert not button(page, "Bring them in").disabled
    button(page, "Start over").click().run()
    assert not [each for each in page.button if each.label == "Bring them in"]


@pytest.mark.parametrize(("label", "addresses", "words"), [
    (" ", TEDDY, "The class has no name"), ("teddy", "\n# nothing\n", "no address for 'teddy'")])
def test_a_refusal_of_what_was_pasted_loses_nothing(label: str, addresses: str, words: str) -> None:
    page = paste(opened("data", new="1"), label, addresses)
    assert words in text(page)
    assert page.text_area(key="paste-addresses").value == addresses


def test_doubled_and_unusable_addresses_are_told_before_anything_is_fetched() -> None:
    page = drop(opened("data", new="1"),
                ("teddy.txt", TEDDY + TEDDY + "http://127.0.0.1/secret.jpg\nhttps://example.org/b1.jpg"),
                ("black.txt", BLACK))
    assert "4 pictures to fetch, in 2 classes" in text(page).replace("*", "")
    assert "2 lines more, doubled" in text(page)
    refused = next(each for each in page.dataframe if "address" in each.value)
    told = dict(zip(refused.value["address"], refused.value["why"], strict=True))
    assert "private network" in told["http://127.0.0.1/secret.jpg"]
    assert "several classes: teddy, black" in told["https://example.org/b1.jpg"]


def test_a_file_that_is_no_list_is_refused_and_the_draft_stays() -> None:
    page = drop(opened("data", new="1"), ("teddy.txt", TEDDY))
    drop(page, ("notes.csv", "a,b,c\n1,2,3\n"))
    assert "'notes.csv' does not tell" in text(page)
    assert "teddy :gray[2]" in text(page)


def test_class_names_are_text_and_no_markup() -> None:
    page = paste(opened("data", new="1"), "*<b>* [x](y)", TEDDY)
    assert not page.exception
    assert any(r"\*\<b\>\* \[x\]\(y\)" in each.value for each in page.markdown)


def test_a_limit_refuses_and_the_draft_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Desk, visitor: str, order: object, dataset: str | None = None) -> None:
        raise LimitReached("You have 20 data sets already.", remedy="Delete one.")

    monkeypatch.setattr(Desk, "submit", full)
    page = drop(opened("data", new="1"), ("teddy.txt", TEDDY), ("black.txt", BLACK))
    button(page, "Bring them in").click().run()
    assert "20 data sets already" in page.error[0].value
    assert button(page, "Bring them in")


def test_the_same_list_twice_shows_the_job_that_is_under_way() -> None:
    for _ in range(2):
        page = drop(opened("data", new="1"), ("teddy.txt", TEDDY), ("black.txt", BLACK))
        button(page, "Bring them in").click().run()
    assert page.query_params == {"job": the_job()[0].id}


def test_offline_it_says_so_and_offers_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYGROUND_OFFLINE", "1")
    page = opened("data", new="1")
    assert "works without a network" in text(page)
    assert not [each for each in page.file_uploader if str(each.key).startswith("upload-lists")]


# ---- on their way

@pytest.fixture
def coming(settings: Settings) -> Job:
    """A queued job of a list that stands."""
    rows = tuple(("teddy" if number % 2 else "black", f"https://example.org/{number}.jpg") for number in range(40))
    file = lists.write(lists.Listed(name="my bears", rows=rows), settings.uploads)
    the_desk().saw(LOCAL)
    return the_desk().submit(LOCAL, FetchAddresses(source=str(file), name="my bears", addresses=40))


SKIPPED = [PictureSkipped("https://example.org/3.jpg", "The server says that the page does not exist (404)."),
           PictureSkipped("https://example.org/5.jpg", "There is a web page at this address, and no picture.")]


def test_pictures_under_way_show_how_far_they_are(coming: Job) -> None:
    begin(coming, [*SKIPPED, Progress("fetching pictures", 12, 40, "addresses")])
    for page in (opened("data", job=coming.id), opened("data")):
        assert not page.exception
        assert "Fetching pictures: 12 of 40 addresses" in [each.proto.text for each in page.get("progress")]
        assert "my bears" in text(page) and "2 left out so far" in text(page)


def test_a_stopped_list_can_be_gone_on_with(coming: Job) -> None:
    begin(coming, SKIPPED)
    marked(coming, "cancelled")
    page = opened("data", job=coming.id)
    assert "What has come is kept for a day" in text(page)
    assert page.dataframe[0].value["address"].tolist() == [event.name for event in SKIPPED]
    button(page, "Go on").click().run()
    again = next(job for job in the_desk().jobs(LOCAL) if job.id != coming.id)
    assert again.order == coming.order and page.query_params == {"job": again.id}


def test_too_little_that_came_shows_what_failed_and_can_be_tried_again(coming: Job) -> None:
    begin(coming, SKIPPED)
    fail(coming, "Pictures came for the class 'black' alone; at least two classes are needed.", "Look at what failed.")
    page = opened("data", job=coming.id)
    assert "'black' alone" in text(page)
    assert page.dataframe[0].value["why"].tolist() == [event.problem for event in SKIPPED]
    assert [each.value for each in page.code] == ["\n".join(event.name for event in SKIPPED)]
    assert button(page, "Go on")


def test_a_list_that_was_swept_cannot_be_gone_on_with(coming: Job) -> None:
    assert isinstance(coming.order, FetchAddresses)
    Path(coming.order.source).unlink()
    begin(coming)
    marked(coming, "cancelled")
    assert "Go on" not in [each.label for each in opened("data", job=coming.id).button]


def test_what_failed_is_told_beside_the_pictures_that_came(coming: Job, settings: Settings, tmp_path: Path) -> None:
    entry = shelved(settings, tmp_path, confirmed=False, name="my bears")
    finish(coming, SKIPPED, dataset=entry.id)
    page = opened("data", job=coming.id)
    assert not page.exception and not page.query_params
    assert "24 pictures" in text(page)
    assert "2 left out: which, and why" in [each.label for each in page.expander]
    assert page.dataframe[0].value["address"].tolist() == [event.name for event in SKIPPED]
    assert "\n".join(event.name for event in SKIPPED) in [each.value for each in page.code]
