"""A closer look at one picture of the results, in a dialog."""

import io
from collections.abc import Callable

import streamlit as st
from PIL import Image, ImageDraw

from core.errors import PlaygroundError
from core.jobs.entries import Job
from core.jobs.orders import Train
from pages.ui import closer_why, frame, result_charts, session
from pages.ui.exhibit import LOSS, Exhibit, said

HOW = {"crop": "The whole picture. The network saw what lies in the frame.",
       "squish": "The whole picture. The network saw it squeezed to a square.",
       "pad": "The whole picture. The network saw all of it, with black bars to make it square."}


@st.dialog("A closer look", width="medium")
def closer_look(exhibit: Exhibit, row: int) -> None:
    """What the network saw beside the whole picture, and what it said of every class."""
    predictions, outcome = exhibit.predictions, exhibit.outcome
    id, label, answer = predictions.ids[row], int(predictions.labels[row]), int(predictions.predicted[row])
    verdict = "and that is right" if label == answer else f"but it is **{frame.plain(predictions.classes[label])}**"
    st.markdown(f"The network says {said(predictions, row, answer)}, {verdict}.")
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
    section = next(iter(SECTIONS))
    if len(SECTIONS) > 1:
        section = st.segmented_control("More of it", list(SECTIONS), default=section, required=True,
                                       key="closer-section", label_visibility="collapsed")
    SECTIONS[section](exhibit, row)
    st.markdown(f"Loss {predictions.losses[row]:.2f}", help=LOSS)
    st.caption(frame.plain(outcome.names[id]))


def _every_class(exhibit: Exhibit, row: int) -> None:
    predictions = exhibit.predictions
    figure = result_charts.probability_bars(predictions.probabilities[row], predictions.classes,
                                            int(predictions.labels[row]))
    st.plotly_chart(figure, config={"displayModeBar": False}, key=f"bars {predictions.ids[row]}")


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


# What can be seen of a picture below it, one at a time.
SECTIONS: dict[str, Callable[[Exhibit, int], None]] = {
    "Every class": _every_class,
    "Where it looked": closer_why.where_it_looked, "Other crops": closer_why.other_crops,
    "Several looks": closer_why.several_looks,
}
