"""What the Data page's views look at: columns and measures of the pictures that stand, made once and shared."""

import io
import time
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

from core.data import giveaways, overview
from core.data.measures import Measures, known
from core.data.overview import Columns, Seen
from core.data.store import StoredDataset
from core.errors import LimitReached, NotHere
from core.jobs.entries import Job
from core.jobs.orders import Measure
from core.settings import Settings
from core.vision.architectures import usual_size
from pages.ui import frame, live, session
from pages.ui.dataset_view import Division
from pages.ui.session import Chosen

LOOK_SECONDS = 1.0
AGAIN_SECONDS = 60.0         # a cache that was deleted since is filled anew; one that cannot be is not tried for ever
AVERAGE_PIXELS = 176         # a side, of a mean picture as it is shown
Fingerprints = tuple[str, str]         # of the catalogue and of the data set after its edits


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """A data set with all that its views show. `seen` is None until its pictures are measured."""

    chosen: Chosen
    division: Division
    columns: Columns
    seen: Seen | None

    @property
    def fingerprint(self) -> str:
        return self.chosen.dataset.fingerprint

    @property
    def network_pixels(self) -> int:
        """A side of the largest square that the network will see by the draft recipe."""
        recipe = self.chosen.recipe
        usual = usual_size(recipe.model.weights, session.office().settings.offline)
        return max(stage.size or usual for stage in recipe.stages)


class NotMeasured(LookupError):
    """The cache has no measures of these pictures (any more)."""


def look_at(chosen: Chosen, division: Division) -> Look:
    columns = _columns(chosen, chosen.dataset.fingerprint)
    seen = None
    with suppress(NotMeasured):
        seen = _seen(chosen.stored, columns, _fingerprints(chosen), session.settings())
    return Look(chosen, division, columns, seen)


def averages(look: Look) -> tuple[bytes, ...]:
    """A mean picture a class, in the order of the classes, as JPEG. Raises NotMeasured."""
    return _averages(look.chosen.stored, look.columns, _fingerprints(look.chosen), session.settings())


def measuring(look: Look) -> None:
    """Have the pictures measured where they are not yet, once; a quiet line tells how far that is."""
    if look.seen is not None:
        return
    id = look.chosen.entry.id
    newest = next(iter(session.office().desk.jobs(session.visitor(), dataset=id, kind="measure")), None)
    if newest is None or _to_be_done_again(newest):
        newest = _handed_in(look.chosen)
    if newest is None:
        return
    if not newest.over:
        live.quiet_line(newest.id, "Measuring light and sharpness", LOOK_SECONDS)
    elif newest.state == "finished":
        st.caption(":material/hourglass_disabled: What was measured of these pictures is gone from the cache.")
    else:
        with st.container(horizontal=True, vertical_alignment="center"):
            why = f"{newest.problem} {newest.remedy}".strip() or "That was stopped."
            st.caption(f":material/error: Light and sharpness could not be measured. {frame.plain(why)}")
            if st.button("Measure again", key="measure-again", type="tertiary", icon=":material/refresh:"):
                _handed_in(look.chosen)
                st.rerun()


def _to_be_done_again(job: Job) -> bool:
    return job.state == "finished" and time.time() - (job.ended or 0.0) > AGAIN_SECONDS


def _handed_in(chosen: Chosen) -> Job | None:
    try:
        return session.submit(Measure(dataset=chosen.entry.folder), dataset=chosen.entry.id)
    except (LimitReached, NotHere):        # the rest of the page does without
        return None


def _fingerprints(chosen: Chosen) -> Fingerprints:
    return chosen.stored.catalogue.fingerprint, chosen.dataset.fingerprint


@st.cache_resource(max_entries=32, show_spinner=False)
def _columns(_chosen: Chosen, fingerprint: str) -> Columns:
    return overview.columns(_chosen.dataset)


# Where they are unknown nothing is kept, for an error is not.
@st.cache_resource(max_entries=32, show_spinner=False)
def _seen(_stored: StoredDataset, _columns: Columns, fingerprints: Fingerprints, _settings: Settings) -> Seen:
    return overview.seen(_columns, _known(_stored, _settings))


@st.cache_resource(max_entries=32, show_spinner=False)
def _averages(_stored: StoredDataset, _columns: Columns, fingerprints: Fingerprints,
              _settings: Settings) -> tuple[bytes, ...]:
    return tuple(_enlarged(picture) for picture in giveaways.mean_pictures(_columns, _known(_stored, _settings)))


def _known(stored: StoredDataset, settings: Settings) -> Measures:
    measures = known(stored, settings)
    if measures is None:
        raise NotMeasured
    return measures


def _enlarged(picture: NDArray[np.uint8]) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(picture).resize((AVERAGE_PIXELS, AVERAGE_PIXELS), Image.Resampling.BICUBIC).save(
        buffer, "JPEG", quality=90)
    return buffer.getvalue()
