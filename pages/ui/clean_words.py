"""What the findings are called, and what they mean, for people."""

from collections.abc import Sequence

from core.cleaning.finding import Finding, Reason
from core.cleaning.queue import Item
from core.data.dataset import Part
from pages.ui.words import amount, plain

NAMES: dict[Reason, str] = {
    "exact_duplicate": "Same picture twice", "near_duplicate": "Nearly the same", "label": "Label in doubt",
    "outlier": "Unlike the others", "odd_shape": "Odd shape", "uniform": "Nearly one colour", "dark": "Dark",
    "bright": "Bright", "tiny": "Tiny", "blurred": "Blurred",
}
HELP = """
Every reason is a doubt and no verdict: nothing is changed unless you say so.

- **Same picture twice**: the very same file. A copy on both sides of the split (a leak) makes the accuracy look better
  than it is; copies with different labels cannot both be right.
- **Nearly the same**: two shots of one moment, or one photo saved twice. Found by a perceptual hash, then confirmed by
  what the network sees.
- **Label in doubt**: a head that never saw the picture is surer of another class than pictures of that class usually
  warrant ([confident learning](https://arxiv.org/abs/1911.00068), by cleanlab).
- **Unlike the others**: far from all other pictures in what the network sees
  ([local outlier factor](https://doi.org/10.1145/342009.335388)). Perhaps none of your classes.
- **Odd shape**: so long that the square in the middle leaves out more than half.
- **Dark, bright, nearly one colour, blurred, tiny**: there may be too little to see.
"""
SIDES: dict[Part, str] = {"train": "to learn from", "valid": "to check with", "test": "for the very end"}


def evidence(finding: Finding, item: Item) -> str:
    """The reason as a sentence about this picture, fit for Markdown."""
    value = finding.value or 0.0
    match finding.reason:
        case "exact_duplicate":
            return f"The very same picture is there {_more(item, finding)}.{_harm(item)}"
        case "near_duplicate":
            return f"Nearly the same picture is there {_more(item, finding)}.{_harm(item)}"
        case "label":
            return (f"It is labelled {plain(item.sample.label)}, but looks like **{plain(finding.label or '')}** to a "
                    f"head that has not seen it: {percent(value)} sure.")
        case "outlier":
            return "Unlike all the others: perhaps no picture of any of your classes."
        case "odd_shape":
            return f"{value:.1f} times as long as wide: of the square in the middle, the network sees less than half."
        case "uniform":
            return "Nearly one colour all over."
        case "dark":
            return f"Very dark: {percent(value)} of full light."
        case "bright":
            return f"Very bright: {percent(value)} of full light."
        case "tiny":
            return f"Only {value:.0f} pixels on its shorter side."
        case "blurred":
            return "Blurred, or without any fine detail."


def reasons(names: Sequence[str]) -> str:
    """Of a log's `why`: names of reasons in words."""
    return ", ".join(NAMES[name].lower() if name in NAMES else name for name in names)


def percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _more(item: Item, finding: Finding) -> str:
    others = sum(other.id in finding.others for other in item.others)
    return "once more" if others == 1 else f"{amount(others, 'more time')}"


def _harm(item: Item) -> str:
    words = " Their labels contradict each other." if item.contradicting else ""
    return words + (" One is to learn from and one to check with: a leak." if item.leak else "")
