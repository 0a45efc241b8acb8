"""How long a run still takes: stages to come by what stages of their kind took, else in proportion to their work."""

from core.runs.planned import USUAL_SIZE
from core.runs.story import Story


def seconds_left(story: Story) -> float | None:
    """Of the whole run; None until the stage in hand has told how fast it is.

    A stage that may stop early counts whole, and looking for learning rates between stages is left out.
    """
    here = story.stage_seconds_left
    if here is None or story.stage is None:
        return None
    paces = _paces(story)
    size = story.stage.size
    coming = 0.0
    for stage in story.stages[story.stage.stage + 1:]:
        pace = paces.get(stage.kind, next(reversed(paces.values()), None))
        if pace is None:
            return None
        coming += pace * stage.epochs * stage.epoch_weight(size)
    return here + coming


def _paces(story: Story) -> dict[tuple[str, bool], float]:
    """Seconds for a unit of `epoch_weight`, by kind of stage; the latest known comes last."""
    paces: dict[tuple[str, bool], float] = {}
    for begun, stage in zip(story.begun, story.stages, strict=False):
        rows = [row for row in story.epochs if row.stage == begun.stage]
        if rows:
            seconds = rows[-1].seconds
        elif begun is story.stage and story.images_per_second:
            seconds = begun.steps / begun.epochs * begun.batch_size / story.images_per_second
        else:
            continue
        paces.pop(stage.kind, None)
        paces[stage.kind] = seconds / stage.epoch_weight(begun.size or USUAL_SIZE)
    return paces
