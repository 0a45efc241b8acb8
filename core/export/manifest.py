"""`manifest.json`: all that is known of an exported network. Class names are data here, and nowhere code."""

from importlib.metadata import version
from typing import Literal, Self

from core import machine
from core.data.preprocessing import Preprocessing
from core.export.certificate import WeightsFormat
from core.export.reproduce import portable
from core.interpretation.coverage import standing
from core.interpretation.intervals import wilson
from core.interpretation.predictions import Predictions
from core.interpretation.temperature import tempered
from core.runs.certainty import Certainty
from core.runs.folder import DatasetDocument, Document
from core.training.recipe import Recipe

PREDICT_PACKAGES = ("onnxruntime", "numpy", "pillow")   # all that the exported predict.py needs
APP_PACKAGES = ("streamlit", *PREDICT_PACKAGES)         # and app.py


class Accuracy(Document):
    """The share of the validation pictures that the run had right, with its 95 % Wilson interval; fractions."""

    share: float
    correct: int
    pictures: int
    low: float
    high: float

    @classmethod
    def of(cls, predictions: Predictions) -> Self:
        correct, pictures = int(predictions.correct.sum()), len(predictions)
        low, high = wilson(correct, pictures)
        return cls(share=correct / pictures, correct=correct, pictures=pictures, low=low, high=high)


class HalfWeights(Document):
    """What it cost to store the weights in float16, measured on the validation pictures."""

    accuracy_in_float32: Accuracy        # the run's own
    changed: int                         # pictures that are given to another class
    largest_difference: float            # of any probability


class AtThreshold(Document):
    """What the threshold makes of the validation pictures, at the temperature: pictures."""

    answered: int
    correct: int                 # among the answered
    refused: int

    @classmethod
    def of(cls, predictions: Predictions, threshold: float) -> Self:
        found = standing(predictions, threshold)
        return cls(answered=found.answered, correct=found.right, refused=found.refused)


class Manifest(Document):
    """What the export is; whoever reads it needs nothing else to use `model.onnx`."""

    format_version: Literal[1] = 1
    name: str                            # of the data set
    classes: tuple[str, ...]             # in the order of the logits
    architecture: str
    preprocessing: Preprocessing
    max_picture_pixels: int              # larger pictures are refused, as the playground refuses them
    accuracy: Accuracy                   # of this very network: with float16 weights, measured anew
    weights: WeightsFormat = "float32"   # as they are stored in model.onnx and model.safetensors
    half: HalfWeights | None = None      # with float16 weights
    threshold: float | None = None       # of the top probability: below it the answer is "I don't know"
    at_threshold: AtThreshold | None = None      # the validation pictures, of which `accuracy` counts all
    temperature: float | None = None     # divides the logits before the softmax
    pictures: dict[str, int]             # how many to train, to validate ("valid") and to test
    dataset: str                         # fingerprint
    recipe: Recipe
    versions: dict[str, str]             # that wrote the export; `recipe.met` holds those that trained

    @property
    def python(self) -> str:
        """The one that wrote and checked the export, such as "3.12": not every other can install the same packages."""
        return ".".join(self.versions["python"].split(".")[:2])


def describe(recipe: Recipe, document: DatasetDocument, preprocessing: Preprocessing, valid: Predictions,
             max_picture_pixels: int, kept: Certainty, weights: WeightsFormat = "float32") -> Manifest:
    """The manifest of a run whose recipe is filled in. Raises ValueError where `valid` holds no picture."""
    assert recipe.model.architecture is not None
    return Manifest(
        name=document.name, classes=valid.classes, architecture=recipe.model.architecture,
        preprocessing=preprocessing, max_picture_pixels=max_picture_pixels, accuracy=Accuracy.of(valid),
        weights=weights,
        threshold=kept.least, temperature=kept.heat,
        at_threshold=None if kept.least is None else AtThreshold.of(
            valid if kept.heat is None else tempered(valid, kept.heat), kept.least),
        pictures={part: len(ids) for part, ids in document.split.items()}, dataset=document.fingerprint,
        recipe=portable(recipe),
        versions=machine.versions() | {name: version(name) for name in ("onnx", "onnxscript", *PREDICT_PACKAGES)},
    )


def requirements() -> str:
    """The exported `requirements.txt`: the versions with which the export was checked."""
    return ("# The versions of certificate.json. Others are likely to do, but were not checked.\n"
            f"{_pins(PREDICT_PACKAGES)}")


def app_requirements() -> str:
    """The `requirements.txt` of the exported app."""
    return f"# For app.py. Other versions are likely to do, but were not checked.\n{_pins(APP_PACKAGES)}"


def _pins(packages: tuple[str, ...]) -> str:
    return "".join(f"{name}=={version(name)}\n" for name in packages)
