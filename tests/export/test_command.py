"""`python -m core export`."""

import json
import shutil
from pathlib import Path

import pytest

from core.__main__ import main
from core.export import bundle, onnx_model
from tests.export.conftest import Taken


@pytest.fixture(autouse=True)
def at_home(taken: Taken, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYGROUND_HOME", str(taken.settings.home))


def test_it_says_in_words_what_it_proved(
        taken: Taken, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(onnx_model, "write", lambda classifier, manifest, file: shutil.copyfile(
        taken.folder / "model.onnx", file))
    out = tmp_path / "out.zip"
    assert main(["export", str(taken.run.path), "--out", str(out)]) == 0
    assert out.is_file()
    said = capsys.readouterr().out
    assert f"{out} answers as the run does for all 18 validation pictures" in said
    assert "most uncertain" not in said


def test_its_json_is_the_events(
        taken: Taken, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(bundle, "export", lambda run, out, settings, wishes: (event for event in taken.events))
    assert main(["export", str(taken.run.path), "--out", str(taken.zip), "--json"]) == 0
    told = list(map(json.loads, capsys.readouterr().out.splitlines()))
    assert told == [event.to_dict() for event in taken.events]
    assert list(told[-1]) == ["event", "file", "pictures", "largest_difference", "seconds", "half", "changed"]


def test_a_mistake_is_told_with_its_remedy(taken: Taken, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", str(tmp_path / "no-run"), "--out", str(tmp_path / "out.zip")]) == 2
    assert "is no run folder" in capsys.readouterr().err
    assert main(["export", str(taken.run.path), "--out", str(taken.zip), "--json"]) == 2
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert last["event"] == "Failed" and "already" in last["problem"]


@pytest.mark.parametrize(("as_json", "last"), [
    (["--json"], '{"event":"Cancelled","run":""}'), ([], "Stopped. Nothing was written."),
])
def test_a_stopped_export_is_cancelled(
        taken: Taken, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
        as_json: list[str], last: str) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(onnx_model, "write", stopped)
    assert main(["export", str(taken.run.path), "--out", str(tmp_path / "out.zip"), *as_json]) == 130
    assert capsys.readouterr().out.splitlines()[-1].strip() == last
    assert not list(tmp_path.iterdir())
