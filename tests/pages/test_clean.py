"""The Clean page: doubtful pictures, a key a decision, everything undone, and what it is worth."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.cleaning import noise
from core.cleaning.finding import ACTIVATIONS, Finding
from core.cleaning.payoff import payoff
from core.data.edits import Edit
from core.data.split import split
from core.errors import MachineFault
from core.events import Progress
from core.jobs.entries import LOCAL, DatasetEntry
from core.jobs.office import office
from core.jobs.previews import Preview, PreviewRequest, Previews
from core.jobs.refits import Refits
from core.settings import Settings, from_environment
from pages.ui import clean_one
from tests.pages.doing import begin, fail, opened, shelved, the_desk
from tests.pages.looks import asked, doubt, looked, samples_of, stored_of
from tests.pages.reading import button, text


@pytest.fixture
def entry(settings: Settings, tmp_path: Path) -> DatasetEntry:
    return shelved(settings, tmp_path)


@pytest.fixture(autouse=True)
def _no_processes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fits are made here, and thumbnails are shown: two processes a test would take seconds to start."""
    def draw(self: Previews, request: PreviewRequest) -> Preview:
        raise MachineFault("Not in a test.", remedy="None.")

    monkeypatch.setattr(clean_one, "LEAST_SECONDS", 0.0)
    if "real_processes" not in request.keywords:
        monkeypatch.setattr(Refits, "payoff", lambda self, asked: payoff(asked))
        monkeypatch.setattr(Previews, "draw", draw)
    yield
    office(from_environment()).close()


def edits(entry: DatasetEntry) -> list[tuple[str, str | None]]:
    return [(edit.action, edit.value) for edit in stored_of(entry).edit_log().edits]


def key(page: AppTest, name: str) -> AppTest:
    return page.button(key=f"clean-{name}").click().run()


# ---- the look

def test_the_first_look_begins_by_itself_and_once(entry: DatasetEntry) -> None:
    opened("clean")
    opened("clean")
    jobs = the_desk().jobs(LOCAL, dataset=entry.id, kind="inspect")
    assert [job.state for job in jobs] == ["queued"]


def test_a_look_that_goes_on_shows_how_far_it_is(entry: DatasetEntry) -> None:
    begin(asked(entry), [Progress("looking for what may be wrong", 1, 4, "steps")])
    page = opened("clean")
    bars = [each.proto.text for each in page.get("progress") if each.proto.text]
    assert any("Looking through your pictures" in bar for bar in bars)


def test_a_look_that_failed_says_why_and_offers_another(entry: DatasetEntry) -> None:
    fail(asked(entry), "The disk is full.", "Free some space.")
    page = opened("clean")
    assert "The disk is full." in text(page)
    button(page, "Look through the pictures again").click().run()
    assert len(the_desk().jobs(LOCAL, dataset=entry.id, kind="inspect")) == 2


def test_without_pictures_the_page_leads_to_where_they_are_brought_in(settings: Settings) -> None:
    assert "There are no pictures yet." in text(opened("clean"))


def test_findings_that_are_damaged_are_told_in_words(entry: DatasetEntry) -> None:
    job = looked(entry, [])
    (job.folder / "findings.json").write_text("{")
    assert "Look through them again." in text(opened("clean"))


def test_nothing_found_is_said(entry: DatasetEntry) -> None:
    looked(entry, [])
    assert "Nothing suspicious was found" in text(opened("clean"))


# ---- one by one

def test_the_likeliest_comes_first_with_its_reason_in_words(entry: DatasetEntry) -> None:
    red, blue = samples_of(entry, "red"), samples_of(entry, "blue")
    looked(entry, [doubt(red[0], "blue", 0.3), doubt(blue[1], "red", 0.9)])
    said = text(opened("clean"))
    assert blue[1].original_name in said and red[0].original_name not in said
    assert "looks like **red**" in said and "0 of 2 doubtful pictures settled" in said


def test_yes_takes_the_suggestion_and_the_next_one_comes(entry: DatasetEntry) -> None:
    red, blue = samples_of(entry, "red"), samples_of(entry, "blue")
    looked(entry, [doubt(red[0], "blue", 0.9), doubt(blue[1], "red", 0.3)])
    page = key(opened("clean"), "yes")
    assert edits(entry) == [("relabel", "blue")]
    assert blue[1].original_name in text(page) and "1 of 2 doubtful pictures settled" in text(page)
    assert [edit.why for edit in stored_of(entry).edit_log().edits] == ["label"]


