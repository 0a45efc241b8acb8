"""What was found of a training's shortcuts: ways to be right that have nothing to do with the thing itself.

Geirhos et al. 2020, Shortcut Learning in Deep Neural Networks (arXiv:2004.07780).
"""

import hashlib
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from core.data.cache import written_aside
from core.errors import BadRun
from core.interpretation.masked import Masks
from core.interpretation.predictions import Predictions
from core.interpretation.verdict import VERDICTS, Document, Verdict

ClueName = Literal["brightness", "colour", "size", "shape", "format", "together"]
# Colour may well be the thing itself (bananas are yellow), so of itself it is never more than worth a look.
MAY_BE_THE_THING: frozenset[ClueName] = frozenset({"colour", "together"})
HARDLY_LUCK = 0.01           # a p below it; six clues are tried, so the usual 0.05 would cry wolf once in four times
LEAST_OF_CLASS = 8           # pictures of the smallest class, below which a clue says nothing
# Of the way from guessing to always right, that a clue goes at least.
MUCH, MOST_OF_IT = 0.2, 0.6
SELDOM = 0.5                 # of how often it is right elsewhere: a network that goes by a rule, where that is wrong


class Standing(Document):
    """Where a class stands by a clue, and the pictures that are most usual for it."""

    label: str
    value: float                         # its median: light 0 to 1, pixels, width over height, red less blue -1 to 1
    examples: tuple[str, ...]            # ids


class Beside(Document):
    """The network beside the rule of a clue, on the validation pictures."""

    both_right: int = Field(ge=0)
    only_rule: int = Field(ge=0)         # the rule is right, the network is not
    only_network: int = Field(ge=0)
    both_wrong: int = Field(ge=0)
    p: float = Field(ge=0, le=1)         # how often they would be right together so often, class by class, by chance

    @property
    def rule_right(self) -> int:
        return self.both_right + self.only_rule

    @property
    def rule_wrong(self) -> int:
        return self.only_network + self.both_wrong

    @property
    def goes_along(self) -> bool:
        """Is the network seldom right where the rule is wrong? Of pictures of one class, the label cannot be why."""
        if not self.rule_wrong or not self.rule_right or self.p >= HARDLY_LUCK:
            return False
        return self.only_network / self.rule_wrong <= SELDOM * self.both_right / self.rule_right


class Clue(Document):
    """How well one thing alone tells the classes apart, for pictures that the rules had not seen.

    Shares are balanced accuracies: means over the classes of what is right of each, 0 to 1.
    """

    name: ClueName
    score: float = Field(ge=0, le=1)
    low: float = Field(ge=0, le=1)       # the score lies between these 19 times out of 20
    high: float = Field(ge=0, le=1)
    p: float = Field(ge=0, le=1)         # how often answers that know nothing would be at least as right
    beside: Beside
    ends: tuple[Standing, ...] = ()      # the class with the least of it, and the one with the most


class Shortcuts(Document):
    """All of a training, and of which of its networks."""

    version: Literal[2] = 2
    network: str                         # `named` of the validation predictions that it goes with
    pictures: int = Field(gt=0)          # by which the clues were tried: to learn from and to check with
    smallest_class: int = Field(ge=0)
    classes: int = Field(ge=2)
    balanced_accuracy: float = Field(ge=0, le=1)    # the network's own, of the validation pictures
    highest: float = Field(ge=0, le=1)   # that figure is hardly higher (the upper end of its interval)
    clues: tuple[Clue, ...]
    masks: Masks | None                  # None: the network is no longer kept, so it could not be asked

    def belongs_to(self, predictions: Predictions) -> bool:
        """Is it of the very network that made these? A training that was gone on with has another."""
        return self.network == named(predictions)

    @property
    def chance(self) -> float:
        """The balanced accuracy of guessing."""
        return 1 / self.classes

    def gives_away(self, clue: Clue) -> bool:
        """Does it surely tell most of the classes by itself? Of the pictures, whatever the network goes by."""
        return self._surely(clue) >= MOST_OF_IT

    def tells_a_little(self, clue: Clue) -> bool:
        """Does it tell more than luck would, though too little to worry about?"""
        return self.of_clue(clue) == "fine" and clue.p < HARDLY_LUCK

    def beaten_by(self, clue: Clue) -> bool:
        """Would a network that goes by this clue alone surely be right more often than this one is?"""
        return clue.low > self.highest

    def of_clue(self, clue: Clue) -> Verdict:
        """Cheating is the network's: that a clue gives the classes away is not enough, it must go along with it."""
        if self.smallest_class < LEAST_OF_CLASS:
            return "unknown"
        if self._surely(clue) < MUCH:
            return "fine"
        cheats = self.gives_away(clue) and clue.name not in MAY_BE_THE_THING and clue.beside.goes_along
        return "cheating" if cheats else "look"

    @property
    def of_centre(self) -> Verdict:
        return self.masks.of_centre if self.masks is not None else "unknown"

    @property
    def of_border(self) -> Verdict:
        return self.masks.of_border if self.masks is not None else "unknown"

    @property
    def verdict(self) -> Verdict:
        """The worst of all."""
        return max([*map(self.of_clue, self.clues), self.of_centre, self.of_border], key=VERDICTS.index)

    def _surely(self, clue: Clue) -> float:
        """How much of the way from guessing to always right it goes at least; 0 where that may be luck."""
        return (clue.low - self.chance) / (1 - self.chance) if clue.p < HARDLY_LUCK else 0.0

    def save(self, file: Path) -> None:
        """Whole or not at all. Raises DiskFull."""
        with written_aside(file) as aside:
            aside.write_text(self.model_dump_json(), encoding="utf-8")

    @classmethod
    def load(cls, file: Path) -> "Shortcuts":
        """Raises BadRun where it is missing or damaged."""
        try:
            return cls.model_validate_json(file.read_bytes())
        except (OSError, ValidationError) as error:
            raise BadRun("What was found of this training's shortcuts can no longer be read.",
                         remedy="Check again; nothing else is lost.") from error


def named(predictions: Predictions) -> str:
    """A name of the network by what it says: other weights, another name."""
    told = hashlib.sha256("\n".join((*predictions.ids, *predictions.classes)).encode(errors="backslashreplace"))
    told.update(predictions.labels.tobytes())
    told.update(predictions.logits.tobytes())
    return told.hexdigest()[:32]
