"""Everything a job has in its hands once its pictures and its network are ready."""

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from core import machine
from core.data import pixels
from core.data.dataset import Dataset
from core.data.pixels import Pixels
from core.data.split import Split
from core.data.store import StoredDataset
from core.errors import BadRecipe
from core.events import Event, ModelReady, Note
from core.interpretation.predictions import Predictions
from core.pipeline.bring_in import bring_in, divide
from core.runs.folder import DatasetDocument, RunFolder
from core.settings import Settings
from core.training.engine import Learner, learner, out_of_memory_told
from core.training.feeds import ActivationFeed, PictureFeed, suitable_batch_size
from core.training.recipe import Recipe, Stage, parse
from core.vision import backbones, precision, weights
from core.vision.activations import activations
from core.vision.augmentation import build
from core.vision.classifier import Classifier
from core.vision.fast import Precision
from core.vision.looking import BATCH, head_logits, logits


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
    training_precision: Precision
    looking_precision: Precision
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
        seen = yield from self.squares(size)
        with out_of_memory_told(BATCH):
            return (yield from activations(self.classifier, seen, self.recipe.preprocessing.at(size),
                                           self.looking_precision, self.device, self.settings))

    def learner(self, stage: Stage) -> Learner:
        """What the stage trains, ready for its first step."""
        if stage.trains == "head":
            self.classifier.freeze_body()
            return learner(self.classifier.head, [tuple(self.classifier.head.parameters())], stage.weight_decay,
                           self.device, "float32")
        self.classifier.unfreeze()
        return learner(self.classifier, self.classifier.layer_groups(), stage.weight_decay, self.device,
                       self.training_precision)

    def feed(self, stage: Stage) -> Generator[Event, None, ActivationFeed | PictureFeed]:
        assert stage.size is not None and stage.batch_size is not None
        labels, train, valid = self.labels, self.rows(self.split.train), self.rows(self.split.valid)
        if stage.trains == "head":
            seen = yield from self.activations(stage.size)
            return ActivationFeed(seen, labels, train, valid, stage.batch_size, self.recipe.seed, self.device)
        preprocessing = self.recipe.preprocessing.at(stage.size)
        squares = yield from self.squares(stage.size)
        larger, augmenter = squares, None
        if stage.augment:
            larger = yield from pixels.for_random_crops(self.stored, preprocessing, self.settings)
            augmenter = build(self.recipe.augmentation, stage.size)
        return PictureFeed(larger, squares, augmenter, preprocessing, labels, train, valid, stage.batch_size,
                           self.recipe.seed, self.looking_precision, self.device, self.settings)

    def plan_precision(self, stage: Stage) -> Precision:
        return "float32" if stage.trains == "head" else self.training_precision

    def final_predictions(self, size: int) -> Generator[Event, None, dict[str, Predictions]]:
        """Float32 predictions of train, valid and test (where there are any), at this size."""
        preprocessing = self.recipe.preprocessing.at(size)
        ids = self.split.train + self.split.valid + self.split.test
        rows = self.rows(ids)
        if heads_only(self.recipe) and self.looking_precision == "float32":
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


def heads_only(recipe: Recipe) -> bool:
    return all(stage.trains == "head" for stage in recipe.stages)


def prepare(run: RunFolder, source: str | StoredDataset, recipe: Recipe,
            settings: Settings) -> Generator[Event, None, Workbench]:
    """Bring the pictures in, divide them, and build the network; `dataset.json` and `recipe.json` are written."""
    stored = yield from bring_in(source, settings)
    dataset = stored.dataset()
    division = yield from divide(dataset, recipe.split)
    run.write_dataset(DatasetDocument.of(stored.path.name, dataset, division))
    return (yield from equip(run, stored, division, recipe, settings))


def equip(run: RunFolder, stored: StoredDataset, division: Split, recipe: Recipe,
          settings: Settings) -> Generator[Event, None, Workbench]:
    """Resolve what the recipe left open (weights, sizes, batches, precision) and build the network."""
    machine.settle(settings.threads)
    device = machine.device()
    dataset = stored.dataset()
    found = yield from weights.resolve(recipe.model.architecture, recipe.model.weights, settings,
                                       cuda=device.type == "cuda")
    recipe = _filled_in(recipe, dataset, found, len(division.train))
    body = backbones.build(found.architecture, found.state, recipe.seed)
    classifier = Classifier(body, len(dataset.classes), recipe.seed, recipe.model.dropout)
    classifier = classifier.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    training, looking = _precisions(recipe, classifier, device, settings)
    recipe = recipe.model_copy(update={"met": machine.met(
        device, settings.threads, weights_sha256=found.sha256,
        precision={"training": training, "looking": looking})})
    recipe.save(run.recipe)
    if found.licence_note:
        yield Note(found.licence_note)
    yield ModelReady(found.architecture, found.source, found.sha256,
                     sum(parameter.numel() for parameter in classifier.parameters()),
                     recipe.stages[-1].size or found.default_size, device.type, training, settings.threads)
    return Workbench(run, recipe, settings, device, stored, dataset, division, classifier, training, looking)


def _filled_in(recipe: Recipe, dataset: Dataset, found: weights.Weights, train_images: int) -> Recipe:
    """The recipe that replays to the same result later, when `auto` might find something else."""
    values = recipe.model_dump()
    values["dataset"] = dataset.fingerprint
    values["model"] |= {"architecture": found.architecture}
    if values["model"]["weights"] == "auto":
        values["model"]["weights"] = found.source
    for stage in values["stages"]:
        stage["size"] = stage["size"] or found.default_size
        stage["batch_size"] = stage["batch_size"] or suitable_batch_size(train_images)
    return parse(values)


def _precisions(recipe: Recipe, classifier: Classifier, device: torch.device,
                settings: Settings) -> tuple[Precision, Precision]:
    """For training steps, and for looking through the frozen body.

    Where every stage trains the head alone, one float32 look gives both the activations and the final
    predictions; a faster look would have to be followed by that one.
    """
    known: dict[str, Any] = (recipe.met or {}).get("precision", {})
    same_device = (recipe.met or {}).get("device") == device.type
    if recipe.precision == "float16" and device.type == "cpu":
        raise BadRecipe("The recipe asks for float16, which only a GPU computes fast enough.",
                        remedy="Set its precision to auto, float32 or bfloat16.")
    if recipe.precision != "auto":
        return recipe.precision, recipe.precision
    if heads_only(recipe):
        return "float32", "float32"
    if same_device and {"training", "looking"} <= set(known):
        return known["training"], known["looking"]
    size = recipe.stages[-1].size
    assert size is not None
    return (precision.for_training(classifier, size, device, settings),
            precision.for_looking(classifier, size, device, settings))
