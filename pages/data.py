"""Data: bring pictures in, look at them, say that they are right."""

import streamlit as st

from core.errors import NotHere, PlaygroundError
from pages.ui import arrival, dataset_classes, dataset_forms, dataset_look, dataset_view, frame, session, upload
from pages.ui.session import Chosen


def look(chosen: Chosen) -> None:
    """What there is, how it is split, what it is like, and the button that says yes to it."""
    division = dataset_view.divided(chosen, chosen.recipe.split)
    dataset_forms.shelf(chosen)
    counts, split = st.columns([3, 2], gap="large")
    with counts:
        dataset_view.summary(chosen.dataset, division)
        dataset_classes.lookalikes(chosen)
        dataset_view.left_out(chosen.entry.id)
    with split, st.container(border=True):
        dataset_forms.split_form(chosen, division)
    dataset_look.show(chosen, division)
    dataset_forms.preparing(chosen.entry.id)
    dataset_forms.confirmation(chosen, division)


def page() -> None:
    try:
        job = arrival.job()
    except NotHere as error:
        arrival.gone(error)
        return
    try:
        chosen = session.chosen()
    except PlaygroundError as error:        # its folder is damaged
        frame.told(error)
        chosen = None
    if job is not None:
        arrival.show(job)
    elif chosen is None or "new" in st.query_params:
        arrival.unseen()
        upload.bring_in()
    else:
        look(chosen)


frame.header("Data", "A network learns what its pictures show, and nothing else. "
                     "Bring them in, one folder a class, and look at them before it does.")
page()
