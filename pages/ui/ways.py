"""The pages, and the ways between them."""

from collections.abc import Mapping, Sequence
from typing import NoReturn

import streamlit as st

# Pages by their name, in the order of the way through: file, title, icon.
PAGES = {
    "home": ("home.py", "Home", ":material/home:"),
    "data": ("data.py", "Data", ":material/photo_library:"),
    "clean": ("clean.py", "Clean", ":material/cleaning_services:"),
    "augment": ("augment.py", "Augment", ":material/auto_fix_high:"),
    "learning_rate": ("learning_rate.py", "Learning rate", ":material/trending_down:"),
    "train": ("train.py", "Train", ":material/model_training:"),
    "results": ("results.py", "Results", ":material/insights:"),
    "predict": ("predict.py", "Predict", ":material/photo_camera:"),
    "export": ("export.py", "Export", ":material/ios_share:"),
    "runs": ("runs.py", "Runs", ":material/list_alt:"),
    "glossary": ("glossary.py", "Glossary", ":material/menu_book:"),
}


def go(page: str, query: Mapping[str, str] | None = None) -> NoReturn:
    """Leave for another page; `query` is what its address shall say behind the `?`."""
    st.switch_page(PAGES[page][0], query_params=query)
    raise AssertionError("st.switch_page does not return")


def next_step(label: str, page: str, primary: bool = True, beside: Sequence[tuple[str, str]] = (),
              query: Mapping[str, str] | None = None) -> None:
    """The button at the end of a page; not the primary one where another is.

    `beside`: other ways on, each a label and a page; `query`: what the address of any of them shall say.
    """
    st.space("small")
    with st.container(horizontal=True):
        if st.button(label, type="primary" if primary else "secondary", icon=":material/arrow_forward:",
                     icon_position="right", key="next-step"):
            go(page, query)
        for words, other in beside:
            if st.button(words, icon=PAGES[other][2], key=f"step-{other}"):
                go(other, query)


def empty(text: str, label: str, page: str) -> NoReturn:
    """An empty state with the one button that leads to what is missing; the page ends here."""
    with st.container(border=True, horizontal_alignment="center", gap="medium", key="empty"):
        st.space("small")
        st.markdown(text, text_alignment="center")
        if st.button(label, type="primary", icon=":material/arrow_forward:", icon_position="right"):
            go(page)
        st.space("small")
    st.stop()
    raise AssertionError("st.stop does not return")
