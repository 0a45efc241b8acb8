"""Words that pages share, made fit to be shown."""

from core.data.safe_words import plain
from core.interpretation.percent import percent

__all__ = ["amount", "percent", "plain", "short", "unbroken_percent"]


def short(text: str, most: int = 28) -> str:
    """The text itself, or its beginning with an ellipsis: a class may be called by 80 letters."""
    return text if len(text) <= most else f"{text[:most - 1]}…"


def unbroken_percent(share: float) -> str:
    """As `percent`; no line ends between the number and its sign."""
    return percent(share).replace(" ", "\u00a0")


def amount(count: int, noun: str) -> str:
    """"1 picture", "1,797 pictures"."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
