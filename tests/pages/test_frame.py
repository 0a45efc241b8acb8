"""What every page has around its content: the strip, where pictures go, the ways on, and errors in words."""

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.events import Progress
from core.jobs.desk import Desk
from core.jobs.entries import LOCAL
from core.jobs.orders import UNASKED, BringIn, FindLr, Measure, Order, Prepare, Train
from core.settings import Settings
from core.training import presets
from pages.ui import frame, identity, privacy
from tests.pages.doing import begin, finish, opened, shelved, the_desk

COINS = BringIn(source="coins", builtin=True, name="coins")
RECIPE = presets.load("quick")


def words(test: AppTest) -> str:
    return "\n".join(element.value for kind in (test.title, test.markdown, test.caption, test.error, test.info)
                     for element in kind)


def links(test: AppTest) -> dict[str, str]:
    """Each page link's label, and the page and query that it leads to."""
    return {link.proto.label: f"{link.proto.page}?{link.proto.query_string}".rstrip("?")
            for link in test.get("page_link")}


def delete_everything(test: AppTest) -> None:
    """Open the dialog, say yes, delete. AppTest runs the whole page for a click in a dialog: it opens each time."""
    test.button(key="where").click().run()
    test.button(key="where").click()
    test.checkbox(key="sure").check().run()
    test.button(key="where").click()
    test.button(key="delete-my-data").click().run()


def script(body: str) -> AppTest:
    return AppTest.from_string(f"import streamlit as st\nfrom pages.ui import frame\n{body}").run()


def test_without_a_data_set_the_strip_is_quiet() -> None:
    test = opened("home")
    assert not links(test)
    assert "No pictures yet" in words(test)


def test_the_strip_names_the_data_set_and_once_it_is_confirmed_the_recipe(settings: Settings, tmp_path: Path) -> None:
    entry = shelved(settings, tmp_path, confirmed=False)
    assert next(iter(links(opened("home")).items())) == ("colours · 24 pictures", "data")
    assert not any("20 epochs" in label for label in links(opened("home")))
    the_desk().confirm(LOCAL, entry.id)
    assert any("head only, 20 epochs" in label and page == "train" for label, page in links(opened("home")).items())


def test_a_name_full_of_markdown_is_shown_as_it_is(settings: Settings, tmp_path: Path) -> None:
    shelved(settings, tmp_path, name="**[x](y)**")
    assert any(label.startswith(r"\*\*\[x\]\(y\)\*\*") for label in links(opened("home")))


def test_a_damaged_data_set_does_not_keep_its_pages_from_opening(settings: Settings, tmp_path: Path) -> None:
    entry = shelved(settings, tmp_path)
    (settings.datasets / entry.folder / "catalogue.json").write_text("{")
    test = opened("home")
    assert not test.exception
    assert "colours" in links(test)
    assert "damaged" in words(test)


def orders(folder: str) -> dict[str, tuple[Order, str]]:
    return {"Reading your pictures": (COINS, "data"),
            "Preparing your pictures": (Prepare(dataset=folder, recipe=RECIPE), "data"),
            "Measuring your pictures": (Measure(dataset=folder), "data"),
            "Finding the learning rate": (FindLr(dataset=folder, recipe=RECIPE), "learning_rate"),
            "Training": (Train(dataset=folder, recipe=RECIPE), "train")}


@pytest.mark.parametrize("name", list(orders("")))
def test_the_strip_links_what_runs_to_its_page_with_its_bar(name: str, settings: Settings, tmp_path: Path) -> None:
    entry = shelved(settings, tmp_path)
    order, page = orders(entry.folder)[name]
    job = begin(the_desk().submit(LOCAL, order, entry.id), [Progress("reading pictures", 6, 24)])
    test = opened("home")
    assert links(test)[name] == (page if order.kind in UNASKED else f"{page}?job={job.id}")
    assert len(test.get("progress")) == 1


def test_the_strip_tells_the_place_of_a_queued_job() -> None:
    desk = the_desk()
    desk.submit(LOCAL, COINS)
    assert "Reading your pictures: you are next" in links(opened("home"))
    desk.submit(LOCAL, COINS)
    assert "Reading your pictures: you are next · 1 more" in links(opened("home"))


