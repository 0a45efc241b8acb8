"""What is left of a network's answers when a part of each picture is hidden, and what that tells of where it looks."""

import math
from dataclasses import dataclass
from statistics import NormalDist

from pydantic import Field

from core.interpretation.comparison import HARDLY_CHANCE, mcnemar
from core.interpretation.estimates import Estimate, share
from core.interpretation.intervals import wilson
from core.interpretation.verdict import Document, Verdict

LEAST_MASKED = 20            # validation pictures, below which a mask says nothing
# Of what the network knows beyond the largest class: that it still knows without a part of the pictures.
NEARLY_ALL, HALF = 0.9, 0.5


@dataclass(frozen=True, slots=True)
class Left:
    """How much of what a network knows is left: 1 all, 0 nothing; below 0 it does worse than guessing.

    It lies between `low` and `high` 19 times out of 20; both are infinite where nothing can be told.
    """

    share: float
    low: float
    high: float


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
    def whole_right(self) -> int:
        """Of the same pictures, unmasked."""
        return self.both_right + self.lost

    @property
    def accuracy(self) -> float:
        return self.right / self.pictures

    @property
    def whole_accuracy(self) -> float:
        return self.whole_right / self.pictures

    @property
    def estimates(self) -> tuple[Estimate | None, Estimate | None]:
        """The accuracies with their intervals: with the part hidden, and of the whole pictures."""
        return share(self.right, self.pictures), share(self.whole_right, self.pictures)

    @property
    def surely_worse(self) -> bool:
        """Does the mask cost more answers than mere chance would (McNemar's exact test)?"""
        return self.lost > self.won and mcnemar(self.won, self.lost) < HARDLY_CHANCE

    def knows(self, guessing: float, confidence: float = 0.95) -> Left:
        """How much of what the network knows beyond `guessing` is left.

        The interval is that of a ratio of two means of the same pictures (Fieller 1954, J. R. Stat. Soc. B 16:175),
        with half a picture added to each of the four counts (Agresti & Min 2005, Stat. Med. 24:729), so that a mask
        that has changed no answer is not taken for certain.
        """
        known = self.whole_accuracy - guessing
        left = (self.accuracy - guessing) / known if known > 0 else 0.0
        total = self.pictures + 2
        after, before = (self.right + 1) / total, (self.whole_right + 1) / total
        z2 = NormalDist().inv_cdf((1 + confidence) / 2) ** 2 / total
        together = (self.both_right + 0.5) / total - after * before
        square = (before - guessing) ** 2 - z2 * before * (1 - before)
        middle = (after - guessing) * (before - guessing) - z2 * together
        rest = (after - guessing) ** 2 - z2 * after * (1 - after)
        if known <= 0 or square <= 0:
            return Left(left, -math.inf, math.inf)
        reach = math.sqrt(max(0.0, middle * middle - square * rest))
        return Left(left, (middle - reach) / square, (middle + reach) / square)


class Masks(Document):
    """The same pictures without their centre, and without their border; both hide the same area."""

    guessing: float = Field(ge=0, le=1)  # accuracy of always the largest class, of these pictures
    centre: Masked                       # hidden
    border: Masked                       # hidden
    centre_beats_border: tuple[int, int]     # pictures right only without their centre, and only without their border

    @property
    def tells(self) -> bool:
        """Does the network know enough, of enough pictures, that hiding a part of them can tell anything?"""
        right, pictures = self.centre.whole_right, self.centre.pictures
        return pictures >= LEAST_MASKED and wilson(right, pictures)[0] > self.guessing

    @property
    def thrown_off(self) -> bool:
        """Do both masks cost most of what it knows, and about as much? Then the paint itself may be what disturbs."""
        left = (self.centre.knows(self.guessing).share, self.border.knows(self.guessing).share)
        return max(left) < HALF and mcnemar(*self.centre_beats_border) >= HARDLY_CHANCE

    @property
    def leans_on_the_border(self) -> bool:
        """Does hiding the border cost more than hiding the centre, and more than chance would?"""
        without_centre, without_border = self.centre_beats_border
        return without_centre > without_border and mcnemar(without_centre, without_border) < HARDLY_CHANCE

    @property
    def of_centre(self) -> Verdict:
        """Of hiding the centre: a network that looks at the thing itself should miss it."""
        if not self.tells or self.thrown_off:
            return "unknown"
        left = self.centre.knows(self.guessing)
        hardly_misses_it = left.share >= NEARLY_ALL and left.low > HALF
        if self.leans_on_the_border or hardly_misses_it:
            return "cheating" if self.leans_on_the_border and hardly_misses_it else "look"
        return "fine" if self.centre.surely_worse else "unknown"

    @property
    def of_border(self) -> Verdict:
        """Of hiding the border: much that is lost by it was read from the surroundings."""
        if not self.tells or self.thrown_off:
            return "unknown"
        left = self.border.knows(self.guessing)
        return "fine" if left.low > HALF else "look" if left.high < HALF else "unknown"
