"""Results, as whoever has a link to them sees them: to look at, and nothing to change."""

import streamlit as st

from pages.ui import frame, result_certainty, result_choice, result_summary, result_views, sharing
from pages.ui.exhibit import Exhibit
from pages.ui.words import plain

LEFT_OUT = ("Where it looks on these pictures, the check for shortcuts, training pictures and several looks at each "
            "picture are for whoever trained this network.")


def page() -> None:
    frame.header("Results", "The pictures that this network gets right, gets wrong, and is unsure about.",
                 with_strip=False)
    job, outcome = sharing.require("results")
    st.caption(f"A training on {plain(outcome.document.name)}.")
    result_choice.tell_whether_final(job, outcome)
    part, once = result_choice.choose_part(job, outcome)
    result_summary.summary(once, averaged=False)
    exhibit, told = result_certainty.under(result_certainty.kept(outcome),
                                           Exhibit(job, outcome, once, part=part, once=once))
    if told:
        st.caption(f"{told} “How sure” tells why.")
    result_views.views(exhibit)
    st.caption(LEFT_OUT)
