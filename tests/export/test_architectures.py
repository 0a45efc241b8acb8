"""The export of each kind of network answers as its run did, also of odd pictures: CMYK, rotated, deep, see-through."""

import zipfile
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn
from torchvision.models import get_model  # type: ignore[attr-defined]

from core.events import Exported, drain
from core.export.bundle import export
from core.export.certificate import Certificate
from core.export.contents import Wishes
from core.pipeline.train import train
from core.runs.folder import RunFolder
from core.settings import Settings
from core.training.recipe import ModelSpec, Recipe
from core.training.stage import Stage
from tests.export.conftest import odd_folder

HEAD = Stage(trains="head", epochs=3, learning_rate=0.01, size=32, batch_size=8)


def lively(architecture: str, file: Path) -> Path:
    """Random weights whose batch-norms know what they are given: as created, all pictures look the same to them."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = get_model(architecture, weights=None)
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.momentum = None      # the mean over all batches, so one is enough
        with torch.no_grad():
            network.train()(torch.randn(16, 3, 32, 32))
    save_file(network.state_dict(), file)
    return file


# resnet18 is the one of all other tests of this folder.
@pytest.mark.parametrize("architecture", ["resnet34", "mobilenet_v3_small", "convnext_tiny"])
def test_it_answers_as_its_run_did(architecture: str, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", offline=True)
    model = ModelSpec(architecture=architecture, weights=str(lively(architecture, tmp_path / "lively.safetensors")))
    run = RunFolder.create(tmp_path / "run")
    _, code = drain(train(str(odd_folder(tmp_path / "odd")),
                          Recipe(name="tiny", model=model, stages=(HEAD,), precision="float32"), run, settings))
    assert code == 0, run.read_status()
    spread = run.read_predictions("valid").probabilities.std(axis=0)
    assert spread.max() > 0.01                      # it does tell pictures apart
    events, _ = drain(export(run, tmp_path / "out.zip", settings, Wishes(pictures=False)))
    assert isinstance(events[-1], Exported)
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        certificate = Certificate.model_validate_json(archive.read("certificate.json"))
    assert (certificate.pictures, certificate.same_class) == (18, 18)
    assert certificate.largest_difference < 1e-4
