"""A run's network in the form in which it answers to photos, and whether that is the network which the run keeps now.

    served/<mark>/model.onnx, manifest.json     of one state of weights.safetensors, whole or not there at all

How sure is sure enough is not taken from there but from the run's `certainty.json`, which people change later.
"""

import shutil
from pathlib import Path

from core.data.cache import key_of
from core.errors import BadRun
from core.runs.folder import RunFolder

FORMAT = 1                       # another one is another mark: what an older version wrote is made anew
MODEL, MANIFEST = "model.onnx", "manifest.json"


def place(run: RunFolder) -> Path:
    """Where the network of the weights belongs that the run keeps now. Raises BadRun where it keeps none."""
    try:
        kept = run.weights.stat()
    except OSError as error:
        raise BadRun("This training keeps no network yet.",
                     remedy="Wait until its first epoch is done, or train again.") from error
    return run.served / key_of(FORMAT, kept.st_mtime_ns, kept.st_size)


def standing(run: RunFolder) -> Path | None:
    """The folder of the network that answers; None where it was not made yet, or is of earlier weights."""
    try:
        folder = place(run)
    except BadRun:
        return None
    return folder if (folder / MODEL).is_file() and (folder / MANIFEST).is_file() else None


def drop(run: RunFolder) -> None:
    """Delete it, so that it is made anew."""
    shutil.rmtree(run.served, ignore_errors=True)
