import io

import pytest

from core.data.files import File
from core.data.labels_file import MOST_LIST_BYTES, Labels, Row, read_labels, understood
from core.data.labels_match import NO_CLASS, NO_ROW, Matched, matched
from core.data.layout import Place
from core.data.tables import read_table
from core.errors import BadSource, TooFewImages, TooLarge

DOGS = "id,breed\n0a,boxer\n0b,pug\n0c,pug\n"


def said(text: str) -> Labels:
    return understood(read_table(text.encode(), "labels.csv"), "labels.csv")


def fitted(text: str, *pictures: str) -> Matched:
    return matched(said(text), pictures)


def labelled(text: str, *pictures: str) -> dict[str, str]:
    return {name: place.label for name, place in fitted(text, *pictures).places.items()}


def noted(found: Matched | Labels, *words: str) -> bool:
    """Whether one note holds all the words."""
    return any(all(word in note for word in words) for note in found.notes)


# ---- columns

@pytest.mark.parametrize("head", ["file", "filename", "File Name", "image", "IMAGE_ID", "id", "path", "name", "img"])
@pytest.mark.parametrize("of_class", ["label", "Class", "breed", "category", "target", "species", "class_name"])
def test_columns_are_known_by_their_usual_headers_in_any_order(head: str, of_class: str) -> None:
    labels = said(f"{of_class},{head}\ncat,1\ndog,2\n")
    assert labels.rows == (Row("1", "cat", None), Row("2", "dog", None))
    assert (labels.file_column, labels.label_column, labels.part_column) == (head, of_class, None)


@pytest.mark.parametrize("head", ["split", "Subset", "set", "fold", "part"])
@pytest.mark.parametrize(("word", "part"), [
    ("train", "train"), ("Training", "train"), ("val", "valid"), ("validation", "valid"), ("VALID", "valid"),
    ("test", "test")])
def test_a_column_may_divide_the_pictures(head: str, word: str, part: str) -> None:
    labels = said(f"file,label,{head}\n1.jpg,cat,{word}\n2.jpg,dog,train\n")
    assert [row.part for row in labels.rows] == [part, "train"]
    assert labels.part_column == head


def test_unknown_words_of_a_division_are_told_and_those_pictures_are_learned_from() -> None:
    labels = said("file,label,split\n1.jpg,cat,holdout\n2.jpg,dog,valid\n3.jpg,dog,\n")
    assert [row.part for row in labels.rows] == [None, "valid", None]
    assert noted(labels, "2 rows", "'split'", "'holdout'", "learned from")
    assert labels.parts() == {"train": 2, "valid": 1}


def test_a_column_of_numbered_folds_divides_nothing_and_is_told_of() -> None:
    labels = said("file,label,fold\n1.jpg,cat,0\n2.jpg,dog,1\n")
    assert labels.part_column is None
    assert noted(labels, "'fold'", "left aside")


def test_of_two_unknown_columns_the_one_with_pictures_names_is_the_file() -> None:
    labels = said("Tier;Bild\nHund;a.jpg\nKatze;b.PNG\n")
    assert labels.rows == (Row("a.jpg", "Hund", None), Row("b.PNG", "Katze", None))


def test_the_other_of_two_columns_is_the_class() -> None:
    assert said("image,diagnosis\n1,benign\n2,malignant\n").label_column == "diagnosis"
    assert said("scan,label\n1,benign\n2,malignant\n").file_column == "scan"
    assert said("image,diagnosis,split\n1,benign,train\n2,malignant,test\n").label_column == "diagnosis"


def test_a_list_without_a_header_is_read_where_its_first_line_holds_a_picture() -> None:
    labels = said("cat,1.jpg\ndog,2.jpg\n")
    assert labels.rows == (Row("1.jpg", "cat", None), Row("2.jpg", "dog", None))
    assert "column" not in labels.origin


def test_the_very_words_file_and_label_win_over_their_likes() -> None:
    labels = said("id,file,label,class\n7,1.jpg,cat,0\n8,2.jpg,dog,1\n")
    assert (labels.file_column, labels.label_column) == ("file", "label")


def test_of_several_columns_for_the_file_the_one_with_pictures_names_is_it() -> None:
    assert said("id,image_path,species\n7,1.jpg,cat\n8,2.jpg,dog\n").file_column == "image_path"
    assert said("nr,where,species\n7,1.jpg,cat\n8,2.jpg,dog\n").file_column == "where"


