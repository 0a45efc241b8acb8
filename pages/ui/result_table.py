"""Results, table: every picture as a row, and as a file."""

import streamlit as st

from core.interpretation import rankings, table
from pages.ui.exhibit import LOSS, Exhibit

TABLE_HEIGHT = 560       # pixels


def show(exhibit: Exhibit) -> None:
    """Every picture as a row, the hardest first, and the same as a file."""
    predictions, names = exhibit.predictions, exhibit.outcome.names
    words, way = st.columns([4, 1], vertical_alignment="center")
    words.markdown("Every picture, the hardest first (by its loss). A click on a column's name sorts by it.", help=LOSS)
    way.download_button("Download CSV", lambda: table.to_csv(predictions, names), csv_name(exhibit), "text/csv",
                        icon=":material/download:", on_click="ignore", width="stretch")
    hardest = predictions.select(rankings.top_losses(predictions, len(predictions)))
    columns = dict(zip(table.header(hardest), zip(*table.rows(hardest, names), strict=True), strict=True))
    percent = st.column_config.NumberColumn(format="percent")
    st.dataframe(columns, height=TABLE_HEIGHT, hide_index=True, column_config={
        "loss": st.column_config.NumberColumn(format="%.3f")} | {
        name: percent for name in columns if name.startswith("p(")})


def csv_name(exhibit: Exhibit) -> str:
    """Of the file: the averaged answers are not to be taken for those of a single look, once they are elsewhere."""
    return "probabilities-averaged.csv" if exhibit.averaged else "probabilities.csv"
