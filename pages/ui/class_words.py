"""What stands out among the classes, in sentences."""

from collections.abc import Iterator, Sequence

from core.interpretation.estimates import Estimate
from core.interpretation.per_class import ClassScore
from pages.ui.words import amount, plain, short

FEW_PICTURES = 10            # of a class: below it, a figure says little
MOST_NAMES = 3               # that a sentence lists


def extremes(scores: Sequence[ClassScore]) -> Iterator[str]:
    """A sentence for the class that is found least, and the one that is named wrongly most; Markdown."""
    if all(not score.missed and not score.false_alarms for score in scores):
        yield "Every picture of every class was found, and there is no false alarm."
        return
    missed = [score for score in scores if score.missed]
    least = min(missed, key=lambda score: score.found / score.support)
    yield (f"Found least often: **{_name(least)}**. Of {amount(least.support, 'picture')} {least.found:,} "
           f"{'was' if least.found == 1 else 'were'} found, {least.missed:,} missed (recall {_figure(least.recall)}).")
    alarming = [score for score in scores if score.false_alarms]
    worst = min(alarming, key=lambda score: score.found / score.called)
    yield (f"Named wrongly most often: **{_name(worst)}**. Of {amount(worst.called, 'picture')} called so "
           f"{worst.false_alarms:,} {'is' if worst.false_alarms == 1 else 'are'} something else (precision "
           f"{_figure(worst.precision)}).")


def weight(scores: Sequence[ClassScore]) -> str | None:
    """By how much a single picture moves the figures; Markdown. None where there is no picture."""
    filled = [score for score in scores if score.support]
    if not filled:
        return None
    smallest = min(filled, key=lambda score: score.support)
    alike = sum(score.support == smallest.support for score in filled)
    whose = ("of each class" if alike == len(filled) else f"of {_name(smallest)}, the smallest class" if alike == 1 else
             f"of each of the {alike:,} smallest classes")
    return (f"One picture is {points(sum(score.support for score in filled))} points of the accuracy, and "
            f"{points(smallest.support)} points of the recall {whose}.")


def points(pictures: int) -> str:
    """What one of so many pictures weighs, in percentage points."""
    return f"{100 / pictures:.{1 if pictures <= 1000 else 2}f}"


def few(scores: Sequence[ClassScore]) -> str | None:
    """A warning of classes with so few pictures that their figures say little; Markdown."""
    small = sorted((score for score in scores if score.support < FEW_PICTURES), key=lambda score: score.support)
    if not small:
        return None
    named = ", ".join(f"{_name(score)} ({score.support})" for score in small[:MOST_NAMES])
    rest = f" and {len(small) - MOST_NAMES} more" if len(small) > MOST_NAMES else ""
    return (f"Fewer than {FEW_PICTURES} pictures to check with: {named}{rest}. A single one moves the figures of "
            "such a class by ten points or more: read the spans and not the figures, or bring in more pictures.")


def _figure(estimate: Estimate | None) -> str:
    assert estimate is not None          # it has pictures, or was named
    return f"{100 * estimate.value:.1f} %, between {estimate.span.replace('–', ' and ')}"


def _name(score: ClassScore) -> str:
    return plain(short(score.name))
