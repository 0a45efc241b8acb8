"""Terms: counting right and wrong."""

from pages.ui.glossary.term import Term

TERMS: tuple[Term, ...] = (
)
