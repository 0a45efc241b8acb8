"""What a person decides about a data set: which one, how it is split, whether it is right, whether it goes."""

from contextlib import suppress
from typing import NoReturn

import streamlit as st

from core.errors import LimitReached, NotHere, PlaygroundError
from core.jobs.entries import DatasetEntry
from core.jobs.orders import Prepare
from core.training import presets
from pages.ui import clean_desk, dataset_classes, dataset_pack, frame, live, session, upload_onto
from pages.ui.dataset_view import PARTS, Division
from pages.ui.session import Chosen

LEAST_PERCENT, MOST_PERCENT = 5, 50
FEW_TO_CHECK = 10          # pictures in all
MOST_SEED = 2**32 - 1
PREPARE_SECONDS = 2.0


def shelf(chosen: Chosen) -> None:
    """The data set's name, or a choice where there are several; others can be brought in, this one deleted."""
    entries = {entry.id: entry for entry in session.office().desk.datasets(session.visitor())}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        with st.container(width="stretch"):
            if len(entries) > 1:
                st.session_state["data-set"] = chosen.entry.id     # another tab or page may have chosen since
                labels = told_apart(entries)
                st.selectbox("Data set", list(entries), format_func=labels.__getitem__, key="data-set",
                             on_change=_choose, width=420)
            else:
                st.subheader(frame.plain(chosen.entry.name), anchor=False)
        upload_onto.button(chosen.entry)
        dataset_classes.button(chosen)
        dataset_pack.button(chosen)
        if st.button("Bring in other pictures", icon=":material/add:"):
            st.query_params.from_dict({"new": "1"})
            st.rerun()
        if st.button("Delete", icon=":material/delete:", type="tertiary", key="delete-pictures"):
            confirm_deletion(chosen.entry)


def told_apart(entries: dict[str, DatasetEntry]) -> dict[str, str]:
    """A label for each entry, the newest first: its name, numbered from the oldest where several have it.

    A select box knows its options by their labels alone.
    """
    labels: dict[str, str] = {}
    names = [entry.name for entry in entries.values()]
    for place, (id, entry) in enumerate(entries.items()):
        older = names[place + 1:].count(entry.name)
        labels[id] = f"{entry.name} ({older + 1})" if names.count(entry.name) > 1 else entry.name
    return labels


def split_form(chosen: Chosen, division: Division) -> None:
    """The share of pictures to check with and the seed of the draw, where folders do not decide; and what came of it.

    A change is kept in the draft recipe.
    """
    if division.split is not None and division.split.source == "folders":
        st.markdown("Your pictures came divided into train and valid, and that is kept.")
    else:
        _draw_form(chosen)
    if division.problem is not None:
        frame.told(division.problem)
        return
    learn, check, last = (sum(division.counts(part).values()) for part in PARTS)
    share = 100 * check / (learn + check + last)
    st.markdown(f"**{learn:,}** to learn from · **{check:,}** of {learn + check + last:,} ({share:.0f} %) to check with"
                + (f" · **{last:,}** for the very end (test)" if last else ""))
    points = 100 / check
    st.caption(f"Each picture to check with is worth {points:.1f} points of the accuracy."
               if check >= FEW_TO_CHECK else
               f"With so few to check with, one right or wrong moves the accuracy by {points:.0f} points.")


def _draw_form(chosen: Chosen) -> None:
    spec, id = chosen.recipe.split, chosen.entry.id
    share, seed = f"share-{id}", f"seed-{id}"
    # The recipe is what counts: another tab may have changed it.
    st.session_state[share] = min(MOST_PERCENT, max(LEAST_PERCENT, round(spec.valid_share * 100)))
    st.session_state[seed] = spec.seed
    st.slider("Pictures set aside to check with (validation)", LEAST_PERCENT, MOST_PERCENT, format="%d %%", key=share,
              on_change=_save_split, args=(id,),
              help="The network never learns from these. How many of them it gets right tells how good it is with "
                   "pictures that it has not seen. A fifth is usual.")
    st.number_input("Number of the draw (seed)", 0, MOST_SEED, step=1, key=seed, on_change=_save_split,
                    args=(id,), width=220,
                    help="Which pictures are set aside is drawn by chance. The same number draws the same pictures.")


def confirmation(chosen: Chosen, division: Division) -> None:
    """The one button: say that the pictures are right, or go on where that was said before."""
    if chosen.entry.confirmed:
        frame.next_step("Go on", "augment", beside=[("Look for faults first", "clean")])
    elif st.button("Use these pictures", type="primary", icon=":material/arrow_forward:",
                   key=f"confirm {chosen.entry.id}", disabled=division.problem is not None):
        confirm(chosen)


def confirm(chosen: Chosen) -> NoReturn:
    """Pixels and activations are prepared from here on, so that the first learning rate is found at once."""
    session.office().desk.confirm(session.visitor(), chosen.entry.id)
    recipe = presets.load("quick").model_copy(update={"split": chosen.recipe.split})
    with suppress(LimitReached):        # it only saves time later
        session.submit(Prepare(dataset=chosen.entry.folder, recipe=recipe), dataset=chosen.entry.id)
    frame.go("augment")


def preparing(entry_id: str) -> None:
    """A quiet line while the data set is prepared ahead of the click."""
    jobs = session.office().desk.jobs(session.visitor(), dataset=entry_id, kind="prepare")
    if unfinished := next((job for job in jobs if not job.over), None):
        live.quiet_line(unfinished.id, "Preparing", PREPARE_SECONDS)


def _choose() -> None:
    with suppress(NotHere):      # deleted in another tab: the page shows what there is
        session.office().desk.choose(session.visitor(), st.session_state["data-set"])


def _save_split(id: str) -> None:
    current, seed = session.chosen(), st.session_state[f"seed-{id}"]
    if current is None or current.entry.id != id or seed is None:
        return                   # another tab shows another data set by now; the field was emptied
    spec = clean_desk.split_anew(current, valid_share=st.session_state[f"share-{id}"] / 100, seed=seed)
    session.save_recipe(current.recipe.model_copy(update={"split": spec}))


@st.dialog("Delete these pictures?")
def confirm_deletion(entry: DatasetEntry) -> None:
    st.markdown(f"{frame.plain(entry.name)} and everything that was trained on it will be gone for good. "
                "What lies on your own computer stays as it is.")
    with st.container(horizontal=True):
        if st.button("Delete for good", type="primary", key="delete-for-good"):
            desk, visitor = session.office().desk, session.visitor()
            try:
                desk.remove_dataset(visitor, entry.id)
            except PlaygroundError as error:
                frame.told(error)
                return
            if desk.chosen(visitor) is None and (others := desk.datasets(visitor)):
                desk.choose(visitor, others[0].id)
            st.rerun()
        if st.button("Keep them"):
            st.rerun()
