"""Results, classes: how well each class is found and how far its name can be trusted."""

from collections.abc import Sequence

import streamlit as st

from core.interpretation import overall, per_class
from core.interpretation.estimates import Estimate, complement
from core.interpretation.per_class import ClassScore
from pages.ui import class_chart, class_pictures, class_words, sharing
from pages.ui.exhibit import Exhibit
from pages.ui.explain import explain
from pages.ui.gallery import csv_name
from pages.ui.result_view import by_itself

TALLEST = 460                # pixels of chart and table: with more classes they scroll
ROW, HEAD = 35, 38           # pixels of a table's row, and of its head
MOST_ROWS = 12               # of the table, before it scrolls
LONG_NAME = 24               # letters of a class's name, from which on it would push the figures out
ORDERS = ("Name", "Recall", "Precision", "F1", "Pictures")
UNDEFINED = "–"


@by_itself
def show(exhibit: Exhibit) -> None:
    """How well each class is found, how far its name can be trusted, and its pictures."""
    scores = per_class.scores(exhibit.predictions)
    _overall(exhibit, scores)
    if weight := class_words.weight(scores):
        st.caption(weight)
    for sentence in class_words.extremes(scores):
        st.markdown(sentence)
    if warning := class_words.few(scores):
        st.warning(warning, icon=":material/warning:")
    order = _order(exhibit, scores)
    st.session_state.setdefault(_key(exhibit), max(range(len(scores)), key=lambda place: scores[place].missed))
    chart, table = st.columns([2, 3], gap="medium")
    with chart:
        _chart(exhibit, scores, order)
    with table:
        _table(exhibit, scores, order)
    class_pictures.show(exhibit, scores, _key(exhibit))


def _overall(exhibit: Exhibit, scores: Sequence[ClassScore]) -> None:
    """The whole set in a few figures."""
    predictions = exhibit.predictions
    right, loss = overall.accuracy(predictions), overall.log_loss(predictions)
    figures = {"Error rate": complement(right) if right else None,
               "Balanced accuracy": per_class.balanced_accuracy(scores),
               **{f"Top-{k} accuracy": share for k, share in overall.top_ks(predictions).items()}}
    with st.container(horizontal=True, gap="medium"):
        for name, estimate in figures.items():
            _metric(name, estimate)
        st.metric("Log loss", UNDEFINED if loss is None else f"{loss:.3f}", width="content")
        explain("error rate", "balanced accuracy", "top-k accuracy", "log loss", "confidence interval")


def _metric(name: str, estimate: Estimate | None) -> None:
    if estimate is None:
        st.metric(name, UNDEFINED, width="content")
    else:
        st.metric(name, f"{100 * estimate.value:.1f} %", estimate.span, delta_color="off", delta_arrow="off",
                  width="content")


def _order(exhibit: Exhibit, scores: Sequence[ClassScore]) -> list[int]:
    """The places of the classes as one wants them, the worst first; the figures' meaning and the file beside it."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        with st.container(horizontal=True, vertical_alignment="center", width="content"):
            st.markdown("Order", width="content")
            by = st.segmented_control("Order of the classes", ORDERS, default=ORDERS[0], required=True,
                                      key="order of scores", label_visibility="collapsed", persist_state="session")
            explain("recall", "precision", "F1", "support", "macro and weighted average")
        if sharing.may_take(exhibit.job):
            st.download_button("Download CSV", sharing.offered(exhibit.job, lambda: per_class.to_csv(scores)),
                               csv_name(exhibit, "classes"), "text/csv", icon=":material/download:", on_click="ignore")
    figures = {"Recall": lambda score: score.recall, "Precision": lambda score: score.precision,
               "F1": lambda score: score.f1}
    places = list(range(len(scores)))
    if by == "Pictures":
        return sorted(places, key=lambda place: -scores[place].support)
    if by in figures:
        return sorted(places, key=lambda place: _undefined_last(figures[by](scores[place])))
    return places


def _undefined_last(figure: Estimate | None) -> float:
    return 2.0 if figure is None else figure.value


def _chart(exhibit: Exhibit, scores: Sequence[ClassScore], order: Sequence[int]) -> None:
    key = f"scores {exhibit.job.id}"
    with st.container(height=TALLEST if class_chart.height(len(order)) > TALLEST else "content", border=False):
        st.plotly_chart(class_chart.figure(scores, order), key=key, selection_mode="points",
                        on_select=lambda: _dot_clicked(exhibit, key), config={"displayModeBar": False},
                        alt="Recall and precision of each class, with their intervals")
    st.caption("A dot is a figure, its line the span in which the true one lies. A click on a dot, or on a row of the "
               "table, shows the class's pictures below.")


def _table(exhibit: Exhibit, scores: Sequence[ClassScore], order: Sequence[int]) -> None:
    """A class a row, and the averages below."""
    rows = [scores[place] for place in order]
    figures = {"recall": [score.recall for score in rows], "precision": [score.precision for score in rows],
               "F1": [score.f1 for score in rows]}
    columns: dict[str, Sequence[object]] = {"class": [score.name for score in rows],
                                            "pictures": [score.support for score in rows]}
    for name, values in figures.items():
        columns[name] = [value and 100 * value.value for value in values]
        columns[f"{name} span"] = [value.span if value else UNDEFINED for value in values]
    key, percent = f"table of scores {exhibit.job.id}", st.column_config.NumberColumn(format="%.1f %%")
    st.dataframe(columns, hide_index=True, height=HEAD + ROW * min(MOST_ROWS, len(rows)), key=key,
                 placeholder=UNDEFINED, selection_mode="single-cell",
                 on_select=lambda: _row_clicked(exhibit, key, order),
                 column_config=dict.fromkeys(figures, percent)
                 | {f"{name} span": st.column_config.TextColumn("between") for name in figures}
                 | {"class": st.column_config.TextColumn(
                     width="medium" if any(len(row.name) >= LONG_NAME for row in rows) else None, pinned=True)})
    averages = per_class.macro(scores), per_class.weighted(scores)
    st.dataframe({"over all classes": ["macro average", "weighted average"],
                  "recall": [_percent(each.recall) for each in averages],
                  "precision": [_percent(each.precision) for each in averages],
                  "F1": [_percent(each.f1) for each in averages]},
                 hide_index=True, height="content", placeholder=UNDEFINED,
                 column_config=dict.fromkeys(figures, percent))


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share


def _key(exhibit: Exhibit) -> str:
    """Of the place of the class whose pictures are shown. It names the training: another may have other classes."""
    return f"class of scores {exhibit.job.id}"


def _dot_clicked(exhibit: Exhibit, chart: str) -> None:
    """A second click on the same dot takes its choice back in the chart, but means the same class."""
    last = f"dot of scores {exhibit.job.id}"
    if points := st.session_state[chart].selection.points:
        st.session_state[last] = points[0]["customdata"]
    if last in st.session_state:
        st.session_state[_key(exhibit)] = st.session_state[last]


def _row_clicked(exhibit: Exhibit, table: str, order: Sequence[int]) -> None:
    if cells := st.session_state[table].selection.cells:
        st.session_state[_key(exhibit)] = order[cells[0][0]]
