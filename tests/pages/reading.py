"""What page tests read off a page, and where the draft stands."""

from collections.abc import Sequence

from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button

from core.jobs.entries import LOCAL, Job, State
from core.training.recipe import Recipe
from pages.ui.glossary.book import BOOK
from tests.pages.doing import the_desk


def words(page: AppTest) -> str:
    """Everything that the page says, as Markdown."""
    blocks: Sequence[Sequence[object]] = (page.markdown, page.caption, page.info, page.warning, page.error,
                                          page.subheader, page.title)
    return "\n".join(str(element.value) for block in blocks for element in block)  # type: ignore[attr-defined]


def text(page: AppTest) -> str:
    """The same as a person reads it."""
    return words(page).replace("\\", "")


def explained(page: AppTest) -> set[str]:
    """The terms of the glossary whose meaning stands behind a click on the page."""
    return {term for term in BOOK if f"**{term}**" in words(page)}


def button(page: AppTest, label: str) -> Button:
    return next(found for found in page.button if found.label == label)


def draft() -> Recipe:
    """Of the data set that the pages show."""
    entry = the_desk().chosen(LOCAL)
    assert entry is not None
    return entry.recipe


def marked(job: Job, state: State) -> Job:
    """The job in this state, whatever it was in before."""
    the_desk().database.change("UPDATE jobs SET state = ?, started = created, ended = created + 60 WHERE id = ?", state,
                               job.id)
    return the_desk().job(job.owner, job.id)
