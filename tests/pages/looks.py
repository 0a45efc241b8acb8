"""Looks through a data set that page tests make up: their findings, and what these rest on."""

from collections.abc import Sequence

import numpy as np

from core.cleaning.finding import ACTIVATIONS, SAID, Finding, Findings
from core.data.dataset import Sample
from core.data.store import StoredDataset
from core.events import Inspected
from core.interpretation.predictions import Predictions
from core.jobs.entries import LOCAL, DatasetEntry, Job
from core.jobs.orders import Inspect
from core.training import presets
from tests.pages.doing import finish, the_desk


def stored_of(entry: DatasetEntry) -> StoredDataset:
    return the_desk().stored(LOCAL, entry.id)


def samples_of(entry: DatasetEntry, label: str) -> list[Sample]:
    return [sample for sample in stored_of(entry).catalogue.samples if sample.label == label]


def asked(entry: DatasetEntry) -> Job:
    """A queued look."""
    return the_desk().submit(LOCAL, Inspect(dataset=entry.folder, recipe=presets.load("quick")), entry.id)


def looked(entry: DatasetEntry, findings: Sequence[Finding], together: tuple[tuple[str, ...], ...] = (),
           right: float = 1.0) -> Job:
    """A finished look that found these. Activations tell the classes apart; `right`: the share that heads told."""
    job, stored = asked(entry), stored_of(entry)
    dataset = stored.dataset()
    numbers = np.array([dataset.classes.index(sample.label) for sample in dataset.samples])
    seen = np.eye(8, dtype=np.float32)[[sorted(stored.catalogue.classes).index(sample.label)
                                        for sample in stored.catalogue.samples]]
    said = np.where(np.arange(len(numbers)) < right * len(numbers), numbers, (numbers + 1) % len(dataset.classes))
    finish(job, [Inspected(len(numbers), len({finding.sample for finding in findings}), 1.0)])
    Findings(fingerprint=dataset.fingerprint, edits=len(stored.edit_log().edits), pictures=len(numbers),
             findings=tuple(findings), together=together).save(job.folder)
    Predictions(tuple(sample.id for sample in dataset.samples), numbers,
                2 * np.eye(len(dataset.classes), dtype=np.float32)[said], dataset.classes
                ).save(job.folder / "predictions" / f"{SAID}.npz")
    np.save(job.folder / ACTIVATIONS, seen)
    return the_desk().job(LOCAL, job.id)


def doubt(sample: Sample, label: str, score: float = 0.8) -> Finding:
    return Finding(sample=sample.id, reason="label", label=label, score=score, value=0.9)
