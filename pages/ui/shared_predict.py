"""Predict, for whoever has a link to a training: their own photos, in their own room, and another's network."""

from pages.ui import sharing
from pages.ui.predict_training import Answering

SENTENCE = "Show this network photos that it has never seen, and look at what it makes of them."
NOT_READY = ("This network is not ready for photos yet. Whoever shared it opens the page Predict once; then it answers "
             "here, too.")


def require() -> Answering:
    """The training of the address's link; without one the page ends here."""
    return Answering(*sharing.require("predict"))
