"""fastai, in an environment of its own below .bench/, driven by peers/fastai_peer.py.

Its figures are kept there; delete .bench/peer to measure it again (on an idle machine).
"""

import json
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
PLACE = ROOT / ".bench"
PYTHON = PLACE / "fastai" / "bin" / "python"
SCRIPT = ROOT / "bench" / "peers" / "fastai_peer.py"
FASTAI = "fastai==2.8.12"
BUNDLED = ROOT / "core" / "vision" / "bundled" / "resnet18-tinyimagenet.safetensors"

Figures = dict[str, dict[str, Any]]


def install() -> None:
    if not (PLACE / "fastai" / ".ready").exists():
        print(f"preparing {FASTAI} in {PLACE} (once) ...", flush=True)
        subprocess.run([sys.executable, "-m", "venv", PLACE / "fastai"], check=True)
        subprocess.run([PYTHON, "-m", "pip", "install", "--quiet", FASTAI, "safetensors"], check=True)
        (PLACE / "fastai" / ".ready").touch()


def unpacked(archive: Path) -> Path:
    """The labelled folder of a zip, unpacked once: fastai reads folders."""
    folder = PLACE / "data"
    if not (folder / archive.stem).is_dir():
        with zipfile.ZipFile(archive) as zipped:
            zipped.extractall(folder)
    return folder / archive.stem


def figures(data: Path, valid: str, arguments: Sequence[str]) -> Figures:
    """The peer's figures by name; a run takes up to 15 minutes, so its lines are kept below .bench/peer/."""
    kept = PLACE / "peer" / f"{data.stem}-{valid}-{'-'.join(arguments).replace('/', '_')}.jsonl"
    if not kept.exists():
        install()
        command = [str(PYTHON), str(SCRIPT), str(unpacked(data)), "--valid", valid, *arguments]
        done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(done.stdout)
    told = [json.loads(line) for line in kept.read_text().splitlines() if line.startswith("{")]
    return {figure["figure"]: figure for figure in told}
