"""The cache: whole files or none, and nothing believed that does not fit."""

import errno
import os
import random
import zipfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from core.data import cache
from core.data.cache import disk_full_told, key_of, new_array, open_array, require_whole
from core.errors import DiskFull, MachineFault

SHAPE, DTYPE = (4, 6), np.dtype(np.float32)
CONTENT = np.arange(24, dtype=np.float32).reshape(SHAPE)


def write(file: Path, content: np.ndarray = CONTENT) -> None:
    with new_array(file, SHAPE, DTYPE) as array:
        array[:] = content


def test_what_is_written_is_read_back_and_read_only(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "down" / "a.npy"
    write(file)
    array = open_array(file, SHAPE, DTYPE)
    assert array is not None
    assert np.array_equal(array, CONTENT)
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 1


def test_an_array_is_read_only_as_soon_as_it_is_a_file(tmp_path: Path) -> None:
    with new_array(tmp_path / "a.npy", SHAPE, DTYPE) as array:
        array[:] = CONTENT
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 1
    assert np.array_equal(array, CONTENT)


def test_nothing_is_there_before_the_block_ends_and_nothing_else_after(tmp_path: Path) -> None:
    file = tmp_path / "a.npy"
    with new_array(file, SHAPE, DTYPE) as array:
        array[:] = CONTENT
        assert not file.exists()
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("failure", [ValueError("bad"), KeyboardInterrupt(), GeneratorExit()])
def test_a_block_that_fails_leaves_the_folder_as_it_was(failure: BaseException, tmp_path: Path) -> None:
    with pytest.raises(type(failure)), new_array(tmp_path / "a.npy", SHAPE, DTYPE):
        raise failure
    assert list(tmp_path.iterdir()) == []


def test_a_block_that_fails_leaves_the_standing_file(tmp_path: Path) -> None:
    write(tmp_path / "a.npy")
    with pytest.raises(ValueError, match="bad"), new_array(tmp_path / "a.npy", SHAPE, DTYPE) as array:
        array[:] = 0
        raise ValueError("bad")
    standing = open_array(tmp_path / "a.npy", SHAPE, DTYPE)
    assert standing is not None
    assert np.array_equal(standing, CONTENT)


def test_two_writers_of_one_key_do_not_meet(tmp_path: Path) -> None:
    file = tmp_path / "a.npy"
    with new_array(file, SHAPE, DTYPE) as one:
        one[:2] = CONTENT[:2]
        write(file)
        one[2:] = CONTENT[2:]
    array = open_array(file, SHAPE, DTYPE)
    assert array is not None
    assert np.array_equal(array, CONTENT)
    assert list(tmp_path.iterdir()) == [file]


def test_a_reader_keeps_its_array_when_the_file_is_replaced_or_deleted(tmp_path: Path) -> None:
    file = tmp_path / "a.npy"
    write(file)
    array = open_array(file, SHAPE, DTYPE)
    write(file, CONTENT + 1)
    file.unlink()
    assert array is not None
    assert np.array_equal(array, CONTENT)


@pytest.mark.parametrize(("shape", "dtype"), [((6, 4), DTYPE), ((24,), DTYPE), (SHAPE, np.dtype(np.int32)),
                                              (SHAPE, np.dtype(np.float64))])
def test_an_array_of_another_shape_or_type_is_not_taken(shape: tuple[int, ...], dtype: np.dtype,
                                                        tmp_path: Path) -> None:
    write(tmp_path / "a.npy")
    assert open_array(tmp_path / "a.npy", shape, dtype) is None


def test_a_missing_file_and_a_folder_are_no_array(tmp_path: Path) -> None:
    assert open_array(tmp_path / "a.npy", SHAPE, DTYPE) is None
    assert open_array(tmp_path, SHAPE, DTYPE) is None


def test_a_file_cut_off_anywhere_is_no_array(tmp_path: Path) -> None:
    write(tmp_path / "a.npy")
    whole = (tmp_path / "a.npy").read_bytes()
    for length in range(len(whole)):
        (tmp_path / "cut.npy").write_bytes(whole[:length])
        assert open_array(tmp_path / "cut.npy", SHAPE, DTYPE) is None


@pytest.mark.filterwarnings("ignore")
def test_a_damaged_header_is_never_a_traceback(tmp_path: Path) -> None:
    write(tmp_path / "a.npy")
    whole, draw = (tmp_path / "a.npy").read_bytes(), random.Random(0)
    for _ in range(400):
        damaged = bytearray(whole)
        for _ in range(draw.randint(1, 4)):
            damaged[draw.randrange(128)] = draw.randrange(256)
        (tmp_path / "a.npy").write_bytes(damaged)
        array = open_array(tmp_path / "a.npy", SHAPE, DTYPE)
        assert array is None or (array.shape, array.dtype) == (SHAPE, DTYPE)


def test_neither_a_zip_nor_a_pickle_is_opened(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", CONTENT)
    assert open_array(tmp_path / "a.npz", SHAPE, DTYPE) is None
    with zipfile.ZipFile(tmp_path / "b.zip", "w"):
        pass
    assert open_array(tmp_path / "b.zip", SHAPE, DTYPE) is None
    np.save(tmp_path / "c.npy", np.array([[print] * 6] * 4), allow_pickle=True)
    assert open_array(tmp_path / "c.npy", SHAPE, np.dtype(object)) is None


def test_a_full_disk_is_told_before_the_first_byte_and_leaves_nothing(tmp_path: Path,
                                                                      monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full, raising=False)
    with pytest.raises(DiskFull) as caught, new_array(tmp_path / "a.npy", SHAPE, DTYPE):
        pytest.fail("the block was entered")
    assert str(tmp_path) in caught.value.problem
    assert "PLAYGROUND_HOME" in caught.value.remedy
    assert list(tmp_path.iterdir()) == []


def test_the_bytes_are_set_aside_before_they_are_written(tmp_path: Path) -> None:
    with new_array(tmp_path / "a.npy", (1_000_000,), np.dtype(np.uint8)):
        (aside,) = tmp_path.iterdir()
        if hasattr(os, "posix_fallocate"):
            assert aside.stat().st_blocks * 512 >= 1_000_000
        assert aside.stat().st_size > 1_000_000


def test_an_array_leaves_free_what_is_to_stay_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    size_bytes = CONTENT.nbytes
    monkeypatch.setattr(cache.shutil, "disk_usage", lambda place: SimpleNamespace(free=size_bytes + 999))
    with pytest.raises(DiskFull) as caught, new_array(tmp_path / "a.npy", SHAPE, DTYPE, 1000):
        pytest.fail("the block was entered")
    assert "PLAYGROUND_MIN_FREE_BYTES" in caught.value.remedy
    assert list(tmp_path.iterdir()) == []
    for keep_free_bytes in (999, 0):
        with new_array(tmp_path / "a.npy", SHAPE, DTYPE, keep_free_bytes) as array:
            array[:] = CONTENT


def test_nothing_is_asked_of_the_disk_where_nothing_is_to_stay_free(tmp_path: Path,
                                                                   monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache.shutil, "disk_usage", lambda place: SimpleNamespace(free=0))
    write(tmp_path / "a.npy")
    assert open_array(tmp_path / "a.npy", SHAPE, DTYPE) is not None


def test_another_trouble_of_the_disk_is_not_called_full(tmp_path: Path) -> None:
    with pytest.raises(PermissionError), disk_full_told(tmp_path):
        raise PermissionError(errno.EACCES, "Permission denied")


def test_a_key_changes_with_every_part_and_with_nothing_else() -> None:
    parts = [1, "a", {"b": 1, "c": [2, 3]}]
    keys = {key_of(*parts), key_of(2, *parts[1:]), key_of(1, "b", parts[2]), key_of(1, "a", {"b": 1, "c": [3, 2]}),
            key_of(*parts, None), key_of(1, ["a"], parts[2]), key_of("1", "a", parts[2])}
    assert len(keys) == 7
    assert key_of(1, "a", {"c": [2, 3], "b": 1}) == key_of(*parts)
    assert key_of(1, "a", {"b": 1, "c": (2, 3)}) == key_of(*parts)
    assert len(key_of(*parts)) == 32 and key_of(*parts).isalnum()


def test_what_is_no_json_is_no_part_of_a_key() -> None:
    with pytest.raises(TypeError):
        cache.key_of(object())


def test_a_file_that_was_cut_short_while_it_is_mapped_is_told_and_not_read(tmp_path: Path) -> None:
    write(tmp_path / "a.npy")
    array = open_array(tmp_path / "a.npy", SHAPE, DTYPE)
    assert array is not None
    require_whole(array)
    os.truncate(tmp_path / "a.npy", 50)
    with pytest.raises(MachineFault, match="cut short") as caught:
        require_whole(array)
    assert "go on with the run" in caught.value.remedy


def test_an_array_in_memory_is_whole() -> None:
    require_whole(CONTENT)
