"""All terms, by topic and by name."""

from pages.ui.glossary import certainty, counts, evidence, maps, pictures, saliency, training
from pages.ui.glossary.term import Term

TOPICS: dict[str, tuple[Term, ...]] = {
    "Learning": training.TERMS, "Pictures and losses": pictures.TERMS, "Counting right and wrong": counts.TERMS,
    "How sure it is": certainty.TERMS, "What is like what": maps.TERMS, "Where it looks": saliency.TERMS,
    "Is it the thing itself?": evidence.TERMS}
BOOK: dict[str, Term] = {term.name: term for terms in TOPICS.values() for term in terms}
