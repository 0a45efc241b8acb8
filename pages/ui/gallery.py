"""Pictures as cards: what the network saw, what it said, what it is; and a closer look at one of them."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from core.errors import PlaygroundError
from core.interpretation.predictions import Predictions
from core.jobs.entries import Job
from core.jobs.orders import Train
from core.runs.outcome import Outcome
from pages.ui import frame, result_charts, session
from pages.ui.colours import RIGHT, UNSURE, WRONG

CARDS_A_ROW = 4
LONGEST_FILE_NAME = 26          # letters that a card has room for
LOSS = ("How badly an answer failed: 0 for a sure right answer, 0.7 for a coin toss between two classes, and more the "
        "surer a wrong answer was. Training makes the average of it small.")
HOW = {"crop": "The whole picture. The network saw what lies in the frame.",
       "squish": "The whole picture. The network saw it squeezed to a square.",
       "pad": "The whole picture. The network saw all of it, with black bars to make it square."}

# Our own words and numbers alone: names that people gave never come near it.
STYLE = f"""<style>
[class*="st-key-card-"] {{border: 1px solid rgba(128, 136, 150, .28); border-left: 5px solid {UNSURE};
  border-radius: .5rem; padding: .7rem .8rem .5rem; gap: .45rem}}
[class*="st-key-card-right"] {{border-left-color: {RIGHT}}}
[class*="st-key-card-wrong"] {{border-left-color: {WRONG}}}
[class*="st-key-card-"] img {{aspect-ratio: 1; width: 100%; border-radius: .3rem}}
[class*="st-key-card-"] p {{overflow: hidden; text-overflow: ellipsis; white-space: nowrap}}
[class*="st-key-card-"] [data-testid="stElementContainer"] {{min-width: 0}}
</style>"""
NO_PICTURE = ('<div style="aspect-ratio: 1; border-radius: .3rem; background: rgba(128, 136, 150, .15); display: flex; '
              'align-items: center; justify-content: center">not kept</div>')


@dataclass(frozen=True, slots=True)
class Exhibit:
    """Whose pictures are shown: a training, and its predictions of the validation or the test pictures."""

    job: Job
    outcome: Outcome
    predictions: Predictions
    averaged: bool = False       # over several looks at each picture


def cards(exhibit: Exhibit, rows: NDArray[np.int64] | Sequence[int], *, unsure: bool = False, place: str = "",
          below: Callable[[int], str] | None = None) -> None:
    """A card for each of these rows of the predictions; `unsure` gives them a grey edge in the place of blue or orange.

    Show a picture once a `place` of the page: its id is part of its button's key. `below(row)` gives more HTML for
    below the bar.
    """
    st.html(STYLE)
    for start in range(0, len(rows), CARDS_A_ROW):
        for column, row in zip(st.columns(CARDS_A_ROW), rows[start:start + CARDS_A_ROW], strict=False):
            with column:
                _card(exhibit, int(row), unsure, f"{place} " if place else "", below)


def _card(exhibit: Exhibit, row: int, unsure: bool, place: str, below: Callable[[int], str] | None) -> None:
    predictions = exhibit.predictions
    id, right = predictions.ids[row], bool(predictions.correct[row])
    label, answer = int(predictions.labels[row]), int(predictions.predicted[row])
    edge = "unsure" if unsure else "right" if right else "wrong"
    with st.container(key=f"card-{edge}-{place.strip()}{id}"):
        if picture := exhibit.outcome.run.seen_picture(id):
            st.image(picture, width="stretch")
        else:
            st.html(NO_PICTURE)
        icon = ":blue[:material/check_circle:]" if right else ":orange[:material/cancel:]"
        st.markdown(f"{icon} said {_said(predictions, row, answer)}  \nis "
                    + (f"**{frame.plain(predictions.classes[label])}**" if right else _said(predictions, row, label)))
        st.html(share_bar(predictions.probabilities[row], label))
        if below is not None:
            st.html(below(row))
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center",
                          wrap=False, gap="xsmall"):
            st.caption(frame.plain(_short_file(exhibit.outcome.names[id])))
            if st.button("", icon=":material/zoom_in:", key=f"{place}closer {id}", help="Look closer", type="tertiary"):
                closer_look(exhibit, row)


@st.dialog("A closer look", width="medium")
def closer_look(exhibit: Exhibit, row: int) -> None:
    """What the network saw beside the whole picture, and what it said of every class."""
    predictions, outcome = exhibit.predictions, exhibit.outcome
    id, label, answer = predictions.ids[row], int(predictions.labels[row]), int(predictions.predicted[row])
    verdict = "and that is right" if label == answer else f"but it is **{frame.plain(predictions.classes[label])}**"
    st.markdown(f"The network says {_said(predictions, row, answer)}, {verdict}.")
    seen, whole = st.columns(2)
    with seen:
        if picture := outcome.run.seen_picture(id):
            st.image(picture, width="stretch", caption="What the network saw")
    how, thumbnail = _cut(exhibit.job), _thumbnail(exhibit.job, id)
    with whole:
        if thumbnail is None:
            st.caption("The whole picture is gone: its data set was deleted.")
        else:
            st.image(with_crop(thumbnail) if how == "crop" else thumbnail, width="stretch", caption=HOW[how])
    st.plotly_chart(result_charts.probability_bars(predictions.probabilities[row], predictions.classes, label),
                    config={"displayModeBar": False}, key=f"bars {id}")
    st.markdown(f"Loss {predictions.losses[row]:.2f}", help=LOSS)
    st.caption(frame.plain(outcome.names[id]))


def share_bar(probabilities: NDArray[np.float64], actual: int) -> str:
    """One bar of all probabilities (K,): blue the actual class, orange a wrong answer, grey the rest; as HTML."""
    answer = int(probabilities.argmax())
    shares = [(RIGHT, float(probabilities[actual]))]
    if answer != actual:
        shares.insert(0, (WRONG, float(probabilities[answer])))
    parts = "".join(f'<div style="width:{100 * share:.1f}%;background:{colour}"></div>' for colour, share in shares)
    return ('<div style="display:flex;height:7px;border-radius:4px;overflow:hidden;'
            f'background:rgba(128,136,150,.3)">{parts}</div>')


def with_crop(thumbnail: bytes) -> bytes:
    """The thumbnail with its centre square framed and the rest dimmed, as JPEG; `Preprocessing.square`'s crop."""
    with Image.open(io.BytesIO(thumbnail)) as image:
        whole = image.convert("RGB")
    side = min(whole.size)
    left, top = (whole.width - side) // 2, (whole.height - side) // 2
    box = (left, top, left + side, top + side)
    framed = Image.blend(whole, Image.new("RGB", whole.size, "#101418"), 0.55)
    framed.paste(whole.crop(box), box)
    draw = ImageDraw.Draw(framed)
    for colour, width in (("black", 4), ("white", 2)):       # one of them stands out from any picture
        draw.rectangle((left, top, left + side - 1, top + side - 1), outline=colour, width=width)
    buffer = io.BytesIO()
    framed.save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def _said(predictions: Predictions, row: int, place: int) -> str:
    return f"**{frame.plain(predictions.classes[place])}** {100 * predictions.probabilities[row, place]:.0f} %"


def _short_file(name: str) -> str:
    last = name.rsplit("/", 1)[-1]
    return last if len(last) <= LONGEST_FILE_NAME else f"…{last[1 - LONGEST_FILE_NAME:]}"


def _cut(job: Job) -> str:
    assert isinstance(job.order, Train)
    return job.order.recipe.preprocessing.how


def _thumbnail(job: Job, id: str) -> bytes | None:
    """The whole picture, while its data set stands; a run outlives it."""
    if job.dataset is None:
        return None
    try:
        stored = session.office().desk.stored(job.owner, job.dataset)
        sample = next(sample for sample in stored.catalogue.samples if sample.id == id)
        return stored.thumbnail(sample).read_bytes()
    except (PlaygroundError, OSError, StopIteration):
        return None
