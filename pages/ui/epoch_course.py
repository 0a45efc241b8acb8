"""What a training said after each of its epochs, as its folder keeps it: read once, and shared."""

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from core.errors import BadRun
from core.interpretation.over_epochs import Course, Said
from core.interpretation.predictions import Predictions
from core.runs.outcome import Outcome

Stamped = tuple[tuple[int, int], ...]        # (epoch from 0, when its file was last changed in ns) of each epoch


@dataclass(frozen=True, slots=True, eq=False)
class Loaded:
    """The epochs that can be compared; None where there is none."""

    course: Course | None
    left_out: int                # epochs without a file that can be read and is of the same pictures


def loaded(outcome: Outcome) -> Loaded:
    """The course of the training so far. Files of epochs that were taken back, before a resume, are left alone."""
    files = {row.epoch: file_of(outcome, row.epoch) for row in outcome.epochs}
    stamped = tuple((epoch, file.stat().st_mtime_ns) for epoch, file in sorted(files.items()) if file.is_file())
    found = _loaded(outcome.run.predictions, stamped)
    return Loaded(found.course, found.left_out + len(files) - len(stamped))


def predictions_of(outcome: Outcome, epoch: int) -> Predictions:
    """What was said after an epoch, from 0. Raises BadRun."""
    file = file_of(outcome, epoch)
    return _predictions(file, file.stat().st_mtime_ns if file.is_file() else 0)


def file_of(outcome: Outcome, epoch: int) -> Path:
    return outcome.run.predictions / f"valid-epoch-{epoch:03d}.npz"


# Shared between visitors only by a job's id that nobody guesses, and never changed.
@st.cache_resource(max_entries=16, show_spinner=False)
def _loaded(folder: Path, stamped: Stamped) -> Loaded:
    said: dict[int, Said] = {}
    for epoch, _ in stamped:
        try:
            said[epoch] = Said.of(Predictions.load(folder / f"valid-epoch-{epoch:03d}.npz"))
        except BadRun:
            continue
    if not said:
        return Loaded(None, len(stamped))
    last = said[max(said)]
    alike = {epoch: each for epoch, each in said.items() if each.alike(last)}
    return Loaded(Course.of(tuple(alike), tuple(alike.values())), len(stamped) - len(alike))


@st.cache_resource(max_entries=32, show_spinner=False)
def _predictions(file: Path, changed: int) -> Predictions:
    return Predictions.load(file)
