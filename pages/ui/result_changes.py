"""The pictures whose answer test-time augmentation has changed, with what was said of each look."""

from collections.abc import Sequence
from html import escape

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.interpretation.comparison import Comparison
from core.interpretation.views import Views
from pages.ui.bars import share_bar
from pages.ui.exhibit import Exhibit
from pages.ui.gallery import paged
from pages.ui.words import amount, percent

MOST_LOOKS = 9           # bars on a card: more would make it higher than its picture
LEGEND = ("Said: the averaged answer. The thin bars are the single looks, first the picture itself, then its copies: "
          "blue is the probability of the actual class, which the number tells, orange that of a wrong answer.")


def galleries(exhibit: Exhibit, views: Views, comparison: Comparison, copies: int) -> None:
    """Pictures that became right, and pictures that became wrong; `exhibit` has the averaged answers."""
    st.caption(LEGEND)
    place = {id: row for row, id in enumerate(exhibit.predictions.ids)}
    for title, ids in (("became right", comparison.won), ("became wrong", comparison.lost)):
        if ids:
            _gallery(exhibit, views, title, [place[id] for id in ids], copies)


def _gallery(exhibit: Exhibit, views: Views, title: str, rows: Sequence[int], copies: int) -> None:
    looks = views.probabilities(np.array(rows))[:, :1 + copies]
    by_row = dict(zip(rows, looks, strict=True))
    paged(exhibit, rows, title, told=f"**{amount(len(rows), 'picture')} {title}**",
          below=lambda row: look_bars(by_row[row], int(exhibit.predictions.labels[row])))


def look_bars(looks: NDArray[np.float64], actual: int) -> str:
    """A bar a look of the probabilities (1 + k, K), with the actual class's in percent; as HTML of our own words."""
    lines = "".join(f"<span>{name}</span>{share_bar(look, actual)}<span>{_percent(look[actual])}</span>"
                    for name, look in zip(_names(len(looks)), looks[:MOST_LOOKS], strict=False))
    return ('<div style="display:grid;grid-template-columns:auto 1fr auto;align-items:center;gap:2px 8px;'
            f'font-size:.75rem;opacity:.85;font-variant-numeric:tabular-nums;white-space:nowrap">{lines}</div>')


def _percent(share: float) -> str:
    return escape(percent(share)).replace(" ", "&#8239;")


def _names(looks: int) -> list[str]:
    return ["itself", *(f"copy {number}" for number in range(1, looks))]
