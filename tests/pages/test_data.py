"""The data page: pictures come in, are looked at, split and confirmed."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.errors import LimitReached
from core.events import DatasetReady, Note, PictureSkipped, Progress
from core.jobs.desk import Desk
from core.jobs.entries import LOCAL, Job
from core.jobs.orders import BringIn, FindLr, Prepare
from core.settings import Settings
from core.training import presets
from core.training.recipe import SplitSpec
from pages.ui.dataset_forms import told_apart
from tests.fakes import picture_bytes
from tests.pages.doing import begin, fail, finish, opened, shelved, the_desk

READING = Progress("reading pictures", 240, 600)


@pytest.fixture
def coming(settings: Settings) -> Job:
    """A queued bring-in job of an upload."""
    the_desk().saw(LOCAL)
    return the_desk().submit(LOCAL, BringIn(source=str(settings.room / "uploads" / "0123abcd.zip"), name="my pets",
                                            disposable=True))


def words(page: AppTest) -> str:
    """Everything that the page says."""
    shown = [*page.title, *page.subheader, *page.markdown, *page.caption, *page.info, *page.error]
    return "\n".join(each.value for each in shown)


def bars(page: AppTest) -> list[str]:
    """The texts of the progress bars; the strip's has none."""
    return [each.proto.text for each in page.get("progress") if each.proto.text]


def button(page: AppTest, label: str):
    return next(each for each in page.button if each.label == label)


def delete_for_good(page: AppTest) -> None:
    """Open the dialog and say yes. AppTest runs the whole page for a click in a dialog, so both are clicked at once."""
    page.button(key="delete-pictures").click().run()
    page.button(key="delete-pictures").click()
    page.button(key="delete-for-good").click().run()


# ---- coming in

def test_a_queued_job_says_how_many_are_before_it(coming: Job) -> None:
    assert bars(opened("data", job=coming.id)) == ["Waiting: next in the queue"]


def test_pictures_that_come_in_show_how_far_they_are_and_what_was_left_out(coming: Job) -> None:
    begin(coming, [PictureSkipped("bad.jpg", "It is no picture."), READING])
    page = opened("data", job=coming.id)
    assert not page.exception
    assert bars(page) == ["Reading pictures: 240 of 600 pictures"]
    assert "my pets" in words(page) and "1 left out so far" in words(page)


def test_a_reload_or_another_tab_finds_the_job_without_its_address(coming: Job) -> None:
    begin(coming, [READING])
    assert bars(opened("data")) == ["Reading pictures: 240 of 600 pictures"]


def test_stop_ends_a_waiting_job_and_says_that_nothing_was_kept(coming: Job) -> None:
    page = opened("data", job=coming.id)
    button(page, "Stop").click().run()
    assert the_desk().job(LOCAL, coming.id).state == "cancelled"
    page.run()
    assert "Stopped. Nothing of my pets was kept" in words(page)


def test_stop_asks_a_running_job_and_shows_that_it_was_asked(coming: Job) -> None:
    begin(coming, [READING])
    page = opened("data", job=coming.id)
    button(page, "Stop").click().run()
    assert coming.run.stop.exists()
    assert button(opened("data", job=coming.id), "Stopping").disabled


def test_a_failure_tells_problem_and_remedy_in_the_persons_words_and_the_way_back(coming: Job) -> None:
    fail(coming, "'0123abcd' holds pictures, but no class folders.", "Give one folder a class.")
    page = opened("data", job=coming.id)
    assert "'my pets' holds pictures, but no class folders" in page.error[0].value.replace("\\", "")
    assert "Give one folder a class" in page.error[0].value
    button(page, "Bring in pictures").click().run()
    assert page.file_uploader and page.query_params == {"new": "1"}


def test_a_failure_that_nobody_saw_is_told_at_the_next_visit(coming: Job) -> None:
    fail(coming, "The zip is damaged.", "Pack it again.")
    page = opened("data")
    assert "The zip is damaged" in page.error[0].value and page.file_uploader and not page.query_params
    assert page.run().error, "a click elsewhere does not take it away"
    again = opened("data")
    assert not again.error and again.file_uploader


def test_a_failure_that_was_looked_at_is_not_told_again(coming: Job) -> None:
    fail(coming, "The zip is damaged.", "Pack it again.")
    assert opened("data", job=coming.id).error and not opened("data").error


def test_earlier_pictures_are_spoken_of_where_there_are_some(coming: Job, settings: Settings, tmp_path: Path) -> None:
    fail(coming, "The zip is damaged.", "Pack it again.")
    assert "unharmed" not in words(opened("data", job=coming.id))
    shelved(settings, tmp_path)
    assert "Pictures that you brought in before are unharmed." in words(opened("data", job=coming.id))


