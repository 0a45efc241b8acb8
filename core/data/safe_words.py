"""Names that people gave, as words in Markdown that mean nothing but themselves."""

MARKDOWN = r"\`*_{}[]()#+-.!|~$<>:&"


def plain(text: str) -> str:
    """A person's words (names of classes, files, data sets) in one line, with nothing that Markdown would read."""
    return "".join(f"\\{sign}" if sign in MARKDOWN else sign for sign in " ".join(text.splitlines()))
