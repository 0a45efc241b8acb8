from dataclasses import FrozenInstanceError, replace

import pytest

from core.data.dataset import Dataset, Sample, collect
from core.errors import BadSource, TooFewImages


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
