"""The house's one rule of direction: rooms below never import rooms above, and core knows no screen."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CORE = ROOT / "core"

# From the cellar up. A room imports from itself and from rooms that stand before it.
ROOMS = ("errors", "settings", "events", "data", "web", "interpretation", "cleaning", "runs", "machine", "vision",
         "training", "inference", "export", "pipeline", "playground", "jobs", "console", "__main__")
SCREENS = {"streamlit", "plotly", "pages"}
TORCH_FREE = ("errors", "settings", "events", "data", "web", "interpretation", "cleaning", "runs", "console")
TORCH = {"torch", "torchvision"}
# Parts of rooms with torch that pages read all the same: what can be chosen, and what was.
TORCH_FREE_MODULES = ("core.training.words", "core.training.draft", "core.training.forecast",
                      "core.training.recipe", "core.training.schedules", "core.training.continuation",
                      "core.training.diagnosis", "core.training.difference", "core.jobs.shelf_of_runs",
                      "core.vision.architectures", "core.vision.augmentation",
                      "core.training.replay", "core.export.certificate", "core.export.reproduce",
                      "core.jobs.office", "core.jobs.conclusion", "core.jobs.uploads", "core.jobs.shares")


def imports_of(file: Path) -> Iterator[str]:
    """Full dotted names of everything a file imports, inside functions too."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file} imports relatively: say where a name comes from"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def room_of(file: Path) -> str:
    return file.relative_to(CORE).parts[0].removesuffix(".py")


TAKEAWAY = CORE / "export" / "takeaway"      # goes into exports as it is, and is nowhere imported
CORE_FILES = sorted(file for file in CORE.rglob("*.py")
                    if file != CORE / "__init__.py" and TAKEAWAY not in file.parents)


@pytest.mark.parametrize("file", CORE_FILES, ids=lambda file: str(file.relative_to(CORE)))
def test_a_room_imports_only_itself_and_rooms_below(file: Path) -> None:
    room = room_of(file)
    assert room in ROOMS, f"{room} has no place in ROOMS: say which rooms it may use"
    allowed = ROOMS[: ROOMS.index(room) + 1]
    for name in imports_of(file):
        first, *rest = name.split(".")
        assert first not in SCREENS, f"{file} imports {name}: core knows no screen"
        if first == "core" and rest:
            assert rest[0] in allowed, f"{file} imports {name} from a room above"


@pytest.mark.parametrize("room", TORCH_FREE)
def test_rooms_that_pages_read_import_no_torch(room: str) -> None:
    for file in CORE_FILES:
        if room_of(file) == room:
            assert not TORCH & {name.split(".")[0] for name in imports_of(file)}, file


def test_reading_data_and_predictions_loads_no_torch_at_run_time() -> None:
    modules = [*TORCH_FREE_MODULES] + [".".join(file.relative_to(ROOT).with_suffix("").parts)
               for file in CORE_FILES if room_of(file) in TORCH_FREE and file.name != "__init__.py"]
    code = f"import {', '.join(modules)}, sys; assert 'torch' not in sys.modules, 'torch was imported'"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


PAGE_FILES = sorted((ROOT / "pages").rglob("*.py"))
HEAVY = TORCH | {"albumentations", "cv2", "onnxruntime"}


@pytest.mark.parametrize("file", PAGE_FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_no_page_imports_a_network_or_what_decodes_strangers_pictures(file: Path) -> None:
    assert not HEAVY & {name.split(".")[0] for name in imports_of(file)}


def test_the_server_with_all_its_pages_loads_no_torch() -> None:
    """A network would be run in a worker's process alone; this one could not even build one."""
    code = ("import importlib, pkgutil, sys, streamlit_app\n"
            "from pages import ui\n"
            "for part in pkgutil.iter_modules(ui.__path__, 'pages.ui.'): importlib.import_module(part.name)\n"
            "from core.jobs.office import office\n"
            "assert not {'torch', 'torchvision', 'albumentations'} & set(sys.modules)")
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
