"""The glossary as a list: by topic, or what a word finds."""

import unicodedata
from collections.abc import Iterator, Sequence

from pages.ui.glossary.book import TOPICS
from pages.ui.glossary.term import Term

A_ROW = 2


def found(wanted: str) -> dict[str, tuple[Term, ...]]:
    """The terms by topic in whose names or meanings every word of `wanted` occurs, names first; all for nothing."""
    words = _folded(wanted).split()
    hits = {topic: tuple(sorted((term for term in terms if all(word in _said(term) for word in words)),
                                key=lambda term: not all(word in _named(term) for word in words)))
            for topic, terms in TOPICS.items()}
    return {topic: terms for topic, terms in hits.items() if terms}


def rows_of(terms: Sequence[Term]) -> Iterator[Sequence[Term]]:
    for start in range(0, len(terms), A_ROW):
        yield terms[start:start + A_ROW]


def _named(term: Term) -> str:
    return _folded(f"{term.name} {term.fastai}")


def _said(term: Term) -> str:
    return f"{_named(term)} {_folded(term.meaning)}"


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