def test_keep_remove_and_a_class_by_its_key_are_written_down(entry: DatasetEntry) -> None:
    red, blue = samples_of(entry, "red"), samples_of(entry, "blue")
    looked(entry, [doubt(red[0], "blue", 0.9), doubt(red[1], "blue", 0.6), doubt(blue[0], "red", 0.3)])
    page = key(opened("clean"), "keep")
    page = key(page, "remove")
    page = key(page, "label-2")
    assert edits(entry) == [("keep", None), ("remove", None), ("relabel", "red")]
    assert "All 3 doubtful pictures are settled." in text(page)


def test_nothing_is_lost_by_a_reload_and_each_decision_can_be_undone(entry: DatasetEntry) -> None:
    red = samples_of(entry, "red")
    looked(entry, [doubt(red[0], "blue", 0.9), doubt(red[1], "blue", 0.6)])
    key(key(opened("clean"), "yes"), "remove")
    page = opened("clean")                        # as after a reload: another session
    assert "All 2 doubtful pictures are settled." in text(page)
    page = key(page, "undo")
    assert red[1].original_name in text(page)
    page = key(page, "undo")
    assert red[0].original_name in text(page)
    assert stored_of(entry).dataset() == stored_of(entry).catalogue
    assert page.button(key="clean-undo").disabled


def test_later_puts_a_picture_last_and_back_brings_it_again(entry: DatasetEntry) -> None:
    red = samples_of(entry, "red")
    looked(entry, [doubt(red[0], "blue", 0.9), doubt(red[1], "blue", 0.6)])
    page = key(opened("clean"), "later")
    assert red[1].original_name in text(page)
    assert red[0].original_name in text(key(page, "back"))
    assert edits(entry) == []


def test_copies_stand_side_by_side_and_the_reason_says_what_they_harm(entry: DatasetEntry) -> None:
    red, blue = samples_of(entry, "red"), samples_of(entry, "blue")
    looked(entry, [Finding(sample=red[0].id, reason="exact_duplicate", score=1, value=1, others=(blue[0].id,))])
    page = opened("clean")
    assert red[0].original_name in text(page) and blue[0].original_name in text(page)
    assert "Their labels contradict each other." in text(page)
    key(page, "yes")
    assert edits(entry) == [("remove", None)]


def test_reasons_that_are_picked_are_all_that_is_shown(entry: DatasetEntry) -> None:
    red = samples_of(entry, "red")
    looked(entry, [doubt(red[0], "blue"), Finding(sample=red[1].id, reason="dark", score=0.5, value=0.05)])
    page = opened("clean")
    page.session_state["clean-reasons"] = ["dark"]
    page = page.run()
    assert red[1].original_name in text(page) and "Very dark: 5 %" in text(page)


def test_what_would_leave_a_class_with_one_picture_is_refused_in_words_and_nothing_is_written(
        settings: Settings, tmp_path: Path) -> None:
    entry = shelved(settings, tmp_path, counts={"blue": 12, "red": 12, "green": 2}, name="few")
    green = samples_of(entry, "green")
    looked(entry, [doubt(green[0], "blue")])
    page = key(opened("clean"), "yes")
    assert "Nothing was changed." in text(page) and "'green' has 1 image" in text(page)
    assert edits(entry) == [] and green[0].original_name in text(page)


def test_names_of_classes_are_no_markdown(settings: Settings, tmp_path: Path) -> None:
    entry = shelved(settings, tmp_path, counts={"**b**": 8, "<b>c</b>".replace("/", "-"): 8}, name="marked")
    first, second = stored_of(entry).catalogue.classes
    looked(entry, [doubt(samples_of(entry, first)[0], second)])
    said = "\n".join(element.value for element in opened("clean").markdown)
    assert "\\*\\*b\\*\\*" in said and "<b>" not in said.replace("\\<b\\>", "")


def test_a_picture_whose_file_is_gone_leaves_the_page_standing(entry: DatasetEntry) -> None:
    red, blue = samples_of(entry, "red"), samples_of(entry, "blue")
    looked(entry, [Finding(sample=red[0].id, reason="exact_duplicate", score=1, value=1, others=(blue[0].id,))])
    for sample in (red[0], blue[0]):
        stored_of(entry).thumbnail(sample).unlink()
    page = opened("clean")
    assert not page.exception and "gone" in text(page)
    page = many(page)
    assert not page.exception and "gone" in text(page)


