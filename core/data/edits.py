"""What people changed about a data set: the append-only log of `Edit`s, undoing, and the data set after it.

Nothing that was uploaded is ever lost: an edit is a line of a log, an undo is one more line, and the data set at any
point is its pictures as they came with the lines up to there.
"""

import unicodedata
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from core.data.dataset import Dataset, Sample, collect
from core.errors import UserMistake

Action = Literal["relabel", "remove", "restore", "keep", "undo"]


@dataclass(frozen=True, slots=True)
class Edit:
    """One line of the log.

    `restore` takes back every earlier edit of the sample. `keep` changes nothing: somebody looked at the reasons that
    `why` names, and the picture is right as it is. `undo` takes back one gesture, whatever came after it; an undo is a
    gesture too, so undoing it brings the edits back.
    """

    sample: str                # Sample.id; "" of an undo
    action: Action
    value: str | None = None   # the new label of a relabel, the gesture that an undo takes back
    when: str = ""             # ISO 8601, UTC
    who: str = ""              # for people
    why: str = ""              # for people; of a keep: names of reasons, separated by ", "
    gesture: str = ""          # the same for all edits that one click made

    def __post_init__(self) -> None:
        if (self.action in ("relabel", "undo")) != (self.value is not None):
            raise UserMistake(
                f"An edit '{self.action}' of sample {self.sample} has the value {self.value!r}.",
                remedy="Give a new label to 'relabel', a gesture to 'undo', and a value to nothing else.",
            )
        if self.value is not None and not self.value.strip():
            raise UserMistake(f"An edit gives sample {self.sample} a blank label.",
                              remedy="Give the name of a class.")
        if not all(_is_text(words) for words in (self.value or "", self.who, self.why)):
            raise UserMistake(f"An edit of sample {self.sample} has words that are no valid text.",
                              remedy="Type them again, in letters of any script.")


def _is_text(words: str) -> bool:
    """A lone surrogate, half a character, could be written into the log but never be read again."""
    return words.encode("utf-8", "ignore").decode() == words


def new_gesture() -> str:
    return uuid.uuid4().hex[:12]


def undo_of(gesture: str, who: str = "") -> Edit:
    return Edit("", "undo", gesture, who=who)


def named(edits: Sequence[Edit]) -> tuple[Edit, ...]:
    """The log with a gesture on each line: those that older versions wrote have none, and each is its own."""
    return tuple(edit if edit.gesture else replace(edit, gesture=f"line-{number}")
                 for number, edit in enumerate(edits, start=1))


def standing(edits: Sequence[Edit]) -> tuple[Edit, ...]:
    """The edits that are not taken back, in order, without the undos themselves."""
    undone: set[str] = set()
    kept: list[Edit] = []
    for edit in reversed(named(edits)):
        if edit.gesture in undone:
            continue
        if edit.action == "undo":
            undone.add(edit.value or "")
        else:
            kept.append(edit)
    return tuple(reversed(kept))


def apply_edits(dataset: Dataset, edits: Sequence[Edit]) -> Dataset:
    """The dataset after the log's edits, in order. An edit of an unknown sample is an error.

    A relabel may name a new class; a class that lost its last picture disappears. Raises TooFewImages where a class is
    left with one picture.
    """
    original = {sample.id: sample for sample in dataset.samples}
    current: dict[str, Sample | None] = dict(original)
    for edit in standing(edits):
        if edit.sample not in original:
            raise UserMistake(f"An edit names the sample '{edit.sample}', which '{dataset.name}' lacks.",
                              remedy="Use the edit log of this very dataset.")
        if edit.action == "restore":
            current[edit.sample] = original[edit.sample]
        elif edit.action == "remove":
            current[edit.sample] = None
        elif edit.action == "relabel" and edit.value is not None:
            label = unicodedata.normalize("NFC", edit.value)
            current[edit.sample] = replace(current[edit.sample] or original[edit.sample], label=label)
    return collect(dataset.name, (sample for sample in current.values() if sample is not None))
