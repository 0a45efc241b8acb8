"""Which number format is fastest here: measured once for each machine and network, then remembered.

bfloat16 halves the work of a CPU that has it in hardware, is slower for depthwise networks, and many
times slower on a CPU without it; so we probe and do not assume.
"""

import copy
import json
import platform
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import torch
from torch import nn

from core import machine
from core.data.cache import key_of, written_aside
from core.errors import DiskFull
from core.settings import Settings
from core.vision.classifier import Classifier
from core.vision.fast import DTYPES, Precision, folded

WORTH_IT = 1.15       # bfloat16 must win by this much, so that noise does not decide
PROBE_BATCH = 4
PROBE_SIZE = 96       # pixels a side at most: the winner is the one at 224, in a second and not in seven (resnet34)
GLANCE_SIZE = 64
HOPELESS = 3.0        # times as long as float32


def for_training(classifier: Classifier, size: int, device: torch.device, settings: Settings) -> Precision:
    """The faster of float32 and bfloat16 autocast for a training step at this size."""
    return _remembered("training", classifier, size, device, settings)


def for_looking(classifier: Classifier, size: int, device: torch.device, settings: Settings) -> Precision:
    """The faster of float32 and a bfloat16 cast for the folded body at this size."""
    return _remembered("looking", classifier, size, device, settings)


def _remembered(use: str, classifier: Classifier, size: int, device: torch.device, settings: Settings) -> Precision:
    if device.type == "cuda":
        return _of_gpu(device)
    size = min(size, PROBE_SIZE)
    parameters = sum(parameter.numel() for parameter in classifier.parameters())
    key = key_of(use, classifier.architecture, parameters, size, settings.threads, torch.__version__,
                 platform.processor(), _processor())
    file = settings.cache / "precision.json"
    known = _read(file)
    if key not in known:
        known = _read(file) | {key: _probed(use, classifier, size)}
        _write(file, known)
    return known[key]


def _of_gpu(device: torch.device) -> Precision:
    if torch.cuda.get_device_capability(device) >= (8, 0):
        return "bfloat16"
    return "float16" if torch.cuda.get_device_capability(device) >= (7, 0) else "float32"


def _probed(use: str, classifier: Classifier, size: int) -> Precision:
    seconds = _training_seconds if use == "training" else _looking_seconds
    with torch.random.fork_rng(devices=[]):
        if _imitated(classifier, size):
            return "float32"
        slow, fast = (seconds(classifier, size, precision) for precision in ("float32", "bfloat16"))
    machine.give_back_memory()
    return "bfloat16" if fast * WORTH_IT < slow else "float32"


def _imitated(classifier: Classifier, size: int) -> bool:
    """Whether the processor only imitates bfloat16, up to twenty times as slowly.

    A glance at small pictures tells in a second, where probing a training step would take minutes.
    """
    slow, fast = (_looking_seconds(classifier, min(GLANCE_SIZE, size), precision)
                  for precision in ("float32", "bfloat16"))
    return fast > slow * HOPELESS


def _looking_seconds(classifier: Classifier, size: int, precision: Precision) -> float:
    body = folded(nn.Sequential(classifier.early, classifier.late), precision, torch.device("cpu"))
    inputs = torch.rand(PROBE_BATCH, 3, size, size).to(DTYPES[precision], memory_format=torch.channels_last)
    with torch.no_grad():
        return _best_of_two(lambda: body(inputs))


def _training_seconds(classifier: Classifier, size: int, precision: Precision) -> float:
    model = copy.deepcopy(classifier).train().to(memory_format=torch.channels_last)
    inputs = torch.rand(PROBE_BATCH, 3, size, size).contiguous(memory_format=torch.channels_last)

    def step() -> None:
        with torch.autocast("cpu", DTYPES[precision], enabled=precision != "float32"):
            loss = model(inputs).float().square().mean()
        torch.autograd.backward(loss)

    return _best_of_two(step)


def _best_of_two(work: Callable[[], object]) -> float:
    work()
    seconds = []
    for _ in range(2):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return min(seconds)


def _processor() -> str:
    """The processor's name: `platform` leaves it empty on Linux."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    return " ".join(line for line in lines if line.startswith(("model name", "flags")))[:4000]


def _read(file: Path) -> dict[str, Precision]:
    try:
        values = json.loads(file.read_text())
    except (OSError, ValueError):
        return {}
    if not isinstance(values, dict):
        return {}
    return {key: value for key, value in values.items() if isinstance(value, str) and value in DTYPES}


def _write(file: Path, known: dict[str, Precision]) -> None:
    with suppress(OSError, DiskFull):   # a full or read-only cache costs another probe next time, not this run
        file.parent.mkdir(parents=True, exist_ok=True)
        with written_aside(file) as aside:
            aside.write_text(json.dumps(known))
