"""How a view of the results page runs."""

import functools
from collections.abc import Callable

import streamlit as st

from core.errors import PlaygroundError
from pages.ui import sharing
from pages.ui.exhibit import Exhibit

Show = Callable[[Exhibit], None]


def by_itself(show: Show) -> Show:
    """A click in the view runs it alone. Its errors do not reach the page then, so they are told in their place."""
    @functools.wraps(show)
    def guarded(exhibit: Exhibit) -> None:
        try:
            sharing.still(exhibit.job)
            show(exhibit)
        except PlaygroundError as error:
            sharing.told_of(exhibit.job, error)

    return st.fragment(guarded)
