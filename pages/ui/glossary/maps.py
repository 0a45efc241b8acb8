"""Terms: what is like what."""

from pages.ui.glossary.term import Term

TERMS: tuple[Term, ...] = (
)
