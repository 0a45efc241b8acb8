"""Words that pages share, made fit to be shown."""

from core.data.safe_words import plain

__all__ = ["amount", "plain", "short"]


def short(text: str, most: int = 28) -> str:
    """The text itself, or its beginning with an ellipsis: a class may be called by 80 letters."""
    return text if len(text) <= most else f"{text[:most - 1]}…"


def percent(share: float) -> str:
    """A share from 0 to 1, such as "82 %", "99.6 %" or ">99.9 %": 0 and 100 are said of nothing that is neither."""
    whole = round(100 * share)
    if 0 < whole < 100 or share in (0, 1):
        return f"{whole} %"
    tenths = f"{100 * share:.1f}"
    return {"0.0": "<0.1", "100.0": ">99.9"}.get(tenths, tenths) + " %"


def unbroken_percent(share: float) -> str:
    """As `percent`; no line ends between the number and its sign."""
    return percent(share).replace(" ", "\u00a0")


def amount(count: int, noun: str) -> str:
    """"1 picture", "1,797 pictures"."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
