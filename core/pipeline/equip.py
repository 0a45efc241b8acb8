"""From a source and a recipe to a workbench: what the recipe left open is resolved, and the network is built."""

from collections.abc import Generator
from dataclasses import asdict
from typing import Any

import torch

from core import machine
from core.data.dataset import Dataset
from core.data.split import Split
from core.data.store import StoredDataset
from core.errors import BadRecipe
from core.events import Event, ModelReady, Note
from core.pipeline.bring_in import bring_in, divide
from core.pipeline.workbench import Precisions, Workbench, heads_only
from core.runs.folder import DatasetDocument, RunFolder
from core.settings import Settings
from core.training import replay
from core.training.batches import suitable_batch_size
from core.training.recipe import Recipe, parse
from core.vision import backbones, lean, precision, weights
from core.vision.classifier import Classifier
from core.vision.fast import DTYPES


def prepare(run: RunFolder, source: str | StoredDataset, recipe: Recipe,
            settings: Settings) -> Generator[Event, None, Workbench]:
    """Bring the pictures in, divide them, and build the network; `dataset.json` and `recipe.json` are written."""
    stored = yield from bring_in(source, settings)
    dataset = stored.dataset()
    division = yield from divide(stored, dataset, recipe.split)
    run.write_dataset(DatasetDocument.of(stored.path.name, dataset, division))
    return (yield from equip(run, stored, dataset, division, recipe, settings))


def equip(run: RunFolder, stored: StoredDataset, dataset: Dataset, division: Split, recipe: Recipe,
          settings: Settings) -> Generator[Event, None, Workbench]:
    """Resolve what the recipe left open (weights, sizes, batches, precision) and build the network.

    `dataset`: the stored one as it was divided, whatever edits came since.
    """
    device = machine.device()
    sparing = device.type == "cpu" and not heads_only(recipe) and _sparing(settings)
    machine.settle(settings.threads, sparing)
    found = yield from weights.resolve(recipe.model.architecture, recipe.model.weights, settings,
                                       cuda=device.type == "cuda")
    replayed = recipe.met if recipe.dataset == dataset.fingerprint else None     # of other pictures nothing comes again
    recipe = _filled_in(recipe, dataset, found, len(division.train))
    body = backbones.build(found.architecture, found.state, recipe.seed)
    if sparing:
        lean.make_lean(body)
        yield Note("The training holds only half as much in memory, and takes about a quarter longer: the computer has "
                   "little memory free, or PLAYGROUND_SPARING is set.")
    classifier = Classifier(body, len(dataset.classes), recipe.seed, recipe.model.dropout)
    classifier = classifier.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    precisions = _precisions(recipe, classifier, device, settings)
    met = machine.met(device, settings.threads, weights_sha256=found.sha256, precision=asdict(precisions))
    if otherwise := replay.may_differ(replayed, met):
        yield Note(otherwise)
    recipe = recipe.model_copy(update={"met": met})
    recipe.save(run.recipe)
    if found.licence_note:
        yield Note(found.licence_note)
    yield ModelReady(found.architecture, found.source, found.sha256,
                     sum(parameter.numel() for parameter in classifier.parameters()),
                     recipe.stages[-1].size or found.default_size, device.type, precisions.training, settings.threads)
    return Workbench(run, recipe, settings, device, stored, dataset, division, classifier, precisions)


def _sparing(settings: Settings) -> bool:
    return machine.short_of_memory() if settings.sparing is None else settings.sparing


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


def _precisions(recipe: Recipe, classifier: Classifier, device: torch.device, settings: Settings) -> Precisions:
    """Probed where the recipe leaves them open, and only those that its stages need.

    Activations are float32 whatever the probe says: of a run of heads alone they give the final predictions too, and a
    run that is gone on with has learned from the same as one that had all its stages from the start.
    """
    if recipe.precision == "float16" and device.type == "cpu":
        raise BadRecipe("The recipe asks for float16, which only a GPU computes fast enough.",
                        remedy="Set its precision to auto, float32 or bfloat16.")
    if recipe.precision != "auto":
        return Precisions(recipe.precision, recipe.precision, recipe.precision, recipe.precision)
    if (known := _met(recipe, device)) is not None:
        return known
    size = recipe.stages[-1].size
    assert size is not None
    looks_fast = any(stage.views or not stage.cached for stage in recipe.stages)
    views = precision.for_looking(classifier, size, device, settings) if looks_fast else "float32"
    if heads_only(recipe):
        return Precisions("float32", "float32", views, "float32")
    return Precisions(precision.for_training(classifier, size, device, settings), views, views, "float32")


def _met(recipe: Recipe, device: torch.device) -> Precisions | None:
    """What the run met that this recipe replays, on a device of the same kind; None where it tells no such thing."""
    met = recipe.met or {}
    known = met.get("precision")
    if met.get("device") != device.type or not isinstance(known, dict):
        return None
    looking = known.get("looking")           # older runs had one for all that is only looked through
    told: list[Any] = [known.get("training"), looking, known.get("views", looking), known.get("activations", looking)]
    return Precisions(*told) if all(name in DTYPES for name in told) else None
