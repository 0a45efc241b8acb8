"""The names that a visitor gave to trainings on the page Runs, for every page that shows them."""

from core.jobs import shelf_of_runs
from pages.ui import session


def given() -> dict[str, str]:
    """By the job's id; those without a name are left out."""
    labels = shelf_of_runs.labels(session.office().desk, session.visitor())
    return {id: label.name for id, label in labels.items() if label.name}
