"""What was found of shortcuts, as cards: the verdict, what gives the classes away, what a mask leaves."""

import io

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

from core.interpretation import masking
from core.interpretation.masked import Masked, Masks
from core.interpretation.shortcuts import Clue, Shortcuts, Standing
from core.interpretation.verdict import Verdict
from pages.ui import cheating_charts
from pages.ui import cheating_words as words
from pages.ui.cheating_words import Hidden
from pages.ui.exhibit import Exhibit
from pages.ui.explain import explain
from pages.ui.origin import origin
from pages.ui.words import amount, plain, short

SHOWN = 4                # pictures a mask
LONGEST_NAME = 18        # letters of a class's name below a small picture
NO_BAR = {"displayModeBar": False}
FILL = np.array([124, 116, 104], dtype=np.uint8)      # of the usual mean colour, which a network sees as nothing


def show(exhibit: Exhibit, found: Shortcuts) -> None:
    _headline(found)
    _clues(exhibit, found)
    if found.masks is None:
        st.info(words.NO_NETWORK, icon=":material/visibility_off:")
    else:
        _masks(exhibit, found.masks)


def _headline(found: Shortcuts) -> None:
    verdict = found.verdict
    with st.container(border=True, key=f"cheating-verdict-{verdict}"):
        st.subheader(f"{words.BADGES[verdict][1]} {words.headline(found)}", anchor=False)
        st.markdown(words.below(found))


def _clues(exhibit: Exhibit, found: Shortcuts) -> None:
    with st.container(border=True, key="cheating-clues"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown("**What else tells the classes apart?**", width="content")
            explain("balanced accuracy", "cross-validation", "permutation test")
        st.markdown("How often simple rules are right that know nothing of a picture but this. A bar that reaches far "
                    "beyond guessing gives the classes away.")
        st.plotly_chart(cheating_charts.told_alone(found), config=NO_BAR, key="cheating-alone",
                        alt="How well brightness, colour, size, shape and file type alone tell the classes, beside "
                            "guessing and the network")
        st.caption(f"By {amount(found.pictures, 'picture')} to learn from and to check with. The lines show between "
                   "which figures each share lies, 19 times out of 20. Every class counts the same.")
        telling = words.telling(found)
        for clue in found.clues:
            _clue(exhibit, clue, found, in_full=clue in telling)
        if all(found.of_clue(clue) == "unknown" for clue in found.clues):
            st.caption(f":material/info: The smallest class has {amount(found.smallest_class, 'picture')}: too few to "
                       "tell a rule from luck, so none of these is judged.")


def _clue(exhibit: Exhibit, clue: Clue, found: Shortcuts, in_full: bool) -> None:
    """A line of what it tells; for one to worry about the network beside it, its pictures, and what to do."""
    st.markdown(f"{words.badge_of(clue, found)} **{words.NAMES[clue.name]}** · {words.of_clue(clue, found)}")
    if not in_full:
        return
    with st.container(border=True, key=f"cheating-clue-{clue.name}"):
        st.markdown(words.of_network(clue, found))
        if clue.ends:
            for place, end in zip(st.columns(len(clue.ends), gap="large"), clue.ends, strict=True):
                with place:
                    _usual(exhibit, clue, end)
        st.markdown(f"**What to try.** {words.TRY[clue.name]}")


def _usual(exhibit: Exhibit, clue: Clue, end: Standing) -> None:
    """The most usual pictures of a class by this clue."""
    st.caption(f"Usual for {words.standing(clue, end)}")
    came_from = origin(exhibit.job, exhibit.outcome)
    pictures = [picture for id in end.examples if came_from and (picture := came_from.thumbnail(id))]
    if not pictures:
        st.caption("Its pictures are gone: their data set was deleted.")
        return
    with st.grid(len(pictures), min_column_width=70, gap="xsmall"):
        for picture in pictures:
            st.image(picture, width="stretch", alt=f"of {end.label}")


def _masks(exhibit: Exhibit, masks: Masks) -> None:
    with st.container(border=True, key="cheating-masks"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown("**Does it look at the thing, or at what is around it?**", width="content")
            explain("masking")
        st.markdown(f"The network was asked about {amount(masks.centre.pictures, 'validation picture')} again, "
                    "with the middle painted over, and with all but the middle. Each hides half of the picture.")
        columns = st.columns(2, gap="large")
        judged: tuple[tuple[Hidden, Masked, Verdict], ...] = (
            ("centre", masks.centre, masks.of_centre), ("border", masks.border, masks.of_border))
        for place, (hidden, masked, verdict) in zip(columns, judged, strict=True):
            with place:
                st.markdown(f"{words.badge(verdict)} **Without the {hidden}** · "
                            f"{words.of_masking(verdict, hidden, masks)}")
                st.plotly_chart(cheating_charts.with_and_without(masked, masks.guessing), config=NO_BAR,
                                key=f"cheating-{hidden}", alt=f"Accuracy with and without the {hidden}")
                st.markdown(words.of_mask(masked, hidden))
                _shown(exhibit, masked, hidden)
        if masks.of_centre in ("look", "cheating") or masks.of_border == "look":
            st.markdown(f"**What to try.** {words.TRY_MASKS}")


def _shown(exhibit: Exhibit, masked: Masked, hidden: Hidden) -> None:
    """Pictures as the network was shown them."""
    for ids, sentence in ((masked.kept, f"Right even without the {hidden}"), (masked.gone, "No longer right")):
        pictures = [(id, picture) for id in ids[:SHOWN] if (picture := exhibit.outcome.run.seen_picture(id))]
        if not pictures:
            continue
        st.caption(f"{sentence}, as it was shown to the network")
        with st.grid(SHOWN, min_column_width=70, gap="xsmall"):
            for id, picture in pictures:
                st.image(_painted(picture, hidden), width="stretch",
                         caption=plain(short(_label(exhibit, id), LONGEST_NAME)))


def _label(exhibit: Exhibit, id: str) -> str:
    valid = exhibit.outcome.valid
    return valid.classes[int(valid.labels[valid.ids.index(id)])]


@st.cache_data(max_entries=256, show_spinner=False)
def _painted(picture: bytes, hidden: Hidden) -> bytes:
    """A stored square, as a JPEG, with its centre or its border painted over."""
    with Image.open(io.BytesIO(picture)) as image:
        squares: NDArray[np.uint8] = np.asarray(image.convert("RGB"))[None]
    paint = masking.without_centre if hidden == "centre" else masking.without_border
    buffer = io.BytesIO()
    Image.fromarray(paint(squares, FILL)[0]).save(buffer, "JPEG", quality=90)
    return buffer.getvalue()
