"""What lies in an export: the network with all that runs it, and the words on it."""

import shutil
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from core.events import Event, Progress
from core.export import confusion_picture, half, onnx_model
from core.export.examples import examples
from core.export.manifest import Manifest, app_requirements, requirements
from core.export.model_card import CONFUSION, Told, card
from core.export.readme import readme
from core.export.reproduce import script
from core.export.standalone import standalone
from core.interpretation.confusion import confusion_matrix
from core.interpretation.predictions import Predictions
from core.runs.certainty import Certainty
from core.runs.folder import DatasetDocument, RunFolder
from core.vision.classifier import Classifier

TAKEAWAY = Path(__file__).parent / "takeaway"
Writer = Callable[[Path], object]


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person may choose of an export."""

    half: bool = False           # weights in float16, which takes half the space
    pictures: bool = True        # a few of the validation pictures on the model card


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """A finished run as the export needs it. The validation pictures go with the rows of `said`."""

    run: RunFolder
    classifier: Classifier
    manifest: Manifest
    document: DatasetDocument
    kept: Certainty
    said: Predictions            # by the run, of the validation pictures at its temperature
    own: Predictions             # by the export itself, of the same: other only where its weights are rounded
    test: Predictions | None     # by the run
    originals: tuple[Path, ...]
    names: tuple[str, ...]
    with_examples: bool


def write_network(subject: Subject, folder: Path) -> Generator[Event, None, None]:
    """The new folder, with the network and what it takes to ask it."""
    (folder / "app").mkdir(parents=True)
    writers: Mapping[str, Writer] = {
        "model.onnx": partial(onnx_model.write, subject.classifier, subject.manifest),
        "model.safetensors": partial(_weights, subject),
        "predict.py": _text(standalone("core.export.predict_template")),
        "requirements.txt": _text(requirements()),
        "app/app.py": partial(shutil.copyfile, TAKEAWAY / "app.py"),
        "app/requirements.txt": _text(app_requirements()),
        "Dockerfile": _text(_dockerfile(subject.manifest)),
    }
    for done, (name, write) in enumerate(writers.items()):
        yield Progress("writing the export", done, len(writers), "files")
        write(folder / name)
    write_manifest(subject.manifest, folder)
    yield Progress("writing the export", len(writers), len(writers), "files")


def write_manifest(manifest: Manifest, folder: Path) -> None:
    _text(manifest.model_dump_json(indent=2) + "\n")(folder / "manifest.json")


def write_words(subject: Subject, folder: Path) -> None:
    """What people read of it: README, model card with its pictures, the recipe and the script that trains by it."""
    manifest = subject.manifest
    shown = examples(subject.run, subject.own) if subject.with_examples else ()
    if shown:
        (folder / "examples").mkdir()
    for example in shown:
        (folder / example.file).write_bytes(example.jpeg)
    confusion_picture.drawn(confusion_matrix(subject.own), subject.own.classes).save(folder / CONFUSION, "PNG")
    before = manifest.half.accuracy_in_float32 if manifest.half else manifest.accuracy
    for name, text in {
        "README.md": readme(manifest),
        "MODEL_CARD.md": card(Told(manifest, subject.document, subject.own, subject.test, subject.kept, shown)),
        "recipe.json": manifest.recipe.model_dump_json(indent=2) + "\n",
        "reproduce.py": script(manifest.recipe, manifest.dataset, before.correct, before.pictures),
    }.items():
        _text(text)(folder / name)


def _weights(subject: Subject, file: Path) -> None:
    if subject.manifest.weights == "float16":
        half.halve_safetensors(subject.run.weights, file)
    else:
        shutil.copyfile(subject.run.weights, file)


def _dockerfile(manifest: Manifest) -> str:
    """With the Python that has checked the export."""
    return (TAKEAWAY / "Dockerfile").read_text(encoding="utf-8").replace("PYTHON", manifest.python)


def _text(content: str) -> Writer:
    return lambda file: file.write_text(content, encoding="utf-8", newline="\n")
