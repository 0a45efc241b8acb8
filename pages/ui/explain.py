"""What a number or a plot means, behind one click, where it stands."""

import streamlit as st

from pages.ui.glossary.book import BOOK
from pages.ui.glossary.term import Term
from pages.ui.ways import PAGES


def explain(*names: str, label: str = "What is this?") -> None:
    """A small button that opens the meaning of these terms of the glossary, with where to read more.

    Raises KeyError for a term that the glossary lacks.
    """
    meanings = [in_words(BOOK[name]) for name in names]
    with st.popover(label, icon=":material/help:", type="tertiary", key=f"explain {' '.join(names)}"):
        for words in meanings:
            st.markdown(words)
        st.page_link(PAGES["glossary"][0], label="All words", icon=PAGES["glossary"][2])


def meaning(*names: str) -> str:
    """What these terms of the glossary mean, as Markdown for `help`. Raises KeyError for a term that it lacks."""
    return "\n\n".join(in_words(BOOK[name]) for name in names)


def in_words(term: Term) -> str:
    """Markdown: name, meaning, source."""
    other = f" (fast.ai: *{term.fastai}*)" if term.fastai else ""
    return f"**{term.name}**{other}  \n{term.meaning}  \n[{term.source}]({term.link})"
