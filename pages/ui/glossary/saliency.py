"""Terms: where it looks."""

from pages.ui.glossary.term import Term

TERMS: tuple[Term, ...] = (
)
