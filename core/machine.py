"""What a run met: device, threads, versions. With the recipe it tells whether a replay can be bit-equal."""

import platform
from importlib.metadata import version
from typing import Any

import torch

PACKAGES = ("torch", "torchvision", "numpy", "pillow", "albumentations")


def device() -> torch.device:
    """The GPU where there is one, else the CPU."""
    return torch.device("cuda", 0) if torch.cuda.is_available() else torch.device("cpu")


def device_name(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else platform.machine()


def versions() -> dict[str, str]:
    return {"python": platform.python_version()} | {name: version(name) for name in PACKAGES}


def met(device: torch.device, threads: int, **facts: Any) -> dict[str, Any]:
    """The machine's part of `recipe.json`, with what else the run found."""
    return {"device": device.type, "device_name": device_name(device), "threads": threads,
            "versions": versions()} | facts
