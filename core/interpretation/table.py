"""Every picture as a row: what it is, what it was taken for, how probable each class was. For people's spreadsheets."""

from collections.abc import Mapping

from core.data.tables import write_table
from core.interpretation.predictions import Predictions

Cell = str | float
DECIMALS = 6


def header(predictions: Predictions) -> tuple[str, ...]:
    """The columns' names: 5 and one a class."""
    return ("file", "actual", "prediction", "correct", "loss", *(f"p({name})" for name in predictions.classes))


def rows(predictions: Predictions, names: Mapping[str, str]) -> list[tuple[Cell, ...]]:
    """A row a picture, in the order of the predictions; `names` gives the file of each id.

    The loss is in nats, the probabilities of a row sum to 1. Raises KeyError for an id without a name.
    """
    classes = predictions.classes
    return [
        (names[id], classes[label], classes[predicted], "yes" if label == predicted else "no", loss, *probabilities)
        for id, label, predicted, loss, probabilities in zip(
            predictions.ids, predictions.labels.tolist(), predictions.predicted.tolist(),
            predictions.losses.tolist(), predictions.probabilities.tolist(), strict=True)
    ]


def to_csv(predictions: Predictions, names: Mapping[str, str]) -> bytes:
    """The table as a spreadsheet opens it."""
    # A loss of -0.0 would show its sign; with 0.0 added it is 0.0.
    return write_table(header(predictions), (
        [cell if isinstance(cell, str) else f"{cell + 0.0:.{DECIMALS}f}" for cell in row]
        for row in rows(predictions, names)))
