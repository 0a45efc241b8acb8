"""What a person does to whole classes: rename one, merge two. Each gives the edits of one gesture."""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.data.dataset import Dataset
from core.data.edits import Edit, standing
from core.errors import TooFewImages, UserMistake

LONGEST_NAME = 80          # letters of a class's name
RENAMED, MERGED = "class renamed from ", "class merged into "     # how `why` begins


@dataclass(frozen=True, slots=True)
class Change:
    """The last renaming or merging that stands."""

    gesture: str
    why: str
    pictures: int


def tidy(name: str) -> str:
    """A class's name as typed, NFC and without blanks around it or doubled within. "" for a blank one."""
    return " ".join(unicodedata.normalize("NFC", name).split())


def renamed(dataset: Dataset, label: str, name: str, who: str = "") -> tuple[Edit, ...]:
    """The edits that give the class `label` another name.

    Raises UserMistake for a class that is not there, a name that is blank, too long, the same, or another class's.
    """
    to = _checked(dataset, label, name)
    if to in dataset.classes:
        raise UserMistake(f"There is a class '{to}' already.",
                          remedy=f"Merge '{label}' into it, or choose a name that no class has.")
    return _relabels(dataset, label, to, f"{RENAMED}{label} to {to}", who)


def merged(dataset: Dataset, label: str, into: str, who: str = "") -> tuple[Edit, ...]:
    """The edits that put every picture of the class `label` into the class `into`.

    Raises UserMistake for classes that are not there or are the same, TooFewImages where one class would be left.
    """
    to = _checked(dataset, label, into)
    if to not in dataset.classes:
        raise UserMistake(f"There is no class '{to}'.", remedy="Choose one of the classes of these pictures.")
    if len(dataset.classes) == 2:
        raise TooFewImages(f"With '{label}' in '{to}' there would be one class left, and nothing to tell apart.",
                           remedy="Bring in pictures of another class first.")
    return _relabels(dataset, label, to, f"{MERGED}{to}", who)


def lookalikes(classes: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    """Groups of names that differ by capital letters or blanks alone, each sorted."""
    groups: dict[str, list[str]] = defaultdict(list)
    for label in classes:
        groups[tidy(label).casefold()].append(label)
    return tuple(tuple(sorted(group)) for group in groups.values() if len(group) > 1)


def alike(classes: Iterable[str], name: str) -> str | None:
    """The class that a name means: this very one, else one that differs by capital letters or blanks alone."""
    to, known = tidy(name), tuple(classes)
    if to in known:
        return to
    return next((label for label in known if tidy(label).casefold() == to.casefold()), None)


def last_change(edits: Sequence[Edit]) -> Change | None:
    """Of a log of edits."""
    kept = [edit for edit in standing(edits) if edit.action == "relabel" and edit.why.startswith((RENAMED, MERGED))]
    if not kept:
        return None
    last = kept[-1]
    return Change(last.gesture, last.why, sum(edit.gesture == last.gesture for edit in kept))


def _checked(dataset: Dataset, label: str, name: str) -> str:
    to = tidy(name)
    if label not in dataset.classes:
        raise UserMistake(f"There is no class '{label}'.", remedy="Choose one of the classes of these pictures.")
    if not to:
        raise UserMistake("The new name is blank.", remedy="Type a name with at least one letter or digit.")
    if len(to) > LONGEST_NAME:
        raise UserMistake(f"The new name has {len(to)} letters; {LONGEST_NAME} are allowed.",
                          remedy="Choose a shorter one.")
    if not to.isprintable():
        raise UserMistake("The new name holds signs that cannot be shown.", remedy="Type it, instead of pasting it.")
    if to == unicodedata.normalize("NFC", label):
        raise UserMistake(f"The class is called '{to}' already.", remedy="Type another name.")
    return to


def _relabels(dataset: Dataset, label: str, to: str, why: str, who: str) -> tuple[Edit, ...]:
    return tuple(Edit(sample.id, "relabel", to, who=who, why=why)
                 for sample in dataset.samples if sample.label == label)
