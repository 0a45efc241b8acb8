"""What was found of a training's shortcuts: ways to be right that have nothing to do with the thing itself.

Geirhos et al. 2020, Shortcut Learning in Deep Neural Networks (arXiv:2004.07780).
"""

import hashlib
from pathlib import Path
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.data.cache import written_aside
from core.errors import BadRun
from core.interpretation.comparison import HARDLY_CHANCE, mcnemar
from core.interpretation.intervals import wilson
from core.interpretation.predictions import Predictions

ClueName = Literal["brightness", "colour", "size", "shape", "format", "together"]
Verdict = Literal["unknown", "fine", "look", "cheating"]        # from the least to the most to worry about
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
# Colour may well be the thing itself (bananas are yellow), so of itself it is never more than worth a look.
MAY_BE_THE_THING: frozenset[ClueName] = frozenset({"colour", "together"})
HARDLY_LUCK = 0.01           # a p below it; six clues are tried, so the usual 0.05 would cry wolf once in four times
LEAST_OF_CLASS = 8           # pictures of the smallest class, below which a clue says nothing
LEAST_MASKED = 20            # validation pictures, below which a mask says nothing
# Of the way from guessing to always right, that a clue goes at least.
MUCH, MOST_OF_IT = 0.2, 0.6
# Of what the network knows beyond the largest class: that it still knows without a part of the pictures.
NEARLY_ALL, HALF = 0.9, 0.5


class Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Standing(Document):
    """Where a class stands by a clue, and the pictures that are most usual for it."""

    label: str
    value: float                         # its median: light 0 to 1, pixels, width over height, red less blue -1 to 1
    examples: tuple[str, ...]            # ids


class Clue(Document):
    """How well one thing alone tells the classes apart, for pictures that the rules had not seen.

    Shares are balanced accuracies: means over the classes of what is right of each, 0 to 1.
    """

    name: ClueName
    score: float = Field(ge=0, le=1)
    low: float = Field(ge=0, le=1)       # the score lies between these 19 times out of 20
    high: float = Field(ge=0, le=1)
    p: float = Field(ge=0, le=1)         # how often answers that know nothing would be at least as right
    ends: tuple[Standing, ...] = ()      # the class with the least of it, and the one with the most


class Masked(Document):
    """What the network says of validation pictures when a part of each is hidden, beside what it says of the whole."""

    both_right: int = Field(ge=0)
    won: int = Field(ge=0)               # right only with the part hidden
    lost: int = Field(ge=0)              # right only with the whole picture
    both_wrong: int = Field(ge=0)
    same: int = Field(ge=0)              # the answer is the same, right or wrong
    kept: tuple[str, ...] = ()           # ids of some that are right all the same, the surest first
    gone: tuple[str, ...] = ()           # ids of some that no longer are

    @property
    def pictures(self) -> int:
        return self.both_right + self.won + self.lost + self.both_wrong

    @property
    def right(self) -> int:
        return self.both_right + self.won

    @property
    def accuracy(self) -> float:
        return self.right / self.pictures

    @property
    def whole_accuracy(self) -> float:
        """Of the same pictures, unmasked."""
        return (self.both_right + self.lost) / self.pictures

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's, of the accuracy."""
        return wilson(self.right, self.pictures)

    @property
    def p(self) -> float:
        """How often mere chance would change as many answers so unevenly (McNemar's exact test)."""
        return mcnemar(self.won, self.lost)

    def knows(self, guessing: float) -> float:
        """How much of what the network knows beyond `guessing` is left: 1 all, 0 nothing."""
        known = self.whole_accuracy - guessing
        return (self.accuracy - guessing) / known if known > 0 else 0.0


class Shortcuts(Document):
    """All of a training, and of which of its networks."""

    version: Literal[1] = 1
    network: str                         # `named` of the validation predictions that it goes with
    pictures: int = Field(gt=0)          # by which the clues were tried: to learn from and to check with
    smallest_class: int = Field(ge=0)
    classes: int = Field(ge=2)
    balanced_accuracy: float = Field(ge=0, le=1)    # the network's own, of the validation pictures
    guessing: float = Field(ge=0, le=1)  # accuracy of always the largest class, of the pictures that were masked
    clues: tuple[Clue, ...]
    centre_hidden: Masked
    border_hidden: Masked
    centre_beats_border: tuple[int, int]     # pictures right only without their centre, and only without their border

    def belongs_to(self, predictions: Predictions) -> bool:
        """Is it of the very network that made these? A training that was gone on with has another."""
        return self.network == named(predictions)

    @property
    def chance(self) -> float:
        """The balanced accuracy of guessing."""
        return 1 / self.classes

    def of_clue(self, clue: Clue) -> Verdict:
        if self.smallest_class < LEAST_OF_CLASS:
            return "unknown"
        if clue.p >= HARDLY_LUCK:
            return "fine"
        surely = (clue.low - self.chance) / (1 - self.chance)
        if surely < MUCH:
            return "fine"
        return "cheating" if surely >= MOST_OF_IT and clue.name not in MAY_BE_THE_THING else "look"

    @property
    def tells(self) -> bool:
        """Does the network know enough, of enough pictures, that hiding a part of them can tell anything?"""
        whole, pictures = self.centre_hidden.whole_accuracy, self.centre_hidden.pictures
        return pictures >= LEAST_MASKED and wilson(round(whole * pictures), pictures)[0] > self.guessing

    @property
    def thrown_off(self) -> bool:
        """Do both masks cost most of what it knows, and about as much? Then the paint itself may be what disturbs."""
        left = (self.centre_hidden.knows(self.guessing), self.border_hidden.knows(self.guessing))
        return max(left) < HALF and mcnemar(*self.centre_beats_border) >= HARDLY_CHANCE

    @property
    def of_centre(self) -> Verdict:
        """Of hiding the centre: a network that looks at the thing itself should miss it."""
        if not self.tells or self.thrown_off:
            return "unknown"
        without_centre, without_border = self.centre_beats_border
        border_matters_more = (without_centre > without_border
                               and mcnemar(without_centre, without_border) < HARDLY_CHANCE)
        misses_nothing = self.centre_hidden.knows(self.guessing) >= NEARLY_ALL
        if border_matters_more and misses_nothing:
            return "cheating"
        return "look" if border_matters_more or misses_nothing else "fine"

    @property
    def of_border(self) -> Verdict:
        """Of hiding the border: much that is lost by it was read from the surroundings."""
        if not self.tells or self.thrown_off:
            return "unknown"
        loses = self.border_hidden.knows(self.guessing) < HALF and self.border_hidden.p < HARDLY_CHANCE
        return "look" if loses else "fine"

    @property
    def verdict(self) -> Verdict:
        """The worst of all."""
        return max([*map(self.of_clue, self.clues), self.of_centre, self.of_border], key=VERDICTS.index)

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
