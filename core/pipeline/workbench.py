"""Everything a job has in its hands once its pictures and its network are ready."""

from collections.abc import Generator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn

from core.data import pixels
from core.data.dataset import Dataset
from core.data.pixels import Pixels
from core.data.preprocessing import Preprocessing
from core.data.split import Split
from core.data.store import StoredDataset
from core.events import Event
from core.interpretation.predictions import Predictions
from core.runs.folder import RunFolder
from core.settings import Settings
from core.training.batches import class_weights
from core.training.engine import out_of_memory_told
from core.training.feeds import ActivationFeed, LookedThroughFeed, Order, PictureFeed
from core.training.learner import Learner, learner
from core.training.recipe import Recipe
from core.training.stage import Stage
from core.training.step import Step
from core.vision.activations import activations, view_activations
from core.vision.augmentation import build
from core.vision.classifier import Classifier
from core.vision.fast import Precision, folded
from core.vision.looking import BATCH, head_logits, logits

if TYPE_CHECKING:
    from core.vision.augmenter import Augmenter


@dataclass(frozen=True, slots=True)
class Precisions:
    """The number format of each use of the network."""

    training: Precision
    looking: Precision               # plain pictures, as validation of a network that learns sees them
    views: Precision                 # drawn pictures before a frozen body
    activations: Precision           # plain pictures before a frozen body, once for all epochs


