"""Results, epochs: how the training went."""

import streamlit as st

from pages.ui import result_charts
from pages.ui.exhibit import LOSS, Exhibit

NO_BAR = {"displayModeBar": False}


def show(exhibit: Exhibit) -> None:
    """Loss and accuracy over the epochs."""
    outcome = exhibit.outcome
    st.markdown("How the training went, epoch by epoch", help=LOSS)
    st.plotly_chart(result_charts.history(outcome.epochs, outcome.epoch), config=NO_BAR, key="history",
                    alt="Training loss, validation loss and accuracy over the epochs")
    st.caption("The epoch that is kept is the latest whose accuracy is as good as the best, give or take what chance "
               "makes of so few pictures. Validation loss that rises while training loss falls: the network starts to "
               "learn its pictures by heart.")
