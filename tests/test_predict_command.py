"""`python -m core predict --tta`: how it averages, and what it refuses."""

import json
import shutil
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from core.__main__ import main
from core.vision.augmentation import preset
from tests.fakes import write_picture
from tests.running import Heard


@pytest.fixture
def photo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PLAYGROUND_THREADS", "1")
    return write_picture(tmp_path / "1.jpg", size=(60, 40))


def probabilities(capsys: pytest.CaptureFixture[str], heard: Heard, photo: Path, *extra: str) -> list[float]:
    assert main(["predict", str(heard.run.path), str(photo), "--json", *extra]) == 0
    return list(json.loads(capsys.readouterr().out)["probabilities"].values())


def test_the_defaults_are_four_views_a_quarter_and_probabilities(
        capsys: pytest.CaptureFixture[str], quick_run: Heard, photo: Path) -> None:
    plain = probabilities(capsys, quick_run, photo, "--tta")
    assert plain == probabilities(capsys, quick_run, photo, "--tta", "--views", "4", "--beta", "0.25",
                                  "--space", "probability")


@pytest.mark.parametrize("extra", [("--views", "2"), ("--beta", "0.75"), ("--space", "log")])
def test_each_lever_changes_the_answer(extra: tuple[str, str], capsys: pytest.CaptureFixture[str], quick_run: Heard,
                                       photo: Path) -> None:
    assert not np.array_equal(probabilities(capsys, quick_run, photo, "--tta"),
                              probabilities(capsys, quick_run, photo, "--tta", *extra))


def test_at_a_beta_of_1_it_is_the_answer_without(capsys: pytest.CaptureFixture[str], quick_run: Heard,
                                                 photo: Path) -> None:
    assert np.allclose(probabilities(capsys, quick_run, photo),
                       probabilities(capsys, quick_run, photo, "--tta", "--beta", "1"), atol=1e-6)


@pytest.mark.parametrize(("extra", "named"), [
    (("--tta", "--views", "0"), "0 views"), (("--tta", "--views", "33"), "33 views"),
    (("--tta", "--beta", "1.5"), "1.5"), (("--tta", "--beta", "nan"), "nan"),
    (("--tta", "--space", "geometric"), "geometric"), (("--views", "2"), "--views"),
    (("--beta", "0.5", "--space", "log"), "--beta, --space")])
def test_a_wrong_value_exits_with_2_and_says_what_and_what_instead(
        extra: tuple[str, ...], named: str, capsys: pytest.CaptureFixture[str], quick_run: Heard, photo: Path) -> None:
    assert main(["predict", str(quick_run.run.path), str(photo), *extra]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert named in told.err
    assert "Problem:" in told.err and "Remedy:" in told.err


def test_a_run_that_varied_no_picture_is_not_looked_at_in_several_ways(
        capsys: pytest.CaptureFixture[str], quick_run: Heard, photo: Path, tmp_path: Path) -> None:
    run = shutil.copytree(quick_run.run.path, tmp_path / "run")
    recipe = json.loads((run / "recipe.json").read_text())
    recipe["augmentation"] = asdict(preset("none"))
    (run / "recipe.json").write_text(json.dumps(recipe))
    assert main(["predict", str(run), str(photo), "--tta"]) == 2
    assert "varied no picture" in capsys.readouterr().err
