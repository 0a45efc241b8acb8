"""The views of the results page, one at a time below the figures on top."""

from collections.abc import Callable

from pages.ui import (
    result_cheating,
    result_classes,
    result_confusion,
    result_epochs,
    result_map,
    result_pictures,
    result_saliency,
    result_sure,
    result_table,
)
from pages.ui.exhibit import Exhibit

VIEWS: dict[str, Callable[[Exhibit], None]] = {
    "Pictures": result_pictures.show,
    "Map": result_map.show,
    "Confusion": result_confusion.show,
    "Classes": result_classes.show,
    "How sure": result_sure.show,
    "Where it looks": result_saliency.show,
    "Cheating?": result_cheating.show,
    "Epochs": result_epochs.show,
    "Table": result_table.show,
}
