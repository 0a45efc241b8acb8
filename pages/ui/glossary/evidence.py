"""Terms: is it the thing itself?."""

from pages.ui.glossary.term import Term

TERMS: tuple[Term, ...] = (
)