@dataclass(slots=True, eq=False)
class Workbench:
    """A job's pictures and network. `recipe` has every size, batch and name filled in."""

    run: RunFolder
    recipe: Recipe
    settings: Settings
    device: torch.device
    stored: StoredDataset
    dataset: Dataset
    split: Split
    classifier: Classifier
    precisions: Precisions
    body_is_own: bool = False        # a stage has changed what the body was when it came
    _squares: dict[int, Pixels] = field(default_factory=dict)

    @property
    def labels(self) -> np.ndarray:
        """(N,) int64 a row of the catalogue; -1 where an edit has removed the picture."""
        place = {label: index for index, label in enumerate(self.dataset.classes)}
        standing = {sample.id: place[sample.label] for sample in self.dataset.samples}
        return np.array([standing.get(sample.id, -1) for sample in self.stored.catalogue.samples], dtype=np.int64)

    def rows(self, ids: tuple[str, ...]) -> np.ndarray:
        """(n,) int64 rows of the catalogue."""
        place = {sample.id: row for row, sample in enumerate(self.stored.catalogue.samples)}
        return np.array([place[id] for id in ids], dtype=np.int64)

    @property
    def last_size(self) -> int:
        """Pixels a side in the last stage, the one that a person reads the results of."""
        size = self.recipe.stages[-1].size
        assert size is not None
        return size

    def squares(self, size: int) -> Generator[Event, None, Pixels]:
        if size not in self._squares:
            self._squares[size] = yield from pixels.squares(
                self.stored, self.recipe.preprocessing.at(size), self.settings)
        return self._squares[size]

    def activations(self, size: int) -> Generator[Event, None, np.ndarray]:
        seen = replace((yield from self.squares(size)), place=self._place)
        with out_of_memory_told(BATCH):
            return (yield from activations(self.classifier, seen, self.recipe.preprocessing.at(size),
                                           self.precisions.activations, self.device, self.settings))

    def _views(self, stage: Stage) -> Generator[Event, None, list[np.ndarray]]:
        """The stage's cached views of the training pictures, (n, 2C) each."""
        if not stage.views:
            return []
        larger, preprocessing, augmenter = yield from self._drawing(stage)
        made = []
        for view in range(stage.views):
            with out_of_memory_told(BATCH):
                made.append((yield from view_activations(
                    self.classifier, replace(larger, place=self._place), self.rows(self.split.train), augmenter, view,
                    preprocessing, self.precisions.views, self.device, self.settings)))
        return made

    @property
    def _place(self) -> Path:
        """Where activations are cached: beside the pixels, but in the run's folder once the body is the run's own."""
        if self.body_is_own:
            return self.run.scratch
        return self.settings.cache / self.stored.path.name

    def learner(self, stage: Stage) -> Learner:
        """What the stage trains, ready for its first step."""
        self.classifier.freeze(stage.frozen, stage.train_batchnorm)
        self.classifier.set_dropout(self.recipe.model.dropout if stage.dropout is None else stage.dropout)
        if head_alone(stage):
            return learner(self.classifier.head, [tuple(self.classifier.head.parameters())], stage.weight_decay,
                           self.device, "float32", stage.optimizer)
        return learner(self.classifier, self.classifier.learning_groups(), stage.weight_decay, self.device,
                       self.precisions.training, stage.optimizer)

    def step(self, stage: Stage) -> Step:
        """How each of the stage's optimizer steps is made."""
        weights = None
        if self.recipe.imbalance == "weighted_loss":
            weights = torch.from_numpy(class_weights(self.labels[self.rows(self.split.train)],
                                                     len(self.dataset.classes))).to(self.device)
        return Step("float32" if head_alone(stage) else self.precisions.training, stage.label_smoothing, stage.mixup,
                    weights, stage.gradient_clip)

    def feed(self, stage: Stage) -> Generator[Event, None, ActivationFeed | PictureFeed | LookedThroughFeed]:
        assert stage.size is not None and stage.batch_size is not None
        labels, train, valid = self.labels, self.rows(self.split.train), self.rows(self.split.valid)
        order = Order(labels[train], stage.batch_size, self.recipe.seed,
                      even=self.recipe.imbalance == "balanced_sampling")
        if stage.cached:
            seen = yield from self.activations(stage.size)
            views = yield from self._views(stage)
            return ActivationFeed(seen, labels, train, valid, order, self.recipe.seed, self.device, views)
        squares = yield from self.squares(stage.size)
        larger, preprocessing, augmenter = squares, self.recipe.preprocessing.at(stage.size), None
        if stage.augment:
            larger, preprocessing, augmenter = yield from self._drawing(stage)
        pictures = PictureFeed(larger, squares, augmenter, preprocessing, labels, train, valid, order,
                               self.precisions.looking, self.device, self.settings)
        if not head_alone(stage):
            return pictures
        seen = yield from self.activations(stage.size)
        body = folded(nn.Sequential(self.classifier.early, self.classifier.late), self.precisions.views, self.device)
        return LookedThroughFeed(pictures, body, self.precisions.views, seen[valid], self.device)

    def search_feed(self, stage: Stage) -> Generator[Event, None, ActivationFeed | PictureFeed | LookedThroughFeed]:
        """For the learning-rate finder."""
        return (yield from self.feed(stage.searched))

    def _drawing(self, stage: Stage) -> Generator[Event, None, tuple[Pixels, Preprocessing, "Augmenter"]]:
        """What crops are cut from, and how."""
        assert stage.size is not None
        preprocessing = self.recipe.preprocessing.at(stage.size)
        larger = yield from pixels.for_random_crops(self.stored, preprocessing, self.settings)
        return larger, preprocessing, build(self.recipe.augmentation, stage.size)

    def final_predictions(self, size: int) -> Generator[Event, None, dict[str, Predictions]]:
        """Float32 predictions of train, valid and test (where there are any), at this size."""
        preprocessing = self.recipe.preprocessing.at(size)
        ids = self.split.train + self.split.valid + self.split.test
        rows = self.rows(ids)
        if heads_only(self.recipe) and self.precisions.activations == "float32":
            # Float32 activations of a frozen body are all that the float32 network would compute.
            seen = yield from self.activations(size)
            every = head_logits(self.classifier.head, seen[rows], self.device)
        else:
            squares = yield from self.squares(size)
            with out_of_memory_told(BATCH):
                every = yield from logits(self.classifier, squares, rows, preprocessing, "float32", self.device)
        labels = self.labels[rows]
        place = {id: row for row, id in enumerate(ids)}
        parts = {"train": self.split.train, "valid": self.split.valid, "test": self.split.test}
        return {name: self._predictions(part, labels, every, place) for name, part in parts.items() if part}

    def _predictions(self, part: tuple[str, ...], labels: np.ndarray, every: np.ndarray,
                     place: dict[str, int]) -> Predictions:
        rows = [place[id] for id in part]
        return Predictions(part, labels[rows], every[rows], self.dataset.classes)

    def valid_predictions(self, valid_logits: np.ndarray) -> Predictions:
        return Predictions(self.split.valid, self.labels[self.rows(self.split.valid)], valid_logits,
                           self.dataset.classes)


def head_alone(stage: Stage) -> bool:
    """Is the head all that changes, so that the body can be looked through in its fast form?"""
    return stage.trains == "head" and not stage.train_batchnorm


def heads_only(recipe: Recipe) -> bool:
    return all(head_alone(stage) for stage in recipe.stages)
