"""Why the network says that of a photo: where it looked, other crops of it, and the training pictures it is like."""

import numpy as np
import streamlit as st

from core.errors import PlaygroundError
from core.interpretation.landscape import nearest_to
from core.interpretation.temperature import tempered_shares
from core.jobs.explanations import Picture, Problem
from core.jobs.photo_answers import Said
from core.runs import certainty
from pages.ui import explained, frame, look_alikes, overlay, session
from pages.ui.closer_why import COARSE, NAMES, NOTHING
from pages.ui.exhibit import Exhibit
from pages.ui.explain import explain
from pages.ui.predict_shown import Answered
from pages.ui.predict_training import Answering
from pages.ui.words import plain, short, unbroken_percent

ALIKE = "Pictures like it"
WAYS = ("Where it looked", ALIKE, "Other crops")
SECONDS_BETWEEN_LOOKS = 1.0
REMOVED = "This photo was removed meanwhile, in another tab perhaps. Drop it again to learn more of it."


def show(answering: Answering, one: Answered) -> None:
    """One way at a time, asked of the process that has the network in a form that explains itself."""
    st.divider()
    shared = answering.job.grant is not None         # without training pictures
    way = st.segmented_control("Why", [way for way in WAYS if not shared or way != ALIKE], default=WAYS[0],
                               required=True, key="shared-why" if shared else "predict-why",
                               label_visibility="collapsed", persist_state="session")
    assert isinstance(one.said, Said)
    if not one.photo.file.is_file():
        st.info(REMOVED)
        return
    photo = Picture(file=one.photo.file, pixels=session.settings().max_picture_pixels)
    if way == WAYS[0]:
        _where(answering, one.said, photo)
    elif way == ALIKE:
        _alike(answering, one.said, photo)
    else:
        _crops(answering, one.said, photo)


def _where(answering: Answering, said: Said, photo: Picture) -> None:
    left, right = st.columns([3, 5], gap="large")
    with right:
        target = st.selectbox("What spoke for", said.ranked, key="predict-target", width=320,
                              format_func=lambda place: f"{short(answering.classes[place])} · "
                                                        f"{unbroken_percent(said.probabilities[place])}")
        opacity = explained.opacity_slider("predict")
        words = st.empty()
        explain("saliency map", "Grad-CAM", label="What can this tell?")
    with left, explained.asking("Looking where it looked"):
        found = explained.where_in_photo(answering.job, photo, target)
        if isinstance(found, Problem):
            st.info(f"{frame.plain(found.problem)} {frame.plain(found.remedy)}")
            return
        values = np.array(found.map)
        st.image(overlay.overlaid(found.jpeg, values, opacity if found.anything else 0), width="stretch",
                 alt="The photo with the places that spoke for the class")
        name = plain(short(answering.classes[target]))
        height, width = values.shape
        words.caption(COARSE.format(name, width, height) if found.anything else NOTHING.format(name))


def _crops(answering: Answering, said: Said, photo: Picture) -> None:
    with explained.asking("Looking at other crops"):
        crops = explained.crops_of_photo(answering.job, photo)
        if len(crops) == 1:
            st.caption("This photo is a square, or nearly: every crop shows the same.")
            return
        heat = certainty.read(answering.job.run).heat or 1
        for column, crop in zip(st.columns(len(crops)), crops, strict=True):
            shares = tempered_shares(np.array(crop.probabilities), heat)
            best = int(shares.argmax())
            with column:
                st.image(crop.jpeg, width="stretch", alt=NAMES[crop.name])
                same = ":gray[:material/equal:]" if best == said.ranked[0] else ":orange[:material/swap_horiz:]"
                st.markdown(f"{NAMES[crop.name]}" + (" :gray[· what it saw]" if crop.usual else "") +
                            f"  \n{same} **{plain(short(answering.classes[best], 16))}** "
                            f"{unbroken_percent(float(shares[best]))}")
    explain("centre crop")


def _alike(answering: Answering, said: Said, photo: Picture) -> None:
    exhibit = Exhibit(answering.job, answering.outcome, answering.outcome.valid)
    newest = session.newest_of(answering.job, "map")
    at_work = newest is not None and not newest.over
    st.fragment(_alike_section, run_every=SECONDS_BETWEEN_LOOKS if at_work else None)(exhibit, said, photo)


def _alike_section(exhibit: Exhibit, said: Said, photo: Picture) -> None:
    try:
        here = look_alikes.standing(exhibit)
        if here is None:
            look_alikes.first(exhibit)
            return
        with explained.asking("Looking for pictures like it"):
            values = np.array(explained.activations_of_photo(exhibit.job, photo), dtype=np.float32)
            found = nearest_to(here, values, exhibit.outcome.document.split["train"], look_alikes.HOW_MANY)
            if found:
                look_alikes.pictures(exhibit, found, exhibit.predictions.classes[said.ranked[0]])
            else:
                st.caption("There are no training pictures to compare it with.")
    except PlaygroundError as error:
        frame.told(error)
