"""A photo that is no new one: the very file was among the pictures of the training that answers."""

import hashlib
from pathlib import Path
from typing import Literal

import streamlit as st

from core.jobs.photos import Photo
from pages.ui.origin import origin
from pages.ui.predict_training import Answering

Part = Literal["train", "valid"]
WORDS: dict[Part, str] = {
    "train": "The network has learned from this very picture, so that its answer proves little. Try one that it has "
             "never seen.",
    "valid": "This very picture was among the validation pictures of the training: the network has not learned from "
             "it, but it is no new one either."}


def part_of(answering: Answering, photo: Photo) -> Part | None:
    """Where the training had it; None for a new photo. Of a shared training it tells nothing."""
    came_from = origin(answering.job, answering.outcome) if answering.job.grant is None else None
    if came_from is None or not photo.file.is_file():
        return None
    digest = _digest(str(photo.file))
    split = answering.outcome.document.split
    parts: tuple[Part, ...] = ("train", "valid")
    return next((part for part in parts for id in split[part]
                 if id in came_from.samples and came_from.samples[id].sha256 == digest), None)


@st.cache_data(max_entries=1024, show_spinner=False)
def _digest(file: str) -> str:
    with Path(file).open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
