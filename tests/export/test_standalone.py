import ast
import inspect
import sys
from pathlib import Path

import pytest

from core.data import preprocessing
from core.export import standalone as room
from core.export.standalone import standalone


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small core of a few modules."""
    monkeypatch.setattr(room, "ROOT", tmp_path)
    core = tmp_path / "core"
    core.mkdir()
    (core / "cellar.py").write_text(
        '"""Cellar."""\nimport os\nimport math\n\n# Why two.\nTWO = 2\nTHREE: int = 3\n\n\n'
        "def unused() -> str:\n    return os.sep\n\n\ndef half(n: float) -> float:\n    return math.floor(n) / TWO\n")
    (core / "room.py").write_text(
        "from functools import cache as kept\n\nfrom core.cellar import half\n\n\n"
        "@kept\ndef quarter(n: float) -> float:\n    return half(half(n))\n")
    return core


def test_a_script_carries_what_it_reaches_and_nothing_else(house: Path) -> None:
    (house / "main.py").write_text('"""Says it."""\nimport sys\n\nfrom core.room import quarter\n\n'
                                   "sys.stdout.write(str(quarter(8)))\n")
    script = standalone("core.main")
    assert script == (
        '"""Says it."""\n\nimport math\nimport sys\nfrom functools import cache as kept\n\n\n'
        "# Why two.\nTWO = 2\n\n\ndef half(n: float) -> float:\n    return math.floor(n) / TWO\n\n\n"
        "@kept\ndef quarter(n: float) -> float:\n    return half(half(n))\n\n\nsys.stdout.write(str(quarter(8)))\n")


def test_a_name_that_is_imported_under_another_is_refused(house: Path) -> None:
    (house / "main.py").write_text('"""x"""\nfrom core.room import quarter as q\n\nq(8)\n')
    with pytest.raises(AssertionError, match="renames quarter"):
        standalone("core.main")


def test_two_things_of_one_name_are_refused(house: Path) -> None:
    (house / "main.py").write_text('"""x"""\nfrom core.room import quarter\n\n\ndef half() -> None:\n    quarter(8)\n')
    with pytest.raises(AssertionError, match="both have half"):
        standalone("core.main")


def test_the_exported_script_carries_the_very_lines_of_the_preprocessing() -> None:
    script = standalone("core.export.predict_template")
    for part in (preprocessing.Preprocessing, preprocessing.upright_rgb, preprocessing._to_8_bits):
        assert inspect.getsource(part) in script


def test_the_exported_script_imports_only_what_its_requirements_name() -> None:
    imported = {name.split(".")[0] for node in ast.walk(ast.parse(standalone("core.export.predict_template")))
                for name in ([alias.name for alias in node.names] if isinstance(node, ast.Import)
                             else [node.module or ""] if isinstance(node, ast.ImportFrom) else [])}
    assert imported - sys.stdlib_module_names == {"numpy", "PIL", "onnxruntime"}
