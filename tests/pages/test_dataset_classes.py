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


def typed(page: AppTest, id: str, label: str, name: str) -> AppTest:
    """A new name for a class, with the dialog open."""
    page.selectbox(key=f"class-to-change {id}").set_value(label)
    page = dialog(page)
    page.text_input(key=f"class-name {id} {label}").set_value(name)
    return dialog(page)


def clicked(page: AppTest, key: str) -> AppTest:
    page.button(key=key).click()
    return dialog(page)


def test_a_class_is_renamed_and_the_renaming_taken_back(settings: Settings, tmp_path: Path) -> None:
    id = shelved(settings, tmp_path).id
    page = clicked(typed(dialog(), id, "red", "crimson"), "change-class")
    assert not page.exception and counts(id) == {"blue": 12, "crimson": 12}
    assert "12 pictures renamed from red to crimson" in text(page)
    page = clicked(page, "undo-class-change")
    assert counts(id) == {"blue": 12, "red": 12} and "renamed from" not in text(page)


def test_typing_the_name_of_another_class_says_that_they_will_be_one_before_it_merges(settings: Settings,
                                                                                    tmp_path: Path) -> None:
    id = shelved(settings, tmp_path, counts=THREE).id
    page = typed(dialog(), id, "cat", "dog")
    assert "The 3 pictures of **cat** will join them: one class of 7" in text(page)
    assert page.button(key="change-class").label == "Merge" and counts(id) == THREE
    page = clicked(page, "change-class")
    assert counts(id) == {"Cat": 2, "dog": 7}
    assert "3 pictures merged into dog" in text(page)


def test_classes_that_differ_by_case_alone_are_merged_into_the_larger_by_one_click(settings: Settings,
                                                                                 tmp_path: Path) -> None:
    id = shelved(settings, tmp_path, counts=THREE).id
    page = dialog()
    assert "**Cat** (2) and **cat** (3) look like one class" in text(page)
    page = clicked(page, "merge-alike Cat")
    assert counts(id) == {"cat": 5, "dog": 4} and "look like one class" not in text(page)


def test_a_name_that_differs_by_case_from_another_class_is_told_of(settings: Settings, tmp_path: Path) -> None:
    id = shelved(settings, tmp_path).id
    page = typed(dialog(), id, "red", "Blue")
    assert "class **blue**, which differs by capital letters alone" in text(page)
    assert page.button(key="change-class").label == "Rename"


def test_nothing_can_be_clicked_before_a_name_is_typed(settings: Settings, tmp_path: Path) -> None:
    id = shelved(settings, tmp_path).id
    page = dialog()
    assert page.button(key="change-class").disabled
    assert typed(page, id, "blue", " blue ").button(key="change-class").disabled


def test_two_classes_are_not_merged_into_one_and_nothing_is_lost(settings: Settings, tmp_path: Path) -> None:
    id = shelved(settings, tmp_path).id
    page = clicked(typed(dialog(), id, "red", "blue"), "change-class")
    assert "one class left" in page.error[0].value and counts(id) == {"blue": 12, "red": 12}


def test_names_in_the_dialog_are_text_and_no_markup(settings: Settings, tmp_path: Path) -> None:
    id = shelved(settings, tmp_path, counts={"<b>": 2, "*star*": 3, "dog": 2}).id
    page = typed(dialog(), id, "<b>", "*star*")
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
    page.button(key="merge-alike Cat").click().run()
    assert not page.exception and not page.error and dataset_classes.REFUSED not in page.session_state
