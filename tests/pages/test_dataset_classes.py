"""The dialog on classes. AppTest runs the whole page for a click in a dialog, so the dialog is opened once more."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

from core.jobs.entries import LOCAL
from core.settings import Settings
from pages.ui import dataset_classes
from tests.pages.doing import PATIENCE_SECONDS, opened, shelved, the_desk
from tests.pages.reading import text

THREE = {"Cat": 2, "cat": 3, "dog": 4}


def dialog(page: AppTest | None = None) -> AppTest:
    page = page or opened("data")
    page.button(key="classes").click().run()
    return page


def counts(id: str) -> dict[str, int]:
    return the_desk().stored(LOCAL, id).dataset().counts()


def renamed(page: AppTest, id: str, label: str, name: str) -> AppTest:
    """A new name for a class typed, and Rename clicked at once."""
    page.selectbox(key=f"class-to-change {id}").set_value(label)
    page = dialog(page)
    page.text_input(key=f"class-name {id} {label}").set_value(name)
    return clicked(page, "change-class")


def into(page: AppTest, id: str, label: str, other: str) -> AppTest:
    """A class chosen to merge another into, with the dialog open."""
    page.selectbox(key=f"class-to-change {id}").set_value(label)
    page = dialog(page)
    page.selectbox(key=f"merge-into {id} {label}").set_value(other)
    return dialog(page)


def clicked(page: AppTest, key: str) -> AppTest:
    page.button(key=key).click()
    return dialog(page)


def test_a_class_is_renamed_and_the_renaming_taken_back(settings: Settings, tmp_path: Path) -> None:
    id = shelved(settings, tmp_path).id
    page = renamed(dialog(), id, "red", "crimson")
    assert not page.exception and counts(id) == {"blue": 12, "crimson": 12}
    assert "12 pictures renamed from red to crimson" in text(page)
    page = clicked(page, "undo-class-change")
    assert counts(id) == {"blue": 12, "red": 12} and "renamed from" not in text(page)


def test_another_class_is_chosen_to_merge_into_and_the_button_says_which_name_stays(settings: Settings,
                                                                                   tmp_path: Path) -> None:
    id = shelved(settings, tmp_path, counts=THREE).id
    page = into(dialog(), id, "cat", "dog")
    assert "The 3 pictures of **cat** will join the 4 of **dog**: one class of 7" in text(page)
    assert page.button(key="merge-class").label == "Merge into dog" and counts(id) == THREE
    page = clicked(page, "merge-class")
    assert counts(id) == {"Cat": 2, "dog": 7}
    assert "3 pictures merged into dog" in text(page)


def test_nothing_is_merged_before_another_class_is_chosen(settings: Settings, tmp_path: Path) -> None:
    shelved(settings, tmp_path)
    assert dialog().button(key="merge-class").disabled


def test_classes_that_differ_by_case_alone_are_merged_into_the_larger_by_one_click(settings: Settings,
                                                                                 tmp_path: Path) -> None:
    id = shelved(settings, tmp_path, counts=THREE).id
    page = dialog()
    assert "**Cat** (2) and **cat** (3) look like one class" in text(page)
    assert page.button(key="merge-alike dialog Cat").label == "Merge into cat"
    page = clicked(page, "merge-alike dialog Cat")
    assert counts(id) == {"cat": 5, "dog": 4} and "look like one class" not in text(page)


def test_lookalikes_can_be_merged_on_the_page_itself_and_are_then_spoken_of_no_more(settings: Settings,
                                                                                 tmp_path: Path) -> None:
    id = shelved(settings, tmp_path, counts=THREE).id
    page = opened("data")
    assert "**Cat** (2) and **cat** (3) look like one class" in text(page)
    page.button(key="merge-alike page Cat").click().run()
    assert counts(id) == {"cat": 5, "dog": 4} and "like one class" not in text(page)


def test_a_merging_that_is_refused_is_told_on_the_page(settings: Settings, tmp_path: Path) -> None:
    id = shelved(settings, tmp_path, counts={"Cat": 2, "cat": 3}).id
    page = opened("data")
    page.button(key="merge-alike page Cat").click().run()
    assert "one class left" in page.error[0].value and counts(id) == {"Cat": 2, "cat": 3}


def test_a_name_that_differs_by_case_from_another_class_is_told_of(settings: Settings, tmp_path: Path) -> None:
    id = shelved(settings, tmp_path).id
    page = renamed(dialog(), id, "red", "Blue")
    assert "**blue** (12) and **Blue** (12) look like one class" in text(page) and len(counts(id)) == 2


def test_rename_can_be_clicked_at_once_and_says_what_is_missing(settings: Settings, tmp_path: Path) -> None:
    id = shelved(settings, tmp_path).id
    page = dialog()
    assert not page.button(key="change-class").disabled
    page = clicked(page, "change-class")
    assert "name is blank" in page.error[0].value
    page = renamed(page, id, "blue", "azure")
    assert counts(id) == {"azure": 12, "red": 12} and not page.error


def test_the_name_of_another_class_is_refused_with_the_way_to_merge(settings: Settings, tmp_path: Path) -> None:
    id = shelved(settings, tmp_path).id
    page = renamed(dialog(), id, "red", "blue")
    assert "There is a class 'blue' already" in text(page) and "Merge 'red' into it" in text(page)
    assert counts(id) == {"blue": 12, "red": 12}


def test_two_classes_are_not_merged_into_one_and_nothing_is_lost(settings: Settings, tmp_path: Path) -> None:
    id = shelved(settings, tmp_path).id
    page = clicked(into(dialog(), id, "red", "blue"), "merge-class")
    assert "one class left" in page.error[0].value and counts(id) == {"blue": 12, "red": 12}


def test_a_set_anew_leaves_the_old_one_with_its_changes_and_says_so(settings: Settings, tmp_path: Path) -> None:
    id = shelved(settings, tmp_path).id
    page = renamed(dialog(), id, "red", "crimson")
    assert "These pictures stay beside it, with their changes" in text(page)


def test_names_in_the_dialog_are_text_and_no_markup(settings: Settings, tmp_path: Path) -> None:
    id = shelved(settings, tmp_path, counts={"<b>": 2, "*star*": 3, "dog": 2}).id
    page = into(dialog(), id, "<b>", "*star*")
    assert any(r"\<b\>" in each.value and r"\*star\*" in each.value for each in page.markdown)


def opened_once(id: str) -> None:
    """A page whose dialog is open on a data set, as a script of its own."""
    import streamlit as st

    from pages.ui import dataset_classes, dataset_pack

    if st.session_state.setdefault("dialogs", ["classes", "pack"]):
        {"classes": dataset_classes, "pack": dataset_pack}[st.session_state["dialogs"].pop()].dialog(id)
    else:
        st.markdown("the page without its dialogs")


def test_a_dialog_closes_where_another_tab_deleted_its_data_set(settings: Settings, tmp_path: Path) -> None:
    id = shelved(settings, tmp_path).id
    the_desk().remove_dataset(LOCAL, id)
    page = AppTest.from_function(opened_once, args=(id,), default_timeout=PATIENCE_SECONDS).run()
    assert not page.exception and "the page without its dialogs" in text(page)


def test_a_click_on_classes_that_another_tab_deleted_changes_nothing_and_breaks_nothing(settings: Settings,
                                                                                     tmp_path: Path) -> None:
    id = shelved(settings, tmp_path, counts=THREE).id
    page = dialog()
    the_desk().remove_dataset(LOCAL, id)
    page.button(key="merge-alike dialog Cat").click().run()
    assert not page.exception and not page.error and dataset_classes.REFUSED not in page.session_state
