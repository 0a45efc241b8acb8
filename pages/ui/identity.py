"""Who is here."""

from core.jobs.desk import LOCAL
from core.settings import Settings


def visitor(settings: Settings) -> str:
    """The id of the visitor's room."""
    return LOCAL
