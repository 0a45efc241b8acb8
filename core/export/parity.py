"""The proof that an export is the same model: its own answers, held against the run's stored ones."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Generator, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from core.errors import ExportDiffers, MachineFault
from core.events import Event, Progress
from core.export.certificate import PROBABILITY_TOLERANCE, TIE, Certificate, WeightsFormat
from core.export.manifest import PREDICT_PACKAGES
from core.interpretation.predictions import Predictions
from core.machine import versions

PICTURES_A_PROCESS = 200         # of up to 160 characters each: a command line of Windows holds 32,767
DIFFERING_NAMED = 5


def certify(folder: Path, valid: Predictions, originals: Sequence[Path], names: Sequence[str],
            files: dict[str, str], temperature: float | None = None, weights: WeightsFormat = "float32"
            ) -> Generator[Event, None, Certificate]:
    """The certificate of the export unpacked in `folder`, from its own answers for the validation pictures.

    `originals` and `names` go with the rows of `valid`, which are at the `temperature` of the export.
    Raises ExportDiffers, which names the pictures, where an answer is not the run's (of float16 weights: is none);
    MachineFault where the export does not answer at all.
    """
    exported = yield from answered(folder, originals, valid.classes)
    exact = weights == "float32"
    require_answers(valid, exported, differing(valid, exported) if exact else unanswered(exported), names)
    chosen = exported.argmax(axis=1)
    return Certificate(
        pictures=len(valid), same_class=int((chosen == valid.predicted).sum()), weights=weights,
        correct=int((chosen == valid.labels).sum()), correct_of_run=int(valid.correct.sum()),
        largest_difference=float(np.abs(exported - valid.probabilities).max()), files=files, temperature=temperature,
        probability_tolerance=PROBABILITY_TOLERANCE if exact else None, tie=TIE if exact else None,
        versions={"python": versions()["python"]} | {name: version(name) for name in PREDICT_PACKAGES})


def require_answers(valid: Predictions, exported: NDArray[np.float64], faults: NDArray[np.int64],
                    names: Sequence[str]) -> None:
    """Raises ExportDiffers, which names the pictures of the rows `faults`, where there are any."""
    if not len(faults):
        return
    shown = "; ".join(f"'{names[row]}' {_difference(valid, exported, row)}" for row in faults[:DIFFERING_NAMED])
    more = f"; and {len(faults) - DIFFERING_NAMED} more" if len(faults) > DIFFERING_NAMED else ""
    raise ExportDiffers(
        f"The exported network does not answer as the run did for {len(faults)} of {len(valid)} validation "
        f"pictures: {shown}{more}.",
        remedy="The run's weights or pictures may have been changed since it ended: train again and export that "
               "run. If it happens again, it is a fault of ours: please report it.")


def unanswered(exported: NDArray[np.float64]) -> NDArray[np.int64]:
    """Rows of `exported` (N, K) that are no answers."""
    return np.flatnonzero(~np.isfinite(exported).all(axis=1))


def differing(valid: Predictions, exported: NDArray[np.float64]) -> NDArray[np.int64]:
    """Rows of `exported` (N, K) that are not the run's answers, the tolerance granted; NaN is no answer."""
    near = (np.abs(exported - valid.probabilities) <= PROBABILITY_TOLERANCE).all(axis=1)
    second, best = np.sort(valid.probabilities, axis=1)[:, -2:].T
    same = (exported.argmax(axis=1) == valid.predicted) | (best - second <= TIE)
    return np.flatnonzero(~(near & same))


def answered(folder: Path, pictures: Sequence[Path], classes: tuple[str, ...], work: str = "checking the export"
             ) -> Generator[Event, None, NDArray[np.float64]]:
    """Probabilities (N, K) that the export's own predict.py gives, in fresh processes; NaN where it gave none."""
    rows: list[list[float]] = []
    for start in range(0, len(pictures), PICTURES_A_PROCESS):
        for line in _said(folder, pictures[start:start + PICTURES_A_PROCESS]):
            shares = line.get("probabilities", {})
            rows.append([shares.get(name, np.nan) for name in classes])
            yield Progress(work, len(rows), len(pictures))
    return np.array(rows, dtype=np.float64)


def _said(folder: Path, pictures: Sequence[Path]) -> Iterator[dict[str, Any]]:
    """What predict.py prints a picture. Isolated (-I): it finds neither `core` nor what the environment names."""
    command = [sys.executable, "-I", "-X", "utf8", str(folder / "predict.py"), "--json", *map(str, pictures)]
    said = 0
    with (tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as complaints,
          subprocess.Popen(command, stdout=subprocess.PIPE, stderr=complaints, stdin=subprocess.DEVNULL,  # noqa: S603
                           cwd=folder, text=True, encoding="utf-8") as process):
        assert process.stdout is not None
        try:
            for line in process.stdout:
                if line.endswith("\n"):      # else it was killed while it wrote, which its code tells
                    said += 1
                    yield json.loads(line)
            code = process.wait()
        finally:
            process.kill()
        if code or said != len(pictures):
            raise MachineFault(f"The exported predict.py stopped with code {code} ({_last_line(complaints)}).",
                               remedy="Check that the packages of requirements.txt are installed, then export again.")


def _last_line(complaints: IO[str]) -> str:
    complaints.seek(0)
    return (complaints.read().strip().splitlines() or ["it gave no reason"])[-1]


def _difference(valid: Predictions, exported: NDArray[np.float64], row: np.int64) -> str:
    if np.isnan(exported[row]).any():
        return "(it could not be read)"
    of_run, of_export = int(valid.predicted[row]), int(exported[row].argmax())
    return (f"({valid.classes[of_run]} {valid.probabilities[row, of_run]:.3f} in the run, "
            f"{valid.classes[of_export]} {exported[row, of_export]:.3f} in the export)")
