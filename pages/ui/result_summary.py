"""The results page's top: which pictures it is about, and how many of them are right."""

import streamlit as st

from core.interpretation.baseline import always_largest
from core.interpretation.intervals import describe_accuracy
from core.interpretation.predictions import Predictions
from pages.ui import frame
from pages.ui.class_words import points
from pages.ui.explain import meaning
from pages.ui.words import amount


def summary(predictions: Predictions, averaged: bool) -> None:
    """Accuracy with its grounds, mistakes, and what both are to be measured against; `averaged` over several looks."""
    largest, share = always_largest(predictions)
    total, wrong = len(predictions), int((~predictions.correct).sum())
    with st.container(gap="xsmall"):
        with_it = " with several looks averaged" if averaged else ""
        st.subheader(f"{describe_accuracy(predictions)} right{with_it}", anchor=False,
                     help=meaning("accuracy", "confidence interval"))
        st.markdown(f"{amount(wrong, 'mistake')} · always “{frame.plain(largest)}” would be right in "
                    f"{100 * share:.1f} % · one picture is {points(total)} points", help=meaning("baseline"))
