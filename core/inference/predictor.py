"""A trained run, ready to answer: pictures in, probabilities out."""

import copy
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np
import torch
from PIL import Image
from safetensors import SafetensorError, safe_open
from torch import Tensor

from core import machine
from core.data.pixels import larger
from core.data.preprocessing import Preprocessing
from core.errors import BadRun, PlaygroundError
from core.inference.looker import Looker
from core.interpretation.views import Averaging, averaged_logs
from core.runs import certainty
from core.runs.certainty import Certainty
from core.runs.folder import RunFolder
from core.settings import Settings
from core.training import presets
from core.training.recipe import Recipe
from core.vision.augmentation import build
from core.vision.backbones import blank
from core.vision.classifier import Classifier
from core.vision.precision import for_looking
from core.vision.views import drawn, require_variety

if TYPE_CHECKING:
    from core.vision.augmenter import Augmenter


@dataclass(frozen=True, slots=True, eq=False)
class Views:
    """What the network looks at of one picture: the square, and with test-time augmentation some drawn ones."""

    square: np.ndarray               # (size, size, 3) uint8
    drawn: np.ndarray | None = None  # (k, size, size, 3) uint8


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """What a run keeps: the network of its kept epoch, on the CPU, and how pictures are brought before it."""

    classifier: Classifier
    classes: tuple[str, ...]
    preprocessing: Preprocessing
    recipe: Recipe

    @classmethod
    def of(cls, run: RunFolder) -> Self:
        """Raises BadRun where the run has kept no epoch yet, or its files are damaged."""
        if not run.weights.is_file():
            status = run.read_status()
            if status.state == "finished" and (run.predictions / "valid.npz").is_file():
                raise BadRun(f"The run '{run.path}' has no trained network any longer: its {run.weights.name} is gone.",
                             remedy="Put the file back, or train again.")
            if status.state == "finished":
                raise BadRun(f"The run '{run.path}' is no training, so it has no network.",
                             remedy="Name the folder of a training.")
            why = f": {status.problem.rstrip('.')}" if status.problem else ""
            raise BadRun(f"The run '{run.path}' has no trained network (it is {status.state}{why}).",
                         remedy=status.remedy or "Wait until its first epoch is done, or train again.")
        recipe = presets.load(str(run.recipe))
        state, metadata = _read_weights(run.weights)
        try:
            classes = tuple(json.loads(metadata["classes"]))
            classifier = Classifier(blank(metadata["architecture"]), len(classes), recipe.seed, recipe.model.dropout)
            classifier.load_state_dict(state, assign=True)
            preprocessing = recipe.preprocessing.at(int(metadata["size"]))
        except (KeyError, ValueError, TypeError, RuntimeError, PlaygroundError) as error:
            raise _damaged(run.weights, "they are of another network") from error
        return cls(classifier, classes, preprocessing, recipe)


class Predictor:
    """Answers of the run's kept epoch, by its own preprocessing: each picture's square in float32.

    With an averaging, drawn views are looked at too, in the fastest number format, and averaged with the square's.
    The run's temperature divides the logits, or the averaged answer, for which it was not fitted; below its threshold
    the answer counts as refused.
    """

    def __init__(self, trained: Trained, device: torch.device, kept: Certainty | None = None) -> None:
        self.classes, self.preprocessing = trained.classes, trained.preprocessing
        self.threshold = kept.least if kept else None
        self._temperature = kept.heat if kept else None
        self.averaging: Averaging | None = None
        self._trained, self._device = trained, device
        self._exact = Looker(trained.classifier, trained.preprocessing, "float32", device)
        self._fast = self._exact

    @classmethod
    def of(cls, run: RunFolder) -> Self:
        """Raises BadRun where the run has kept no epoch yet, or its files are damaged."""
        return cls(Trained.of(run), machine.device(), certainty.read(run))

    def with_threshold(self, threshold: float | None) -> Self:
        """The same network, which refuses below this top probability; None: it always answers."""
        other = copy.copy(self)
        other.threshold = threshold
        return other

    def in_several_ways(self, averaging: Averaging, settings: Settings) -> Self:
        """The same network, which looks at so many drawn views of each picture besides.

        Raises UserMistake where the training varied no picture.
        """
        require_variety(self._trained.recipe.augmentation)
        several = copy.copy(self)
        several.averaging = averaging
        classifier, size = self._trained.classifier, self.preprocessing.size
        precision = for_looking(classifier, size, self._device, settings)
        if precision != "float32":
            several._fast = Looker(classifier, self.preprocessing, precision, self._device)
        return several

    @cached_property
    def _augmenter(self) -> "Augmenter":
        return build(self._trained.recipe.augmentation, self.preprocessing.size)

    def views(self, image: Image.Image) -> Views:
        """What to look at of an opened picture. Raises OSError where Pillow cannot decode it."""
        square = self.preprocessing.square(image)
        if self.averaging is None:
            return Views(square)
        return Views(square, drawn(self._augmenter, larger(self.preprocessing, image), self.averaging.views))

    def probabilities(self, pictures: list[Views]) -> np.ndarray:
        """(n, K) float32, rows sum to 1."""
        centre = self._exact.logits(np.stack([views.square for views in pictures]))
        if self.averaging is None:
            return softmax(centre / np.float32(self._temperature or 1))
        views = np.concatenate([views.drawn for views in pictures if views.drawn is not None])
        each = self._fast.logits(views).reshape(len(pictures), self.averaging.views, -1)
        mixed = averaged_logs(np.concatenate([centre[:, None], each], axis=1), self.averaging)
        return softmax((mixed / (self._temperature or 1)).astype(np.float32))


def softmax(logits: np.ndarray) -> np.ndarray:
    """(n, K) float32 to float32 probabilities."""
    result: np.ndarray = torch.from_numpy(logits).softmax(1).numpy()
    return result


def _read_weights(file: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    try:
        with safe_open(file, framework="pt") as weights:
            return {name: weights.get_tensor(name) for name in weights.keys()}, weights.metadata() or {}  # noqa: SIM118
    except (OSError, SafetensorError, ValueError) as error:
        raise _damaged(file, str(error)) from error


def _damaged(file: Path, why: str) -> BadRun:
    return BadRun(f"The weights '{file}' are damaged ({why}).",
                  remedy="Train again, or put an undamaged copy of the file in its place.")
