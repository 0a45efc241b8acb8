"""A picture of the results, large: all of it, with what the network saw of it framed."""

import io

import streamlit as st
from PIL import Image, ImageDraw
from streamlit.delta_generator import DeltaGenerator

from core.data.dataset import Sample
from core.jobs.entries import Job
from core.jobs.orders import Train
from pages.ui import large_picture
from pages.ui.exhibit import Exhibit
from pages.ui.origin import Origin

PICTURE_HEIGHT = 400         # pixels, whatever the picture's shape: the buttons keep their place
MUCH_OUTSIDE = 1 / 3         # of a picture: with more of it unseen, the crop is worth a word
HOW = {"crop": "The whole picture. The network saw what lies in the frame.",
       "squish": "The whole picture. The network saw it squeezed to a square.",
       "pad": "The whole picture. The network saw all of it, with black bars to make it square."}
NOT_SHARED = "The whole picture is not shared with the results."
GONE = "The whole picture is gone: its data set was deleted."
STYLE = f"""<style>
[class*="st-key-closer-picture"] img {{height: {PICTURE_HEIGHT}px; width: 100%; object-fit: contain;
  background: rgba(128, 136, 150, .10); border-radius: .5rem}}
</style>"""


def picture(exhibit: Exhibit, row: int, origin: Origin | None) -> None:
    """The whole picture: the thumbnail at once, and the picture itself as soon as it is decoded."""
    id = exhibit.predictions.ids[row]
    name = exhibit.outcome.names[id]
    st.html(STYLE)
    with st.container(key="closer-picture"):
        thumbnail = origin.thumbnail(id) if origin is not None else None
        if origin is None or thumbnail is None:
            if seen := exhibit.outcome.run.seen_picture(id):
                st.image(seen, width="stretch", caption="What the network saw", alt=name)
            st.caption(GONE if exhibit.job.grant is None else NOT_SHARED)
            return
        how, place = cut(exhibit.job), st.empty()
        if not large_picture.at_hand():
            _shown(place, thumbnail, how, name)
        _shown(place, large_picture.large(origin.chosen.entry.id, origin.chosen.stored, origin.samples[id])
               or thumbnail, how, name)


def unseen(exhibit: Exhibit, sample: Sample) -> float:
    """The share of the picture, 0 to 1, that lies outside the square that the network saw."""
    if cut(exhibit.job) != "crop":
        return 0.0
    return 1 - min(sample.width, sample.height) / max(sample.width, sample.height)


def cut(job: Job) -> str:
    """How a picture became the network's square: "crop", "squish" or "pad"."""
    assert isinstance(job.order, Train)
    return job.order.recipe.preprocessing.how


def with_crop(picture: bytes) -> bytes:
    """The picture with its centre square framed and the rest dimmed, as JPEG; `Preprocessing.square`'s crop."""
    with Image.open(io.BytesIO(picture)) as image:
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


def _shown(place: DeltaGenerator, picture: bytes, how: str, alt: str) -> None:
    place.image(with_crop(picture) if how == "crop" else picture, width="stretch", caption=HOW[how], alt=alt)
