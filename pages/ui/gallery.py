"""Pictures as cards: what the network saw, what it said, what it is."""

import re
import zlib
from collections.abc import Callable, Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.interpretation import table
from pages.ui import closer_look, closer_picture, frame, origin, paging, sharing
from pages.ui.bars import share_bar
from pages.ui.colours import RIGHT, UNSURE, WRONG
from pages.ui.exhibit import Exhibit, said
from pages.ui.origin import Origin
from pages.ui.words import amount, percent

CARDS_A_ROW = 6
NARROWEST = 150                 # pixels of a card
LONGEST_FILE_NAME = 16          # letters that a card has room for
PAGES = (24, 48)                # cards at a time
BELOW_A_CHART = (12, 24, 48)    # the same where a chart that has just been clicked stands above them
BAR = "Bar: blue is the probability of the actual class, orange that of a wrong answer, grey the rest."
LEGEND = f"Edge: blue is right, orange is wrong. {BAR}"
Rows = NDArray[np.int64] | Sequence[int]
# Our own words and numbers alone: names that people gave never come near it. The zoom button's invisible sheet covers
# its card, so that a click on the picture is a click on the button. A long name is cut before the number behind it.
STYLE = f"""<style>
[class*="st-key-card-"] {{border: 1px solid rgba(128, 136, 150, .28); border-left: 5px solid {UNSURE};
  border-radius: .5rem; padding: .6rem .6rem .35rem; gap: .35rem; position: relative}}
[class*="st-key-card-right"] {{border-left-color: {RIGHT}}}
[class*="st-key-card-wrong"] {{border-left-color: {WRONG}}}
[class*="st-key-card-"]:hover {{border-color: rgba(128, 136, 150, .7)}}
[class*="st-key-card-right"]:hover {{border-left-color: {RIGHT}}}
[class*="st-key-card-wrong"]:hover {{border-left-color: {WRONG}}}
[class*="st-key-card-"] * {{position: static}}
[class*="st-key-card-"] [data-testid="stElementToolbar"] {{display: none}}
[class*="st-key-card-"] button p {{position: absolute; clip-path: inset(50%); width: 1px}}
[class*="st-key-card-"] button::after {{content: ""; position: absolute; inset: 0; border-radius: .5rem}}
[class*="st-key-card-"] button:focus-visible::after {{outline: 2px solid currentColor}}
[class*="st-key-card-"] img {{aspect-ratio: 1; width: 100%; border-radius: .3rem}}
[class*="st-key-card-"] p {{overflow: hidden; text-overflow: ellipsis; white-space: nowrap}}
[class*="st-key-card-"] p:not(:last-child) {{margin-bottom: 0}}
[class*="st-key-card-"] p:has(> strong) {{display: flex; gap: .3em}}
[class*="st-key-card-"] p > strong {{overflow: hidden; text-overflow: ellipsis}}
[class*="st-key-card-"] p > :not(strong) {{flex: none}}
[class*="st-key-card-"] [data-testid="stElementContainer"] {{min-width: 0}}
</style>"""
# A thumbnail in the place of a square that was not kept is cut as the network's square was.
FITS = {"crop": "cover", "squish": "fill", "pad": "contain; background: black"}
NO_PICTURE = ('<div style="aspect-ratio: 1; border-radius: .3rem; background: rgba(128, 136, 150, .15); display: flex; '
              'align-items: center; justify-content: center">not kept</div>')


def cards(exhibit: Exhibit, rows: Rows, *, unsure: bool = False, place: str = "", in_full: bool = False,
          below: Callable[[int], str] | None = None, among: Rows | None = None) -> None:
    """What `grid` shows, and its closer look, which goes through `among`, by default these rows."""
    grid(exhibit, rows, place, unsure=unsure, in_full=in_full, below=below)
    closer_look.follow(exhibit, rows if among is None else among, place)


def grid(exhibit: Exhibit, rows: Rows, place: str, *, unsure: bool = False, in_full: bool = False,
         below: Callable[[int], str] | None = None) -> None:
    """A card for each of these rows of the predictions; `unsure` gives them a grey edge in the place of blue or orange.

    Show a picture once a `place` of the page: its id is part of its button's key. `in_full` tells prediction, actual
    class, loss and probability by these names. `below(row)` gives more HTML for below the bar.
    """
    st.html(STYLE)
    st.html(f'<style>[class*="st-key-card-"] img {{object-fit: {FITS[closer_picture.cut(exhibit.job)]}}}</style>')
    came_from = origin.origin(exhibit.job, exhibit.outcome)
    with st.grid(CARDS_A_ROW, min_column_width=NARROWEST, gap="xsmall"):
        for row in rows:
            _card(exhibit, int(row), came_from, unsure=unsure, place=place, in_full=in_full, below=below)


