"""A closer look, why: where the network looked, and what it says of other squares of the same picture."""

from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.data.crops import CropName
from core.interpretation.temperature import tempered, tempered_shares
from core.interpretation.views import Averaging, Views, averaged
from core.jobs.explanations import Covered, Look, Problem, Seen, Where
from core.jobs.orders import Train
from core.vision.views import varies
from pages.ui import explained, frame, overlay
from pages.ui.bars import share_bar
from pages.ui.exhibit import Exhibit
from pages.ui.explain import explain
from pages.ui.words import amount, percent, short, unbroken_percent

COPIES = 8
A_ROW = 3
MAP_PIXELS = 240                 # of a map's side: it fits below the picture
CLASSES = "saliency-classes"     # session_state: how often a class was chosen, and which for which picture
COVERED = "saliency-covered"     # session_state: the training and the picture whose parts were covered last
NOTICED = 0.02                   # a smaller change of a probability is not worth a map
LEAST_PROBABILITY = 1e-12
NAMES: dict[CropName, str] = {"left": "Left", "middle": "Middle", "right": "Right", "top": "Top", "bottom": "Bottom",
                              "squeezed": "All, squeezed", "padded": "All, padded"}
COARSE = ("Bright: what spoke for {}. The map is only {} × {} fields, and scaled to its own brightest one: it tells "
          "where, neither how much nor what spoke against it.")
NOTHING = "No part of this picture spoke for {}, by Grad-CAM. Covering parts may tell more."
FALLS = ("Bright: where covering takes most from {}, at most from {} to {}. The patch is {} of the side, so nothing "
         "smaller shows.")
NO_FALL = ("Whatever part is covered, {} stays at about {}: the answer does not hang on one place. Other places may "
           "step in for the covered one.")
UNTEMPERED = "These probabilities are those before the temperature in use."
OWN_COPY = "The whole picture is gone: this is of the square that the training kept."


def where_it_looked(exhibit: Exhibit, row: int) -> None:
    """Grad-CAM for a class, and on a click what covering parts does to its probability."""
    which, how = st.columns(2, gap="medium", vertical_alignment="bottom")
    with which:
        target = _class(exhibit, row)
    with how:
        opacity = explained.opacity_slider("closer")
    quick, slow = st.columns(2, gap="medium")
    name = _named(exhibit, target)
    with quick, explained.asking("Looking where it looked"):
        found, = explained.where(exhibit, [row], [target])
        if isinstance(found, Problem):
            st.info(f"{frame.plain(found.problem)} {frame.plain(found.remedy)}")
        else:
            _grad_cam(found, name, opacity)
    asked_of = (exhibit.job.id, exhibit.predictions.ids[row])
    with slow:
        if st.session_state.get(COVERED) == asked_of:
            with explained.asking("Covering one part after another"):
                _occlusion(explained.covered(exhibit, row, target), name, opacity)
                if exhibit.heat is not None:
                    st.caption(UNTEMPERED)
        else:
            st.caption("A check that takes a few seconds: cover one part after another, and see where the "
                       "probability falls.")
            st.button("Check by covering parts", icon=":material/grid_view:", key="saliency-cover",
                      on_click=_remember, args=asked_of)
    explain("saliency map", "Grad-CAM", "occlusion", label="What can this tell?")


def other_crops(exhibit: Exhibit, row: int) -> None:
    """The squares that other ways of preprocessing show, with their answers."""
    with explained.asking("Looking at other crops"):
        crops = explained.crops(exhibit, row)
        if len(crops) == 1:
            st.caption("This picture is a square, or nearly: every crop shows the same.")
        else:
            st.markdown(_answers(exhibit, crops, "crops"))
            for column, crop in zip(st.columns(len(crops)), crops, strict=True):
                with column:
                    st.image(crop.jpeg, width="stretch", alt=NAMES[crop.name])
                    st.markdown(f"{NAMES[crop.name]}" + (" :gray[· what it saw]" if crop.usual else ""))
                    _said(exhibit, row, crop)
    explain("centre crop")


def several_looks(exhibit: Exhibit, row: int) -> None:
    """The picture itself and views drawn as training draws them, each with its answer."""
    assert isinstance(exhibit.job.order, Train)
    if not varies(exhibit.job.order.recipe.augmentation):
        st.caption("This training varied no picture, so every look would be the same. Train with an augmentation, "
                   "such as side-on, to have several.")
        return
    with explained.asking("Looking several times"):
        looks = explained.looks(exhibit, row, COPIES)
        st.markdown(f"{_answers(exhibit, looks, 'looks')} {_average(exhibit, looks)}")
        for start in range(0, len(looks), A_ROW):
            for column, number in zip(st.columns(A_ROW), range(start, len(looks)), strict=False):
                with column:
                    _look(exhibit, row, looks[number], number)
    explain("test-time augmentation")


