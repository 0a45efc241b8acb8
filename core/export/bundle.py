"""The export: everything written, packed, unpacked and proven, and only then given its name."""

import hashlib
import shutil
import tempfile
import time
import zipfile
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from core.data import store
from core.data.cache import disk_full_told
from core.data.files import printable
from core.errors import BadRun, BadSource, UserMistake
from core.events import Event, Exported, Progress
from core.export import onnx_model, parity
from core.export.manifest import Manifest, describe, requirements
from core.export.standalone import standalone
from core.inference.predictor import Trained
from core.interpretation.predictions import Predictions
from core.interpretation.temperature import tempered
from core.runs import certainty
from core.runs.folder import DatasetDocument, RunFolder
from core.settings import Settings
from core.vision.classifier import Classifier

CERTIFICATE = "certificate.json"
Writer = Callable[[Path], object]


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """A finished run as the export needs it. The validation pictures go with the rows of `valid`, which are what the
    run says at its temperature."""

    run: RunFolder
    classifier: Classifier
    manifest: Manifest
    valid: Predictions
    originals: tuple[Path, ...]
    names: tuple[str, ...]


def export(run: RunFolder, out: Path, settings: Settings) -> Generator[Event, None, None]:
    """Write the run's network to the zip `out`, with the proof that it answers as the run did; ends with Exported.

    Raises UserMistake where `out` stands already or cannot be written, BadRun for a run without a network or
    whose pictures are gone, ExportDiffers where the export's answers are not the run's. Whatever stops it,
    nothing is left behind.
    """
    started = time.perf_counter()
    with _work_folder(out) as work:
        subject = _subject(run, settings)
        files, packed = work / "files", work / "export.zip"
        yield from _write(subject, files)
        _pack(files, packed)
        unpacked = work / "unpacked"
        with zipfile.ZipFile(packed) as archive:
            archive.extractall(unpacked)
        certificate = yield from parity.certify(unpacked, subject.valid, subject.originals, subject.names,
                                                _digests(unpacked), subject.manifest.temperature)
        with zipfile.ZipFile(packed, "a") as archive:
            archive.writestr(CERTIFICATE, certificate.model_dump_json(indent=2) + "\n")
        _require_free(out)
        packed.replace(out)
    yield Exported(str(out), certificate.pictures, certificate.largest_difference, time.perf_counter() - started)


def _subject(run: RunFolder, settings: Settings) -> Subject:
    trained, document, valid = Trained.of(run), run.read_dataset(), run.read_predictions("valid")
    if not len(valid) or valid.classes != trained.classes:
        raise BadRun(f"The predictions of the run '{run.path}' do not belong to its weights.",
                     remedy="Its files were exchanged: train again, and export that run.")
    kept = certainty.read(run)
    manifest = describe(trained.recipe, document, trained.preprocessing, valid, settings.max_picture_pixels, kept)
    originals, names = _originals(document, valid, settings)
    said = valid if kept.heat is None else tempered(valid, kept.heat)
    return Subject(run, trained.classifier, manifest, said, originals, names)


def _originals(document: DatasetDocument, valid: Predictions, settings: Settings
               ) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    """The validation pictures' stored files and original names. Raises BadRun where one is gone."""
    try:
        stored = store.load(settings.datasets / document.dataset)
    except BadSource as error:
        raise _gone(f"its data set '{document.name}' is no longer in {settings.datasets}") from error
    samples = {sample.id: sample for sample in stored.catalogue.samples}
    for id in valid.ids:
        if id not in samples or not stored.original(samples[id]).is_file():
            named = f"'{samples[id].original_name}'" if id in samples else f"the one with the id {id}"
            raise _gone(f"{named} is missing from {stored.path}")
    return (tuple(stored.original(samples[id]).resolve() for id in valid.ids),
            tuple(samples[id].original_name for id in valid.ids))


def _gone(what: str) -> BadRun:
    return BadRun(f"The run's validation pictures, against which an export is checked, are gone: {what}.",
                  remedy="Train again on the same pictures (that brings them back), then export either run; "
                         "or set PLAYGROUND_HOME to the home in which the run was made.")


def _write(subject: Subject, folder: Path) -> Generator[Event, None, None]:
    folder.mkdir()
    writers: dict[str, Writer] = {
        "model.onnx": partial(onnx_model.write, subject.classifier, subject.manifest),
        "model.safetensors": partial(shutil.copyfile, subject.run.weights),
        "manifest.json": _text(subject.manifest.model_dump_json(indent=2) + "\n"),
        "predict.py": _text(standalone("core.export.predict_template")),
        "requirements.txt": _text(requirements()),
    }
    for done, (name, write) in enumerate(writers.items()):
        yield Progress("writing the export", done, len(writers), "files")
        write(folder / name)
    yield Progress("writing the export", len(writers), len(writers), "files")


def _text(content: str) -> Writer:
    return lambda file: file.write_text(content, encoding="utf-8", newline="\n")


def _pack(folder: Path, packed: Path) -> None:
    """Weights hardly shrink (7 % of float32), so nothing is compressed."""
    with zipfile.ZipFile(packed, "w") as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, file.name)


def _digests(folder: Path) -> dict[str, str]:
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(folder.iterdir())}


def _require_free(out: Path) -> None:
    if out.exists():
        raise UserMistake(f"There is something at '{printable(str(out))}' already; an export never overwrites.",
                          remedy="Name another file with --out, or move that one away.")


@contextmanager
def _work_folder(out: Path) -> Iterator[Path]:
    """A hidden folder beside `out`, so that the last step is a rename; gone at the end."""
    try:
        with disk_full_told(out):
            _require_free(out)
            folder = tempfile.TemporaryDirectory(prefix=".export-", dir=out.parent)
    except OSError as error:
        raise UserMistake(f"The export cannot be written to '{printable(str(out))}': {error.strerror}.",
                          remedy="Name a file with --out, in a folder that exists and in which you may write."
                          ) from error
    with disk_full_told(out), folder as work:
        yield Path(work).resolve()
