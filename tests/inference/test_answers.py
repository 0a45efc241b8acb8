import itertools
import json
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.errors import BadArchive, BadSource
from core.inference import answers as room
from core.inference.answer import Answer
from core.inference.answers import answers
from core.inference.predictor import Predictor, Views
from core.interpretation.views import Averaging
from core.settings import from_environment
from tests.fakes import write_picture, write_zip, zip_folder
from tests.running import Heard


@pytest.fixture(scope="module")
def predictor(quick_run: Heard) -> Predictor:
    return Predictor.of(quick_run.run)


def said(predictor: Predictor, *paths: Path, averaging: Averaging | None = None) -> list[Answer]:
    return list(answers(predictor, list(paths), from_environment().model_copy(update={"threads": 2}), averaging))


def test_a_single_picture_is_named_as_it_was_given(
        predictor: Predictor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_picture(tmp_path / "a" / "photo.jpg")
    (answer,) = said(predictor, Path("a/photo.jpg"))
    assert answer.file == "a/photo.jpg"
    assert answer.prediction in ("red", "blue")


def test_pictures_of_a_folder_and_of_a_zip_are_named_relative_to_it(predictor: Predictor, tmp_path: Path) -> None:
    write_picture(tmp_path / "photos" / "cat" / "1.jpg", 1)
    write_picture(tmp_path / "photos" / "2.png", 2)
    packed = zip_folder(tmp_path / "photos", tmp_path / "photos.zip")
    loose = said(predictor, tmp_path / "photos")
    zipped = said(predictor, packed)
    assert [answer.file for answer in loose] == [answer.file for answer in zipped] == ["2.png", "cat/1.jpg"]
    for one, other in zip(loose, zipped, strict=True):
        assert np.array_equal(one.probabilities, other.probabilities)  # type: ignore[arg-type]


def test_an_unreadable_picture_between_good_ones_is_told_of_and_the_rest_goes_on(
        predictor: Predictor, tmp_path: Path) -> None:
    for number in (1, 3):
        write_picture(tmp_path / f"{number}.jpg", number)
    (tmp_path / "2.jpg").write_bytes(b"no picture")
    first, second, third = said(predictor, tmp_path)
    assert (second.prediction, second.probabilities) == (None, None)
    assert set(second.to_dict()) == {"file", "problem"}
    assert second.problem
    assert first.prediction and third.prediction


def test_nothing_but_unreadable_pictures_is_no_error(predictor: Predictor, tmp_path: Path) -> None:
    (tmp_path / "1.jpg").write_bytes(b"")
    (answer,) = said(predictor, tmp_path / "1.jpg")
    assert answer.problem


def test_answers_do_not_depend_on_their_company(
        predictor: Predictor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        write_picture(tmp_path / f"{number}.jpg", number)
    together = said(predictor, tmp_path)
    monkeypatch.setattr(room, "BATCH", 2)
    by_two = said(predictor, tmp_path)
    assert [answer.file for answer in by_two] == [f"{number}.jpg" for number in range(5)]
    for one, other in zip(together, by_two, strict=True):
        assert np.allclose(one.probabilities, other.probabilities, atol=1e-5)  # type: ignore[arg-type]


def test_while_the_network_looks_at_a_batch_the_next_one_is_read(
        predictor: Predictor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Were it read only afterwards, the network would wait here until the barrier breaks."""
    monkeypatch.setattr(room, "BATCH", 1)
    for number in range(2):
        write_picture(tmp_path / f"{number}.jpg", number)
    meeting = threading.Barrier(2, timeout=30)
    reads, look = itertools.count(), Predictor.views

    def views(self: Predictor, image: Image.Image) -> Views:
        if next(reads) == 1:
            meeting.wait()
        return look(self, image)

    def probabilities(self: Predictor, pictures: list[Views]) -> np.ndarray:
        if not answered:
            meeting.wait()
        answered.append(len(pictures))
        return np.full((len(pictures), 2), 0.5, dtype=np.float32)

    answered: list[int] = []
    monkeypatch.setattr(Predictor, "views", views)
    monkeypatch.setattr(Predictor, "probabilities", probabilities)
    assert [answer.file for answer in said(predictor, tmp_path)] == ["0.jpg", "1.jpg"]
    assert answered == [1, 1]


def test_probabilities_sum_to_1_with_and_without_test_time_augmentation(predictor: Predictor, tmp_path: Path) -> None:
    write_picture(tmp_path / "1.jpg", size=(60, 40))
    (plain,), (mixed,) = said(predictor, tmp_path), said(predictor, tmp_path, averaging=Averaging())
    for answer in (plain, mixed):
        assert answer.probabilities is not None
        assert answer.probabilities.sum() == pytest.approx(1, abs=1e-5)
    assert not np.array_equal(plain.probabilities, mixed.probabilities)  # type: ignore[arg-type]


def test_a_file_is_tried_whatever_its_name_says(predictor: Predictor, tmp_path: Path) -> None:
    write_picture(tmp_path / "photo.jpg").rename(tmp_path / "photo.upload")
    assert said(predictor, tmp_path / "photo.upload")[0].prediction


def test_a_name_that_is_no_text_is_told_as_text(predictor: Predictor, tmp_path: Path) -> None:
    try:
        write_picture(tmp_path / "1.jpg").rename(tmp_path / "\udcff.jpg")
    except OSError:
        pytest.skip("this file system takes text only")
    (answer,) = said(predictor, tmp_path / "\udcff.jpg")
    assert json.dumps(answer.to_dict(), ensure_ascii=False).encode()


@pytest.mark.parametrize("name", ["nowhere.jpg", "empty", "n" * 300])
def test_what_is_not_there_is_refused_in_words(name: str, predictor: Predictor, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadSource):
        said(predictor, tmp_path / name)


def test_bad_zips_are_refused(predictor: Predictor, tmp_path: Path) -> None:
    (tmp_path / "broken.zip").write_bytes(b"PK no zip")
    with pytest.raises(BadArchive):
        said(predictor, tmp_path / "broken.zip")
    with pytest.raises(BadSource, match="no pictures"):
        said(predictor, write_zip(tmp_path / "texts.zip", {"a.txt": b"text"}))


def answer(best: float, threshold: float | None = None) -> Answer:
    return Answer("1.jpg", ("cat", "dog"), np.array([best, 1 - best], dtype=np.float32), threshold=threshold)


def test_an_answer_that_is_less_sure_than_it_has_to_be_is_refused_with_its_best_guess() -> None:
    assert answer(0.6999, 0.7).in_words == "1.jpg: I don't know (best guess: cat 0.699)"
    assert answer(0.701, 0.7).in_words == "1.jpg: cat 0.701"
    assert (answer(0.699, 0.7).to_dict()["refused"], answer(0.701, 0.7).to_dict()["refused"]) == (True, False)
    assert answer(0.699, 0.7).prediction == "cat"


def test_without_a_threshold_the_lines_are_what_they_always_were() -> None:
    assert answer(0.6).in_words == "1.jpg: cat 0.600"
    assert set(answer(0.6).to_dict()) == {"file", "prediction", "probabilities"}


def test_a_picture_that_cannot_be_read_is_not_called_refused() -> None:
    unread = Answer("1.jpg", ("cat", "dog"), None, "It is empty.", threshold=0.7)
    assert (unread.refused, unread.in_words) == (False, "1.jpg: It is empty.")
    assert set(unread.to_dict()) == {"file", "problem"}


def test_the_line_of_an_answer_holds_every_class() -> None:
    answer = Answer("1.jpg", ('a "b"', "c\nd"), np.array([0.25, 0.75], dtype=np.float32))
    assert json.loads(json.dumps(answer.to_dict())) == {
        "file": "1.jpg", "prediction": "c\nd", "probabilities": {'a "b"': 0.25, "c\nd": 0.75}}
