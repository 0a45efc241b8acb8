"""Terms: learning."""

from pages.ui.glossary.term import Term

TERMS: tuple[Term, ...] = (
)
