"""Turning pages of a gallery, a list or a grid."""

import streamlit as st

# Streamlit counts how many numbers its own width has room for, and shows all only where that is five or more: as wide
# as its content, it hides one of two. In pixels, measured:
ARROWS, NUMBER = 72, 36
FEWEST, MOST = 5, 7              # numbers that there is room for


def turned(pages: int, key: str) -> int:
    """The page that is chosen, from 1."""
    return st.pagination(pages, key=key, width=ARROWS + NUMBER * min(max(pages, FEWEST), MOST))
