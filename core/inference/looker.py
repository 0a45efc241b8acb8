"""A trained network that only looks: squares in, logits out, in the number format that is asked for."""

import numpy as np
import torch
from torch import nn

from core.data.preprocessing import Preprocessing
from core.vision.classifier import Classifier
from core.vision.fast import DTYPES, Precision, folded, pooled, to_input

BATCH = 32      # squares at a time: bounds the memory of the feature maps


class Looker:
    """A folded copy of a classifier's body; its head works in float32 whatever the body does."""

    def __init__(self, classifier: Classifier, preprocessing: Preprocessing, precision: Precision,
                 device: torch.device) -> None:
        self.preprocessing = preprocessing
        self._precision, self._device = precision, device
        self._body = folded(nn.Sequential(classifier.early, classifier.late), precision, device)
        self._head = classifier.head.eval().to(device)

    def logits(self, squares: np.ndarray) -> np.ndarray:
        """uint8 (n, size, size, 3) to float32 (n, K)."""
        return np.concatenate([self._batch(squares[start:start + BATCH]) for start in range(0, len(squares), BATCH)])

    def _batch(self, squares: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            inputs = to_input(squares, self.preprocessing, self._device, DTYPES[self._precision])
            logits: np.ndarray = self._head(pooled(self._body(inputs))).float().cpu().numpy()
        return logits
