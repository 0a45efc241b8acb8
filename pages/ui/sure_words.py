"""How sure a network is and may be, in sentences."""

import math
from collections.abc import Sequence

from core.interpretation.calibration import Bin, expected_calibration_error
from core.interpretation.coverage import Standing
from core.interpretation.intervals import wilson
from core.interpretation.temperature import Judgement
from pages.ui.words import amount


def percent(share: float) -> str:
    """A threshold as people read it: "70 %", "99.5 %"."""
    return f"{100 * share:.6g} %"


def span(low: float, high: float) -> str:
    """An interval of shares, its ends rounded outwards: "93–99 %"."""
    return f"{math.floor(100 * low)}–{math.ceil(100 * high)} %"


def points(share: float) -> str:
    """A difference of shares: "8.2 points"."""
    return f"{100 * share:.1f} points"


def verdict(bins: Sequence[Bin], by_chance: float) -> str:
    """Is it too sure, as sure as it may be, or not sure enough? As Markdown, of our own words."""
    pictures, right = sum(one.pictures for one in bins), sum(one.right for one in bins)
    said, share = sum(one.sureness * one.pictures for one in bins) / pictures, right / pictures
    if expected_calibration_error(bins) <= by_chance:
        found = f"It is about as sure as it may be, as far as {amount(pictures, 'picture')} can tell"
    elif said > share:
        found = "It is too sure of itself"
    else:
        found = "It could be surer of itself"
    return (f"**{found}.** On average it says {100 * said:.0f} %, and it is right in {100 * share:.0f} of 100 "
            f"({span(*wilson(right, pictures))}).")


def largest_group(bins: Sequence[Bin]) -> str:
    """What most pictures tell: "When it says about 97 %, it is right in 84 of 100 (77–89 %, 120 pictures)."""
    one = max(bins, key=lambda one: one.pictures)
    return (f"Most often it says about {100 * one.sureness:.0f} %: then it is right in {100 * one.share:.0f} of 100 "
            f"({span(*one.interval)}, {amount(one.pictures, 'picture')}).")


def softened_by(temperature: float) -> str:
    """"softened by the temperature 1.6", or sharpened."""
    return f"{'softened' if temperature > 1 else 'sharpened'} by the temperature {temperature:.2g}"


def no_help(judgement: Judgement) -> str:
    """Why no temperature is offered."""
    if judgement.temperature == 1:
        return ("No temperature is offered: without mistakes among the pictures it would be found on, nothing tells "
                "how sure is too sure.")
    return (f"No temperature is offered. The best one on half of the validation pictures, {judgement.temperature:.2f}, "
            f"{'lowers' if judgement.gain > 0 else 'raises'} the log loss of the other half by "
            f"{abs(judgement.gain):.3f}; chance alone can lower it by {judgement.by_chance:.3f}.")


def would(standing: Standing) -> str:
    """What the network would do at a threshold, as Markdown."""
    if not standing.answered:
        return f"It would answer none of {amount(standing.pictures, 'picture')}, and hand all of them to you."
    right = f"**{100 * standing.right / standing.answered:.1f} %** ({span(*standing.interval)}) of them"
    if not standing.refused:
        return f"It would answer **all {amount(standing.pictures, 'picture')}** and be right in {right}."
    others = "the other one" if standing.refused == 1 else f"the {standing.refused:,} others"
    return (f"It would answer **{standing.answered:,} of {amount(standing.pictures, 'picture')}** and be right in "
            f"{right}; {others} it would hand to you.")


def of_the_refused(standing: Standing) -> str:
    """What is lost by asking a person: right guesses among those it keeps to itself."""
    return f"Its best guess would have been right in {standing.refused_right:,} of these {standing.refused:,}."
