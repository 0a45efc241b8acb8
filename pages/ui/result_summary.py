"""The results page's top: which pictures it is about, and how many of them are right."""

import streamlit as st

from core.interpretation.baseline import always_largest, one_is_largest
from core.interpretation.intervals import describe_accuracy
from core.interpretation.predictions import Predictions
from pages.ui import frame
from pages.ui.class_words import points
from pages.ui.explain import explain
from pages.ui.words import amount


def summary(predictions: Predictions, averaged: bool) -> None:
    """Accuracy with its grounds, mistakes, and what both are to be measured against; `averaged` over several looks."""
    total, wrong = len(predictions), int((~predictions.correct).sum())
    with st.container(gap="xsmall"):
        with_it = " · several looks averaged" if averaged else ""
        with st.container(horizontal=True, vertical_alignment="center"):
            st.subheader(f"{describe_accuracy(predictions)}{with_it}", anchor=False, width="content")
            explain("accuracy", "confidence interval", "baseline", "percentage point")
        st.markdown(f"{amount(wrong, 'mistake')} · {_without_looking(predictions)} · one picture is {points(total)} "
                    "points")


def _without_looking(predictions: Predictions) -> str:
    """What the accuracy is to be measured against, as Markdown."""
    largest, share = always_largest(predictions)
    if one_is_largest(predictions):
        return f"always “{frame.plain(largest)}” would be right in {100 * share:.1f} %"
    return f"always the same class would be right in {100 * share:.1f} % at most"
