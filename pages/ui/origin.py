"""The data set that a training has learned from, as it stands now: its pictures, and what was changed since."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from core.data.dataset import Dataset, Sample
from core.errors import PlaygroundError
from core.jobs.entries import Job
from core.runs.folder import DatasetDocument
from core.runs.outcome import Outcome
from pages.ui import session
from pages.ui.session import Chosen
from pages.ui.words import plain


@dataclass(frozen=True, slots=True, eq=False)
class Origin:
    """A training's data set now. The mappings are shared, and never changed."""

    chosen: Chosen
    samples: Mapping[str, Sample]        # as they came, by id
    since: Mapping[str, str | None]      # by id: the label now, where the training had another; None: removed

    def label(self, id: str) -> str | None:
        """The picture's label now; None where it is removed, or was never there."""
        return self.since[id] if id in self.since else self.samples[id].label if id in self.samples else None

    def thumbnail(self, id: str) -> bytes | None:
        """The whole picture at display size, as JPEG; None where its file is gone."""
        if id not in self.samples:
            return None
        try:
            return self.chosen.stored.thumbnail(self.samples[id]).read_bytes()
        except OSError:                  # deleted in another tab, at this moment
            return None


def origin(job: Job, outcome: Outcome) -> Origin | None:
    """None where the data set is deleted or damaged: a run outlives it. Nor is it shared with the results."""
    if job.dataset is None or job.grant is not None:
        return None
    try:
        chosen = session.opened(session.office().desk.dataset(job.owner, job.dataset))
    except PlaygroundError:
        return None
    return Origin(chosen, _samples(chosen.stored.catalogue, chosen.entry.id),
                  _since(outcome.document, chosen.stored.catalogue, chosen.dataset,
                         (job.folder, outcome.document.fingerprint, chosen.entry.id, chosen.dataset.fingerprint)))


def told(origin: Origin | None, id: str) -> str:
    """What was done to the picture since the training, fit for Markdown; "" for nothing."""
    if origin is None or id not in origin.since:
        return ""
    label = origin.since[id]
    return "removed since" if label is None else f"relabelled since: {plain(label)}"


@st.cache_resource(max_entries=64, show_spinner=False)
def _samples(_catalogue: Dataset, id: str) -> Mapping[str, Sample]:
    return {sample.id: sample for sample in _catalogue.samples}


@st.cache_resource(max_entries=64, show_spinner=False)
def _since(_trained: DatasetDocument, _came: Dataset, _now: Dataset, state: tuple[Path, str, str, str]
           ) -> Mapping[str, str | None]:
    came = {sample.id for sample in _came.samples}
    labels = {sample.id: sample.label for sample in _now.samples}
    return {id: labels.get(id) for id, label in zip(_trained.ids, _trained.labels, strict=True)
            if id in came and labels.get(id) != _trained.classes[label]}
