"""One page: give it a photo, and it says what it sees. `streamlit run app/app.py`

Needs the packages of the requirements.txt beside it, and the files of the export one folder up.
"""

import json
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

EXPORT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(EXPORT))

from predict import (  # type: ignore[import-not-found]  # noqa: E402
    Answer,
    BadPicture,
    Model,
    PlaygroundError,
    pillow_warnings_off,
)

MARKDOWN = r"\`*_{}[]()#+-.!|~$<>:&"
BARS = 5                  # of the most probable classes; the others are one click away
NAMED = 8                 # classes in the introduction
MOST_MEGABYTES = 30       # of a photo
EMPTY = "Your photo is looked at on this server, and not kept."


def plain(text: str) -> str:
    """A person's words (names of classes, files, data sets) in one line, with nothing that Markdown would read."""
    return "".join(f"\\{sign}" if sign in MARKDOWN else sign for sign in " ".join(text.splitlines()))


@st.cache_resource(show_spinner="Loading the network")
def network() -> tuple[Model, dict[str, Any]]:
    """The network, and its manifest."""
    model = Model(EXPORT)
    return model, json.loads((EXPORT / "manifest.json").read_text(encoding="utf-8"))


def introduction(manifest: dict[str, Any]) -> None:
    """What it is, what it knows, and how good it is."""
    st.title(plain(manifest["name"]), anchor=False)
    classes, accuracy = manifest["classes"], manifest["accuracy"]
    others = f" and {len(classes) - NAMED} more" if len(classes) > NAMED else ""
    st.markdown(f"It tells apart **{len(classes)} classes**: {', '.join(map(plain, classes[:NAMED]))}{others}.")
    st.caption(f"Right on {accuracy['correct']:,} of {accuracy['pictures']:,} photos that it had not learned from: "
               f"{100 * accuracy['share']:.1f} %. With 95 % confidence between {math.floor(100 * accuracy['low'])} and "
               f"{math.ceil(100 * accuracy['high'])} % on others like them.")


def photo() -> tuple[str, bytes] | None:
    """A photo that was dropped or taken: its name and its file."""
    taken = st.camera_input("Your camera") if st.toggle("Take a photo", key="camera") else st.file_uploader(
        "Drop a photo here", max_upload_size=MOST_MEGABYTES, key="photo")
    return (taken.name, taken.getvalue()) if taken is not None else None


def verdict(answer: Answer, square: np.ndarray) -> None:
    """The square that the network saw, its answer, and a bar for each of the most probable classes."""
    picture, words = st.columns([2, 3], gap="large")
    picture.image(square, caption="What the network saw", width="stretch")
    order = [int(place) for place in np.argsort(-answer.probabilities, kind="stable")]
    best = float(answer.probabilities[order[0]])
    with words:
        if answer.refused:
            st.subheader("I don't know", anchor=False)
            st.markdown(f"The best guess would be **{plain(answer.prediction)}**, but it answers only when it is at "
                        f"least {100 * answer.threshold:.0f} % sure.")
        else:
            st.subheader(plain(answer.prediction), anchor=False)
            st.caption(f"{100 * best:.1f} % sure")
        bars(answer, order[:BARS])
        if order[BARS:]:
            with st.expander(f"{len(order) - BARS} other classes"):
                bars(answer, order[BARS:])


def bars(answer: Answer, places: list[int]) -> None:
    for place in places:
        share = float(answer.probabilities[place])
        st.progress(min(1.0, share), text=f"{plain(answer.classes[place])} · {100 * share:.1f} %")


def page() -> None:
    model, manifest = network()
    st.set_page_config(manifest["name"], ":material/image_search:")
    introduction(manifest)
    given = photo()
    if given is None:
        st.caption(EMPTY)
        return
    name, content = given
    with pillow_warnings_off():
        square = model.seen(content)
    verdict(model.said(name, square), square)


try:
    page()
except BadPicture as error:
    st.error(f"**{plain(error.problem)}** {plain(error.remedy)} Any other photo will do.")
except PlaygroundError as error:
    st.error(f"**{plain(error.problem)}** {plain(error.remedy)}")
