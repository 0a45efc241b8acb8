"""Pictures as cards: what the network saw, what it said, what it is."""

from collections.abc import Callable, Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.ui import frame
from pages.ui.bars import share_bar
from pages.ui.closer_look import closer_look
from pages.ui.colours import RIGHT, UNSURE, WRONG
from pages.ui.exhibit import Exhibit, said

CARDS_A_ROW = 4
LONGEST_FILE_NAME = 26          # letters that a card has room for
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
        st.markdown(f"{icon} said {said(predictions, row, answer)}  \nis "
                    + (f"**{frame.plain(predictions.classes[label])}**" if right else said(predictions, row, label)))
        st.html(share_bar(predictions.probabilities[row], label))
        if below is not None:
            st.html(below(row))
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center",
                          wrap=False, gap="xsmall"):
            st.caption(frame.plain(_short_file(exhibit.outcome.names[id])))
            if st.button("", icon=":material/zoom_in:", key=f"{place}closer {id}", help="Look closer", type="tertiary"):
                closer_look(exhibit, row)


def _short_file(name: str) -> str:
    last = name.rsplit("/", 1)[-1]
    return last if len(last) <= LONGEST_FILE_NAME else f"…{last[1 - LONGEST_FILE_NAME:]}"
