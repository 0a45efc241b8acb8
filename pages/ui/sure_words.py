"""How sure a network is and may be, in sentences."""

from collections.abc import Sequence

from core.interpretation.calibration import Bin, expected_calibration_error, worst
from core.interpretation.coverage import Standing
from core.interpretation.estimates import Estimate, share
from core.interpretation.temperature import Judgement
from pages.ui.words import amount

CROSSED = "Found on one half of them and tried on the other, both ways"


def percent(share: float) -> str:
    """A threshold as people read it: "70 %", "99.5 %"."""
    return f"{100 * share:.6g} %"


def points(share: float) -> str:
    """A difference of shares: "8.2 points"."""
    return f"{100 * share:.1f} points"


def verdict(bins: Sequence[Bin], by_chance: float) -> str:
    """Is it too sure, as sure as it may be, or not sure enough? As Markdown, of our own words."""
    pictures, right = sum(one.pictures for one in bins), sum(one.right for one in bins)
    said = _said(bins)
    if expected_calibration_error(bins) <= by_chance:
        found = f"It is about as sure as it may be, as far as {amount(pictures, 'picture')} can tell"
    elif said > right / pictures:
        found = "It is too sure of itself"
    else:
        found = "It could be surer of itself"
    return f"**{found}.** On average it says {100 * said:.1f} %, and it is right in {_counted(right, pictures)}."


def no_verdict(bins: Sequence[Bin]) -> str:
    """What it says of pictures that it has learned, and how many are right: no more follows from them."""
    pictures, right = sum(one.pictures for one in bins), sum(one.right for one in bins)
    return f"On average it says {100 * _said(bins):.1f} %, and it is right in {right:,} of {pictures:,}."


def largest_group(bins: Sequence[Bin]) -> str:
    """What most pictures tell: "Most often it says about 97.0 %: then it is right in 84.0 % (77–89 %) of …"""
    one = max(bins, key=lambda one: one.pictures)
    return (f"Most often it says about {100 * one.sureness:.1f} %: then it is right in "
            f"{_counted(one.right, one.pictures)} of {amount(one.pictures, 'picture')}.")


def worst_group(bins: Sequence[Bin]) -> str:
    """The maximum calibration error, and how few pictures it may rest on."""
    one = worst(bins)
    return (f"MCE {points(abs(one.gap))}, of {amount(one.pictures, 'picture')} answered with "
            f"{100 * one.low:.0f}–{100 * one.high:.0f} %")


def softened_by(temperature: float) -> str:
    """"softened by the temperature 1.62", or sharpened."""
    return f"{'softened' if temperature > 1 else 'sharpened'} by the temperature {temperature:.2f}"


def no_help(judgement: Judgement) -> str:
    """Why no temperature is offered."""
    if judgement.temperature == 1 and not judgement.gain:
        return "None is offered: without mistakes among the validation pictures, nothing tells how sure is too sure."
    return (f"On {amount(judgement.judged_on, 'validation picture')} no temperature could be shown to help, so none is "
            f"offered. {CROSSED}, it {'lowered' if judgement.gain > 0 else 'raised'} the log loss by "
            f"{abs(judgement.gain):.3f} on average; chance alone can lower it by {judgement.by_chance:.3f}.")


def help_found(judgement: Judgement) -> str:
    """Why a temperature is offered, and what its figures rest on."""
    return (f"Found on all {amount(judgement.fitted_on, 'validation picture')}. The figures are of pictures that had "
            f"no part in it: {CROSSED[0].lower()}{CROSSED[1:]}, it lowered the log loss by {judgement.gain:.3f} on "
            f"average, where chance alone can lower it by {judgement.by_chance:.3f}. Answers stay what they are.")


def would(standing: Standing) -> str:
    """What the network would do at a threshold, as Markdown."""
    if not standing.answered:
        return f"It would answer none of {amount(standing.pictures, 'picture')}, and hand all of them to you."
    estimate = _counted(standing.right, standing.answered)
    right = f"**{100 * estimate.value:.1f} %** ({estimate.span}) of them"
    if not standing.refused:
        return f"It would answer **all {amount(standing.pictures, 'picture')}** and be right in {right}."
    others = "the other one" if standing.refused == 1 else f"the {standing.refused:,} others"
    return (f"It would answer **{standing.answered:,} of {amount(standing.pictures, 'picture')}** and be right in "
            f"{right}; {others} it would hand to you.")


def granted(standing: Standing) -> str:
    """What the lowest threshold that grants a wish brings, and how far new pictures may be from that."""
    return (f"The lowest threshold that reaches it here, {percent(standing.threshold)}: {standing.right:,} of "
            f"{standing.answered:,} answers right, {_counted(standing.right, standing.answered)}. New pictures may be "
            "anywhere in that span.")


def at_threshold(standing: Standing) -> str:
    """What the threshold in use makes of the pictures that the page is about."""
    would_refuse = f"With the threshold of {percent(standing.threshold)} it would refuse"
    if not standing.refused:
        return f"{would_refuse} none of {amount(standing.pictures, 'picture')}."
    if not standing.answered:
        return f"{would_refuse} all {amount(standing.pictures, 'picture')}."
    return (f"{would_refuse} {standing.refused:,} of {amount(standing.pictures, 'picture')}, and be right in "
            f"{_counted(standing.right, standing.answered)} of the others.")


def went_along(before: Standing, after: Standing) -> str:
    """Where a threshold stands after a change of the temperature, and what became of the validation pictures."""
    old, new = percent(before.threshold), percent(after.threshold)
    moved = f"The threshold stays {new}" if old == new else f"The threshold went along, from {old} to {new}"
    below = (f"of {amount(after.pictures, 'validation picture')}, {after.refused or 'none'} "
             f"{'is' if after.refused < 2 else 'are'} below it")
    if before.refused == after.refused:
        return f"{moved}: {below}, as before."
    return f"{moved}: {below} now, {before.refused or 'none'} before."


def of_the_refused(standing: Standing) -> str:
    """What is lost by asking a person: right guesses among those it keeps to itself."""
    return f"Its best guess would have been right in {standing.refused_right:,} of these {standing.refused:,}."


def _said(bins: Sequence[Bin]) -> float:
    """How sure it is on average, 0 to 1."""
    return sum(one.sureness * one.pictures for one in bins) / sum(one.pictures for one in bins)


def _counted(right: int, of: int) -> Estimate:
    estimate = share(right, of)
    assert estimate is not None          # a group holds a picture
    return estimate
