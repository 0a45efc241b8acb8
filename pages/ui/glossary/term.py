"""One term of the field."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Term:
    """What a word means, for a person who meets it for the first time. Its text is Markdown of our own."""

    name: str                    # the field's standard word, as pages write it
    meaning: str                 # two or three short sentences
    source: str                  # title of what to read: a paper, a book's chapter
    link: str                    # https, its address
    fastai: str = ""             # fast.ai's word for it, where that is another
