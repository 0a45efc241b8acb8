"""Activations once: a frozen body sees each picture a single time, ever, and a head trains in milliseconds."""

import hashlib
from collections.abc import Generator

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

# Part of every key: raise it when the same inputs would give other activations.
ACTIVATIONS_VERSION = 1


def activations(classifier: Classifier, pixels: Pixels, preprocessing: Preprocessing, precision: Precision,
                device: torch.device, settings: Settings) -> Generator[Event, None, np.ndarray]:
    """The pooled activations of every picture, (N, 2C) float32 memory-mapped, from the cache where it is there.

    `precision` is the body's; in float32 they are what the final predictions rest on.
    """
    body = nn.Sequential(classifier.early, classifier.late)
    key = cache.key_of(ACTIVATIONS_VERSION, pixels.key, preprocessing.mean, preprocessing.std, precision,
                       device.type, torch.__version__, settings.threads, fingerprint(body))
    file = pixels.place / f"activations-{key}.npy"
    shape, kind = (len(pixels), 2 * classifier.channels), np.dtype(np.float32)
    known = cache.open_array(file, shape, kind)
    if known is None:
        with (yield from cache.made_once(file)):
            known = cache.open_array(file, shape, kind)   # made by another job while this one waited
            if known is None:
                with cache.new_array(file, shape, kind) as known:
                    yield from look_through(body, pixels, np.arange(len(pixels)), preprocessing, precision, device,
                                            known)
    return known


def fingerprint(module: nn.Module) -> str:
    """A hash of every weight and statistic: equal for equal networks, whatever file they came from."""
    digest = hashlib.sha256()
    for name, tensor in sorted(module.state_dict().items()):
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.detach().cpu().contiguous().view(-1).view(torch.uint8).numpy().tobytes()
                      if tensor.numel() else b"")
    return digest.hexdigest()
