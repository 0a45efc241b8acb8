"""Writes what torch holds so that a full disk is told as one: torch and safetensors hide what the system said."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save
from torch import Tensor

from core.data.cache import written_aside


def save_checkpoint_file(file: Path, values: Mapping[str, Any]) -> None:
    """Anything that `torch.load` with weights_only reads back. Written aside and renamed. Raises DiskFull."""
    with written_aside(file) as aside, _systems_word(), aside.open("wb") as handle:
        torch.save(values, handle)


def save_weights_file(file: Path, state: Mapping[str, Tensor], told: Mapping[str, str]) -> None:
    """Tensors on the CPU, and what is told of them, as safetensors. Written aside and renamed. Raises DiskFull."""
    content = save({name: tensor.contiguous() for name, tensor in state.items()}, metadata=dict(told))
    with written_aside(file) as aside:
        aside.write_bytes(content)


@contextmanager
def _systems_word() -> Iterator[None]:
    """Raises the system's OSError where torch.save closes its archive with a RuntimeError of its own over it."""
    try:
        yield
    except RuntimeError as error:
        cause: BaseException | None = error
        while cause is not None and not isinstance(cause, OSError):
            cause = cause.__context__
        raise (cause or error) from None
