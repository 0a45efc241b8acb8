"""The views of the results page, one at a time below the figures on top."""

from collections.abc import Callable

from pages.ui import result_confusion, result_epochs, result_pictures, result_saliency, result_table
from pages.ui.exhibit import Exhibit

VIEWS: dict[str, Callable[[Exhibit], None]] = {
    "Pictures": result_pictures.show, "Confusion": result_confusion.show, "Where it looks": result_saliency.show,
    "Epochs": result_epochs.show, "Table": result_table.show}
