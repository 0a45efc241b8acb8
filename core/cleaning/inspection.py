"""One look through a data set for everything that may be wrong with it."""

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.cleaning import duplicates, labels, quality
from core.cleaning.finding import Finding, Reason
from core.data.dataset import Dataset, Part
from core.data.measures import Measures
from core.events import Event, Progress
from core.interpretation.predictions import Predictions

WORK = "looking for what may be wrong"


@dataclass(frozen=True, slots=True, eq=False)
class Inspection:
    """What was found, what a head that had not seen a picture says of it, and which pictures are alike."""

    findings: tuple[Finding, ...]
    silent: tuple[Reason, ...]
    said: Predictions                          # cross-validated
    together: tuple[tuple[str, ...], ...]      # near duplicates, a group each


def inspect(dataset: Dataset, side: dict[str, Part], measures: Measures, activations: NDArray[np.float32]
            ) -> Generator[Event, None, Inspection]:
    """Look through the pictures as they stand. `activations` (N, C): a row a picture of the data set, in its order."""
    samples = dataset.samples
    place = {label: number for number, label in enumerate(dataset.classes)}
    numbers = np.array([place[sample.label] for sample in samples], dtype=np.int64)
    rows = [measures.rows[sample.id] for sample in samples]
    pairs = duplicates.near_pairs(samples, measures.column("hash")[rows], activations)
    yield Progress(WORK, 1, 4, "steps")
    copies = duplicates.copies(samples, pairs)
    probabilities = yield from labels.cross_validated(activations, numbers, copies)
    yield Progress(WORK, 2, 4, "steps")
    own = probabilities[np.arange(len(samples)), numbers]
    plausible = {sample.id: float(share) for sample, share in zip(samples, own, strict=True)}
    found = duplicates.findings(samples, side, pairs, plausible)
    found += labels.label_issues(samples, dataset.classes, numbers, probabilities)
    yield Progress(WORK, 3, 4, "steps")
    found += labels.outliers(samples, activations, copies)
    seen, silent = quality.findings(samples, measures)
    yield Progress(WORK, 4, 4, "steps")
    logits = np.log(np.maximum(probabilities, 1e-9)).astype(np.float32)
    said = Predictions(tuple(sample.id for sample in samples), numbers, logits, dataset.classes)
    return Inspection(tuple(found + seen), silent, said, duplicates.together(samples, pairs))