def test_a_job_that_is_done_shows_its_pictures_in_place(coming: Job, settings: Settings, tmp_path: Path) -> None:
    entry = shelved(settings, tmp_path, confirmed=False)
    shelved(settings, tmp_path, name="newer", counts={"a": 2, "b": 3})
    finish(coming, dataset=entry.id)
    page = opened("data", job=coming.id)
    chosen = the_desk().chosen(LOCAL)
    assert chosen is not None and chosen.id == entry.id
    assert "24 pictures" in words(page) and not page.query_params


@pytest.mark.parametrize("id", ["never-was", "another's"])
def test_an_address_of_nobody_or_of_another_is_told_of_in_the_same_words(id: str) -> None:
    if id == "another's":
        id = the_desk().submit("anna", BringIn(source="coins", builtin=True, name="coins")).id
    page = opened("data", job=id)
    assert not page.exception
    assert "There is no such run here" in page.error[0].value.replace("\\", "")
    assert button(page, "Bring in pictures")


# ---- looking

def test_pictures_are_counted_shown_and_split(settings: Settings, tmp_path: Path) -> None:
    shelved(settings, tmp_path, confirmed=False)
    page = opened("data")
    assert not page.exception
    assert "**24 pictures** in 2 classes" in words(page)
    assert "**20** to learn from · **4** of 24 (17 %) to check with" in words(page)
    assert "one right or wrong moves the accuracy by 25 points" in words(page)
    assert len(page.image) == 24


def test_many_pictures_of_a_class_come_a_page_at_a_time(settings: Settings, tmp_path: Path) -> None:
    entry = shelved(settings, tmp_path, counts={"many": 30, "few": 11})
    page = opened("data")
    assert len(page.image) == 24
    assert "3 times as many" not in words(page)       # 2.7
    page.button_group(key=f"examples-class-{entry.id}").set_value(1).run()
    page.selectbox(key=f"examples-order-{entry.id}").set_value("As they came").run()
    assert len(page.image) == 24
    page.session_state[f"examples-page-{entry.id}-1-As they came"] = 2
    page.run()
    assert len(page.image) == 6


def test_an_imbalance_of_more_than_three_is_named(settings: Settings, tmp_path: Path) -> None:
    shelved(settings, tmp_path, counts={"many": 16, "few": 4})
    assert "4 times as many pictures of many as of few" in words(opened("data"))


def test_class_names_are_text_and_no_markup(settings: Settings, tmp_path: Path) -> None:
    shelved(settings, tmp_path, counts={"<b>": 2, "*star*": 9}, name="[x](y)")
    page = opened("data")
    assert not page.exception
    said = words(page)
    assert r"\*star\*" in said and r"\<b\>" in said and r"\[x\]\(y\)" in said


def test_what_was_left_out_is_told_with_the_reason(coming: Job, settings: Settings, tmp_path: Path) -> None:
    entry = shelved(settings, tmp_path)
    finish(coming, [PictureSkipped("pets/bad.jpg", "It is no picture."), Note("Two edits apply."),
                    DatasetReady("my pets", ("blue", "red"), (12, 12), 1, 2, "f")], dataset=entry.id)
    page = opened("data")
    assert page.expander[0].label == "1 left out: which, and why"
    assert page.dataframe[0].value["file"].tolist() == ["pets/bad.jpg"]
    assert "Two edits apply" in words(page).replace("\\", "") and "2 files" in words(page)


