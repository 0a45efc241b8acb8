"""What the explainer says of pictures of the results page: asked once for each, and kept."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import streamlit as st

from core.errors import PlaygroundError
from core.jobs.entries import Job
from core.jobs.explanations import (
    AskActivations,
    AskCovered,
    AskCrops,
    AskLooks,
    AskWhere,
    Covered,
    Crop,
    Look,
    Picture,
    Problem,
    Request,
    Where,
)
from pages.ui import frame, session
from pages.ui.exhibit import Exhibit
from pages.ui.origin import origin


def where(exhibit: Exhibit, rows: Sequence[int], targets: Sequence[int]) -> tuple[Where | Problem, ...]:
    """What in each picture spoke for a class. Raises UserMistake, MachineFault, as the others below."""
    pictures = tuple(_picture(exhibit, row) for row in rows)
    return _where(*_key(exhibit.job, AskWhere(run=exhibit.job.folder, pictures=pictures, targets=tuple(targets))))


def covered(exhibit: Exhibit, row: int, target: int) -> Covered:
    request = AskCovered(run=exhibit.job.folder, picture=_picture(exhibit, row), target=target)
    return _covered(*_key(exhibit.job, request))


def crops(exhibit: Exhibit, row: int) -> tuple[Crop, ...]:
    return _crops(*_key(exhibit.job, AskCrops(run=exhibit.job.folder, picture=_picture(exhibit, row))))


def looks(exhibit: Exhibit, row: int, views: int) -> tuple[Look, ...]:
    return _looks(*_key(exhibit.job, AskLooks(run=exhibit.job.folder, picture=_picture(exhibit, row), views=views)))


def where_in_photo(training: Job, photo: Picture, target: int) -> Where | Problem:
    """Of a photo that no training has met; so are the two below."""
    found, = _where(*_key(training, AskWhere(run=training.folder, pictures=(photo,), targets=(target,))))
    return found


def crops_of_photo(training: Job, photo: Picture) -> tuple[Crop, ...]:
    return _crops(*_key(training, AskCrops(run=training.folder, picture=photo)))


def activations_of_photo(training: Job, photo: Picture) -> tuple[float, ...]:
    return _activations(*_key(training, AskActivations(run=training.folder, picture=photo)))


@contextmanager
def asking(doing: str) -> Iterator[None]:
    """A word on what takes so long, for a block that asks; what goes wrong in it is told in words."""
    first = session.office().explanations.pid is None
    with st.spinner("Loading the network; the first time takes some seconds" if first else doing, show_time=first):
        try:
            yield
        except PlaygroundError as error:
            frame.told(error)


def opacity_slider(place: str) -> float:
    """How strongly maps are laid over pictures, from 0 to 1; a slider of its own for each place of the page."""
    percent: int = st.slider("Map over picture", 0, 100, 55, 5, format="%d %%", key=f"{place}-opacity",
                             persist_state="session", help="How strongly the map covers the picture.")
    return percent / 100


def _key(training: Job, request: Request) -> tuple[str, int]:
    """A training that goes on replaces its weights: then the same question has another answer."""
    weights = training.run.weights
    return request.model_dump_json(), weights.stat().st_mtime_ns if weights.is_file() else 0


def _picture(exhibit: Exhibit, row: int) -> Picture:
    """The original, while its data set stands; else what the run keeps of it."""
    id, came_from = exhibit.predictions.ids[row], origin(exhibit.job, exhibit.outcome)
    if came_from is None or id not in came_from.samples:
        return Picture(pixels=1, sample=id)
    sample = came_from.samples[id]
    return Picture(file=came_from.chosen.stored.original(sample), pixels=sample.width * sample.height, sample=id)


# Below: shared between visitors only by a folder that nobody guesses, and never changed.
@st.cache_resource(max_entries=128, show_spinner=False)
def _where(request: str, weights: int) -> tuple[Where | Problem, ...]:
    return session.office().explanations.where(AskWhere.model_validate_json(request))


@st.cache_resource(max_entries=128, show_spinner=False)
def _covered(request: str, weights: int) -> Covered:
    return session.office().explanations.covered(AskCovered.model_validate_json(request))


@st.cache_resource(max_entries=128, show_spinner=False)
def _crops(request: str, weights: int) -> tuple[Crop, ...]:
    return session.office().explanations.crops(AskCrops.model_validate_json(request))


@st.cache_resource(max_entries=128, show_spinner=False)
def _looks(request: str, weights: int) -> tuple[Look, ...]:
    return session.office().explanations.looks(AskLooks.model_validate_json(request))


@st.cache_resource(max_entries=128, show_spinner=False)
def _activations(request: str, weights: int) -> tuple[float, ...]:
    return session.office().explanations.activations(AskActivations.model_validate_json(request))
