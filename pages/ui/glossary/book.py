"""All terms, by topic and by name."""

from pages.ui.glossary import certainty, counts, data, evidence, maps, pictures, saliency, training
from pages.ui.glossary.term import Term

TOPICS: dict[str, tuple[Term, ...]] = {
    "Pictures to learn from": data.TERMS,
    "Learning": training.TERMS,
    "Pictures and losses": pictures.TERMS,
    "Counting right and wrong": counts.TERMS,
    "How sure it is": certainty.TERMS,
    "What is like what": maps.TERMS,
    "Where it looks": saliency.TERMS,
    "Is it the thing itself?": evidence.TERMS,
}
BOOK: dict[str, Term] = {term.name: term for terms in TOPICS.values() for term in terms}
