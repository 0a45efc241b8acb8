"""What every page has around its content: title, sentence, strip, the next step, and words for what went wrong."""

from typing import NoReturn

import streamlit as st

from core.errors import PlaygroundError

# Pages by their name, in the order of the way through: file, title, icon.
PAGES = {
    "home": ("home.py", "Home", ":material/home:"),
    "data": ("data.py", "Data", ":material/photo_library:"),
    "augment": ("augment.py", "Augment", ":material/auto_fix_high:"),
    "learning_rate": ("learning_rate.py", "Learning rate", ":material/trending_down:"),
    "train": ("train.py", "Train", ":material/model_training:"),
    "results": ("results.py", "Results", ":material/insights:"),
}


def header(title: str, sentence: str) -> None:
    """Title, one sentence on what you do here and why, and the strip: data set, recipe, running job."""
    st.title(title)
    st.markdown(sentence)


def empty(text: str, label: str, page: str) -> NoReturn:
    """An empty state with the one button that leads to what is missing; the page ends here."""
    st.info(text)
    if st.button(label, type="primary"):
        go(page)
    st.stop()
    raise AssertionError("st.stop does not return")


def next_step(label: str, page: str) -> None:
    """The button at the end of a page."""
    if st.button(label, type="primary", icon=":material/arrow_forward:"):
        go(page)


def go(page: str) -> NoReturn:
    st.switch_page(PAGES[page][0])
    raise AssertionError("st.switch_page does not return")


def told(error: PlaygroundError) -> None:
    """Problem and remedy."""
    st.error(f"**{plain(error.problem)}** {plain(error.remedy)}", icon=":material/error:")


def plain(text: str) -> str:
    """A person's words (names of classes, files, data sets) with nothing in them that Markdown would read."""
    return "".join(f"\\{sign}" if sign in r"\`*_{}[]()#+-.!|~$<>:&" else sign for sign in text.replace("\n", " "))
