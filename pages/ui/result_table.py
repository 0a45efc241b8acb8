"""Results, table: every picture as a row, and as a file."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.interpretation import rankings, table
from core.interpretation.predictions import Predictions
from pages.ui.exhibit import Exhibit
from pages.ui.explain import explain
from pages.ui.gallery import csv_name

TABLE_HEIGHT = 560       # pixels
MOST_COLUMNS = 10        # classes with a column each: 120 of them would be megabytes that nobody reads


def show(exhibit: Exhibit) -> None:
    """Every picture as a row, the hardest first, and the same as a file with the probability of every class."""
    predictions, names = exhibit.predictions, exhibit.outcome.names
    words, way = st.columns([4, 1], vertical_alignment="center")
    with words.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown("Every picture, the hardest first (by its loss). A click on a column's name sorts by it.",
                    width="content")
        explain("loss", "probability")
    way.download_button("Download CSV", lambda: table.to_csv(predictions, names), csv_name(exhibit, "probabilities"),
                        "text/csv", icon=":material/download:", on_click="ignore", width="stretch")
    if len(predictions.classes) > MOST_COLUMNS:
        st.caption(f"The file has the probabilities of all {len(predictions.classes)} classes.")
    hardest = predictions.select(rankings.top_losses(predictions, len(predictions)))
    percent = st.column_config.NumberColumn(format="percent")
    st.dataframe({"file": [names[id] for id in hardest.ids]} | _columns(hardest), height=TABLE_HEIGHT, hide_index=True,
                 column_config={"loss": st.column_config.NumberColumn(format="%.3f")} | dict.fromkeys(_probabilities(hardest), percent))


def _columns(predictions: Predictions) -> dict[str, NDArray[np.generic]]:
    names = np.array(predictions.classes)
    return {"actual": names[predictions.labels], "prediction": names[predictions.predicted],
            "correct": np.where(predictions.correct, "yes", "no"),
            "loss": predictions.losses.astype(np.float32)} | _probabilities(predictions)


def _probabilities(predictions: Predictions) -> dict[str, NDArray[np.generic]]:
    """Of every class, where they are few; else of the actual class and of the prediction."""
    said = predictions.probabilities.astype(np.float32)
    if len(predictions.classes) <= MOST_COLUMNS:
        return {f"p({name})": said[:, place] for place, name in enumerate(predictions.classes)}
    every = np.arange(len(predictions))
    return {"p of actual": said[every, predictions.labels], "p of prediction": said[every, predictions.predicted]}
