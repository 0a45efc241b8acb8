"""The results page's top: which pictures it is about, and how many of them are right."""

import streamlit as st

from core.interpretation.baseline import always_largest
from core.interpretation.intervals import describe_accuracy
from core.interpretation.predictions import Predictions
from pages.ui import frame
from pages.ui.class_words import points
from pages.ui.explain import explain
from pages.ui.words import amount


def summary(predictions: Predictions, averaged: bool) -> None:
    """Accuracy with its grounds, mistakes, and what both are to be measured against; `averaged` over several looks."""
    largest, share = always_largest(predictions)
    total, wrong = len(predictions), int((~predictions.correct).sum())
    with st.container(gap="xsmall"):
        with_it = " with several looks averaged" if averaged else ""
        with st.container(horizontal=True, vertical_alignment="center"):
            st.subheader(f"{describe_accuracy(predictions)} right{with_it}", anchor=False, width="content")
            explain("accuracy", "confidence interval", "baseline", "percentage point")
        always = f"always “{frame.plain(largest)}”"
        if share <= 1 / len(predictions.classes):
            always = "always naming one class, whichever,"      # all have as many pictures
        st.markdown(f"{amount(wrong, 'mistake')} · {always} would be right in {100 * share:.1f} % · one picture is "
                    f"{points(total)} points")
