"""The built-in sets as labelled folders: complete or absent, the same for the same seed."""

import errno
import os
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from core.data import builtin
from core.data.coins import pictures
from core.data.coins.faults import Fault
from core.errors import BadSource, DiskFull, MachineFault
from core.events import Progress, drain

FEW = 16  # pictures a class


@pytest.fixture(scope="module")
def drawn_coins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sets") / "coins"
    drain(builtin.write("coins", folder, per_class=FEW, threads=2))
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def pictures_a_class(folder: Path, ending: str) -> Counter[str]:
    return Counter(file.parent.name for file in folder.rglob(f"*{ending}"))


def test_coins_have_equally_many_pictures_in_each_class(drawn_coins: Path) -> None:
    assert pictures_a_class(drawn_coins, ".jpg") == {"copper": FEW, "gold": FEW, "silver": FEW}
    assert {child.name for child in drawn_coins.iterdir()} == {"copper", "gold", "silver", "faults.json"}


def test_every_coin_picture_decodes_at_about_256_pixels(drawn_coins: Path) -> None:
    sizes = set()
    for file in drawn_coins.rglob("*.jpg"):
        with Image.open(file) as picture:
            picture.load()
            assert (picture.format, picture.mode) == ("JPEG", "RGB")
            assert 220 <= min(picture.size) <= 280, file
            sizes.add(picture.size)
    assert len(sizes) > 10


def test_the_same_seed_gives_the_same_bytes_whatever_the_threads(drawn_coins: Path, tmp_path: Path) -> None:
    drain(builtin.write("coins", tmp_path / "again", per_class=FEW, threads=1))
    assert contents(tmp_path / "again") == contents(drawn_coins)


def test_another_seed_gives_other_coins_and_other_faults(drawn_coins: Path, tmp_path: Path) -> None:
    drain(builtin.write("coins", tmp_path / "other", seed=7, per_class=FEW, threads=2))
    first, other = contents(drawn_coins), contents(tmp_path / "other")
    assert all(first[file] != other[file] for file in first)


def test_progress_counts_every_picture_once(tmp_path: Path) -> None:
    events, _ = drain(builtin.write("digits", tmp_path / "digits", per_class=3))
    assert events == [Progress("drawing digits", done, 30) for done in range(1, 31)]


def test_digits_are_the_scans_of_scikit_learn_in_grey_at_64_pixels(tmp_path: Path) -> None:
    drain(builtin.write("digits", tmp_path / "digits"))
    counts = pictures_a_class(tmp_path / "digits", ".png")
    assert sorted(counts) == list("0123456789")
    assert counts.total() == 1797
    with Image.open(tmp_path / "digits" / "0" / "0000.png") as zero:
        assert (zero.size, zero.mode) == ((64, 64), "L")
        assert zero.getpixel((32, 32)) < 60 < 120 < zero.getpixel((20, 32))  # a dark hole in a bright ring
    assert builtin.planned_faults(tmp_path / "digits") == ()


@pytest.mark.parametrize("name", builtin.NAMES)
def test_a_second_call_draws_nothing(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "picture", lambda *_: b"drawn")
    drain(builtin.write(name, tmp_path / name, per_class=FEW))
    before = contents(tmp_path / name)
    monkeypatch.setattr(pictures, "picture", lambda *_: pytest.fail("drawn again"))
    assert drain(builtin.write(name, tmp_path / name, seed=1, per_class=FEW)) == ([], None)
    assert contents(tmp_path / name) == before


def test_a_drawing_that_breaks_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks_at_silver(label: str, *_: object) -> bytes:
        if label == "silver":
            raise RuntimeError("broken")
        return b"drawn"

    monkeypatch.setattr(pictures, "picture", breaks_at_silver)
    with pytest.raises(RuntimeError, match="broken"):
        drain(builtin.write("coins", tmp_path / "coins", per_class=FEW))
    assert list(tmp_path.iterdir()) == []


def test_a_stream_that_is_closed_half_way_leaves_nothing(tmp_path: Path,
                                                         monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "picture", lambda *_: b"drawn")
    stream = builtin.write("coins", tmp_path / "coins", per_class=FEW)
    next(stream)
    assert not (tmp_path / "coins").exists()
    stream.close()
    assert list(tmp_path.iterdir()) == []


def test_drawing_leaves_the_threads_of_cv2_as_they_were(tmp_path: Path) -> None:
    before = cv2.getNumThreads()
    stream = builtin.write("digits", tmp_path / "digits", per_class=1)
    next(stream)
    assert cv2.getNumThreads() == 1
    stream.close()
    assert cv2.getNumThreads() == before


