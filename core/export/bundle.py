"""The export: everything written, packed, unpacked and proven, and only then given its name."""

import hashlib
import tempfile
import time
import zipfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from core.data import store
from core.data.cache import disk_full_told
from core.data.files import printable
from core.errors import BadRun, BadSource, UserMistake
from core.events import Event, Exported
from core.export import contents, parity
from core.export.certificate import CERTIFICATE
from core.export.contents import Subject, Wishes
from core.export.manifest import Accuracy, HalfWeights, describe
from core.inference.predictor import Trained
from core.interpretation.predictions import Predictions
from core.interpretation.temperature import LEAST_SHARE, tempered
from core.runs import certainty
from core.runs.folder import DatasetDocument, RunFolder
from core.settings import Settings


def export(run: RunFolder, out: Path, settings: Settings, wishes: Wishes = Wishes()  # noqa: B008 (it is frozen)
           ) -> Generator[Event, None, None]:
    """Write the run's network to the zip `out`, with the proof that it answers as the run did; ends with Exported.

    With half-size weights, what they cost is measured and written down in the place of the proof.
    Raises UserMistake where `out` stands already or cannot be written, BadRun for a run without a network or
    whose pictures are gone, ExportDiffers where the export's answers are not the run's. Whatever stops it,
    nothing is left behind.
    """
    started = time.perf_counter()
    with _work_folder(out) as work:
        subject = _subject(run, settings, wishes)
        files, packed = work / "files", work / "export.zip"
        yield from contents.write_network(subject, files)
        if wishes.half:
            subject = yield from _with_cost(subject, files)
        contents.write_words(subject, files)
        _pack(files, packed)
        unpacked = work / "unpacked"
        with zipfile.ZipFile(packed) as archive:
            archive.extractall(unpacked)
        certificate = yield from parity.certify(
            unpacked, subject.said, subject.originals, subject.names, _digests(unpacked),
            subject.manifest.temperature, subject.manifest.weights)
        with zipfile.ZipFile(packed, "a") as archive:
            proof = unpacked / CERTIFICATE       # as a file: its rights are those of the others
            proof.write_text(certificate.model_dump_json(indent=2) + "\n", encoding="utf-8")
            archive.write(proof, CERTIFICATE)
        _require_free(out)
        packed.replace(out)
    yield Exported(str(out), certificate.pictures, certificate.largest_difference, time.perf_counter() - started,
                   wishes.half, certificate.pictures - certificate.same_class)


def _subject(run: RunFolder, settings: Settings, wishes: Wishes) -> Subject:
    trained, document, valid = Trained.of(run), run.read_dataset(), run.read_predictions("valid")
    if not len(valid) or valid.classes != trained.classes:
        raise BadRun(f"The predictions of the run '{run.path}' do not belong to its weights.",
                     remedy="Its files were exchanged: train again, and export that run.")
    test = run.read_predictions("test") if (run.predictions / "test.npz").is_file() else None
    kept = certainty.read(run)
    manifest = describe(trained.recipe, document, trained.preprocessing, valid, settings.max_picture_pixels, kept,
                        "float16" if wishes.half else "float32")
    originals, names = _originals(document, valid, settings)
    said = valid if kept.heat is None else tempered(valid, kept.heat)
    return Subject(run, trained.classifier, manifest, document, kept, said, said, test, originals, names,
                   wishes.pictures)


def _with_cost(subject: Subject, files: Path) -> Generator[Event, None, Subject]:
    """The same, with what its own answers are once its weights are rounded; the manifest in `files` tells it too."""
    said = subject.said
    exported = yield from parity.answered(files, subject.originals, said.classes, "measuring what half the size costs")
    parity.require_answers(said, exported, parity.unanswered(exported), subject.names)
    own = Predictions(said.ids, said.labels, np.log(np.maximum(exported, LEAST_SHARE)), said.classes)
    half = HalfWeights(accuracy_in_float32=subject.manifest.accuracy,
                       changed=int((own.predicted != said.predicted).sum()),
                       largest_difference=float(np.abs(exported - said.probabilities).max()))
    manifest = subject.manifest.model_copy(update={"accuracy": Accuracy.of(own), "half": half})
    contents.write_manifest(manifest, files)
    return replace(subject, manifest=manifest, own=own)


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


def _pack(folder: Path, packed: Path) -> None:
    """Weights hardly shrink (7 % of float32), so nothing is compressed."""
    with zipfile.ZipFile(packed, "w") as archive:
        for file in _all(folder):
            archive.write(file, file.relative_to(folder).as_posix())


def _digests(folder: Path) -> dict[str, str]:
    return {file.relative_to(folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest() for file in _all(folder)}


def _all(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*") if file.is_file())


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
