"""Terms: how sure it is."""

from pages.ui.glossary.term import Term

TERMS: tuple[Term, ...] = (
)