def test_another_process_that_was_faster_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "picture", lambda *_: b"ours")
    folder = tmp_path / "coins"
    for done, _ in enumerate(builtin.write("coins", folder, per_class=FEW)):
        if done == 0:
            for label in pictures.CLASSES:
                (folder / label).mkdir(parents=True)
                (folder / label / "theirs.jpg").write_bytes(b"theirs")
    assert set(contents(folder).values()) == {b"theirs"}
    assert list(tmp_path.iterdir()) == [folder]


def test_a_full_disk_is_told_with_a_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> bytes:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(pictures, "picture", full)
    with pytest.raises(DiskFull, match="disk is full") as raised:
        drain(builtin.write("coins", tmp_path / "coins", per_class=FEW))
    assert "PLAYGROUND_HOME" in raised.value.remedy


def test_a_place_that_cannot_hold_a_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(MachineFault, match="could not be written"):
        drain(builtin.write("coins", tmp_path / "file" / "coins", per_class=FEW))


def test_a_folder_with_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("precious")
    with pytest.raises(BadSource, match="already there"):
        drain(builtin.write("coins", tmp_path))
    assert contents(tmp_path) == {"mine.txt": b"precious"}


def test_an_empty_folder_is_filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "picture", lambda *_: b"drawn")
    (tmp_path / "coins").mkdir()
    drain(builtin.write("coins", tmp_path / "coins", per_class=FEW))
    assert pictures_a_class(tmp_path / "coins", ".jpg").total() == 3 * FEW


def test_an_unknown_name_is_answered_with_the_sets_that_exist(tmp_path: Path) -> None:
    with pytest.raises(BadSource, match="'stamps'") as raised:
        drain(builtin.write("stamps", tmp_path / "stamps"))
    assert all(name in raised.value.remedy for name in builtin.NAMES)


def test_every_set_is_described_with_its_own_classes(drawn_coins: Path) -> None:
    assert tuple(known.name for known in builtin.SETS) == builtin.NAMES
    assert builtin.describe("coins").classes == ("copper", "gold", "silver")
    assert all(known.sentence.endswith(".") and known.title for known in builtin.SETS)


def test_a_broken_list_of_faults_is_named(tmp_path: Path) -> None:
    for broken in ("[{", '[{"file": "gold/0001.jpg", "kind": "dragon"}]', "7"):
        (tmp_path / "faults.json").write_text(broken)
        with pytest.raises(BadSource, match=r"faults\.json"):
            builtin.planned_faults(tmp_path)


def by_kind(folder: Path, kind: str) -> list[Fault]:
    found = [fault for fault in builtin.planned_faults(folder) if fault.kind == kind]
    assert found, f"no {kind} was planted"
    return found


def test_exact_duplicates_are_byte_equal(drawn_coins: Path) -> None:
    for fault in by_kind(drawn_coins, "exact_duplicate"):
        assert fault.of is not None
        assert (drawn_coins / fault.file).read_bytes() == (drawn_coins / fault.of).read_bytes()
        wrongly_filed = fault.of.split("/")[0] != fault.file.split("/")[0]
        assert fault.true_label == (fault.of.split("/")[0] if wrongly_filed else None)


def test_near_duplicates_look_alike_and_are_not_byte_equal(drawn_coins: Path) -> None:
    def thumbnail(file: str) -> np.ndarray:
        with Image.open(drawn_coins / file) as picture:
            return np.asarray(picture.convert("RGB").resize((8, 8)), float).ravel()

    for fault in by_kind(drawn_coins, "near_duplicate"):
        assert fault.of is not None
        assert (drawn_coins / fault.file).read_bytes() != (drawn_coins / fault.of).read_bytes()
        assert np.corrcoef(thumbnail(fault.file), thumbnail(fault.of))[0, 1] > 0.9


def test_long_pictures_are_long(drawn_coins: Path) -> None:
    for fault in by_kind(drawn_coins, "coin_at_one_end"):
        with Image.open(drawn_coins / fault.file) as picture:
            assert 2.2 <= max(picture.size) / min(picture.size) <= 3


def test_pictures_without_a_fault_have_no_byte_equal_twin_but_the_listed_ones(drawn_coins: Path) -> None:
    copies = {fault.file for fault in by_kind(drawn_coins, "exact_duplicate")}
    sound = [content for file, content in contents(drawn_coins).items() if file not in copies]
    assert len(set(sound)) == len(sound)
