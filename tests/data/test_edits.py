import pytest

from core.data.dataset import Dataset, collect
from core.data.edits import Edit, apply_edits, named, standing, undo_of
from core.errors import TooFewImages, UserMistake
from tests.data.test_dataset import PETS


@pytest.fixture
def pets() -> Dataset:
    return collect("pets", PETS)


def test_relabel_moves_a_sample(pets: Dataset) -> None:
    assert apply_edits(pets, [Edit("a", "relabel", "dog")]).counts() == {"cat": 2, "dog": 3}


def test_relabel_may_name_a_new_class(pets: Dataset) -> None:
    edits = [Edit("a", "relabel", "owl"), Edit("d", "relabel", "owl"), Edit("e", "relabel", "owl")]
    assert apply_edits(pets, edits).classes == ("cat", "owl")


def test_a_new_label_is_normalised_like_every_other(pets: Dataset) -> None:
    edits = [Edit("a", "relabel", "caf\u00e9"), Edit("d", "relabel", "cafe\u0301"), Edit("e", "relabel", "cat")]
    assert apply_edits(pets, edits).counts() == {"caf\u00e9": 2, "cat": 3}


def test_remove_leaves_a_sample_out_and_restore_brings_it_back_as_it_came(pets: Dataset) -> None:
    relabelled_and_removed = [Edit("a", "relabel", "dog"), Edit("a", "remove")]
    assert [one.id for one in apply_edits(pets, relabelled_and_removed).samples] == ["b", "c", "d", "e"]
    assert apply_edits(pets, [*relabelled_and_removed, Edit("a", "restore")]) == pets


def test_edits_change_the_fingerprint_and_no_edits_do_not(pets: Dataset) -> None:
    assert apply_edits(pets, []) == pets
    assert apply_edits(pets, [Edit("a", "relabel", "dog")]).fingerprint != pets.fingerprint


def test_the_last_edit_of_a_sample_wins(pets: Dataset) -> None:
    edits = [Edit("a", "relabel", "dog"), Edit("a", "relabel", "cat")]
    assert apply_edits(pets, edits) == pets


def test_an_edit_of_an_unknown_sample_is_refused_by_name(pets: Dataset) -> None:
    with pytest.raises(UserMistake, match="'zebra'") as caught:
        apply_edits(pets, [Edit("zebra", "remove")])
    assert "'pets'" in caught.value.problem


def test_edits_that_leave_a_class_with_one_picture_are_refused(pets: Dataset) -> None:
    with pytest.raises(TooFewImages, match="'dog' has 1 image"):
        apply_edits(pets, [Edit("d", "remove")])


@pytest.mark.parametrize(("action", "value"), [("relabel", None), ("remove", "dog"), ("restore", "dog")])
def test_a_label_belongs_to_relabel_alone(action: str, value: str | None) -> None:
    with pytest.raises(UserMistake, match=f"'{action}' of sample a"):
        Edit("a", action, value)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", ["", " \n"])
def test_a_blank_label_is_refused(value: str) -> None:
    with pytest.raises(UserMistake, match="sample a a blank label"):
        Edit("a", "relabel", value)


def test_an_undo_takes_back_all_that_one_gesture_did_and_nothing_else(pets: Dataset) -> None:
    log = [Edit("a", "relabel", "dog", gesture="one"), Edit("b", "relabel", "dog", gesture="one"),
           Edit("c", "relabel", "dog", gesture="two")]
    with pytest.raises(TooFewImages):
        apply_edits(pets, log)
    assert apply_edits(pets, [*log, undo_of("one")]).counts() == {"cat": 2, "dog": 3}


def test_an_earlier_edit_can_be_undone_while_later_ones_stand(pets: Dataset) -> None:
    log = [Edit("a", "relabel", "dog", gesture="one"), Edit("b", "relabel", "dog", gesture="two"),
           Edit("b", "relabel", "cat", gesture="three")]
    assert apply_edits(pets, [*log, undo_of("one")]) == pets
    assert [edit.gesture for edit in standing([*log, undo_of("two")])] == ["one", "three"]


def test_undoing_an_undo_brings_the_edits_back(pets: Dataset) -> None:
    log = [Edit("a", "relabel", "dog", gesture="one"), Edit("", "undo", "one", gesture="two")]
    assert apply_edits(pets, log) == pets
    assert apply_edits(pets, [*log, undo_of("two")]).counts() == {"cat": 2, "dog": 3}


def test_a_line_of_an_older_version_is_a_gesture_of_its_own_and_can_be_undone(pets: Dataset) -> None:
    log = [Edit("a", "relabel", "dog"), Edit("b", "relabel", "dog")]
    assert [edit.gesture for edit in named(log)] == ["line-1", "line-2"]
    assert apply_edits(pets, [Edit("a", "relabel", "dog"), undo_of("line-1")]) == pets


def test_to_keep_a_picture_changes_nothing(pets: Dataset) -> None:
    assert apply_edits(pets, [Edit("a", "keep", why="dark")]) == pets


@pytest.mark.parametrize("words", [{"value": "half \ud800"}, {"value": "dog", "who": "\udfff"},
                                   {"value": "dog", "why": "\ud83d"}])
def test_words_that_could_not_be_read_again_are_refused(words: dict[str, str]) -> None:
    with pytest.raises(UserMistake, match="no valid text"):
        Edit("a", "relabel", **words)
    assert Edit("a", "relabel", "собака 🐝 قط").value == "собака 🐝 قط"


def test_several_gestures_are_undone_by_one_which_is_undone_as_a_whole(pets: Dataset) -> None:
    log = [Edit("a", "relabel", "dog", gesture="one"), Edit("d", "keep", why="dark", gesture="two"),
           Edit("", "undo", "one", gesture="back"), Edit("", "undo", "two", gesture="back")]
    assert standing(log) == ()
    assert standing([*log, undo_of("back")]) == tuple(log[:2])


def test_a_gesture_that_two_clicks_undid_comes_back_when_both_are_undone(pets: Dataset) -> None:
    log = [Edit("a", "relabel", "dog", gesture="one"), Edit("", "undo", "one", gesture="two"),
           Edit("", "undo", "one", gesture="three"), undo_of("two")]
    assert apply_edits(pets, log) == pets
    assert apply_edits(pets, [*log, undo_of("three")]).counts() == {"cat": 2, "dog": 3}


def test_an_undo_of_a_removal_brings_the_label_back_that_the_picture_had(pets: Dataset) -> None:
    log = [Edit("a", "relabel", "dog", gesture="one"), Edit("a", "remove", gesture="two"), undo_of("two")]
    assert apply_edits(pets, log).counts() == {"cat": 2, "dog": 3}
