"""What the network says of the visitor's photos: each is asked about once, and one or all of them are shown."""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from core.errors import PlaygroundError
from core.jobs.entries import Job
from core.jobs.photo_answers import AskPhoto, Said, Unreadable
from core.jobs.photos import Photo
from pages.ui import predict_label, predict_many, predict_one, predict_ready, session, sharing
from pages.ui.predict_drop import OPEN
from pages.ui.predict_shown import Answered
from pages.ui.predict_training import Answering
from pages.ui.words import amount


def show(answering: Answering, network: Path, photos: Sequence[Photo]) -> None:
    """The answers. One photo is shown large; of many, the one that the address names, else all of them."""
    try:
        answered = _answered(answering.job, network, photos)
    except PlaygroundError as error:
        predict_ready.damaged(error, answering.job)
        return
    _view(answering, answered)


@st.fragment
def _view(answering: Answering, answered: Sequence[Answered]) -> None:
    """A click in it runs nothing else of the page."""
    opened = next((one for one in answered if one.photo.key == st.query_params.get(OPEN)), None)
    if len(answered) == 1:
        opened = answered[0]
    try:
        sharing.still(answering.job)
        predict_label.news(answering)
        if opened is None:
            predict_many.show(answering, answered)
        else:
            predict_one.show(answering, answered, opened)
    except PlaygroundError as error:        # a fragment's errors do not reach the page
        sharing.told_of(answering.job, error)


def _answered(training: Job, network: Path, photos: Sequence[Photo]) -> list[Answered]:
    """In the photos' order. What is known already comes at once, so a run that is broken off loses nothing.

    Raises BadRun where the network cannot be used, MachineFault where its process takes too long.
    """
    place, told = st.empty(), []
    pixels = session.settings().max_picture_pixels
    certainty = training.run.certainty
    changed = certainty.stat().st_mtime_ns if certainty.is_file() else 0
    for number, photo in enumerate(photos):
        request = AskPhoto(network=network, run=training.folder, file=photo.file, pixels=pixels)
        told.append(Answered(photo, _said(request.model_dump_json(), changed)))
        if len(photos) > 1:
            place.progress((number + 1) / len(photos), text=f"Answering: {number + 1:,} of "
                                                            f"{amount(len(photos), 'photo')}")
    place.empty()
    return told


# Shared between visitors only by a photo's key that nobody guesses, and never changed.
@st.cache_resource(max_entries=1024, show_spinner=False)
def _said(request: str, certainty: int) -> Said | Unreadable:
    """`certainty`: when threshold and temperature were last changed."""
    return session.office().photo_answers.said(AskPhoto.model_validate_json(request))
