"""Looking through a network: what a body, or a whole classifier, makes of decoded pictures, batch by batch."""

from collections.abc import Callable, Generator

import numpy as np
import torch
from torch import nn

from core.data.ahead import ahead
from core.data.pixels import Pixels
from core.data.preprocessing import Preprocessing
from core.events import Event, Progress
from core.vision.classifier import Classifier
from core.vision.fast import DTYPES, Precision, folded, pooled, to_input

BATCH = 32


def look_through(body: nn.Module, squares: Callable[[np.ndarray], np.ndarray], rows: np.ndarray,
                 preprocessing: Preprocessing, precision: Precision, device: torch.device, out: np.ndarray,
                 work: str = "looking at pictures") -> Generator[Event, None, None]:
    """Fill `out` (n, 2C) with the pooled activations of what `squares` gives for these rows, by the folded body.

    `squares` makes uint8 (m, size, size, 3) of m rows; a thread calls it while the network works.
    """
    fast = folded(body, precision, device)
    parts = [slice(start, min(start + BATCH, len(rows))) for start in range(0, len(rows), BATCH)]
    for part, pixels in ahead(lambda part: squares(rows[part]), parts, threads=1):
        with torch.inference_mode():
            out[part] = pooled(fast(to_input(pixels, preprocessing, device, DTYPES[precision]))).cpu().numpy()
        yield Progress(work, part.stop, len(rows))


def logits(classifier: Classifier, pixels: Pixels, rows: np.ndarray, preprocessing: Preprocessing,
           precision: Precision, device: torch.device) -> Generator[Event, None, np.ndarray]:
    """The classifier's logits (n, K) float32 of these rows' squares; its head always works in float32."""
    seen = np.empty((len(rows), 2 * classifier.channels), dtype=np.float32)
    body = nn.Sequential(classifier.early, classifier.late)
    yield from look_through(body, pixels.squares, rows, preprocessing, precision, device, seen)
    return head_logits(classifier.head, seen, device)


def head_logits(head: nn.Module, activations: np.ndarray, device: torch.device) -> np.ndarray:
    """(n, 2C) float32 activations to logits (n, K) float32, with the head in evaluation."""
    was_training = head.training
    head.eval()
    with torch.inference_mode():
        result: np.ndarray = head(torch.from_numpy(activations).to(device)).float().cpu().numpy()
    head.train(was_training)
    return result
