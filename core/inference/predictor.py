"""A trained run, ready to answer: pictures in, probabilities out."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import torch
from PIL import Image
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from core import machine
from core.data.pixels import larger
from core.data.preprocessing import Preprocessing
from core.errors import BadRun, PlaygroundError
from core.runs.folder import RunFolder
from core.training import recipe as recipes
from core.training.recipe import Recipe
from core.vision.augmentation import AugmentationSpec, build, draw_seed
from core.vision.backbones import blank
from core.vision.classifier import Classifier
from core.vision.fast import folded, pooled, to_input

VIEWS, WEIGHT_OF_CENTRE = 4, 0.25    # of test-time augmentation, as fastai's `tta`


@dataclass(frozen=True, slots=True, eq=False)
class Views:
    """What the network looks at of one picture: the square, and with test-time augmentation some drawn ones."""

    square: np.ndarray               # (size, size, 3) uint8
    drawn: np.ndarray | None = None  # (VIEWS, size, size, 3) uint8


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
            raise BadRun(f"The run '{run.path}' has no trained network (it is {status.state}).",
                         remedy=status.remedy or "Wait until its first epoch is done, or train again.")
        recipe = recipes.load(str(run.recipe))
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
    """Float32 answers of the run's kept epoch, by its own preprocessing."""

    def __init__(self, classifier: Classifier, classes: tuple[str, ...], preprocessing: Preprocessing,
                 augmentation: AugmentationSpec, device: torch.device) -> None:
        self.classes, self.preprocessing = classes, preprocessing
        self._augmentation, self._device = augmentation, device
        self._body = folded(nn.Sequential(classifier.early, classifier.late), "float32", device)
        self._head = classifier.head.eval().to(device)

    @classmethod
    def of(cls, run: RunFolder) -> Self:
        """Raises BadRun where the run has kept no epoch yet, or its files are damaged."""
        trained = Trained.of(run)
        return cls(trained.classifier, trained.classes, trained.preprocessing, trained.recipe.augmentation,
                   machine.device())

    def views(self, image: Image.Image, tta: bool) -> Views:
        """What to look at of an opened picture. Raises OSError where Pillow cannot decode it."""
        square = self.preprocessing.square(image)
        if not tta:
            return Views(square)
        whole = larger(self.preprocessing, image)
        augmenter = build(self._augmentation, self.preprocessing.size)
        drawn = [augmenter.apply(whole, draw_seed(self._augmentation.seed, view, 0)) for view in range(VIEWS)]
        return Views(square, np.stack(drawn))

    def probabilities(self, pictures: list[Views]) -> np.ndarray:
        """(n, K) float32, rows sum to 1. With drawn views: their mean, drawn a quarter of the way to the square's."""
        centre = self._probabilities(np.stack([views.square for views in pictures]))
        drawn = [views.drawn for views in pictures if views.drawn is not None]
        if not drawn:
            return centre
        each = self._probabilities(np.concatenate(drawn)).reshape(len(pictures), VIEWS, -1)
        mixed: np.ndarray = WEIGHT_OF_CENTRE * centre + (1 - WEIGHT_OF_CENTRE) * each.mean(axis=1)
        return mixed

    def _probabilities(self, squares: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            logits = self._head(pooled(self._body(to_input(squares, self.preprocessing, self._device))))
            result: np.ndarray = logits.float().softmax(1).cpu().numpy()
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
