"""`python -m core train` with the bundled weights, imports included: seconds, and accuracy over three seeds."""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import mean

from bench.common import DATA, ROOT, row
from core.interpretation.intervals import describe_accuracy
from core.runs.folder import RunFolder

SEEDS = (1, 2, 3)
SOURCES = {"ants-bees": str(DATA / "ants-bees.zip"), "clothing": str(DATA / "clothing.zip"),
           "coins": "coins", "digits": "digits"}


def main() -> None:
    row("quick, bundled resnet18 @128", "seconds", "mean accuracy", "seeds (first one's interval)")
    for name, source in SOURCES.items():
        with tempfile.TemporaryDirectory() as home:
            if source == name:      # a built-in set is drawn once, when it is first used; that is not training
                _train(source, home, 0)
            runs = [_train(source, f"{home}/{seed}" if source != name else home, seed) for seed in SEEDS]
            part = "test" if (runs[0][1].predictions / "test.npz").is_file() else "valid"
            predictions = [run.read_predictions(part) for _, run in runs]
            row(f"{name} ({part})", " ".join(f"{seconds:.1f}" for seconds, _ in runs),
                f"{mean(p.accuracy for p in predictions):.3f}",
                " ".join(f"{p.accuracy:.3f}" for p in predictions) + f"  ({describe_accuracy(predictions[0])})")


def _train(source: str, home: str, seed: int) -> tuple[float, RunFolder]:
    command = [sys.executable, "-m", "core", "train", source, "--model", "resnet18", "--weights", "bundled",
               "--seed", str(seed), "--json"]
    started = time.perf_counter()
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT,
                          env={**_environment(), "PLAYGROUND_HOME": home})
    seconds = time.perf_counter() - started
    return seconds, RunFolder.open(Path(json.loads(done.stdout.splitlines()[-1])["run"]))


def _environment() -> dict[str, str]:
    import os
    return dict(os.environ)


if __name__ == "__main__":
    main()
