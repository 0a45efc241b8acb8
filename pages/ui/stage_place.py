"""Which stage a page is about: its number stands in the address, so that a reload or a link finds it."""

import streamlit as st

STAGE = "stage"              # in the address: from 1; 0 is none
LONGEST = 9                  # digits: Python reads no more than some thousands


def in_hand(stages: int, default: int | None) -> int | None:
    """The stage's place, from 0; None for none. `default` where the address says nothing of use."""
    named = st.query_params.get(STAGE, "")
    if not named.isdecimal() or len(named) > LONGEST or int(named) > stages:
        return default if default is not None and default < stages else None
    return int(named) - 1 if int(named) else None


def take(place: int | None) -> None:
    st.query_params[STAGE] = "0" if place is None else str(place + 1)
