import pytest

from core.data.classes import alike, last_change, lookalikes, merged, renamed
from core.data.dataset import Dataset, Sample, collect
from core.data.edits import Edit, apply_edits, undo_of
from core.errors import TooFewImages, UserMistake

E_ACUTE, E_AND_ACCENT = "caf\u00e9", "cafe\u0301"


def dataset(**counts: int) -> Dataset:
    return labelled(*(label for label, count in counts.items() for _ in range(count)))


def labelled(*labels: str) -> Dataset:
    return collect("pets", [Sample(f"{number:016x}", label, f"{number}.jpg", f"00/{number:064x}.jpg", f"{number:064x}",
                                   4, 4, "JPEG", 9) for number, label in enumerate(labels)])


def after(data: Dataset, *gestures: tuple[Edit, ...]) -> Dataset:
    return apply_edits(data, [edit for gesture in gestures for edit in gesture])


def test_renaming_gives_every_picture_of_the_class_the_new_name_and_says_why() -> None:
    pets = dataset(cat=2, dog=3)
    edits = renamed(pets, "cat", "  lion\u00a0 king ", who="you")
    assert after(pets, edits).counts() == {"dog": 3, "lion king": 2}
    assert {(edit.why, edit.who) for edit in edits} == {("class renamed from cat to lion king", "you")}


def test_a_name_is_stored_as_every_other_label() -> None:
    pets = dataset(cat=2, dog=3)
    assert after(pets, renamed(pets, "cat", E_AND_ACCENT)).classes == (E_ACUTE, "dog")


@pytest.mark.parametrize(("name", "problem"), [
    ("", "blank"), (" \t", "blank"), ("cat", "called 'cat' already"), (" cat ", "called 'cat' already"),
    ("dog", "a class 'dog' already"), ("x" * 81, "81 letters"), ("a\u202eb", "cannot be shown")])
def test_a_name_that_cannot_be_given_is_refused(name: str, problem: str) -> None:
    with pytest.raises(UserMistake, match=problem):
        renamed(dataset(cat=2, dog=2), "cat", name)


def test_a_name_that_only_other_bytes_tell_from_another_class_is_refused() -> None:
    with pytest.raises(UserMistake, match="already"):
        renamed(labelled(E_ACUTE, E_ACUTE, "bar", "bar"), "bar", E_AND_ACCENT)


def test_a_class_that_is_not_there_is_named() -> None:
    for change in (renamed, merged):
        with pytest.raises(UserMistake, match="'zebra'"):
            change(dataset(cat=2, dog=2), "zebra", "dog")
    with pytest.raises(UserMistake, match="'zebra'"):
        merged(dataset(cat=2, dog=2, owl=2), "dog", "zebra")


def test_capital_letters_alone_may_be_changed() -> None:
    pets = dataset(cat=2, dog=3)
    assert after(pets, renamed(pets, "cat", "Cat")).classes == ("Cat", "dog")


def test_merging_puts_every_picture_into_the_other_class() -> None:
    pets = dataset(cat=2, dog=3, Dog=4)
    edits = merged(pets, "Dog", "dog")
    assert after(pets, edits).counts() == {"cat": 2, "dog": 7}
    assert {edit.why for edit in edits} == {"class merged into dog"}


def test_a_merging_that_would_leave_one_class_is_refused() -> None:
    with pytest.raises(TooFewImages, match="one class left"):
        merged(dataset(cat=2, dog=3), "cat", "dog")


def test_a_class_is_not_merged_with_itself() -> None:
    with pytest.raises(UserMistake):
        merged(dataset(cat=2, dog=2, owl=2), "cat", "cat")


def test_names_that_differ_by_capitals_or_blanks_alone_are_found() -> None:
    assert lookalikes(["Cat", "cat", "dog", "gold  coin", "Gold coin", "strasse"]) == (
        ("Cat", "cat"), ("Gold coin", "gold  coin"))
    assert lookalikes(["cat", "dog"]) == ()


def test_a_typed_name_means_the_class_that_is_there() -> None:
    assert alike(["Cat", "cat"], " cat ") == "cat"
    assert alike(["Cat", "dog"], "cat") == "Cat"
    assert alike(["Cat", "dog"], "owl") is None


def test_the_last_change_of_classes_is_the_last_that_stands_whatever_else_was_done() -> None:
    log = [Edit("a", "relabel", "lion", why="class renamed from cat to lion", gesture="one"),
           Edit("b", "relabel", "lion", why="class renamed from cat to lion", gesture="one"),
           Edit("a", "relabel", "dog", why="mislabelled", gesture="two"),
           Edit("c", "relabel", "dog", why="class merged into dog", gesture="three")]
    change = last_change(log)
    assert change and (change.gesture, change.pictures) == ("three", 1)
    before = last_change([*log, undo_of("three")])
    assert before and (before.gesture, before.pictures) == ("one", 2)
    assert last_change([*log, undo_of("three"), undo_of("one")]) is None