def test_yes_answers_the_doubt_that_was_asked_for(entry: DatasetEntry) -> None:
    red, blue = samples_of(entry, "red"), samples_of(entry, "blue")
    looked(entry, [Finding(sample=red[0].id, reason="near_duplicate", score=1, value=1, others=(blue[0].id,)),
                   doubt(red[0], "blue")])
    page = opened("clean")
    assert page.button(key="clean-yes").label == "Remove this copy"
    page.session_state["clean-reasons"] = ["label"]
    key(page.run(), "yes")
    assert edits(entry) == [("relabel", "blue")]


def test_a_key_that_is_held_down_decides_once(entry: DatasetEntry, monkeypatch: pytest.MonkeyPatch) -> None:
    looked(entry, [doubt(each, "blue") for each in samples_of(entry, "red")[:5]])
    monkeypatch.setattr(clean_one, "LEAST_SECONDS", 60.0)
    page = opened("clean")
    for _ in range(4):
        page = key(page, "remove")
    assert edits(entry) == [("remove", None)]


def test_a_key_behind_a_dialog_decides_nothing(entry: DatasetEntry) -> None:
    looked(entry, [doubt(each, "blue") for each in samples_of(entry, "red")[:2]])
    page = opened("clean")
    page = button(page, "Where do my pictures go?").click().run()
    page = key(page, "remove")
    assert edits(entry) == []
    key(page, "remove")                  # that closed the dialog
    assert edits(entry) == [("remove", None)]


def test_what_another_tab_has_done_is_not_done_twice_and_the_newest_click_of_all_is_undone(entry: DatasetEntry) -> None:
    red = samples_of(entry, "red")
    looked(entry, [doubt(red[0], "blue", 0.9), doubt(red[1], "blue", 0.5)])
    first, second = opened("clean"), opened("clean")
    key(first, "remove")
    second = key(second, "remove")
    assert edits(entry) == [("remove", None)]
    assert "Wrong after 1 change" in text(second)
    stored_of(entry).append_edit(Edit(red[3].id, "remove"))       # elsewhere
    key(second, "undo")
    assert red[3].id in {sample.id for sample in stored_of(entry).dataset().samples}
    assert red[0].id not in {sample.id for sample in stored_of(entry).dataset().samples}


# ---- many at once

def many(page: AppTest) -> AppTest:
    page.session_state["clean-view"] = "Many at once"
    return page.run()


def test_ticked_pictures_are_done_with_one_click_as_one_gesture(entry: DatasetEntry) -> None:
    red = samples_of(entry, "red")
    looked(entry, [doubt(red[0], "blue", 0.9), doubt(red[1], "blue", 0.8), doubt(red[2], "blue", 0.7)])
    page = many(opened("clean"))
    page.checkbox(key=f"many-tick-{red[0].id}").check()
    page.checkbox(key=f"many-tick-{red[2].id}").check()
    page = page.run()
    page.button(key="many-Y").click().run()
    log = stored_of(entry).edit_log().edits
    assert {edit.sample for edit in log} == {red[0].id, red[2].id} and len({edit.gesture for edit in log}) == 1


def test_all_are_ticked_by_a_button_and_an_undo_takes_all_back(entry: DatasetEntry) -> None:
    red = samples_of(entry, "red")
    looked(entry, [doubt(each, "blue", 0.5) for each in red[:5]])
    page = many(opened("clean"))
    page = page.button(key="many-all").click().run()
    page = page.button(key="many-X").click().run()
    assert len(stored_of(entry).dataset().samples) == 24 - 5
    page.button(key="many-undo").click().run()
    assert stored_of(entry).dataset() == stored_of(entry).catalogue


# ---- all changes

def test_the_log_tells_who_what_when_and_why(entry: DatasetEntry) -> None:
    red = samples_of(entry, "red")
    looked(entry, [])
    stored_of(entry).append_edit(Edit(red[0].id, "relabel", "blue", who="Ada", why="label"))
    page = opened("clean")
    page.session_state["clean-view"] = "All changes"
    row = page.run().dataframe[0].value.iloc[0]
    assert (row["who"], row["what"], row["why"]) == ("Ada", "red/0.jpg: now blue", "label in doubt")


