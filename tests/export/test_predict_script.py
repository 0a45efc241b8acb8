"""The exported predict.py, run as whoever takes it home runs it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from core.__main__ import main
from tests.export.conftest import Taken
from tests.fakes import write_picture


def said(folder: Path, *arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-I", "-X", "utf8", folder / "predict.py", *arguments],
                          capture_output=True, text=True, encoding="utf-8", cwd=cwd, check=False)


@pytest.fixture
def pictures(taken: Taken, tmp_path: Path) -> list[Path]:
    """Of every kind, readable and not; one has a name that markup, emoji and JSON would change."""
    odd = write_picture(tmp_path / "a[bold]:cat: \"é\"\n.png", seed=3)
    whole = write_picture(tmp_path / "whole.jpg", size=(300, 200)).read_bytes()
    (tmp_path / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "words.jpg").write_text("no picture")
    (tmp_path / "empty.png").touch()
    return [*sorted((taken.source / "valid").rglob("*.*")), odd, tmp_path / "whole.jpg", tmp_path / "cut.jpg",
            tmp_path / "words.jpg", tmp_path / "empty.png"]


def test_it_prints_the_lines_of_predict(taken: Taken, pictures: list[Path], capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["predict", str(taken.run.path), *map(str, pictures)]) == 0
    of_export = said(taken.folder, *pictures)
    assert (of_export.stdout, of_export.stderr, of_export.returncode) == (capfd.readouterr().out, "", 0)


def test_its_json_is_the_json_of_predict(
        taken: Taken, pictures: list[Path], capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["predict", str(taken.run.path), *map(str, pictures), "--json"]) == 0
    of_run = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    of_export = [json.loads(line) for line in said(taken.folder, *pictures, "--json").stdout.splitlines()]
    assert [list(line) for line in of_export] == [list(line) for line in of_run]
    assert sum("problem" in line for line in of_export) == 3
    for one, other in zip(of_export, of_run, strict=True):
        shares = one.pop("probabilities", {})
        assert shares == pytest.approx(other.pop("probabilities", {}), abs=1e-5)
        assert one == other


def test_a_picture_that_is_not_there_is_named_before_anything_is_said(taken: Taken, pictures: list[Path]) -> None:
    for lost in ("lost.jpg", "."):
        of_export = said(taken.folder, pictures[0], lost)
        assert (of_export.returncode, of_export.stdout) == (2, "")
        assert f"There is no picture at '{lost}'" in of_export.stderr and "Remedy: " in of_export.stderr


@pytest.mark.parametrize(("file", "content"), [
    ("manifest.json", None), ("manifest.json", b"{"), ("manifest.json", b"[]"),
    ("manifest.json", b'{"classes": ["a"], "preprocessing": {"size": 1}}'), ("model.onnx", None),
    ("model.onnx", b"x"),
])
def test_a_damaged_export_is_told_of_without_a_traceback(
        taken: Taken, tmp_path: Path, pictures: list[Path], file: str, content: bytes | None) -> None:
    folder = tmp_path / "copy"
    folder.mkdir()
    shutil.copyfile(taken.folder / "predict.py", folder / "predict.py")
    for name in {"manifest.json", "model.onnx"} - {file}:
        (folder / name).symlink_to(taken.folder / name)
    if content is not None:
        (folder / file).write_bytes(content)
    of_export = said(folder, pictures[0])
    assert of_export.returncode == 2
    assert of_export.stderr.startswith("Problem: The files beside predict.py cannot be used")
    assert "Traceback" not in of_export.stderr


@pytest.mark.skipif(sys.platform == "darwin", reason="file names are UTF-8 there")
def test_a_file_name_that_is_no_text_is_shown_as_text(taken: Taken, tmp_path: Path) -> None:
    picture = write_picture(tmp_path / "x.png").rename(tmp_path / os.fsdecode(b"\xff.png"))
    of_export = said(taken.folder, picture, "--json")
    assert json.loads(of_export.stdout)["file"].endswith("\\xff.png")
