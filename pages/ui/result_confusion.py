"""Results, confusion: which class is taken for which, and the pictures of one such pair."""

import streamlit as st

from core.interpretation import rankings
from core.interpretation.confusion import most_confused
from pages.ui import result_charts
from pages.ui.exhibit import Exhibit
from pages.ui.gallery import cards

MOST_PAIRS = 10
MOST_PICTURES = 12
NO_BAR = {"displayModeBar": False}
CONFUSION = ("Each row is a class as it is, each column what the network took it for; the diagonal is right. A dark "
             "orange cell is a pair of classes that it cannot tell apart yet.")


def show(exhibit: Exhibit) -> None:
    """Which class is taken for which, and the pictures of one such pair."""
    predictions, pairs = exhibit.predictions, most_confused(exhibit.predictions)[:MOST_PAIRS]
    matrix, most = st.columns([5, 3], gap="large")
    with matrix:
        st.markdown("Which class is taken for which (confusion matrix)", help=CONFUSION)
        st.plotly_chart(result_charts.confusion(predictions), config=NO_BAR, key="confusion",
                        alt="Counts of pictures, the actual class in rows, the prediction in columns")
    with most:
        st.markdown("Most often confused")
        if not pairs:
            st.info("No class was taken for another.")
            return
        st.dataframe({"is": [pair.actual for pair in pairs], "taken for": [pair.predicted for pair in pairs],
                      "pictures": [pair.count for pair in pairs]}, hide_index=True, height="content")
        place = st.selectbox("Look at", range(len(pairs)), key="pair", format_func=lambda place: (
            f"{pairs[place].actual} taken for {pairs[place].predicted} · {pairs[place].count}"))
    pair = pairs[place]
    cards(exhibit, rankings.taken_for(predictions, predictions.classes.index(pair.actual),
                                      predictions.classes.index(pair.predicted), MOST_PICTURES))
