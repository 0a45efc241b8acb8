import hashlib
import json
import shutil
import zipfile
from collections.abc import Generator
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import numpy_helper

from core import playground
from core.errors import BadRun, ExportDiffers, MachineFault, PlaygroundError, UserMistake
from core.events import Event, Exported, Progress, drain
from core.export import bundle, onnx_model
from core.export.bundle import export
from core.export.manifest import Manifest, describe
from core.export.onnx_model import write
from core.interpretation.intervals import wilson
from core.interpretation.predictions import Predictions
from core.runs.certainty import Certainty
from core.runs.folder import RunFolder
from core.settings import Settings
from core.training import presets
from core.vision.classifier import Classifier
from tests.export.conftest import CLASSES, Taken
from tests.tiny import tiny_classifier

FILES = {"model.onnx", "model.safetensors", "manifest.json", "predict.py", "requirements.txt", "certificate.json",
         "app/app.py", "app/requirements.txt", "Dockerfile", "README.md", "MODEL_CARD.md", "confusion.png",
         "recipe.json", "reproduce.py"}



@pytest.fixture
def network_of(taken: Taken, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exports write the network that `taken` has, which spares the seconds of making it."""
    def copied(classifier: Classifier, manifest: Manifest, file: Path) -> None:
        shutil.copyfile(taken.folder / "model.onnx", file)

    monkeypatch.setattr(onnx_model, "write", copied)


def copy_of(run: RunFolder, path: Path) -> RunFolder:
    return RunFolder(Path(shutil.copytree(run.path, path)))


def test_an_export_is_one_zip_with_all_that_the_network_needs(taken: Taken) -> None:
    with zipfile.ZipFile(taken.zip) as archive:
        assert {name for name in archive.namelist() if not name.startswith("examples/")} == FILES
        assert archive.testzip() is None
    assert (taken.folder / "model.safetensors").read_bytes() == taken.run.weights.read_bytes()


def test_an_export_tells_of_its_steps_and_ends_with_exported(taken: Taken) -> None:
    *steps, last = taken.events
    assert all(isinstance(step, Progress) for step in steps)
    assert {step.work for step in steps if isinstance(step, Progress)} == {"writing the export", "checking the export"}
    assert isinstance(last, Exported)
    assert (last.file, last.pictures) == (str(taken.zip), 18)
    assert last.largest_difference < 1e-4 and last.seconds > 0


def test_the_certificate_says_what_was_compared_and_how_near_it_came(taken: Taken) -> None:
    certificate = json.loads((taken.folder / "certificate.json").read_text())
    assert (certificate["pictures"], certificate["same_class"]) == (18, 18)
    assert 0 <= certificate["largest_difference"] < 1e-4
    assert set(certificate["versions"]) == {"python", "onnxruntime", "numpy", "pillow"}
    assert certificate["files"].keys() == {file.relative_to(taken.folder).as_posix() for file in
                                           taken.folder.rglob("*") if file.is_file()} - {"certificate.json"}
    assert all(hashlib.sha256((taken.folder / name).read_bytes()).hexdigest() == digest
               for name, digest in certificate["files"].items())


def test_the_manifest_says_what_the_network_is(taken: Taken) -> None:
    manifest = Manifest.model_validate_json((taken.folder / "manifest.json").read_text(encoding="utf-8"))
    valid = taken.run.read_predictions("valid")
    right = int(valid.correct.sum())
    assert set(manifest.classes) == set(CLASSES) and manifest.classes == valid.classes
    assert manifest.architecture == "resnet18"
    assert manifest.preprocessing.size == 32
    assert (manifest.accuracy.correct, manifest.accuracy.pictures) == (right, 18)
    assert (manifest.accuracy.low, manifest.accuracy.high) == wilson(right, 18)
    assert manifest.pictures == {"train": 24, "valid": 18, "test": 0}
    assert manifest.dataset == taken.run.read_dataset().fingerprint == manifest.recipe.dataset
    assert manifest.versions.keys() >= {"torch", "onnx", "onnxruntime"}


def test_the_network_takes_any_number_of_pictures_and_describes_its_ends(taken: Taken) -> None:
    session = onnxruntime.InferenceSession(taken.folder / "model.onnx")
    for count in (1, 3):
        (logits,) = session.run(["logits"], {"pictures": np.zeros((count, 3, 32, 32), dtype=np.float32)})
        assert logits.shape == (count, 3)
    described = session.get_modelmeta().custom_metadata_map
    assert set(json.loads(described["classes"])) == set(CLASSES)
    assert json.loads(described["preprocessing"])["size"] == 32


def test_no_file_tells_where_the_exporter_lives(taken: Taken) -> None:
    for file in filter(Path.is_file, taken.folder.rglob("*")):
        content = file.read_bytes()
        for place in (Path(__file__).parents[2], taken.run.path, taken.settings.home, Path(onnx.__file__).parent):
            assert str(place).encode() not in content, (file.name, place)


def test_weights_from_a_file_are_named_without_their_folder(taken: Taken) -> None:
    recipe = presets.load(str(taken.run.recipe))
    mine = recipe.model_copy(update={"model": recipe.model.model_copy(update={"weights": "/home/me/mine.pth"})})
    manifest = describe(mine, taken.run.read_dataset(), recipe.preprocessing.at(32),
                        taken.run.read_predictions("valid"), 1000, Certainty())
    assert manifest.recipe.model.weights == "mine.pth"


def test_the_python_face_exports(taken: Taken, tmp_path: Path, network_of: None) -> None:
    out = playground.Run(taken.run.path, taken.settings).export(tmp_path / "out.zip")
    assert zipfile.is_zipfile(out)


def tampered(model: Path, out: Path) -> None:
    """The network with a last layer that answers otherwise."""
    network = onnx.load(model)
    last = next(tensor for tensor in network.graph.initializer if 3 in tensor.dims and 512 in tensor.dims)
    last.CopyFrom(numpy_helper.from_array(-numpy_helper.to_array(last), last.name))
    onnx.save(network, out)


def test_a_network_that_answers_otherwise_is_refused_by_the_names_of_the_pictures(
        taken: Taken, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_model, "write", lambda classifier, manifest, file: tampered(
        taken.folder / "model.onnx", file))
    with pytest.raises(ExportDiffers, match=r"(?s)of 18 validation pictures: 'valid.*cmyk\.jpg' \(.*in the ru") as told:
        drain(export(taken.run, tmp_path / "out.zip", taken.settings))
    assert told.value.exit_code == 1
    assert not list(tmp_path.glob("*.zip")) and not list(tmp_path.glob(".export*"))


def test_a_network_without_a_form_in_onnx_is_told_of(
        taken: Taken, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    def fails(*_: object, **__: object) -> None:
        raise torch.onnx.OnnxExporterError("no such operator\nmore words")

    monkeypatch.setattr(torch.onnx, "export", fails)
    manifest = Manifest.model_validate_json((taken.folder / "manifest.json").read_text(encoding="utf-8"))
    with pytest.raises(MachineFault, match=r"\(no such operator\)"):
        write(tiny_classifier(), manifest, tmp_path / "model.onnx")


@pytest.mark.parametrize("name", ["there.zip", "there.zip/within.zip", "nowhere/out.zip", "n" * 300 + ".zip", "."])
def test_a_place_that_cannot_be_written_is_refused_at_once(taken: Taken, tmp_path: Path, name: str) -> None:
    (tmp_path / "there.zip").write_text("mine")
    with pytest.raises(UserMistake, match=r"already|cannot be written"):
        next(export(taken.run, tmp_path / name, taken.settings))
    assert (tmp_path / "there.zip").read_text() == "mine"


def test_a_run_without_a_network_is_refused(taken: Taken, tmp_path: Path) -> None:
    run = copy_of(taken.run, tmp_path / "run")
    run.weights.unlink()
    assert_refused(run, taken.settings, tmp_path, "no trained network")


def test_a_run_without_validation_predictions_is_refused(taken: Taken, tmp_path: Path) -> None:
    run = copy_of(taken.run, tmp_path / "run")
    (run.predictions / "valid.npz").unlink()
    assert_refused(run, taken.settings, tmp_path, "valid.npz")


def test_predictions_of_other_classes_are_refused(taken: Taken, tmp_path: Path) -> None:
    run = copy_of(taken.run, tmp_path / "run")
    valid = run.read_predictions("valid")
    run.save_predictions("valid", Predictions(valid.ids, valid.labels, valid.logits, ("a", "b", "c")))
    assert_refused(run, taken.settings, tmp_path, "do not belong to its weights")


def test_a_run_whose_data_set_is_gone_is_refused(taken: Taken, tmp_path: Path) -> None:
    assert_refused(taken.run, Settings(home=tmp_path / "elsewhere"), tmp_path, "are gone")


def test_a_run_of_which_one_original_is_gone_is_refused_by_its_name(taken: Taken, tmp_path: Path) -> None:
    shutil.copytree(taken.settings.datasets, tmp_path / "home" / "datasets")
    for original in (tmp_path / "home" / "datasets").glob("*/originals/*/*.gif"):
        original.unlink()
    assert_refused(taken.run, Settings(home=tmp_path / "home"), tmp_path, r"moves\.gif' is missing")


def assert_refused(run: RunFolder, settings: Settings, place: Path, words: str) -> None:
    with pytest.raises(BadRun, match=words):
        drain(export(run, place / "out.zip", settings))
    assert not list(place.glob("*.zip")) and not list(place.glob(".export*"))


@pytest.mark.parametrize("work", ["writing the export", "checking the export"])
def test_a_stopped_export_leaves_nothing_behind(taken: Taken, tmp_path: Path, network_of: None, work: str) -> None:
    stream = export(taken.run, tmp_path / "out.zip", taken.settings)
    assert any(isinstance(event, Progress) and event.work == work for event in stream)
    stream.close()
    assert list(tmp_path.iterdir()) == [tmp_path / "playground-home"] or not list(tmp_path.iterdir())


def test_a_full_disk_is_told_of_and_nothing_stays(
        taken: Taken, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(onnx_model, "write", full)
    with pytest.raises(PlaygroundError, match="is full"):
        drain(export(taken.run, tmp_path / "out.zip", taken.settings))
    assert not list(tmp_path.glob(".export*"))


def test_a_file_that_came_up_meanwhile_is_not_overwritten(
        taken: Taken, tmp_path: Path, network_of: None, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out.zip"

    def certified(*_: object) -> Generator[Event, None, object]:
        yield Progress("checking the export", 0, 1)
        out.write_text("mine")
        return bundle.parity.Certificate(pictures=1, same_class=1, largest_difference=0.0, versions={}, files={})

    monkeypatch.setattr(bundle.parity, "certify", certified)
    with pytest.raises(UserMistake, match="already"):
        drain(export(taken.run, out, taken.settings))
    assert out.read_text() == "mine"
