"""The results page's top: which pictures it is about, and how many of them are right."""

import streamlit as st

from core.interpretation.baseline import always_largest
from core.interpretation.intervals import describe_accuracy
from core.interpretation.predictions import Predictions
from pages.ui import frame
from pages.ui.class_words import points
from pages.ui.words import amount

ACCURACY = ("The share of pictures whose most probable class is the right one, how many they are, and between which "
            "figures the true share lies, 19 times out of 20. Fewer pictures, a wider span.")
BASELINE = ("Who always gives the largest class, without looking, is right that often: a network must beat it. And "
            "differences of one or two pictures mean nothing.")


def summary(predictions: Predictions, averaged: bool) -> None:
    """Accuracy with its grounds, mistakes, and what both are to be measured against; `averaged` over several looks."""
    largest, share = always_largest(predictions)
    total, wrong = len(predictions), int((~predictions.correct).sum())
    with st.container(gap="xsmall"):
        with_it = " with several looks averaged" if averaged else ""
        st.subheader(f"{describe_accuracy(predictions)} right{with_it}", help=ACCURACY, anchor=False)
        st.markdown(f"{amount(wrong, 'mistake')} · always “{frame.plain(largest)}” would be right in "
                    f"{100 * share:.1f} % · one picture is {points(total)} points", help=BASELINE)
