import pytest

from core.data.layout import (
    Place,
    alike,
    flat_split_folders,
    have_class_folders,
    is_list,
    is_picture,
    lists_beside,
    places,
)


def test_the_folder_of_a_picture_is_its_class() -> None:
    assert places(["cat/1.jpg", "dog/2.png"]) == {"cat/1.jpg": Place("cat", None), "dog/2.png": Place("dog", None)}


def test_everything_below_a_class_folder_belongs_to_the_class() -> None:
    names = ["cat/summer/tabby/1.jpg", "cat/2.jpg", "dog/3.jpg"]
    assert [place.label for place in places(names).values()] == ["cat", "cat", "dog"]


@pytest.mark.parametrize("top", ["animals", "Träume & Tests", "images (1)", "test"])
def test_a_single_top_folder_of_any_name_is_looked_through(top: str) -> None:
    names = [f"{top}/train/cat/1.jpg", f"{top}/train/dog/1.jpg", f"{top}/valid/cat/2.jpg", f"{top}/valid/dog/2.jpg"]
    assert set(places(names).values()) == {Place(label, part) for label in ("cat", "dog")
                                           for part in ("train", "valid")}


def test_a_single_top_folder_without_folders_is_a_class() -> None:
    assert places(["cat/1.jpg", "cat/2.jpg"])["cat/1.jpg"] == Place("cat", None)


def test_only_one_top_folder_is_looked_through() -> None:
    assert places(["a/b/c/1.jpg", "a/b/d/1.jpg"])["a/b/c/1.jpg"].label == "b"


def test_train_car_and_plane_are_three_classes() -> None:
    names = ["train/old/1.jpg", "car/fast/1.jpg", "plane/1.jpg"]
    assert {place.label for place in places(names).values()} == {"train", "car", "plane"}
    assert {place.part for place in places(names).values()} == {None}


@pytest.mark.parametrize(("folder", "part"), [
    ("train", "train"), ("Training", "train"), ("VALID", "valid"), ("val", "valid"), ("Validation", "valid"),
    ("test", "test"),
])
def test_split_folders_are_known_by_every_usual_name(folder: str, part: str) -> None:
    placed = places([f"{folder}/cat/1.jpg", "train/cat/2.jpg", "test/cat/3.jpg"])
    assert placed[f"{folder}/cat/1.jpg"] == Place("cat", part)  # type: ignore[arg-type]


def test_a_lone_train_folder_is_a_split_folder() -> None:
    assert places(["train/cat/1.jpg", "train/dog/1.jpg"])["train/dog/1.jpg"] == Place("dog", "train")


def test_split_folders_without_class_folders_are_classes_and_the_doubt_is_told() -> None:
    names = ["train/cat/1.jpg", "train/dog/1.jpg", "test/1.jpg"]
    assert {place.label for place in places(names).values()} == {"train", "test"}
    assert flat_split_folders(names) == ("test", "train")
    assert flat_split_folders(["train/cat/1.jpg", "test/cat/1.jpg"]) == ()
    assert flat_split_folders(["train/1.jpg", "car/1.jpg"]) == ()


def test_pictures_outside_any_class_folder_have_no_place() -> None:
    assert set(places(["cover.jpg", "cat/1.jpg", "dog/1.jpg"])) == {"cat/1.jpg", "dog/1.jpg"}
    assert set(places(["all/cover.jpg", "all/cat/1.jpg", "all/dog/1.jpg"])) == {"all/cat/1.jpg", "all/dog/1.jpg"}
    assert set(places(["train/cover.jpg", "train/cat/1.jpg"])) == {"train/cat/1.jpg"}


def test_class_names_that_differ_in_bytes_alone_are_one_class() -> None:
    composed, decomposed = "caf\u00e9", "cafe\u0301"
    placed = places([f"{composed}/1.jpg", f"{decomposed}/1.jpg", "tea/1.jpg"])
    assert {place.label for place in placed.values()} == {composed, "tea"}


@pytest.mark.parametrize("name", ["cat/1.jpg", "cat/1.JPEG", "a/b.jfif", "a/b.png", "a/b.webp", "a/b.bmp",
                                  "a/b.gif", "a/b.tif", "a/b.TIFF", "./cat/1.jpg"])
def test_pictures_are_known_by_their_extension(name: str) -> None:
    assert is_picture(name)


@pytest.mark.parametrize("name", ["cat/.DS_Store", "__MACOSX/cat/1.jpg", "cat/._1.jpg", ".hidden/1.jpg",
                                  "cat/Thumbs.db", "labels.csv", "cat/1", "cat/1.svg", "cat/jpg"])
def test_hidden_files_and_non_pictures_are_none(name: str) -> None:
    assert not is_picture(name)


def test_a_list_is_told_by_its_extension_unless_it_is_hidden() -> None:
    assert [name for name in ("labels.csv", "a/LABELS.TSV", ".labels.csv", "__MACOSX/labels.csv", "labels.xlsx", "csv")
            if is_list(name)] == ["labels.csv", "a/LABELS.TSV"]


def test_class_folders_are_two_at_least_and_not_called_like_parts_of_a_split() -> None:
    assert have_class_folders(["cat/1.jpg", "dog/1.jpg"])
    for names in (["1.jpg"], ["all/1.jpg"], ["train/1.jpg", "test/1.jpg"], []):
        assert not have_class_folders(names)


def test_a_list_is_beside_pictures_at_the_top_or_in_the_one_folder_that_holds_all() -> None:
    lists = ["a.csv", "top/b.csv", "top/in/c.csv"]
    assert lists_beside(["1.jpg", "top/1.jpg"], lists) == ("a.csv",)
    assert lists_beside(["top/1.jpg", "top/in/2.jpg"], lists) == ("a.csv", "top/b.csv")


def test_names_that_differ_in_case_only_are_found() -> None:
    assert alike(["cat", "Cat", "dog", "STRASSE", "straße", "cat"]) == (("Cat", "cat"), ("STRASSE", "straße"))
    assert alike(["cat", "dog"]) == ()
