"""Activations once: a frozen body sees each picture a single time, ever, and a head trains in milliseconds."""

import hashlib
from collections.abc import Callable, Generator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn

from core.data import cache
from core.data.pixels import Pixels
from core.data.preprocessing import Preprocessing
from core.events import Event
from core.settings import Settings
from core.vision.classifier import Classifier
from core.vision.fast import Precision
from core.vision.looking import look_through
from core.vision.views import drawn_of_many

if TYPE_CHECKING:
    from core.vision.augmenter import Augmenter

# Part of every key: raise it when the same inputs would give other activations.
ACTIVATIONS_VERSION = 1
VIEWS_FROM = 1 << 32         # no training epoch has this number, so no cached view repeats an epoch's draw


def activations(classifier: Classifier, pixels: Pixels, preprocessing: Preprocessing, precision: Precision,
                device: torch.device, settings: Settings) -> Generator[Event, None, np.ndarray]:
    """The pooled activations of every picture, (N, 2C) float32 memory-mapped, from the cache where it is there.

    `precision` is the body's; in float32 they are what the final predictions rest on.
    """
    return (yield from _cached(classifier, pixels, pixels.squares, np.arange(len(pixels)), preprocessing, precision,
                               device, settings, "looking at pictures"))


def view_activations(classifier: Classifier, larger: Pixels, rows: np.ndarray, augmenter: "Augmenter", view: int,
                     preprocessing: Preprocessing, precision: Precision, device: torch.device, settings: Settings
                     ) -> Generator[Event, None, np.ndarray]:
    """The pooled activations of these rows' drawn pictures, (n, 2C) float32, from the cache where it is there.

    `larger`: what crops are cut from; `view`: which of the draws, the same for the same augmentation.
    """
    def drawn(rows: np.ndarray) -> np.ndarray:
        return drawn_of_many(augmenter, larger, rows, VIEWS_FROM + view)

    drawn_how = [asdict(augmenter.spec), augmenter.size, augmenter.libraries, view, rows.tolist()]
    return (yield from _cached(classifier, larger, drawn, rows, preprocessing, precision, device, settings,
                               f"looking at view {view + 1} of the pictures", drawn_how))


def _cached(classifier: Classifier, pixels: Pixels, squares: Callable[[np.ndarray], np.ndarray], rows: np.ndarray,
            preprocessing: Preprocessing, precision: Precision, device: torch.device, settings: Settings, work: str,
            drawn_how: Any = None) -> Generator[Event, None, np.ndarray]:
    body = nn.Sequential(classifier.early, classifier.late)
    key = cache.key_of(ACTIVATIONS_VERSION, pixels.key, preprocessing.mean, preprocessing.std, precision,
                       device.type, torch.__version__, settings.threads, fingerprint(body),
                       *([] if drawn_how is None else [drawn_how]))
    file = pixels.place / f"activations-{key}.npy"
    return (yield from cache.filled(
        file, (len(rows), 2 * classifier.channels), np.dtype(np.float32), settings.min_free_bytes,
        lambda new: look_through(body, squares, rows, preprocessing, precision, device, new, work)))


def fingerprint(module: nn.Module) -> str:
    """A hash of every weight and statistic: equal for equal networks, whatever file they came from."""
    digest = hashlib.sha256()
    for name, tensor in sorted(module.state_dict().items()):
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.detach().cpu().contiguous().view(-1).view(torch.uint8).numpy().tobytes()
                      if tensor.numel() else b"")
    return digest.hexdigest()
