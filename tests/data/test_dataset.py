from dataclasses import FrozenInstanceError, replace

import pytest

from core.data.dataset import Dataset, Edit, Sample, apply_edits, collect
from core.errors import BadSource, TooFewImages, UserMistake


def sample(name: str, label: str, sha256: str = "") -> Sample:
    return Sample(id=name, label=label, original_name=name, stored_name="", sha256=sha256 or name, width=1, height=1,
                  format="PNG", size_bytes=1)


PETS = [sample("d", "dog"), sample("b", "cat"), sample("a", "cat"), sample("e", "dog"), sample("c", "cat")]


@pytest.fixture
def pets() -> Dataset:
    return collect("pets", PETS)


def test_classes_are_sorted_and_samples_stand_in_the_order_of_their_names(pets: Dataset) -> None:
    assert pets.classes == ("cat", "dog")
    assert [one.id for one in pets.samples] == ["a", "b", "c", "d", "e"]
    assert pets.counts() == {"cat": 3, "dog": 2}


def test_a_data_set_cannot_be_changed(pets: Dataset) -> None:
    with pytest.raises(FrozenInstanceError):
        pets.name = "other"  # type: ignore[misc]


def test_the_fingerprint_does_not_depend_on_order_or_name(pets: Dataset) -> None:
    assert collect("other", reversed(PETS)).fingerprint == pets.fingerprint


@pytest.mark.parametrize("change", [{"label": "cat"}, {"sha256": "other"}, {"part": "train"}, {"original_name": "z"}])
def test_the_fingerprint_covers_content_label_folder_and_name(change: dict[str, str], pets: Dataset) -> None:
    changed = [replace(PETS[0], **change), *PETS[1:], sample("f", "dog")]  # type: ignore[arg-type]
    assert collect("pets", changed).fingerprint != collect("pets", [*PETS, sample("f", "dog")]).fingerprint


def test_no_sample_at_all_is_refused_by_name() -> None:
    with pytest.raises(BadSource, match="'pets' holds no picture"):
        collect("pets", [])


def test_a_single_class_is_refused_by_name() -> None:
    with pytest.raises(TooFewImages, match="single class, 'dog'") as caught:
        collect("pets", [sample("a", "dog"), sample("b", "dog")])
    assert "two classes" in caught.value.remedy


def test_a_class_with_one_image_is_refused_by_name() -> None:
    with pytest.raises(TooFewImages, match="'bee' has 1 image") as caught:
        collect("pets", [*PETS, sample("f", "bee")])
    assert "Add at least one more" in caught.value.remedy


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
