import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from core.errors import BadRun
from core.events import SplitReady
from core.inference.predictor import VIEWS, WEIGHT_OF_CENTRE, Predictor
from core.runs.folder import RunFolder
from tests.running import QUICK, Heard, Workshop


@pytest.fixture(scope="module")
def predictor(quick_run: Heard) -> Predictor:
    return Predictor.of(quick_run.run)


@pytest.fixture
def copied(quick_run: Heard, tmp_path: Path) -> RunFolder:
    """A finished run that may be damaged."""
    return RunFolder(Path(shutil.copytree(quick_run.run.path, tmp_path / "copied")))


@pytest.mark.parametrize("which", ["quick_run", "fine_tuned"])
def test_answers_from_the_original_files_are_the_stored_predictions(
        which: str, workshop: Workshop, request: pytest.FixtureRequest) -> None:
    heard: Heard = request.getfixturevalue(which)
    document, stored = heard.run.read_dataset(), heard.run.read_predictions("test")
    names = dict(zip(document.ids, document.names, strict=True))
    predictor = Predictor.of(heard.run)
    views = []
    for id_ in stored.ids:
        with Image.open(workshop.source / names[id_]) as image:
            views.append(predictor.views(image, tta=False))
    assert np.abs(predictor.probabilities(views) - stored.probabilities).max() < 1e-3


def picture() -> Image.Image:
    return Image.fromarray(np.random.default_rng(1).integers(0, 256, (40, 56, 3), dtype=np.uint8))


def test_one_view_is_the_square_of_the_run_s_own_preprocessing(predictor: Predictor) -> None:
    views = predictor.views(picture(), tta=False)
    assert views.square.shape == (32, 32, 3)
    assert views.drawn is None


def test_test_time_augmentation_mixes_the_square_with_drawn_views(predictor: Predictor) -> None:
    views = predictor.views(picture(), tta=True)
    assert views.drawn is not None
    assert views.drawn.shape == (VIEWS, 32, 32, 3)
    assert len({view.tobytes() for view in views.drawn}) == VIEWS
    each = np.stack([predictor.probabilities([type(views)(square)])[0] for square in [views.square, *views.drawn]])
    expected = WEIGHT_OF_CENTRE * each[0] + (1 - WEIGHT_OF_CENTRE) * each[1:].mean(axis=0)
    mixed = predictor.probabilities([views])
    assert np.allclose(mixed[0], expected, atol=1e-5)
    assert mixed.sum() == pytest.approx(1, abs=1e-5)


def test_test_time_augmentation_says_the_same_twice(predictor: Predictor) -> None:
    one, other = (predictor.probabilities([predictor.views(picture(), tta=True)]) for _ in range(2))
    assert np.array_equal(one, other)


def test_a_stopped_run_answers_with_the_epoch_that_it_kept(workshop: Workshop, tmp_path: Path) -> None:
    stopped = workshop.train(QUICK, tmp_path / "run", after=lambda event: type(event).__name__ == "EpochDone")
    probabilities = Predictor.of(stopped.run).probabilities([Predictor.of(stopped.run).views(picture(), tta=False)])
    assert probabilities.shape == (1, 2)


def test_a_run_without_a_network_says_so(workshop: Workshop, tmp_path: Path) -> None:
    stopped = workshop.train(QUICK, tmp_path / "run", after=lambda event: isinstance(event, SplitReady))
    with pytest.raises(BadRun, match="no trained network") as refused:
        Predictor.of(stopped.run)
    assert "cancelled" in refused.value.problem
    assert "train again" in refused.value.remedy


@pytest.mark.parametrize("damage", ["garbage", "cut", "foreign", "another network"])
def test_damaged_weights_are_told_in_words(damage: str, copied: RunFolder) -> None:
    file = copied.weights
    match damage:
        case "garbage":
            file.write_bytes(b"no weights")
        case "cut":
            file.write_bytes(file.read_bytes()[:-100])
        case "foreign":
            save_file({"weight": torch.zeros(3)}, file)
        case "another network":
            save_file(load_file(file), file, metadata={"architecture": "resnet18", "classes": '["a","b"]',
                                                       "size": "32", "epoch": "0"})
    with pytest.raises(BadRun, match="damaged"):
        Predictor.of(copied)