def test_the_data_set_goes_back_to_any_point(entry: DatasetEntry) -> None:
    red = samples_of(entry, "red")
    looked(entry, [])
    stored = stored_of(entry)
    first = stored.append_edit(Edit(red[0].id, "relabel", "blue"))
    stored.append_edit(Edit("", "undo", first.gesture))
    stored.append_edit(Edit(red[1].id, "remove"))
    page = opened("clean")
    page.session_state["clean-view"] = "All changes"
    page = page.run()
    page = page.slider[0].set_value(1).run()
    assert "**24 pictures**: blue 13 · red 11" in text(page)
    page.button(key="clean-back").click().run()
    assert stored_of(entry).dataset().counts() == {"blue": 13, "red": 11}


# ---- the payoff

@pytest.mark.real_processes
def test_the_error_before_and_now_are_shown_with_their_spans(entry: DatasetEntry) -> None:
    looked(entry, [doubt(samples_of(entry, "red")[0], "blue")])
    said = text(opened("clean"))
    assert "## 0.0 %" in said and "0 of 4 · likely 0–49 %" in said and "Wrong after 0 changes" in said


def test_a_changed_ruler_is_shown_beside_the_old_one(entry: DatasetEntry) -> None:
    looked(entry, [])
    stored = stored_of(entry)
    wrong = split(stored.catalogue).valid[0]
    label = {sample.id: sample.label for sample in stored.catalogue.samples}[wrong]
    stored.append_edit(Edit(wrong, "relabel", "blue" if label == "red" else "red"))
    said = text(opened("clean"))
    assert "Checked with your corrected pictures" in said and "1 of 4" in said


def test_without_activations_the_page_goes_on_and_says_what_to_do(entry: DatasetEntry) -> None:
    job = looked(entry, [doubt(samples_of(entry, "red")[0], "blue")])
    (job.folder / ACTIVATIONS).unlink()
    page = opened("clean")
    assert "The gain cannot be shown" in text(page) and "Look through the pictures again" in text(page)
    key(page, "yes")
    assert edits(entry) == [("relabel", "blue")]


# ---- the split, and trust

def test_near_copies_on_both_sides_are_drawn_to_one_side_by_a_click(entry: DatasetEntry) -> None:
    drawn = split(stored_of(entry).catalogue)
    together = ((drawn.train[0], drawn.valid[0]),)
    looked(entry, [], together)
    page = opened("clean")
    assert "1 group of copies" in text(page)
    page = page.button(key="clean-together").click().run()
    recipe = the_desk().dataset(LOCAL, entry.id).recipe
    assert recipe.split.together == together
    assert "group of copies" not in text(page)


def test_a_head_that_is_often_wrong_is_named_as_such(entry: DatasetEntry) -> None:
    looked(entry, [doubt(samples_of(entry, "red")[0], "blue")], right=0.5)
    assert "right about 50 % of these pictures" in text(opened("clean"))


# ---- the noise lab

def lab(page: AppTest) -> AppTest:
    page.session_state["clean-view"] = "Noise lab"
    return page.run()


def test_faults_are_hidden_in_a_copy_that_is_then_hunted_and_told(entry: DatasetEntry) -> None:
    looked(entry, [])
    lab(opened("clean")).button(key="noise-begin").click().run()
    copy = the_desk().chosen(LOCAL)
    assert copy is not None and copy.id != entry.id and copy.confirmed
    secret = noise.read(stored_of(copy).path)
    assert secret is not None and len(secret.truth) == 2           # a tenth of 20
    looked(copy, [doubt(sample, secret.truth[sample.id]) for sample in stored_of(copy).catalogue.samples
                  if sample.id in secret.truth])
    page = lab(opened("clean"))
    assert "2 of 20 training labels of this copy were swapped" in text(page)
    page.session_state["clean-view"] = "One by one"
    lab(key(page.run(), "yes")).button(key="noise-tell").click().run()
    page = lab(opened("clean"))                                    # as after a reload
    table = page.dataframe[0].value.iloc[0]
    assert table["of these, swapped (precision)"] == "100 % · 1 of 1"
    assert table["caught of all swapped (recall)"] == "50 % · 1 of 2"
    assert "**Missed** · 1" in text(page)
    page.button(key="noise-back").click().run()
    chosen = the_desk().chosen(LOCAL)
    assert chosen is not None and chosen.id == entry.id
    assert edits(entry) == []


def test_before_it_is_told_a_copy_does_not_give_its_secret_away(entry: DatasetEntry) -> None:
    looked(entry, [])
    lab(opened("clean")).button(key="noise-begin").click().run()
    copy = the_desk().chosen(LOCAL)
    assert copy is not None
    looked(copy, [])
    page = lab(opened("clean"))
    assert "Missed" not in text(page) and not page.dataframe
