"""Letting go of drafts that have become data sets, so that their pictures do not outlive these."""

from core.jobs.collected import Addresses
from core.jobs.drafts import Draft
from core.jobs.pair import Pair
from core.jobs.shots import Shots
from core.settings import Settings

DRAFTS: tuple[type[Draft], ...] = (Shots, Pair, Addresses)


def drop_drafts(job: str, settings: Settings) -> None:
    """Delete what this job has brought in. `settings`: in the visitor's room."""
    for each in DRAFTS:
        draft = each(settings)
        if draft.handed == job:
            draft.drop_all()