@pytest.mark.parametrize("head", ["a,b", "id,name,label", "file,class,species", "file,when,where",
                                  "file,file,label"])
def test_columns_in_doubt_are_named_with_the_remedy(head: str) -> None:
    rows = "".join(",".join(f"{letter}{row}" for letter in "xyz"[:head.count(",") + 1]) + "\n" for row in range(3))
    with pytest.raises(BadSource, match="not clear which column") as caught:
        said(f"{head}\n{rows}")
    assert all(f"'{column}'" in caught.value.problem for column in head.split(","))
    assert "'file'" in caught.value.remedy and "'label'" in caught.value.remedy


def test_a_single_column_is_not_enough() -> None:
    with pytest.raises(BadSource, match="single column"):
        said("file\n1.jpg\n2.jpg\n")


def test_a_single_class_and_none_are_told() -> None:
    with pytest.raises(TooFewImages, match="a single class, 'cat'"):
        said("file,label\n1.jpg,cat\n2.jpg,cat\n")
    with pytest.raises(TooFewImages, match="no class"):
        said("file,label\n1.jpg,\n")
    with pytest.raises(BadSource, match="names no file"):
        said("file,label\n,cat\n")


def test_a_description_is_no_class() -> None:
    assert said(f"file,label\n1.jpg,{'a' * 80}\n2.jpg,b\n").counts()["a" * 80] == 1
    with pytest.raises(BadSource, match="81 letters") as caught:
        said(f"file,label\n1.jpg,{'a' * 81}\n")
    assert "another column" in caught.value.remedy


# ---- rows

def test_rows_that_say_the_same_count_once_and_are_told_of() -> None:
    labels = said("file,label\n1.jpg,cat\n1.jpg,cat\n2.jpg,dog\n1.jpg,cat\n")
    assert labels.counts() == {"cat": 1, "dog": 1}
    assert labels.doubled == 2 and noted(labels, "2 rows say", "count once")


def test_files_with_two_classes_are_named_and_not_counted() -> None:
    labels = said("file,label\n1.jpg,cat\n1.jpg,dog\n2.jpg,dog\n")
    assert labels.contradicted() == ("1.jpg",)
    assert labels.counts() == {"dog": 1}


def test_blank_cells_are_counted_and_named() -> None:
    labels = said("file,label\n1.jpg,cat\n2.jpg,\n3.jpg,dog\n,dog\n,cat\n")
    assert noted(labels, "1 row", "no class", "'2.jpg'")
    assert noted(labels, "2 rows", "no file name")


def test_letters_that_are_a_guess_are_told_of() -> None:
    labels = understood(read_table("file;label\n1.jpg;café\n2.jpg;thé\n".encode("cp1252"), "x"), "x")
    assert noted(labels, "UTF-8", "accents")


def test_unicode_forms_of_one_class_are_one() -> None:
    assert said("file,label\n1.jpg,cafe\u0301\n2.jpg,caf\u00e9\n3.jpg,thé\n").counts() == {"café": 2, "thé": 1}


def test_a_list_beyond_the_limit_is_refused_before_it_is_read() -> None:
    def never() -> io.BytesIO:
        raise AssertionError("it was opened")

    with pytest.raises(TooLarge, match="are allowed"):
        read_labels(File("labels.csv", MOST_LIST_BYTES + 1, never))


def test_a_list_that_cannot_be_read_is_told() -> None:
    def broken() -> io.BytesIO:
        raise OSError("torn")

    with pytest.raises(BadSource, match="cannot be read"):
        read_labels(File("labels.csv", 10, broken))


# ---- which picture a row means

def test_ids_without_extension_mean_the_files_of_one_flat_folder() -> None:
    assert labelled(DOGS, "0a.jpg", "0b.jpg", "0c.jpg") == {"0a.jpg": "boxer", "0b.jpg": "pug", "0c.jpg": "pug"}


@pytest.mark.parametrize("written", ["1.jpg", "pets/1.jpg", "./pets/1.jpg", "/data/mine/pets/1.jpg",
                                     "C:\\my\\pets\\1.jpg", "pets/1", "1", "1.JPG", "PETS/1.jpeg"])
@pytest.mark.parametrize("picture", ["1.jpg", "pets/1.jpg", "top/pets/1.jpg"])
def test_a_file_is_found_whatever_folders_and_extension_are_written(written: str, picture: str) -> None:
    other = picture.replace("1.jpg", "2.jpg")
    assert labelled(f"file,label\n{written},cat\n2.jpg,dog\n", picture, other) == {picture: "cat", other: "dog"}


