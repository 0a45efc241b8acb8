"""A full disk is told as one, whatever torch and safetensors make of it."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from core.errors import DiskFull
from core.pipeline.saving import save_checkpoint_file, save_weights_file
from tests.tiny import same

FillUp = Callable[[Path], None]


@pytest.fixture
def no_space(tmp_path: Path, full_disk_for: FillUp) -> Path:
    """A folder in which a checkpoint and weights have no room."""
    for name in ("checkpoint.pt", "weights.safetensors"):
        full_disk_for(tmp_path / name)
    return tmp_path


def test_a_checkpoint_is_read_back_with_weights_only(tmp_path: Path) -> None:
    values = {"weights": {"a": torch.arange(5.0)}, "epoch": 3, "nothing": None}
    save_checkpoint_file(tmp_path / "checkpoint.pt", values)
    assert same(torch.load(tmp_path / "checkpoint.pt", weights_only=True), values)


def test_weights_are_read_back_with_what_is_told_of_them(tmp_path: Path) -> None:
    there = torch.randn(2, 3, 4, 4).to(memory_format=torch.channels_last)
    save_weights_file(tmp_path / "weights.safetensors", {"a": there}, {"epoch": "3"})
    assert torch.equal(load_file(tmp_path / "weights.safetensors")["a"], there)
    with safe_open(tmp_path / "weights.safetensors", framework="pt") as stored:
        assert stored.metadata() == {"epoch": "3"}


@pytest.mark.parametrize("numbers", [1, 1000, 1_000_000])
def test_a_checkpoint_that_does_not_fit_is_told_and_the_earlier_one_stands(numbers: int, no_space: Path) -> None:
    file = no_space / "checkpoint.pt"
    file.write_bytes(b"the earlier one")
    with pytest.raises(DiskFull) as caught:
        save_checkpoint_file(file, {"a": torch.zeros(numbers)})
    assert caught.value.remedy
    assert file.read_bytes() == b"the earlier one"
    assert list(no_space.glob(".checkpoint*")) == []


@pytest.mark.parametrize("numbers", [1, 1_000_000])
def test_weights_that_do_not_fit_are_told_and_the_earlier_ones_stand(numbers: int, no_space: Path) -> None:
    file = no_space / "weights.safetensors"
    file.write_bytes(b"the earlier ones")
    with pytest.raises(DiskFull):
        save_weights_file(file, {"a": torch.zeros(numbers)}, {})
    assert file.read_bytes() == b"the earlier ones"


def test_a_fault_of_torchs_own_stays_its_own(tmp_path: Path) -> None:
    class Unsaveable:
        def __reduce__(self) -> str:
            raise RuntimeError("no such thing can be saved")

    with pytest.raises(RuntimeError, match="no such thing"):
        save_checkpoint_file(tmp_path / "checkpoint.pt", {"a": Unsaveable()})
    assert list(tmp_path.iterdir()) == []