def test_pictures_on_both_sides_of_given_folders_are_told_of(settings: Settings, tmp_path: Path,
                                                             monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "colours" / "valid" / "red" / "again.jpg"
    source.parent.mkdir(parents=True)
    source.write_bytes(picture_bytes(0))      # the first picture that `labelled_folder` draws
    shelved(settings, tmp_path, counts={"train/red": 3, "train/blue": 3, "valid/red": 1, "valid/blue": 1})
    assert "1 picture stands on more than one side" in words(opened("data"))


def test_given_folders_decide_the_split(settings: Settings, tmp_path: Path) -> None:
    shelved(settings, tmp_path, counts={"train/red": 5, "train/blue": 5, "valid/red": 2, "valid/blue": 2,
                                        "test/red": 1, "test/blue": 1})
    page = opened("data")
    assert not page.slider and not page.number_input
    assert "**10** to learn from · **4** of 16 (25 %) to check with · **2** for the very end" in words(page)
    assert "divided into train and valid" in words(page)


def test_another_share_and_seed_are_kept_in_the_draft(settings: Settings, tmp_path: Path) -> None:
    entry = shelved(settings, tmp_path)
    page = opened("data")
    page.slider[0].set_value(50).run()
    assert "**12** to learn from · **12** of 24 (50 %) to check with" in words(page)
    assert "Each picture to check with is worth 8.3 points of the accuracy" in words(page)
    page.number_input[0].set_value(7).run()
    assert the_desk().dataset(LOCAL, entry.id).recipe.split == SplitSpec(valid_share=0.5, seed=7)
    again = opened("data")
    assert (again.slider[0].value, again.number_input[0].value) == (50, 7)


def test_a_split_that_cannot_be_made_is_told_and_cannot_be_confirmed(settings: Settings, tmp_path: Path) -> None:
    shelved(settings, tmp_path, confirmed=False, counts={"valid/red": 2, "train/blue": 2, "valid/blue": 1})
    page = opened("data")
    assert "no training pictures" in page.error[0].value
    assert button(page, "Use these pictures").disabled
    assert page.image


# ---- going on

def test_yes_confirms_prepares_with_the_split_and_goes_on(settings: Settings, tmp_path: Path) -> None:
    entry = shelved(settings, tmp_path, confirmed=False)
    page = opened("data")
    page.slider[0].set_value(30).run()
    button(page, "Use these pictures").click().run()
    assert the_desk().dataset(LOCAL, entry.id).confirmed
    (job,) = the_desk().jobs(LOCAL, dataset=entry.id, kind="prepare")
    quick = presets.load("quick").model_copy(update={"split": SplitSpec(valid_share=0.3)})
    assert job.order == Prepare(dataset=entry.folder, recipe=quick)
    assert page.title[0].value != "Data"


def test_a_limit_does_not_keep_anyone_from_going_on(settings: Settings, tmp_path: Path,
                                                    monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Desk, visitor: str, order: object, dataset: str | None = None) -> None:
        raise LimitReached("Too many jobs.", remedy="Wait.")

    entry = shelved(settings, tmp_path, confirmed=False)
    monkeypatch.setattr(Desk, "submit", full)
    page = opened("data")
    button(page, "Use these pictures").click().run()
    assert the_desk().dataset(LOCAL, entry.id).confirmed and not page.error


def test_confirmed_pictures_are_gone_on_with_and_being_prepared_shows(settings: Settings, tmp_path: Path) -> None:
    entry = shelved(settings, tmp_path)
    prepare = the_desk().submit(LOCAL, Prepare(dataset=entry.folder, recipe=entry.recipe), entry.id)
    begin(prepare, [Progress("activations", 24, 60)])
    page = opened("data")
    assert "Preparing: 24 of 60 pictures" in words(page)
    button(page, "Go on").click().run()
    assert page.title[0].value != "Data"


def test_other_pictures_can_be_brought_in(settings: Settings, tmp_path: Path) -> None:
    shelved(settings, tmp_path)
    page = opened("data")
    button(page, "Bring in other pictures").click().run()
    assert page.file_uploader


def test_several_data_sets_are_chosen_among_and_deleted(settings: Settings, tmp_path: Path) -> None:
    first = shelved(settings, tmp_path)
    second = shelved(settings, tmp_path, name="letters", counts={"a": 2, "b": 3})
    page = opened("data")
    assert "**5 pictures**" in words(page)
    page.selectbox(key="data-set").set_value(first.id).run()
    assert "**24 pictures**" in words(page)
    delete_for_good(page)
    assert [entry.id for entry in the_desk().datasets(LOCAL)] == [second.id]
    page.run()
    assert "**5 pictures**" in words(page)


def test_pictures_are_not_deleted_while_something_is_trained_on_them(settings: Settings, tmp_path: Path) -> None:
    entry = shelved(settings, tmp_path)
    begin(the_desk().submit(LOCAL, FindLr(dataset=entry.folder, recipe=entry.recipe), entry.id))
    page = opened("data")
    delete_for_good(page)
    assert "A job works on" in page.error[0].value
    assert the_desk().datasets(LOCAL)


def test_data_sets_of_one_name_are_told_apart(settings: Settings, tmp_path: Path) -> None:
    old = shelved(settings, tmp_path / "1", counts={"red": 4, "blue": 4}, name="photos")
    new = shelved(settings, tmp_path / "2", counts={"red": 5, "blue": 5}, name="photos")
    labels = told_apart({entry.id: entry for entry in the_desk().datasets(LOCAL)})
    assert labels == {new.id: "photos (2)", old.id: "photos (1)"}
    opened("data").run()
    chosen = the_desk().chosen(LOCAL)
    assert chosen and chosen.id == new.id
