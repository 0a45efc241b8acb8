"""Weights of half the size."""

import json
import zipfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from core.__main__ import main
from core.errors import ExportDiffers
from core.events import Exported, drain
from core.export.bundle import export
from core.export.certificate import at_most
from core.export.contents import Wishes
from core.export.half import FEWEST_NUMBERS, halve_onnx, halve_safetensors
from core.export.manifest import Manifest
from core.export.parity import answered, certify
from tests.export.conftest import Taken
from tests.export.test_parity import ANSWERS, predictions, script

SIDE = 40                # so that a square of it is worth halving


@pytest.fixture(scope="module")
def halved(taken: Taken, tmp_path_factory: pytest.TempPathFactory) -> Taken:
    """The run of `taken`, exported with half-size weights and no pictures."""
    place = tmp_path_factory.mktemp("halved")
    events, _ = drain(export(taken.run, place / "half.zip", taken.settings, Wishes(half=True, pictures=False)))
    with zipfile.ZipFile(place / "half.zip") as archive:
        archive.extractall(place / "unpacked")
    return Taken(taken.run, taken.settings, taken.source, events, place / "half.zip", place / "unpacked")


def network(file: Path, weights: np.ndarray, scale: np.ndarray) -> Path:
    """y = (x @ weights) * scale, as ONNX."""
    names = {"w": weights, "s": scale}
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["xw"]), helper.make_node("Mul", ["xw", "s"], ["y"])], "tiny",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, SIDE])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, SIDE])],
        [numpy_helper.from_array(values, name) for name, values in names.items()])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10), file)
    return file


def test_a_large_tensor_is_stored_in_half_and_computed_with_in_float32(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    weights = random.normal(size=(SIDE, SIDE)).astype(np.float32)
    scale = np.full(SIDE, 1e-9, dtype=np.float32)        # float16 knows no such number
    file = network(tmp_path / "tiny.onnx", weights, scale)
    before = file.stat().st_size
    halve_onnx(file)
    onnx.checker.check_model(onnx.load(file))
    assert file.stat().st_size < 0.6 * before
    x = random.normal(size=(1, SIDE)).astype(np.float32)
    (y,) = onnxruntime.InferenceSession(file).run(["y"], {"x": x})
    expected = x.astype(np.float64) @ weights.astype(np.float16).astype(np.float64) * 1e-9
    assert y == pytest.approx(expected, rel=1e-4, abs=1e-13)


def test_what_lies_beyond_the_range_of_float16_stays_as_it_is(tmp_path: Path) -> None:
    weights = np.ones((SIDE, SIDE), dtype=np.float32)
    weights[0, 0] = 70_000
    file = network(tmp_path / "tiny.onnx", weights, np.ones(SIDE, dtype=np.float32))
    halve_onnx(file)
    assert {tensor.data_type for tensor in onnx.load(file).graph.initializer} == {TensorProto.FLOAT}


def test_a_file_of_weights_keeps_its_names_and_words_and_its_small_tensors(tmp_path: Path) -> None:
    state = {"large": torch.randn(FEWEST_NUMBERS), "small": torch.randn(4), "count": torch.arange(FEWEST_NUMBERS),
             "beyond": torch.full((FEWEST_NUMBERS,), 1e6)}
    save_file(state, tmp_path / "whole.safetensors", {"classes": "[]"})
    halve_safetensors(tmp_path / "whole.safetensors", tmp_path / "half.safetensors")
    half = load_file(tmp_path / "half.safetensors")
    assert torch.equal(half["large"], state["large"].half())
    assert all(torch.equal(half[name], state[name]) for name in ("small", "count", "beyond"))
    with safe_open(tmp_path / "half.safetensors", framework="pt") as stored:
        assert stored.metadata() == {"classes": "[]"}


def test_a_half_export_takes_half_the_space(taken: Taken, halved: Taken) -> None:
    for name in ("model.onnx", "model.safetensors"):
        assert (halved.folder / name).stat().st_size < 0.52 * (taken.folder / name).stat().st_size


def test_what_half_the_size_costs_is_measured_and_said_everywhere(taken: Taken, halved: Taken) -> None:
    valid = taken.run.read_predictions("valid")
    originals = [taken.source / name for name in taken.names]
    _, exported = drain(answered(halved.folder, originals, valid.classes))
    largest = float(np.abs(exported - valid.probabilities).max())
    right = int((exported.argmax(axis=1) == valid.labels).sum())

    certificate = json.loads((halved.folder / "certificate.json").read_text())
    assert (certificate["weights"], certificate["probability_tolerance"], certificate["tie"]) == ("float16", None, None)
    assert (certificate["correct"], certificate["correct_of_run"]) == (right, int(valid.correct.sum()))
    assert certificate["largest_difference"] == pytest.approx(largest) and largest > 1e-6

    manifest = Manifest.model_validate_json((halved.folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest.half is not None and manifest.weights == "float16"
    assert (manifest.accuracy.correct, manifest.half.accuracy_in_float32.correct) == (right, int(valid.correct.sum()))
    assert manifest.half.changed == certificate["pictures"] - certificate["same_class"]
    for name in ("README.md", "MODEL_CARD.md"):
        assert f"{at_most(100 * largest)} percentage points" in (halved.folder / name).read_text(encoding="utf-8")
    last = halved.events[-1]
    assert isinstance(last, Exported) and last.half and last.changed == manifest.half.changed


def test_the_network_says_how_its_weights_are_stored(halved: Taken) -> None:
    described = onnxruntime.InferenceSession(halved.folder / "model.onnx").get_modelmeta().custom_metadata_map
    assert described["weights"] == "stored in float16, computed in float32"


def test_without_leave_no_picture_is_in_it(taken: Taken, halved: Taken) -> None:
    assert (taken.folder / "examples").is_dir() and not (halved.folder / "examples").exists()
    assert "## Examples" in (taken.folder / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "## Examples" not in (halved.folder / "MODEL_CARD.md").read_text(encoding="utf-8")


def test_rounded_weights_may_answer_otherwise_but_answer_they_must(tmp_path: Path) -> None:
    run, pictures = predictions((0.2, 0.8)), [Path("x")]
    _, certificate = drain(certify(script(tmp_path, ANSWERS), run, pictures, ["1.jpg"], {}, weights="float16"))
    assert (certificate.same_class, certificate.largest_difference) == (0, pytest.approx(0.7))
    text = "for p in pictures: print(json.dumps({'file': p, 'problem': 'broken'}))"
    with pytest.raises(ExportDiffers, match="could not be read"):
        drain(certify(script(tmp_path, text), run, pictures, ["1.jpg"], {}, weights="float16"))


def test_the_command_line_says_what_it_cost(taken: Taken, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                            capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("PLAYGROUND_HOME", str(taken.settings.home))
    out = tmp_path / "half.zip"
    assert main(["export", str(taken.run.path), "--out", str(out), "--fp16", "--no-pictures"]) == 0
    said = capsys.readouterr().out
    assert "weights of half the size" in said and "are given to another class" in said
    with zipfile.ZipFile(out) as archive:
        assert not [name for name in archive.namelist() if name.startswith("examples/")]
