"""Maps of trainings that page tests make up, as the job would leave them."""

from collections.abc import Sequence

import numpy as np

from core.events import Mapped
from core.interpretation.landscape import METHODS, Landscape, mark, scaled
from core.jobs.entries import Job
from core.jobs.orders import DrawMap
from tests.pages.doing import finish, the_desk


def asked(training: Job) -> Job:
    """A queued job that draws it."""
    return the_desk().submit(training.owner, DrawMap(dataset="colours", training=training.id), training.dataset)


def landscape(training: Job, placed: int | None = None, activations: Sequence[Sequence[float]] | None = None,
              of: str = "") -> Landscape:
    """Of the training's validation and then its training pictures, the first `placed` of them in a row on the map."""
    valid, document = training.run.read_predictions("valid"), training.run.read_dataset()
    ids = (*valid.ids, *document.split["train"])
    count = len(ids) if placed is None else placed
    seen = np.eye(len(ids)) if activations is None else np.array(activations)
    where = np.stack([np.arange(count), np.zeros(count)], axis=1).astype(np.float32)
    return Landscape(ids, scaled(seen), np.arange(count), {method: where + 0.5 * place for place, method
                                                           in enumerate(METHODS)}, (0.3, 0.2), of or mark(valid))


def mapped(training: Job, **values: object) -> Job:
    """The training with its map, and the job that drew it at its good end."""
    landscape(training, **values).save(training.run.landscape)      # type: ignore[arg-type]
    return finish(asked(training), [Mapped(5, 1.0)])