def test_a_name_that_a_mac_writes_in_pieces_is_found() -> None:
    assert labelled("file,label\ncafé.jpg,cat\n2.jpg,dog\n", "cafe\u0301.jpg", "2.jpg") == {
        "cafe\u0301.jpg": "cat", "2.jpg": "dog"}


def test_a_name_without_the_common_folders_wins_over_one_deeper_down() -> None:
    assert labelled("file,label\n1.jpg,cat\n2.jpg,dog\n", "top/1.jpg", "top/2.jpg", "top/old/1.jpg") == {
        "top/1.jpg": "cat", "top/2.jpg": "dog"}


def test_the_exact_name_wins_over_one_in_another_case() -> None:
    found = fitted("file,label\na.jpg,cat\nA.jpg,dog\nb.jpg,dog\n", "a.jpg", "A.jpg", "b.jpg")
    assert [found.places[name].label for name in ("a.jpg", "A.jpg", "b.jpg")] == ["cat", "dog", "dog"]
    alone = fitted("file,label\na.jpg,cat\nA.jpg,dog\nb.jpg,dog\n", "a.jpg", "b.jpg")
    assert {name: place.label for name, place in alone.places.items()} == {"a.jpg": "cat", "b.jpg": "dog"}
    assert noted(alone, "1 row", "not among the pictures", "'A.jpg'")


def test_a_row_of_a_missing_folder_takes_no_picture_from_its_own_row() -> None:
    found = fitted("file,label\ntrain/1.jpg,cat\ntest/1.jpg,dog\ntrain/2.jpg,dog\n", "train/1.jpg", "train/2.jpg")
    assert found.places["train/1.jpg"] == Place("cat", None)
    assert noted(found, "'test/1.jpg'", "not among the pictures")


def test_dots_within_an_id_are_no_extension() -> None:
    assert labelled("file,label\n1.2.3,cat\n1.2.4,dog\n", "1.2.3.jpg", "1.2.4.png") == {
        "1.2.3.jpg": "cat", "1.2.4.png": "dog"}


def test_a_name_of_several_pictures_is_named_and_used_for_none() -> None:
    found = fitted("file,label\n1.jpg,cat\n2.jpg,dog\n", "a/1.jpg", "b/1.jpg", "b/2.jpg")
    assert set(found.places) == {"b/2.jpg"}
    assert found.skipped == (("a/1.jpg", "The list says '1.jpg', and several pictures are called so."),
                             ("b/1.jpg", "The list says '1.jpg', and several pictures are called so."))
    assert noted(found, "Several pictures", "'1.jpg'", "with folder and ending")


def test_a_doubtful_row_takes_nothing_from_rows_that_are_exact() -> None:
    found = fitted("file,label\n1.jpg,cat\na/1.jpg,dog\nb/1.jpg,cat\n", "a/1.jpg", "b/1.jpg")
    assert {name: place.label for name, place in found.places.items()} == {"a/1.jpg": "dog", "b/1.jpg": "cat"}
    assert not found.skipped


def test_unknown_and_missing_files_are_counted_and_named() -> None:
    found = fitted("file,label\n1.jpg,cat\n2.jpg,dog\n8.jpg,dog\n9.jpg,cat\n", "1.jpg", "2.jpg", "3.jpg")
    assert found.skipped == (("3.jpg", NO_ROW),)
    assert noted(found, "2 rows", "'8.jpg', '9.jpg'")
    assert noted(found, "1 picture has no row", "'3.jpg'")


def test_of_many_names_the_first_few_are_said() -> None:
    rows = "".join(f"no{number}.jpg,dog\n" for number in range(1500))
    assert noted(fitted(f"file,label\n1.jpg,cat\n{rows}", "1.jpg"), "1,500 rows", "'no0.jpg'", "1,497 more")


def test_a_picture_without_a_class_is_left_out_with_the_reason() -> None:
    found = fitted("file,label\n1.jpg,cat\n2.jpg,\n3.jpg,dog\n", "1.jpg", "2.jpg", "3.jpg")
    assert found.skipped == (("2.jpg", NO_CLASS),)


def test_pictures_with_two_classes_however_written_are_left_out_and_named() -> None:
    found = fitted("file,label\n1.jpg,cat\npets/1.jpg,dog\n2.jpg,dog\n", "pets/1.jpg", "pets/2.jpg")
    assert found.skipped == (("pets/1.jpg", "The list gives it several classes: 'cat', 'dog'."),)
    assert noted(found, "1 picture", "contradict", "'pets/1.jpg'")


