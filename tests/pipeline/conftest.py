"""What the engine room's tests share: everything told and saved, and searches of a few steps."""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest

from core.data import cache

FULL = Path("/dev/full")         # takes no byte, and says that there is no space left


@pytest.fixture
def everything_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkpoint after every epoch, and every batch in the log."""
    from core.pipeline import stages
    from core.runs import recorder

    monkeypatch.setattr(stages, "SECONDS_BETWEEN_CHECKPOINTS", -1.0)
    monkeypatch.setattr(recorder, "SECONDS_BETWEEN_TICKS", 0.0)


@pytest.fixture
def short_searches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Learning-rate searches of a dozen steps: too short for a valley, and a whole network's takes seconds else."""
    from core.pipeline import stages
    from core.training.lr_finder import find_lr

    monkeypatch.setattr(stages, "find_lr", partial(find_lr, steps=12))


@pytest.fixture
def full_disk_for(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], None]:
    """Names a file for whose next writing aside the disk has no room."""
    if not FULL.is_char_device():
        pytest.skip(f"this system has no {FULL}")
    monkeypatch.setattr(cache, "uuid", SimpleNamespace(uuid4=lambda: SimpleNamespace(hex="aside")))

    def fill(file: Path) -> None:
        aside = f"{file.name}.{os.getpid()}.part" if file.suffix == ".npz" else f".{file.name}.aside"
        file.with_name(aside).symlink_to(FULL)

    return fill
