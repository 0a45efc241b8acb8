"""`python -m core predict`: how `--tta` averages, how sure an answer has to be, and what is refused."""

import json
import shutil
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from core.__main__ import main
from core.runs import certainty
from core.runs.folder import RunFolder
from core.vision.augmentation import preset
from tests.decided import decided
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


@pytest.fixture
def run(quick_run: Heard, tmp_path: Path) -> RunFolder:
    """A finished run for which a person may decide."""
    return RunFolder(Path(shutil.copytree(quick_run.run.path, tmp_path / "decided")))


def said(capsys: pytest.CaptureFixture[str], run: RunFolder, photo: Path, *extra: str) -> str:
    assert main(["predict", str(run.path), str(photo), *extra]) == 0
    return capsys.readouterr().out.strip()


def test_the_run_s_threshold_turns_unsure_answers_into_i_don_t_know(
        capsys: pytest.CaptureFixture[str], run: RunFolder, photo: Path) -> None:
    plain = json.loads(said(capsys, run, photo, "--json"))
    certainty.write(run, decided(threshold=0.9999999))
    best = max(plain["probabilities"].values())
    assert said(capsys, run, photo) == (f"{photo}: I don't know (best guess: {plain['prediction']} "
                                        f"{int(1000 * best) / 1000:.3f})")
    assert json.loads(said(capsys, run, photo, "--json")) == plain | {"refused": True}


def test_a_threshold_of_the_command_line_stands_before_the_run_s(
        capsys: pytest.CaptureFixture[str], run: RunFolder, photo: Path) -> None:
    plain = said(capsys, run, photo, "--json")
    assert json.loads(said(capsys, run, photo, "--json", "--threshold", "0.1")) == json.loads(plain) | {
        "refused": False}
    certainty.write(run, decided(threshold=0.9999999))
    assert said(capsys, run, photo, "--json", "--threshold", "none") == plain
    assert json.loads(said(capsys, run, photo, "--json", "--threshold", "0.1"))["refused"] is False


@pytest.mark.parametrize("extra", [(), ("--tta",)])
def test_the_run_s_temperature_softens_and_changes_no_answer(
        extra: tuple[str, ...], capsys: pytest.CaptureFixture[str], run: RunFolder, photo: Path) -> None:
    plain = json.loads(said(capsys, run, photo, "--json", *extra))
    certainty.write(run, decided(temperature=2.0))
    soft = json.loads(said(capsys, run, photo, "--json", *extra))
    assert set(soft) == set(plain) and soft["prediction"] == plain["prediction"]
    expected = np.sqrt(list(plain["probabilities"].values()))
    assert np.allclose(list(soft["probabilities"].values()), expected / expected.sum(), atol=1e-5)


def test_a_threshold_of_single_looks_is_told_of_where_looks_are_averaged(
        capsys: pytest.CaptureFixture[str], run: RunFolder, photo: Path) -> None:
    certainty.write(run, decided(threshold=0.9))
    assert main(["predict", str(run.path), str(photo), "--tta"]) == 0
    told = capsys.readouterr()
    assert "threshold, 0.9, was chosen on single looks" in told.err and "Note" not in told.out
    for extra in ((), ("--tta", "--threshold", "90%")):
        assert main(["predict", str(run.path), str(photo), *extra]) == 0
        assert capsys.readouterr().err == ""


@pytest.mark.parametrize("typed", ["70", "1", "0", "maybe"])
def test_what_is_no_threshold_exits_with_2(typed: str, capsys: pytest.CaptureFixture[str], run: RunFolder,
                                           photo: Path) -> None:
    assert main(["predict", str(run.path), str(photo), "--threshold", typed]) == 2
    told = capsys.readouterr()
    assert told.out == "" and f"'{typed}'" in told.err and "Remedy:" in told.err


def test_a_damaged_decision_is_told_of_before_anything_is_said(
        capsys: pytest.CaptureFixture[str], run: RunFolder, photo: Path) -> None:
    run.certainty.write_text("{")
    assert main(["predict", str(run.path), str(photo)]) == 2
    told = capsys.readouterr()
    assert told.out == "" and "cannot be read" in told.err and "certainty.json" in told.err
