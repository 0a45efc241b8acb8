"""What a job takes from an earlier run: all of it, to go on; or its weights alone, to start from."""

import json
import os
import shutil
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file
from torch import nn

from core.data.cache import disk_full_told
from core.errors import BadRun
from core.pipeline.workbench import Workbench
from core.runs.folder import RunFolder
from core.vision.activations import fingerprint

# Files that are only ever replaced, never written into: the new run may share their bytes.
REPLACED = ("recipe.json", "dataset.json", "weights.safetensors", "checkpoint.pt", "predictions/valid-epoch-*.npz",
            "seen/*.jpg")


def take_over(earlier: RunFolder, run: RunFolder) -> None:
    """Give a new run all that an earlier one needs to go on; its events are copied, its end is not. Raises DiskFull."""
    with disk_full_told(run.path):
        for pattern in REPLACED:
            for file in earlier.path.glob(pattern):
                _linked(file, run.path / file.relative_to(earlier.path))
        shutil.copyfile(earlier.events, run.events)
        run.drop_torn_event()


def start_from(bench: Workbench, earlier: RunFolder) -> None:
    """Put what an earlier run has kept into the network. Raises BadRun where it is of another network or classes."""
    untouched = _body(bench)
    try:
        with safe_open(earlier.weights, framework="pt") as stored:
            told = stored.metadata() or {}
        same = (told.get("architecture") == bench.classifier.architecture
                and tuple(json.loads(told.get("classes", "[]"))) == bench.dataset.classes)
        if same:
            bench.classifier.load_state_dict(load_file(earlier.weights, device=str(bench.device)))
    except (OSError, SafetensorError, ValueError, RuntimeError) as error:
        raise BadRun("What the earlier training has learned cannot be read.",
                     remedy="Train again, or search on a fresh network.") from error
    if not same:
        raise BadRun("The earlier training is of another network or of other classes.",
                     remedy="Search on a fresh network, or choose the network of that training.")
    bench.body_is_own = _body(bench) != untouched    # after a head alone, what it has looked through is still true


def _body(bench: Workbench) -> str:
    return fingerprint(nn.Sequential(bench.classifier.early, bench.classifier.late))


def _linked(file: Path, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(file, place)
    except FileExistsError:
        return
    except OSError:              # a file system without links
        shutil.copyfile(file, place)
