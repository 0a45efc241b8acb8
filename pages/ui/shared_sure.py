"""How sure, for whoever has a link to a training: what it goes by, without the levers."""

import streamlit as st

from core.errors import PlaygroundError
from core.interpretation.coverage import standing
from pages.ui import result_certainty, sharing, sure_words
from pages.ui.exhibit import Exhibit
from pages.ui.explain import explain


def told(exhibit: Exhibit) -> None:
    """The temperature and the threshold that are in use."""
    kept = result_certainty.kept(exhibit.outcome)
    with st.container(border=True, key="shared-certainty"):
        if kept.heat is not None:
            st.markdown(f":material/thermostat: Its probabilities are {sure_words.softened_by(kept.heat)} (temperature "
                        f"{kept.heat:.2f}), on this page and in prediction.")
        if kept.least is None:
            st.markdown(":material/remove: It always answers: no threshold is in use.")
        else:
            st.markdown(f":material/front_hand: Below **{sure_words.percent(kept.least)}** it says “I don’t know”. "
                        f"{sure_words.would(standing(result_certainty.in_use(exhibit), kept.least))}")
        explain("temperature", "threshold")


def stands(exhibit: Exhibit) -> bool:
    """Whether the exhibit may be looked at still; where a link has ended, that is told."""
    try:
        sharing.still(exhibit.job)
    except PlaygroundError as error:
        sharing.told_of(exhibit.job, error)
        return False
    return True
