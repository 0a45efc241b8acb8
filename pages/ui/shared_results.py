"""Results, as whoever has a link to them sees them: to look at, and nothing to change."""

from dataclasses import replace

import streamlit as st

from core.interpretation.temperature import tempered
from pages.ui import frame, result_certainty, result_choice, result_summary, result_views, sharing
from pages.ui.exhibit import Exhibit
from pages.ui.sure_words import softened_by
from pages.ui.words import plain

LEFT_OUT = ("Where it looks, the check for shortcuts, training pictures and several looks at each picture are for "
            "whoever trained this network.")


def page() -> None:
    frame.header("Results", "The pictures that this network gets right, gets wrong, and is unsure about.",
                 with_strip=False)
    job, outcome = sharing.require("results")
    st.caption(f"A training on {plain(outcome.document.name)}.")
    result_choice.tell_whether_final(job, outcome)
    part, once = result_choice.choose_part(job, outcome)
    result_summary.summary(once, averaged=False)
    exhibit = Exhibit(job, outcome, once, part=part, once=once)
    heat = result_certainty.kept(outcome).heat
    if heat is not None:
        st.caption(f"Probabilities {softened_by(heat)}. “How sure” tells why.")
        exhibit = replace(exhibit, predictions=tempered(once, heat), heat=heat)
    result_views.views(exhibit)
    st.caption(LEFT_OUT)
