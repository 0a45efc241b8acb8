"""Results, table: every picture as a row, and as a file."""

import numpy as np
import streamlit as st

from core.interpretation import rankings, table
from core.interpretation.selection import probability
from pages.ui import sharing
from pages.ui.exhibit import Exhibit
from pages.ui.explain import explain
from pages.ui.gallery import csv_name

TABLE_HEIGHT = 560       # pixels
MOST_CLASSES = 12        # with a column each: 5,000 rows stay below a megabyte


def show(exhibit: Exhibit) -> None:
    """Every picture as a row, the hardest first, and the same as a file with the probability of every class."""
    predictions, names = exhibit.predictions, exhibit.outcome.names
    words, way = st.columns([4, 1], vertical_alignment="center")
    with words.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown("Every picture, the hardest first (by its loss). A click on a column's name sorts by it.",
                    width="content")
        explain("loss", "probability")
    if sharing.may_take(exhibit.job):
        way.download_button("Download CSV", sharing.offered(exhibit.job, lambda: table.to_csv(predictions, names)),
                            csv_name(exhibit, "probabilities"), "text/csv", icon=":material/download:",
                            on_click="ignore", width="stretch")
    percent = st.column_config.NumberColumn(format="percent")
    columns = _columns(exhibit)
    st.dataframe(columns, height=TABLE_HEIGHT, hide_index=True, column_config={
        "loss": st.column_config.NumberColumn(format="%.3f")} | {
        name: percent for name in columns if name.startswith("p(")})
    if len(predictions.classes) > MOST_CLASSES and sharing.may_take(exhibit.job):
        st.caption("The probabilities of all classes are in the file.")


def _columns(exhibit: Exhibit) -> dict[str, object]:
    """Each (N,), the hardest first: as in the file, but of many classes only two probabilities."""
    predictions, names = exhibit.predictions, exhibit.outcome.names
    rows = rankings.top_losses(predictions, len(predictions))
    classes, ids = np.array(predictions.classes), predictions.ids
    if len(classes) <= MOST_CLASSES:
        columns = dict(zip(table.header(predictions)[5:], predictions.probabilities[rows].T, strict=True))
    else:
        columns = {"p(prediction)": probability(predictions, "prediction")[rows],
                   "p(actual)": probability(predictions, "actual")[rows]}
    return {"file": [names[ids[row]] for row in rows.tolist()], "actual": classes[predictions.labels[rows]],
            "prediction": classes[predictions.predicted[rows]],
            "correct": np.where(predictions.correct[rows], "yes", "no"), "loss": predictions.losses[rows]} | {
        name: values.astype(np.float32) for name, values in columns.items()}
