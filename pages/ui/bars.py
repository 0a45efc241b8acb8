"""Bars of our own: what a network said of one picture, on a line."""

import numpy as np
from numpy.typing import NDArray

from pages.ui.colours import RIGHT, WRONG


def share_bar(probabilities: NDArray[np.float64], actual: int) -> str:
    """One bar of all probabilities (K,): blue the actual class, orange a wrong answer, grey the rest; as HTML."""
    answer = int(probabilities.argmax())
    shares = [(RIGHT, float(probabilities[actual]))]
    if answer != actual:
        shares.insert(0, (WRONG, float(probabilities[answer])))
    parts = "".join(f'<div style="width:{100 * share:.1f}%;background:{colour}"></div>' for colour, share in shares)
    return ('<div style="display:flex;height:7px;border-radius:4px;overflow:hidden;'
            f'background:rgba(128,136,150,.3)">{parts}</div>')
