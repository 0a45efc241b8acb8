"""The parts of the results page: the figures on top, the galleries, who is taken for whom, the epochs, the table."""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st
from numpy import int64
from numpy.typing import NDArray

from core.interpretation import rankings, table
from core.interpretation.baseline import always_largest
from core.interpretation.confusion import most_confused
from core.interpretation.intervals import describe_accuracy
from core.interpretation.predictions import Predictions
from pages.ui import frame, result_charts
from pages.ui.gallery import LOSS, Exhibit, cards
from pages.ui.result_tta import Part
from pages.ui.words import amount

HOW_MANY = (4, 8, 12)
MOST_PAIRS = 10
LEGEND = "Said: the prediction, with its probability. Is: the actual class, with the probability it got."
TABLE_HEIGHT = 560       # pixels
NO_BAR = {"displayModeBar": False}
ACCURACY = ("The share of pictures whose most probable class is the right one, how many they are, and between which "
            "figures the true share lies, 19 times out of 20. Fewer pictures, a wider span.")
BASELINE = ("Who always gives the largest class, without looking, is right that often: a network must beat it. And "
            "differences of one or two pictures mean nothing.")
PROBABILITY = ("How sure the network says it is, from 0 to 100 %; the classes share 100 % between them. It says so of "
               "itself, and can be very sure and wrong.")
UNCERTAIN = ("The pictures whose two most probable classes lie closest together. More pictures like these to learn "
             "from help most.")
CONFUSION = ("Each row is a class as it is, each column what the network took it for; the diagonal is right. A dark "
             "orange cell is a pair of classes that it cannot tell apart yet.")
TEST = ("Test pictures played no part in training, nor in any choice: not the learning rate, not the epoch that was "
        "kept. Look at them last and seldom: whatever you change because of them makes them a little less honest.")


@dataclass(frozen=True, slots=True)
class Gallery:
    """A way to choose pictures. `pick(predictions, how many, class, seed)` gives rows."""

    sentence: str
    nothing: str             # said where it is empty; {} is the class
    pick: Callable[[Predictions, int, int, int], NDArray[int64]]
    of_class: bool = False
    drawn: bool = False      # at random: can be drawn anew
    help: str = PROBABILITY


GALLERIES = {
    "Correctly classified": Gallery(
        "Pictures that it got right, drawn without favour.", "No picture was classified correctly.",
        lambda shown, k, kind, seed: rankings.random_correct(shown, k, seed), drawn=True),
    "Incorrectly classified": Gallery(
        "Pictures that it got wrong, drawn without favour.", "No picture was classified wrongly.",
        lambda shown, k, kind, seed: rankings.random_incorrect(shown, k, seed), drawn=True),
    "Most correct": Gallery(
        "Right, and surest of it: what the network takes for typical.", "No picture of {} was recognised.",
        lambda shown, k, kind, seed: rankings.most_correct(shown, kind, k), of_class=True),
    "Most incorrect": Gallery(
        "Wrong, and surest of it: often a wrong label, or an odd picture.",
        "No picture of {} was taken for another class.",
        lambda shown, k, kind, seed: rankings.most_incorrect(shown, kind, k), of_class=True),
    "Most uncertain": Gallery(
        "It could hardly decide between two classes.", "There are no pictures.",
        lambda shown, k, kind, seed: rankings.most_uncertain(shown, k), help=UNCERTAIN),
}


def choose_part(valid: Predictions, test: Predictions | None) -> tuple[Part, Predictions]:
    """The validation pictures, or the test pictures where the visitor asks for them."""
    if test is None:
        return "valid", valid
    parts: dict[str, tuple[Part, Predictions]] = {f"Validation · {amount(len(valid), 'picture')}": ("valid", valid),
                                                  f"Test · {amount(len(test), 'picture')}": ("test", test)}
    name = st.segmented_control("Pictures", list(parts), default=next(iter(parts)), required=True, key="part",
                                help=TEST, label_visibility="collapsed")
    if parts[name][0] == "test":
        st.caption(TEST)
    return parts[name]


def summary(predictions: Predictions, averaged: bool) -> None:
    """Accuracy with its grounds, mistakes, and what both are to be measured against; `averaged` over several looks."""
    largest, share = always_largest(predictions)
    total, wrong = len(predictions), int((~predictions.correct).sum())
    with st.container(gap="xsmall"):
        with_it = " with several looks averaged" if averaged else ""
        st.subheader(f"{describe_accuracy(predictions)} right{with_it}", help=ACCURACY, anchor=False)
        st.markdown(f"{amount(wrong, 'mistake')} · always “{frame.plain(largest)}” would be right in "
                    f"{100 * share:.1f} % · one picture is {100 / total:.1f} points", help=BASELINE)


def galleries(exhibit: Exhibit) -> None:
    """Right, wrong, sure and unsure pictures, as many as one likes."""
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        name = st.segmented_control("Which pictures", list(GALLERIES), default=next(iter(GALLERIES)), required=True,
                                    key="gallery", label_visibility="collapsed")
        count = st.segmented_control("How many", HOW_MANY, default=HOW_MANY[1], required=True, key="how many",
                                     label_visibility="collapsed")
    gallery, classes = GALLERIES[name], exhibit.predictions.classes
    words, choice = st.columns([3, 1], vertical_alignment="center")
    with words.container(gap="xsmall"):
        st.markdown(gallery.sentence, help=gallery.help)
        st.caption(LEGEND)
    kind = 0
    with choice:
        if gallery.of_class:
            kind = st.selectbox("Class", range(len(classes)), format_func=classes.__getitem__, key="class",
                                label_visibility="collapsed")
        if gallery.drawn:
            st.button("Draw others", icon=":material/shuffle:", on_click=_draw_anew, width="stretch")
    rows = gallery.pick(exhibit.predictions, count, kind, st.session_state.get("draw", 0))
    if len(rows):
        cards(exhibit, rows, unsure=name == "Most uncertain")
    else:
        st.info(gallery.nothing.format(f"“{frame.plain(classes[kind])}”"))


def confusion(exhibit: Exhibit) -> None:
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
                                      predictions.classes.index(pair.predicted), HOW_MANY[-1]))


def history(exhibit: Exhibit) -> None:
    """Loss and accuracy over the epochs."""
    outcome = exhibit.outcome
    st.markdown("How the training went, epoch by epoch", help=LOSS)
    st.plotly_chart(result_charts.history(outcome.epochs, outcome.epoch), config=NO_BAR, key="history",
                    alt="Training loss, validation loss and accuracy over the epochs")
    st.caption("The epoch that is kept is the latest whose accuracy is as good as the best, give or take what chance "
               "makes of so few pictures. Validation loss that rises while training loss falls: the network starts to "
               "learn its pictures by heart.")


def probabilities(exhibit: Exhibit) -> None:
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


def _draw_anew() -> None:
    st.session_state["draw"] = st.session_state.get("draw", 0) + 1


VIEWS: dict[str, Callable[[Exhibit], None]] = {
    "Pictures": galleries, "Confusion": confusion, "History": history, "Table": probabilities}
