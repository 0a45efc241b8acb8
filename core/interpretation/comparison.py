"""Two networks on the same pictures: who is right where the other is wrong, and whether that could be chance."""

import math
from dataclasses import dataclass
from statistics import NormalDist

from core.errors import BadRun
from core.interpretation.predictions import Predictions

HARDLY_CHANCE = 0.05         # a p below it: the usual line, and no more than that
ALWAYS = 0.995               # a p that reads as 1: no draw is more even


@dataclass(frozen=True, slots=True)
class Comparison:
    """A second network beside a first one, picture by picture. The ids stand in the first one's order."""

    won: tuple[str, ...]         # the second is right and the first is not
    lost: tuple[str, ...]        # the first is right and the second is not
    both_right: int
    both_wrong: int
    relabelled: tuple[str, ...]  # labelled otherwise in the two, so left out
    apart: int                   # pictures that only one of them was asked about

    @property
    def pictures(self) -> int:
        """How many were compared."""
        return len(self.won) + len(self.lost) + self.both_right + self.both_wrong

    @property
    def p(self) -> float:
        """How often two equally good networks would differ at least so unevenly (McNemar's exact test)."""
        return mcnemar(len(self.won), len(self.lost))


@dataclass(frozen=True, slots=True)
class Gain:
    """Pictures more that are right, of so many, and between which figures that lies, 19 times out of 20."""

    pictures: int                # won less lost
    of: int
    low: int
    high: int

    @property
    def short(self) -> str:
        """Such as "+7 (+1 to +13)"."""
        return f"{signed(self.pictures)} ({signed(self.low)} to {signed(self.high)})"

    @property
    def could_be_luck(self) -> bool:
        return self.low <= 0 <= self.high

    def __str__(self) -> str:
        """Such as "+7 of 153 pictures (between +1 and +13)"."""
        return f"{signed(self.pictures)} of {self.of} pictures (between {signed(self.low)} and {signed(self.high)})"


def compared(first: Predictions, second: Predictions) -> Comparison:
    """The pictures that both were asked about, in whichever order; classes are matched by their names.

    Raises BadRun where they share no picture with the same label.
    """
    theirs = {id: row for row, id in enumerate(second.ids)}
    relabelled, won, lost = [], [], []
    both_right = both_wrong = shared = 0
    for row, id in enumerate(first.ids):
        if id not in theirs:
            continue
        shared += 1
        other = theirs[id]
        if first.classes[first.labels[row]] != second.classes[second.labels[other]]:
            relabelled.append(id)
            continue
        match bool(first.correct[row]), bool(second.correct[other]):
            case True, True:
                both_right += 1
            case False, False:
                both_wrong += 1
            case False, True:
                won.append(id)
            case True, False:
                lost.append(id)
    if shared == len(relabelled):
        raise BadRun("These two runs were not tested on the same pictures, so they cannot be compared picture by "
                     "picture.", remedy="Compare two runs of the same data set with the same pictures set aside.")
    return Comparison(tuple(won), tuple(lost), both_right, both_wrong, tuple(relabelled),
                      len(first) + len(second) - 2 * shared)


def mcnemar(won: int, lost: int) -> float:
    """The two-sided exact p of `won` against `lost` (McNemar 1947, Psychometrika 12:153): both are equally likely
    under chance, so it is twice the binomial tail of the smaller, at most 1.

    By hand: importing scipy.stats for it takes the server a second and 60 MB.
    """
    n, fewer = won + lost, min(won, lost)
    logs = (math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1) - n * math.log(2)
            for k in range(fewer + 1))
    return min(1.0, 2 * math.fsum(map(math.exp, logs)))


def gained(comparison: Comparison, confidence: float = 0.95) -> Gain:
    """What the second has gained on the first. The interval, its ends rounded outwards, is that of a difference of
    paired proportions with one picture added to each side (Bonett & Price 2012, J. Educ. Behav. Stat. 37:479):
    unlike the plain Wald interval it is honest for few pictures, and where nothing has changed.
    """
    n, won, lost = comparison.pictures, len(comparison.won), len(comparison.lost)
    up, down = (won + 1) / (n + 2), (lost + 1) / (n + 2)
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    reach = z * math.sqrt((up + down - (up - down) ** 2) / (n + 2))
    low, high = max(-1.0, up - down - reach), min(1.0, up - down + reach)
    return Gain(won - lost, n, math.floor(n * low), math.ceil(n * high))


def could_be_chance(comparison: Comparison) -> str:
    """In words for a person who knows no statistics."""
    won, lost, p = len(comparison.won), len(comparison.lost), comparison.p
    if not won and not lost:
        return "Both are right on the very same pictures: nothing tells them apart."
    verdict = "is hardly chance" if p < HARDLY_CHANCE else "could well be chance"
    return f"That {verdict}: {_beside_a_coin(won + lost, p)} (McNemar's exact test, p = {_p(p)})."


def signed(count: int) -> str:
    """+7, −2 or 0; the minus sign is typography's."""
    return f"+{count}" if count > 0 else f"−{-count}" if count else "0"


def _beside_a_coin(pictures: int, p: float) -> str:
    if pictures == 1:
        return "a single picture tells nothing"
    if p >= ALWAYS:
        return f"a coin could not share {pictures} pictures out more evenly"
    share = f"{100 * p:.0f} of 100 cases" if p >= 0.01 else "less than 1 of 100 cases"
    return f"{pictures} tosses of a coin would fall at least as unevenly in {share}"


def _p(p: float) -> str:
    return f"{p:.2f}" if p >= 0.1 else f"{p:.3f}" if p >= 0.001 else f"{p:.1g}"
