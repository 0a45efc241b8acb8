import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from core.errors import BadRun
from core.events import SplitReady
from core.inference import predictor as room
from core.inference.predictor import Predictor, Views
from core.interpretation.views import Averaging
from core.runs.folder import RunFolder
from core.settings import Settings
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
            views.append(predictor.views(image))
    assert np.abs(predictor.probabilities(views) - stored.probabilities).max() < 1e-3


def picture() -> Image.Image:
    return Image.fromarray(np.random.default_rng(1).integers(0, 256, (40, 56, 3), dtype=np.uint8))


def test_one_view_is_the_square_of_the_run_s_own_preprocessing(predictor: Predictor) -> None:
    views = predictor.views(picture())
    assert views.square.shape == (32, 32, 3)
    assert views.drawn is None


@pytest.mark.parametrize("averaging", [Averaging(), Averaging(2, 0.5, "log"), Averaging(1, 0)])
def test_test_time_augmentation_averages_the_square_with_drawn_views(
        averaging: Averaging, predictor: Predictor, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "for_looking", lambda *asked: "float32")   # a busy machine may probe another
    several = predictor.in_several_ways(averaging, settings)
    views = several.views(picture())
    assert views.drawn is not None
    assert views.drawn.shape == (averaging.views, 32, 32, 3)
    assert len({view.tobytes() for view in views.drawn}) == averaging.views
    centre, *drawn = (predictor.probabilities([Views(square)])[0] for square in (views.square, *views.drawn))
    if averaging.space == "log":
        expected = np.exp(averaging.beta * np.log(centre) + (1 - averaging.beta) * np.log(drawn).mean(axis=0))
        expected /= expected.sum()
    else:
        expected = averaging.beta * centre + (1 - averaging.beta) * np.mean(drawn, axis=0)
    mixed = several.probabilities([views])
    assert np.allclose(mixed[0], expected, atol=1e-5)
    assert mixed.dtype == np.float32
    assert mixed.sum() == pytest.approx(1, abs=1e-5)


def test_the_one_that_looks_in_several_ways_leaves_the_other_as_it_was(
        predictor: Predictor, settings: Settings) -> None:
    before = predictor.probabilities([predictor.views(picture())])
    several = predictor.in_several_ways(Averaging(2), settings)
    several.probabilities([several.views(picture())])
    assert predictor.views(picture()).drawn is None
    assert np.array_equal(predictor.probabilities([predictor.views(picture())]), before)


def test_drawn_views_go_through_the_fast_network_and_the_square_through_float32(
        predictor: Predictor, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "for_looking", lambda *_: "bfloat16")
    exact = predictor.probabilities([predictor.views(picture())])
    square_alone = predictor.in_several_ways(Averaging(2, 1), settings)
    views_alone = predictor.in_several_ways(Averaging(2, 0), settings)
    views = views_alone.views(picture())
    assert views.drawn is not None
    assert np.allclose(square_alone.probabilities([views]), exact, atol=1e-6)
    in_float32 = np.mean([predictor.probabilities([Views(square)])[0] for square in views.drawn], axis=0)
    fast = views_alone.probabilities([views])[0]
    assert not np.array_equal(fast, in_float32)
    assert np.allclose(fast, in_float32, atol=0.05)


def test_test_time_augmentation_says_the_same_twice(predictor: Predictor, settings: Settings) -> None:
    several = predictor.in_several_ways(Averaging(), settings)
    one, other = (several.probabilities([several.views(picture())]) for _ in range(2))
    assert np.array_equal(one, other)


def test_a_stopped_run_answers_with_the_epoch_that_it_kept(workshop: Workshop, tmp_path: Path) -> None:
    stopped = workshop.train(QUICK, tmp_path / "run", after=lambda event: type(event).__name__ == "EpochDone")
    probabilities = Predictor.of(stopped.run).probabilities([Predictor.of(stopped.run).views(picture())])
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
