"""Words that pages share, made fit to be shown."""

MARKDOWN = r"\`*_{}[]()#+-.!|~$<>:&"


def plain(text: str) -> str:
    """A person's words (names of classes, files, data sets) with nothing in them that Markdown would read."""
    return "".join(f"\\{sign}" if sign in MARKDOWN else sign for sign in text.replace("\n", " "))


def short(text: str, most: int = 28) -> str:
    """The text itself, or its beginning with an ellipsis: a class may be called by 80 letters."""
    return text if len(text) <= most else f"{text[:most - 1]}…"


def amount(count: int, noun: str) -> str:
    """"1 picture", "1,797 pictures"."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
