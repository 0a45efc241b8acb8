"""What a run met: device, threads, versions. With the recipe it tells whether a replay can be bit-equal."""

import ctypes
import os
import platform
from importlib.metadata import version
from typing import Any

import psutil
import torch

# Options of mallopt in <malloc.h>.
M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_THRESHOLD, M_MMAP_MAX = -1, -2, -3, -4
ROOMY_BYTES = 4_000_000_000     # available memory from which on speed goes before it
PACKAGES = ("torch", "torchvision", "numpy", "pillow", "albumentations")


def device() -> torch.device:
    """The GPU where there is one, else the CPU."""
    return torch.device("cuda", 0) if torch.cuda.is_available() else torch.device("cpu")


def short_of_memory() -> bool:
    """Whether other programs leave less than a training of a whole network likes to have."""
    return psutil.virtual_memory().available < ROOMY_BYTES


def settle(threads: int, sparing: bool = False) -> None:
    """Have torch use so many CPU threads, and a GPU give the same float32 result every time.

    `sparing`: memory goes before speed.

    TF32, a GPU's default for float32 convolutions, keeps 10 bits and would move final probabilities by
    more than an export may differ; fast paths use bfloat16 and lose nothing.
    """
    torch.set_num_threads(threads)
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # read when CUDA starts; asked for by cuBLAS
    torch.backends.cudnn.deterministic = True
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.matmul.allow_tf32 = False
    _allocate(sparing)


def _allocate(sparing: bool) -> None:
    """Have glibc keep what is freed (mallopt(3)), or give every large block back at once.

    A training step frees and asks again for gigabytes. Giving them back to Linux and faulting them in anew costs a
    fifth of a step (resnet34 at 224 on 2 cores); keeping them, a quarter more memory, since what is freed is seldom of
    the very size that is asked for next.
    """
    if (libc := _glibc()) is None:
        return
    kept = ((M_MMAP_MAX, 0), (M_TRIM_THRESHOLD, -1), (M_TOP_PAD, 64 << 20))
    for option, value in ((M_MMAP_THRESHOLD, 1 << 20),) if sparing else kept:
        libc.mallopt(option, value)


def give_back_memory() -> None:
    """Return to Linux what is freed and kept: after work whose like does not come again."""
    if (libc := _glibc()) is not None:
        libc.malloc_trim(0)


def _glibc() -> ctypes.CDLL | None:
    return ctypes.CDLL(None) if platform.system() == "Linux" and platform.libc_ver()[0] == "glibc" else None


def device_name(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else platform.machine()


def versions() -> dict[str, str]:
    return {"python": platform.python_version()} | {name: version(name) for name in PACKAGES}


def met(device: torch.device, threads: int, **facts: Any) -> dict[str, Any]:
    """The machine's part of `recipe.json`, with what else the run found."""
    return {"device": device.type, "device_name": device_name(device), "threads": threads,
            "versions": versions()} | facts
