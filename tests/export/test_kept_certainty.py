"""A threshold and a temperature that a run keeps, taken home."""

import json
import shutil
import zipfile
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from core.__main__ import main
from core.errors import BadRun, ExportDiffers
from core.events import Exported, drain
from core.export.bundle import export
from core.export.manifest import Manifest
from core.export.parity import certify
from core.interpretation.temperature import tempered
from core.runs import certainty
from core.runs.folder import RunFolder
from tests.decided import decided
from tests.export.conftest import Taken
from tests.export.test_predict_script import said

TEMPERATURE = 2.5


@pytest.fixture(scope="module")
def softened(taken: Taken, tmp_path_factory: pytest.TempPathFactory) -> Taken:
    """The same run with a temperature, and a threshold that refuses half of its validation pictures, exported."""
    place = tmp_path_factory.mktemp("softened")
    run = RunFolder(Path(shutil.copytree(taken.run.path, place / "run")))
    top = tempered(run.read_predictions("valid"), TEMPERATURE).probabilities.max(axis=1)
    certainty.write(run, decided(float(np.median(top)), TEMPERATURE))
    events, _ = drain(export(run, place / "softened.zip", taken.settings))
    with zipfile.ZipFile(place / "softened.zip") as archive:
        archive.extractall(place / "unpacked")
    return Taken(run, taken.settings, taken.source, events, place / "softened.zip", place / "unpacked")


def test_the_manifest_and_the_network_say_them(softened: Taken) -> None:
    manifest = Manifest.model_validate_json((softened.folder / "manifest.json").read_text(encoding="utf-8"))
    kept = certainty.read(softened.run)
    assert (manifest.threshold, manifest.temperature) == (kept.least, TEMPERATURE)
    assert kept.least is not None and manifest.at_threshold is not None
    said_of = tempered(softened.run.read_predictions("valid"), TEMPERATURE)
    sure = said_of.probabilities.max(axis=1) >= kept.least
    assert (manifest.at_threshold.answered, manifest.at_threshold.correct, manifest.at_threshold.refused) == (
        int(sure.sum()), int(said_of.correct[sure].sum()), int((~sure).sum()))
    described = onnxruntime.InferenceSession(softened.folder / "model.onnx").get_modelmeta().custom_metadata_map
    assert "temperature 2.5" in described["output"]


def test_the_certificate_compares_at_the_temperature_and_says_so(softened: Taken) -> None:
    certificate = json.loads((softened.folder / "certificate.json").read_text())
    assert (certificate["temperature"], certificate["same_class"]) == (TEMPERATURE, 18)
    assert certificate["largest_difference"] < 1e-4
    assert isinstance(softened.events[-1], Exported)


def test_an_export_without_the_run_s_temperature_is_not_the_run(taken: Taken) -> None:
    warm = tempered(taken.run.read_predictions("valid"), TEMPERATURE)
    with pytest.raises(ExportDiffers):
        drain(certify(taken.folder, warm, [taken.source / name for name in taken.names], taken.names, {}, TEMPERATURE))


def test_the_exported_script_prints_the_lines_of_predict(
        softened: Taken, capfd: pytest.CaptureFixture[str]) -> None:
    pictures = sorted((softened.source / "valid").rglob("*.*"))
    assert main(["predict", str(softened.run.path), *map(str, pictures)]) == 0
    of_run, of_export = capfd.readouterr().out, said(softened.folder, *pictures)
    assert (of_export.stdout, of_export.stderr) == (of_run, "")
    assert 0 < of_run.count("I don't know (best guess: ") < len(pictures)
    assert main(["predict", str(softened.run.path), *map(str, pictures), "--json"]) == 0
    lines = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    exported = [json.loads(line) for line in said(softened.folder, *pictures, "--json").stdout.splitlines()]
    assert [list(line) for line in exported] == [list(line) for line in lines]
    for one, other in zip(exported, lines, strict=True):
        assert one["refused"] is other["refused"]
        assert one["probabilities"] == pytest.approx(other["probabilities"], abs=1e-5)


def test_the_exported_script_takes_another_threshold_or_none(softened: Taken) -> None:
    pictures = sorted((softened.source / "valid").rglob("*.*"))
    every = said(softened.folder, *pictures, "--threshold", "none", "--json")
    assert every.stdout and "refused" not in every.stdout
    assert said(softened.folder, *pictures, "--threshold", "99.9999%").stdout.count("I don't know") == len(pictures)
    wrong = said(softened.folder, *pictures, "--threshold", "70")
    assert wrong.returncode == 2 and "'70' is no threshold" in wrong.stderr and not wrong.stdout


def test_an_export_of_before_answers_as_it_did(taken: Taken, tmp_path: Path) -> None:
    """Its manifest has none of these keys."""
    shutil.copytree(taken.folder, tmp_path / "older")
    manifest = json.loads((tmp_path / "older" / "manifest.json").read_text(encoding="utf-8"))
    assert [manifest.pop(key) for key in ("threshold", "temperature", "at_threshold")] == [None] * 3
    older = json.dumps(manifest)
    (tmp_path / "older" / "manifest.json").write_text(older)
    assert Manifest.model_validate_json(older).threshold is None
    picture = next((taken.source / "valid").rglob("*.jpg"))
    assert said(tmp_path / "older", picture, "--json").stdout == said(taken.folder, picture, "--json").stdout


@pytest.mark.parametrize("changed", [{"threshold": "high"}, {"temperature": []}])
def test_a_manifest_with_a_damaged_decision_is_told_of(
        changed: dict[str, object], taken: Taken, tmp_path: Path) -> None:
    shutil.copytree(taken.folder, tmp_path / "torn")
    manifest = json.loads((tmp_path / "torn" / "manifest.json").read_text(encoding="utf-8"))
    (tmp_path / "torn" / "manifest.json").write_text(json.dumps(manifest | changed))
    of_export = said(tmp_path / "torn", next((taken.source / "valid").rglob("*.jpg")))
    assert of_export.returncode == 2 and "Traceback" not in of_export.stderr
    assert of_export.stderr.startswith("Problem: The files beside predict.py cannot be used")


def test_a_damaged_decision_stops_the_export_before_it_writes(taken: Taken, tmp_path: Path) -> None:
    run = RunFolder(Path(shutil.copytree(taken.run.path, tmp_path / "run")))
    run.certainty.write_text("{")
    with pytest.raises(BadRun, match="cannot be read"):
        drain(export(run, tmp_path / "out.zip", taken.settings))
    assert not (tmp_path / "out.zip").exists()
