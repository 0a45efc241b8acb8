"""What a run met: device, threads, versions. With the recipe it tells whether a replay can be bit-equal."""

import ctypes
import os
import platform
from importlib.metadata import version
from typing import Any

import torch

# Options of mallopt in <malloc.h>.
M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_MAX = -1, -2, -4
PACKAGES = ("torch", "torchvision", "numpy", "pillow", "albumentations")


def device() -> torch.device:
    """The GPU where there is one, else the CPU."""
    return torch.device("cuda", 0) if torch.cuda.is_available() else torch.device("cpu")


def settle(threads: int) -> None:
    """Have torch use so many CPU threads, and a GPU give the same float32 result every time.

    TF32, a GPU's default for float32 convolutions, keeps 10 bits and would move final probabilities by
    more than an export may differ; fast paths use bfloat16 and lose nothing.
    """
    torch.set_num_threads(threads)
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # read when CUDA starts; asked for by cuBLAS
    torch.backends.cudnn.deterministic = True
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.matmul.allow_tf32 = False
    _keep_freed_memory()


def _keep_freed_memory() -> None:
    """Have glibc keep what is freed: a training step frees and asks again for gigabytes.

    Giving them back to Linux and faulting them in anew costs 5 % of a step (resnet34 at 224 on 2 cores);
    keeping them, 5 % more memory, until the job's process ends. mallopt(3); elsewhere nothing is done.
    """
    if platform.system() == "Linux" and platform.libc_ver()[0] == "glibc":
        libc = ctypes.CDLL(None)
        for option, value in ((M_MMAP_MAX, 0), (M_TRIM_THRESHOLD, -1), (M_TOP_PAD, 64 << 20)):
            libc.mallopt(option, value)


def device_name(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else platform.machine()


def versions() -> dict[str, str]:
    return {"python": platform.python_version()} | {name: version(name) for name in PACKAGES}


def met(device: torch.device, threads: int, **facts: Any) -> dict[str, Any]:
    """The machine's part of `recipe.json`, with what else the run found."""
    return {"device": device.type, "device_name": device_name(device), "threads": threads,
            "versions": versions()} | facts