def _class(exhibit: Exhibit, row: int) -> int:
    """Whose reasons are asked for: the prediction's, unless another class is chosen."""
    predictions = exhibit.predictions
    ranked = np.argsort(-predictions.probabilities[row], kind="stable").tolist()

    def question(place: int) -> str:
        word = "Why" if place == ranked[0] else "What spoke for"
        return f"{word} {short(predictions.classes[place])}? · {percent(predictions.probabilities[row, place])}"

    # A new box after each choice: in the old one the arrow keys would stay, and lead to no other picture.
    times, picture, wanted = st.session_state.get(CLASSES, (0, "", ranked[0]))
    index = ranked.index(wanted) if picture == predictions.ids[row] and wanted in ranked else 0
    box = f"saliency-class {predictions.ids[row]} {times}"
    chosen: int = st.selectbox("Class", ranked, index=index, format_func=question, label_visibility="collapsed",
                               key=box, on_change=_chose_class, args=(predictions.ids[row], box))
    return chosen


def _chose_class(picture: str, box: str) -> None:
    times, *_ = st.session_state.get(CLASSES, (0,))
    st.session_state[CLASSES] = times + 1, picture, st.session_state[box]


def _grad_cam(found: Where, name: str, opacity: float) -> None:
    values = np.array(found.map)
    height, width = values.shape
    _map(overlay.overlaid(found.jpeg, values, opacity if found.anything else 0),
         "The picture with the places that spoke for the class", "Grad-CAM",
         COARSE.format(name, width, height) if found.anything else NOTHING.format(name), found.from_seen)


def _occlusion(found: Covered, name: str, opacity: float) -> None:
    falls = np.array(found.falls)
    most = float(falls.max())
    noticed = most >= NOTICED
    values = np.clip(falls, 0, None) / max(most, NOTICED)
    before = unbroken_percent(found.before)
    told = FALLS.format(name, before, unbroken_percent(found.before - most), unbroken_percent(found.patch_share)
                        ) if noticed else NO_FALL.format(name, before)
    _map(overlay.overlaid(found.jpeg, values, opacity if noticed else 0),
         "The picture with the places whose covering lowers the probability", "Covering parts (occlusion)", told,
         found.from_seen)


def _map(picture: bytes, alt: str, name: str, told: str, from_seen: bool) -> None:
    """A map with its words beside it, so that both are in sight below the picture."""
    with st.container(horizontal=True, wrap=False, gap="small"):
        st.image(picture, width=MAP_PIXELS, alt=alt)
        with st.container(gap="xsmall"):
            st.markdown(f"**{name}**")
            st.caption(told)
            if from_seen:
                st.caption(OWN_COPY)


def _look(exhibit: Exhibit, row: int, look: Look, number: int) -> None:
    st.image(look.jpeg, width="stretch", alt=f"Look {number}")
    _said(exhibit, row, look)
    done = ", ".join(look.applied) or "nothing changed"
    st.caption("The picture itself" if number == 0 else f"Copy {number}: {done}")


def _said(exhibit: Exhibit, row: int, seen: Seen) -> None:
    probabilities = tempered_shares(np.array(seen.probabilities), exhibit.heat or 1)
    answer, label = int(probabilities.argmax()), int(exhibit.predictions.labels[row])
    icon = ":blue[:material/check_circle:]" if answer == label else ":orange[:material/cancel:]"
    st.markdown(f"{icon} **{_named(exhibit, answer)}** {unbroken_percent(float(probabilities[answer]))}")
    st.html(share_bar(probabilities, label))


def _answers(exhibit: Exhibit, seen: Sequence[Seen], what: str) -> str:
    """How many of them say the same, as Markdown."""
    answers = [int(np.argmax(one.probabilities)) for one in seen]
    first = max(dict.fromkeys(answers), key=answers.count)
    if len(set(answers)) == 1:
        return f"All {len(seen)} {what} say **{_named(exhibit, first)}**."
    others = [f"**{_named(exhibit, place)}** {answers.count(place)}" for place in dict.fromkeys(answers)
              if place != first]
    return (f"The answer depends on it: {amount(answers.count(first), what.removesuffix('s'))} of {len(seen)} say "
            f"**{_named(exhibit, first)}**, {', '.join(others)}.")


def _average(exhibit: Exhibit, looks: Sequence[Look]) -> str:
    """What test-time augmentation makes of these looks, as Markdown."""
    chances = np.array([look.probabilities for look in looks])
    averaging = Averaging(len(looks) - 1)
    mixed = averaged(Views(("",), np.zeros(1, dtype=np.int64), _logits(chances)[None], exhibit.predictions.classes, 0),
                     averaging)
    answer = int(mixed.predicted[0])
    share = float(tempered(mixed, exhibit.heat or 1).probabilities[0, answer])
    return (f"Averaged, they say **{_named(exhibit, answer)}** {unbroken_percent(share)}: the "
            f"picture itself counts {unbroken_percent(averaging.beta)}, its copies share the rest.")


def _logits(chances: NDArray[np.float64]) -> NDArray[np.float32]:
    return np.log(np.maximum(chances, LEAST_PROBABILITY)).astype(np.float32)


def _remember(job: str, id: str) -> None:
    st.session_state[COVERED] = (job, id)


def _named(exhibit: Exhibit, place: int) -> str:
    return frame.plain(short(exhibit.predictions.classes[place]))
