"""A whole picture, large: decoded by a process that is not the server, and kept."""

import streamlit as st

from core.data.dataset import Sample
from core.data.store import StoredDataset
from core.errors import PlaygroundError
from core.jobs.previews import PreviewRequest
from core.training.recipe import Cut
from core.vision.augmentation import preset
from pages.ui import session


def large(dataset: str, stored: StoredDataset, sample: Sample) -> bytes | None:
    """The upright picture of this data set (its entry's id) as JPEG, of 480 pixels; None where it cannot be decoded."""
    return _large(dataset, stored.original(sample).as_posix(), sample.width * sample.height)


def at_hand() -> bool:
    """Whether the process that decodes runs already: its start takes a second or more."""
    return session.office().previews.pid is not None


@st.cache_data(max_entries=64, show_spinner=False)
def _large(dataset: str, file: str, pixels: int) -> bytes | None:
    request = PreviewRequest(file=file, pixels=pixels, row=0, spec=preset("none"),
                             preprocessing=Cut().at(64), count=1)
    try:
        return session.office().previews.draw(request).original
    except PlaygroundError:
        return None