def paged(exhibit: Exhibit, rows: Rows, key: str, *, unsure: bool = False, in_full: bool = False,
          below: Callable[[int], str] | None = None, nothing: str = "There is no such picture.", told: str = "",
          file: str = "", pages: tuple[int, ...] = PAGES) -> None:
    """How many these are, all of them as CSV in this order, and their cards, a page at a time, of one of these sizes.

    `key` is unlike that of any other gallery on the page, and names the CSV where `file` does not. As Markdown,
    `nothing` is said where there is no row, and `told` in the place of the number.
    """
    rows = np.asarray(rows, dtype=np.int64)
    if not len(rows):
        st.info(nothing)
        return
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", wrap=False):
        if told:
            st.markdown(told)
        else:
            st.caption(amount(len(rows), "picture"), width="content")
        csv_button(exhibit, rows, key, file)
    shown = st.container()
    a_page, page = pages[0], 1
    if len(rows) > a_page:
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            a_page = st.segmented_control("Pictures a page", pages, default=pages[0], required=True,
                                          key=f"a-page {key}", format_func="{} a page".format,
                                          label_visibility="collapsed", persist_state="session")
            # Another gallery starts at its first page.
            page = paging.turned(-(-len(rows) // a_page), f"page {key} {a_page} {zlib.crc32(rows.tobytes())}")
    with shown:
        cards(exhibit, rows[(page - 1) * a_page:page * a_page], unsure=unsure, place=key, in_full=in_full, below=below,
              among=rows)


def csv_button(exhibit: Exhibit, rows: Rows, key: str, file: str = "") -> None:
    """The button that takes a gallery home; the file is named by `file`, else by `key`."""
    if not sharing.may_take(exhibit.job):
        return
    st.download_button("Download CSV", sharing.offered(exhibit.job, lambda: as_csv(exhibit, rows)),
                       csv_name(exhibit, file or key), "text/csv", icon=":material/download:", key=f"csv {key}",
                       on_click="ignore", type="tertiary",
                       help="All pictures of this gallery in this order: file, actual class, prediction, loss, and the "
                            "probability of every class.")


def as_csv(exhibit: Exhibit, rows: Rows) -> bytes:
    """A line a row, in this order."""
    return table.to_csv(exhibit.predictions.select(rows), exhibit.outcome.names)


def csv_name(exhibit: Exhibit, name: str) -> str:
    """Of the file. Answers that are averaged, or at a temperature, are not to be taken for others once they are
    elsewhere."""
    words = (name, "" if exhibit.part == "valid" else exhibit.part, "averaged" if exhibit.averaged else "",
             "" if exhibit.heat is None else f"temperature {exhibit.heat:.2f}")
    return re.sub(r"[^\w.]+", "-", " ".join(filter(None, words)).lower()).strip("-.") + ".csv"


def _card(exhibit: Exhibit, row: int, came_from: Origin | None, *, unsure: bool, place: str, in_full: bool,
          below: Callable[[int], str] | None) -> None:
    predictions = exhibit.predictions
    id, right = predictions.ids[row], bool(predictions.correct[row])
    edge = "unsure" if unsure else "right" if right else "wrong"
    with st.container(key=f"card-{edge}-{place}{id}", height="stretch"):
        if picture := exhibit.outcome.run.seen_picture(id) or (came_from and came_from.thumbnail(id)):
            st.image(picture, width="stretch", alt=f"{predictions.classes[predictions.labels[row]]}, "
                     f"taken for {predictions.classes[predictions.predicted[row]]}")
        else:
            st.html(NO_PICTURE)
        st.markdown((told_in_full(exhibit, row) if in_full else _said(exhibit, row)) + _refused(exhibit, row))
        bar = share_bar(predictions.probabilities[row], int(predictions.labels[row]))
        st.html(bar if below is None else f"{bar}<div style=\"margin-top:.35rem\">{below(row)}</div>")
        if changed := origin.told(came_from, id):
            st.caption(f":material/edit_note: {changed}")
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center",
                          wrap=False, gap="xsmall"):
            st.caption(frame.plain(_short_file(exhibit.outcome.names[id])))
            st.button("Look closer", icon=":material/zoom_in:", key=f"{place} closer {id}".strip(), type="tertiary",
                      on_click=closer_look.look_at, args=(exhibit, row, place))


def _said(exhibit: Exhibit, row: int) -> str:
    """A paragraph a line: in each the name alone gives way where it is long, never the number."""
    predictions = exhibit.predictions
    label, answer = int(predictions.labels[row]), int(predictions.predicted[row])
    icon = ":blue[:material/check_circle:]" if label == answer else ":orange[:material/cancel:]"
    return f"{icon} said {said(predictions, row, answer)}\n\nis " + (
        f"**{frame.plain(predictions.classes[label])}**" if label == answer else said(predictions, row, label))


def told_in_full(exhibit: Exhibit, row: int) -> str:
    """As fast.ai's `plot_top_losses` tells it, as Markdown: its probability is the prediction's."""
    predictions = exhibit.predictions
    label, answer = int(predictions.labels[row]), int(predictions.predicted[row])
    return (f"Prediction **{frame.plain(predictions.classes[answer])}**\n\n"
            f"Actual **{frame.plain(predictions.classes[label])}**\n\nLoss **{predictions.losses[row]:.2f}**\n\n"
            f"Probability **{percent(predictions.probabilities[row, answer])}**")


def _refused(exhibit: Exhibit, row: int) -> str:
    """A line where the threshold in use keeps the answer back; "" elsewhere."""
    kept_back = exhibit.least is not None and exhibit.predictions.probabilities[row].max() < exhibit.least
    return "\n\n:gray[:material/front_hand: unsure: refused]" if kept_back else ""


def _short_file(name: str) -> str:
    last = name.rsplit("/", 1)[-1]
    return last if len(last) <= LONGEST_FILE_NAME else f"…{last[1 - LONGEST_FILE_NAME:]}"
