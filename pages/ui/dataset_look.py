"""A data set looked at from several sides: one view at a time below the summary."""

import secrets
from collections.abc import Callable

import numpy as np
import streamlit as st

from core.data import overview
from pages.ui import clean_desk, dataset_facts, dataset_pictures, dataset_seen, frame, paging, session
from pages.ui import dataset_charts as charts
from pages.ui import dataset_words as words
from pages.ui.dataset_seen import Look, NotMeasured
from pages.ui.dataset_view import PARTS, Division
from pages.ui.session import Chosen
from pages.ui.words import amount, short

MOST_PIXELS = 420            # of a table or a figure that grows with the classes
AVERAGES_A_PAGE = 24         # classes
CLASS_PIXELS = 130           # of a table's column of class names: the counts beside it stay in sight
NEW_SEEDS = 10_000           # to draw from: as long a number as one remembers
FEW_TO_CHECK = 10            # pictures of a class


def show(chosen: Chosen, division: Division) -> None:
    """The views, and a quiet line while what they need is measured."""
    look = dataset_seen.look_at(chosen, division)
    views(look)
    dataset_seen.measuring(look)


@st.fragment
def views(look: Look) -> None:
    """A view at a time: choosing another runs nothing else of the page."""
    name = st.segmented_control("Look at", list(VIEWS), default=next(iter(VIEWS)), required=True, key="look-at",
                                label_visibility="collapsed")
    VIEWS[name](look)


def averages(look: Look) -> None:
    """The mean picture of every class."""
    if look.seen is None:
        st.caption("The pictures are being measured, and averaged then. The other views are ready.")
        return
    try:
        means = dataset_seen.averages(look)
    except NotMeasured:
        st.rerun()
    st.markdown("All pictures of a class laid over each other. What stands out is what they share: a background, a "
                "place in the frame, a light. A network may learn that instead of the thing itself.")
    classes = look.columns.classes
    counts = np.bincount(look.columns.labels, minlength=len(classes))
    pages, page, place = -(-len(means) // AVERAGES_A_PAGE), 1, st.container()
    if pages > 1:
        page = paging.turned(pages, f"averages-page-{look.chosen.entry.id}")
    shown = range((page - 1) * AVERAGES_A_PAGE, min(page * AVERAGES_A_PAGE, len(means)))
    with place, st.grid(6, min_column_width=140, gap="small"):
        for number in shown:
            st.image(means[number], width="stretch", alt=f"Average of {classes[number]}",
                     caption=f"{frame.plain(short(classes[number]))} · {counts[number]:,}")
    st.caption("A shapeless blur is no bad sign: such pictures have little in common that could mislead.")


def split(look: Look) -> None:
    """What the split put where, and another draw of it."""
    division, spec = look.division.split, look.chosen.recipe.split
    if division is None:
        st.caption("These pictures cannot be divided yet: the reason stands above.")
        return
    counts, classes = overview.divided(look.columns, division), look.columns.classes
    names = ["to learn from", "to check with", "for the very end"][:3 if counts[:, 2].any() else 2]
    left, right = st.columns([3, 2], gap="large")
    with left:
        shares = charts.split(counts, classes)
        with st.container(height=MOST_PIXELS if shares.layout.height > MOST_PIXELS else "content", border=False):
            st.plotly_chart(shares, config={"staticPlot": True}, key="split-shares",
                            alt="Shares of each class to learn from, to check with and for the very end")
        st.caption("Full colour: to learn from; paler: to check with"
                   + (", palest: for the very end." if len(names) == 3 else "."))
    with right:
        st.dataframe({"class": list(classes)} | {name: counts[:, part] for part, name in enumerate(names)},
                     hide_index=True, height=min(MOST_PIXELS, 38 + 35 * len(classes)),
                     column_config={"class": st.column_config.TextColumn(width=CLASS_PIXELS)})
    checked = dict(zip(classes, counts[:, PARTS.index("valid")].tolist(), strict=True))
    if none := [label for label, count in checked.items() if not count]:
        st.markdown(words.unchecked(none, division.source == "folders"))
    if few := {label: count for label, count in checked.items() if 0 < count < FEW_TO_CHECK}:
        st.markdown(words.hardly_checked(few))
    st.markdown(_leaks(look.division.leaked, division.source))
    if division.source == "folders":
        st.caption("The folders train and valid that your pictures came in decide the split: there is nothing to draw.")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("Draw again", icon=":material/shuffle:", key="draw-again",
                     help="Other pictures are set aside to check with, as many as before."):
            _draw_again(look, spec.seed)
        st.caption(f"This is draw number {spec.seed}; the number brings it back.")
    st.caption("Runs that you have trained keep the split that they were trained with. Accuracies on different splits "
               "are not to be compared one to one: other pictures ask other questions.")


def _leaks(leaked: int, source: str) -> str:
    if not leaked:
        return ":material/check: No picture stands on both sides" + (
            ": identical ones are drawn together." if source == "drawn" else ".")
    return (f":material/content_copy: {amount(leaked, 'picture')} on more than one side (a leak): the network knows "
            "them from learning, and the accuracy will look better than it is.")


def _draw_again(look: Look, before: int) -> None:
    seed = (before + 1 + secrets.randbelow(NEW_SEEDS - 1)) % NEW_SEEDS if before < NEW_SEEDS else \
        secrets.randbelow(NEW_SEEDS)
    recipe = look.chosen.recipe
    session.save_recipe(recipe.model_copy(update={"split": clean_desk.split_anew(look.chosen, seed=seed)}))
    st.toast(f"Drawn anew: number {seed} in the place of {before}.", icon=":material/shuffle:")
    st.rerun()


VIEWS: dict[str, Callable[[Look], None]] = {
    "Pictures": dataset_pictures.pictures, "Sizes": dataset_facts.sizes, "Shapes": dataset_facts.shapes,
    "Light": dataset_facts.light, "Files": dataset_facts.files, "Average picture": averages, "Split": split}