def test_a_picture_on_two_sides_of_the_division_is_left_out() -> None:
    found = fitted("file,label,split\n1.jpg,cat,train\n1.jpg,cat,test\n2.jpg,dog,train\n", "1.jpg", "2.jpg")
    assert found.skipped == (("1.jpg", "The list puts it into several parts: 'train', 'test'."),)


def test_the_division_of_the_list_goes_to_the_pictures() -> None:
    found = fitted("file,label,split\n1.jpg,cat,train\n2.jpg,dog,val\n", "1.jpg", "2.jpg")
    assert found.places == {"1.jpg": Place("cat", "train"), "2.jpg": Place("dog", "valid")}


def test_split_folders_divide_the_pictures_where_the_list_does_not() -> None:
    text = "file,label\n1.jpg,cat\n2.jpg,dog\n3.jpg,dog\n"
    found = fitted(text, "x/train/1.jpg", "x/train/2.jpg", "x/val/3.jpg")
    assert [place.part for place in found.places.values()] == ["train", "train", "valid"]
    assert noted(found, "train, val", "divide")
    for others in (("a/1.jpg", "a/2.jpg", "val/3.jpg"), ("1.jpg", "train/2.jpg", "val/3.jpg"),
                   ("test/1.jpg", "test/2.jpg", "val/3.jpg")):
        assert {place.part for place in fitted(text, *others).places.values()} == {None}


def test_classes_of_which_no_picture_is_there_are_named() -> None:
    found = fitted("file,label\n1.jpg,cat\n2.jpg,dog\n3.jpg,bird\n4.jpg,fish\n", "1.jpg", "2.jpg")
    assert noted(found, "No picture is left of 2 classes", "'bird', 'fish'")
    assert not noted(fitted("file,label\n1.jpg,cat\n2.jpg,dog\n", "1.jpg", "2.jpg"), "No picture is left")


def test_a_list_of_other_pictures_is_refused_with_a_name_of_each() -> None:
    with pytest.raises(BadSource) as caught:
        fitted("file,label\nx.jpg,cat\ny.jpg,dog\n", "1.jpg", "2.jpg")
    assert "'x.jpg'" in caught.value.problem and "'1.jpg'" in caught.value.problem


def test_a_list_that_contradicts_itself_everywhere_is_refused() -> None:
    with pytest.raises(BadSource, match="one class"):
        fitted("file,label\n1.jpg,cat\n1.jpg,dog\n", "1.jpg", "2.jpg")


def test_names_of_every_script_and_with_signs_of_their_own_are_found() -> None:
    names = ["猫 1.jpg", "кошка/ё.jpg", "قطة.png", "a*b_[c](d).jpg", "<b>x</b>.jpg", "=1+1.jpg", "it's \"x\".jpg"]
    rows = "".join(f'"{name.replace(chr(34), chr(34) * 2)}",{"猫" if place % 2 else "<i>*dog*</i>"}\n'
                   for place, name in enumerate(names))
    assert labelled("file,label\n" + rows, *names) == {
        name: "猫" if place % 2 else "<i>*dog*</i>" for place, name in enumerate(names)}


def test_a_hundred_thousand_rows_find_twenty_thousand_pictures() -> None:
    rows = "".join(f"{number:06},{'cat' if number % 2 else 'dog'}\n" for number in range(100_000))
    pictures = [f"all/{number:06}.jpg" for number in range(20_000)]
    found = fitted("id,label\n" + rows, *pictures)
    assert len(found.places) == 20_000
    assert noted(found, "80,000 rows", "not among the pictures")


def test_one_name_in_thousands_of_folders_is_no_work_without_end() -> None:
    rows = "".join(f"other{number}/1.jpg,cat\n" for number in range(5_000))
    pictures = [f"f{number}/1.jpg" for number in range(5_000)] + ["2.jpg"]
    found = fitted(f"file,label\n2.jpg,dog\n3.jpg,cat\n{rows}", *pictures)
    assert set(found.places) == {"2.jpg"} and len(found.skipped) == 5_000


def test_a_name_of_thousands_of_folders_is_compared_from_its_end() -> None:
    deep = "a/" * 3000
    assert labelled(f"file,label\n{deep}1.jpg,cat\n2.jpg,dog\n", f"{deep}1.jpg", "2.jpg") == {
        f"{deep}1.jpg": "cat", "2.jpg": "dog"}
