"""Words that pages share, made fit to be shown."""

from core.data.safe_words import plain

__all__ = ["amount", "plain", "short"]


def short(text: str, most: int = 28) -> str:
    """The text itself, or its beginning with an ellipsis: a class may be called by 80 letters."""
    return text if len(text) <= most else f"{text[:most - 1]}…"


def amount(count: int, noun: str) -> str:
    """"1 picture", "1,797 pictures"."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