def test_what_runs_is_shown_before_what_waits_and_preparing_last(settings: Settings, tmp_path: Path) -> None:
    entry = shelved(settings, tmp_path)
    desk = the_desk()
    for order in (Prepare(dataset=entry.folder, recipe=RECIPE), Train(dataset=entry.folder, recipe=RECIPE)):
        begin(desk.submit(LOCAL, order, entry.id))
    desk.submit(LOCAL, COINS)
    assert "Training · 2 more" in links(opened("home"))


def test_the_strip_is_quiet_again_when_a_job_is_over() -> None:
    finish(begin(the_desk().submit(LOCAL, COINS)))
    assert not links(opened("home"))


def test_a_visit_is_noted_once_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    monkeypatch.setattr(Desk, "saw", lambda desk, visitor: seen.append(visitor))
    opened("home").run()
    opened("home")
    assert seen == [LOCAL]


def test_on_ones_own_machine_pictures_stay_in_a_folder_that_is_named(settings: Settings) -> None:
    test = opened("home")
    test.button(key="where").click().run()
    assert "stay on this machine" in words(test)
    assert test.code[0].value == str(settings.home)


def test_a_hosted_server_says_how_long_pictures_stay() -> None:
    said = privacy.answer(Settings(keep_days=14, visitor="a" * 32))
    assert "14 days after your last visit" in said
    assert "Other visitors cannot see them" in said
    assert "on the page Predict, are deleted a day later" in said


def test_deleting_my_data_asks_first_and_then_leaves_nothing(settings: Settings, tmp_path: Path) -> None:
    shelved(settings, tmp_path)
    test = opened("train")
    test.button(key="where").click().run()
    assert test.button(key="delete-my-data").disabled
    delete_everything(test)
    assert the_desk().datasets(LOCAL) == ()
    assert not list(settings.datasets.iterdir())


def test_deleting_leaves_other_visitors_alone(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
                                              ) -> None:
    mine, other = identity.room_of("a" * 43), identity.room_of("b" * 43)
    monkeypatch.setenv("PLAYGROUND_HOSTED", "1")
    monkeypatch.setattr(identity, "_cookie", lambda: "a" * 43)
    shelved(settings, tmp_path / "mine", visitor=mine)
    shelved(settings, tmp_path / "other", visitor=other)
    delete_everything(opened("home"))
    assert the_desk().datasets(mine) == ()
    assert len(the_desk().datasets(other)) == 1


def test_visitors_see_nothing_of_each_other(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
                                            ) -> None:
    monkeypatch.setenv("PLAYGROUND_HOSTED", "1")
    entry = shelved(settings, tmp_path, visitor=identity.room_of("a" * 43))
    begin(the_desk().submit(entry.owner, Train(dataset=entry.folder, recipe=RECIPE), entry.id))
    monkeypatch.setattr(identity, "_cookie", lambda: "b" * 43)
    test = opened("home")
    assert not links(test)
    assert "colours" not in words(test)


def test_an_empty_state_has_one_button_and_ends_the_page() -> None:
    test = script("frame.empty('Nothing here.', 'Get some', 'home')\nst.markdown('never')")
    assert [button.label for button in test.button] == ["Get some"]
    assert "never" not in words(test)


def test_problem_and_remedy_are_told_without_markdown_of_the_users() -> None:
    test = script("from core.errors import UserMistake\n"
                  "frame.told(UserMistake('No class *x*.', remedy='Add one.'))")
    assert test.error[0].value == r"**No class \*x\*\.** Add one\."


def test_an_error_of_ours_is_shown_as_calm_words_with_the_reference_of_the_log(caplog: pytest.LogCaptureFixture
                                                                                ) -> None:
    test = script("assert frame.failed(KeyError('secret'))")
    shown = test.error[0].value
    assert "secret" not in shown
    [reference] = re.findall(r"reference (\w{8})\.", shown)
    assert f"shown as reference {reference}." in caplog.text


def test_a_mistake_that_no_page_caught_is_shown_as_problem_and_remedy(caplog: pytest.LogCaptureFixture) -> None:
    test = script("from core.errors import NotHere\nassert frame.failed(NotHere('Gone.', remedy='Go on.'))")
    assert "Gone" in test.error[0].value
    assert "Go on" in test.error[0].value
    assert not [record for record in caplog.records if record.name == "playground"]


@pytest.mark.parametrize("name", list(frame.PAGES))
def test_every_page_of_the_way_has_its_file(name: str) -> None:
    assert (Path(__file__).parents[2] / "pages" / frame.PAGES[name][0]).is_file()
