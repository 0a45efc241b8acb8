"""Lists of addresses as people bring them: which picture of which class, which are doubled, and which are none."""

import hashlib
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pydantic import BaseModel, ConfigDict, ValidationError

from core.data.cache import written_aside
from core.data.classes import LONGEST_NAME
from core.data.files import printable
from core.data.tables import Table, read_table
from core.errors import BadPicture, BadSource, TooFewImages, TooLarge
from core.settings import Settings
from core.web import guard

ADDRESS_HEADERS = frozenset({"url", "urls", "address", "addresses", "link", "links", "image", "images", "image_url",
                             "image url", "imageurl", "picture", "src", "href"})
LABEL_HEADERS = frozenset({"label", "labels", "class", "classes", "category", "target"})
TIMES_TOO_MANY = 5               # as many lines, doubled and bad ones among them, as addresses may be fetched
MOST_LIST_BYTES = 5_000_000
HOW_LISTS_LOOK = ("Give a text file for each class with one address a line (teddy.txt, black.txt ...), or one CSV with "
                  "a column 'address' and a column 'class'.")


@dataclass(frozen=True, slots=True)
class Pair:
    """A line of a list as it was written."""

    label: str
    address: str


class Listed(BaseModel):
    """What is to be fetched: each address once, of one class."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str                            # of the data set, for people
    rows: tuple[tuple[str, str], ...]    # (class, address), in the lists' order

    def counts(self) -> dict[str, int]:
        """Addresses a class, in the order in which the classes came."""
        return dict(Counter(label for label, _ in self.rows))

    @property
    def key(self) -> str:
        """A name for these very rows."""
        return hashlib.sha256(self.model_dump_json(include={"rows"}).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Sifted:
    """Pairs once they were looked at, before anything is asked of the network."""

    rows: tuple[tuple[str, str], ...]        # (class, address)
    doubled: int                             # that stand there more than once, for the same class
    refused: tuple[tuple[str, str], ...]     # (as written, why)

    def counts(self) -> dict[str, int]:
        return Listed(name="", rows=self.rows).counts()


def pairs_in(name: str, content: bytes) -> tuple[Pair, ...]:
    """The lines of a file: of one class, which the file's name tells, or with a column for the class.

    Blank lines, and comments in a plain list, are left out. Raises BadSource, and TooLarge for what is no list.
    """
    shown = printable(name)
    if len(content) > MOST_LIST_BYTES:
        raise TooLarge(f"'{shown}' has {len(content) / 1e6:,.0f} MB, which is more than a list of addresses has.",
                       remedy=HOW_LISTS_LOOK)
    label = PurePosixPath(shown).stem
    if name.lower().endswith(".txt"):
        return pairs_of(label, _text(content, shown))
    plain = _plain(content, shown)
    try:
        table = read_table(content, shown)
    except BadSource:
        if plain is None:
            raise
        return pairs_of(label, plain)
    if len(table.columns) == 1:
        headed = not _is_address(table.columns[0])
        return tuple(Pair(label, line[0]) for line in (table.rows if headed else table.lines))
    if plain is not None and not (len(table.columns) == 2 and all(map(all, table.lines))):
        return pairs_of(label, plain)        # addresses may hold commas
    address, classes, headed = _columns(table, shown)
    return tuple(Pair(line[classes], line[address]) for line in (table.rows if headed else table.lines)
                 if line[address])


def pairs_of(label: str, text: str) -> tuple[Pair, ...]:
    """One address a line, all of one class."""
    return tuple(Pair(label, line.strip()) for line in text.splitlines() if _says_something(line))


def joined(pairs: Sequence[Pair], more: Sequence[Pair], settings: Settings) -> tuple[Pair, ...]:
    """Both together. Raises TooLarge far beyond what may be fetched, so that nobody waits for a page to count them."""
    if len(pairs) + len(more) > TIMES_TOO_MANY * settings.max_addresses:
        raise _too_many(len(pairs) + len(more), settings)
    return (*pairs, *more)


def sifted(pairs: Iterable[Pair], settings: Settings) -> Sifted:
    """Which of them can be fetched; what cannot is named with the reason."""
    labels: dict[str, dict[str, None]] = defaultdict(dict)      # by address, in the order in which they came
    refused: list[tuple[str, str]] = []
    good = 0
    for pair in pairs:
        try:
            label, address = _label(pair.label), str(guard.parsed(pair.address, settings.test_hosts))
        except BadPicture as error:
            refused.append((pair.address, error.problem))
        else:
            labels[address][label] = None
            good += 1
    rows = []
    for address, given in labels.items():
        if len(given) == 1:
            rows.append((next(iter(given)), address))
        else:
            refused.append((address, f"It stands there for several classes: {', '.join(given)}."))
    return Sifted(tuple(rows), good - sum(map(len, labels.values())), tuple(refused))


def require_enough(found: Sifted, settings: Settings) -> None:
    """Raises BadSource without any address, TooFewImages for a single class or a class of one, TooLarge."""
    counts = found.counts()
    if not counts:
        raise BadSource("There is no address that a picture could be fetched from.", remedy=HOW_LISTS_LOOK)
    if len(counts) == 1:
        raise TooFewImages(f"There is a single class, '{next(iter(counts))}'.",
                           remedy="Add the addresses of at least one other class.")
    for label, count in counts.items():
        if count == 1:
            raise TooFewImages(f"Class '{label}' has 1 address.",
                               remedy="Add at least one more (20 is a good start), or leave the class out.")
    if len(found.rows) > settings.max_addresses:
        raise _too_many(len(found.rows), settings)


def write(listed: Listed, folder: Path) -> Path:
    """Keep a list where a job can read it; the same rows have the same file. Raises DiskFull."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"addresses-{listed.key}.json"
    with written_aside(file) as aside:
        aside.write_text(listed.model_dump_json(), encoding="utf-8")
    return file


def read(file: Path) -> Listed:
    """Raises BadSource where the list is gone or damaged."""
    try:
        return Listed.model_validate_json(file.read_text(encoding="utf-8"))
    except (OSError, ValidationError, UnicodeDecodeError) as error:
        raise BadSource("The list of addresses is not there any more, or cannot be read.",
                        remedy="Bring the list in again.") from error


def _too_many(count: int, settings: Settings) -> TooLarge:
    return TooLarge(f"There are {count:,} addresses; {settings.max_addresses:,} are allowed.",
                    remedy="Leave some out: a few hundred pictures of each class are plenty to begin with.")


def _columns(table: Table, name: str) -> tuple[int, int, bool]:
    """The columns of addresses and of classes, and whether the first line is a header."""
    address, label = _named(table.columns, ADDRESS_HEADERS), _named(table.columns, LABEL_HEADERS)
    if address is not None and label is not None:
        return address, label, True
    holding = [column for column in range(len(table.columns)) if any(_is_address(line[column]) for line in table.lines)]
    if len(holding) != 1 or len(table.columns) != 2:
        raise BadSource(f"'{name}' does not tell which column holds the addresses, and which the classes.",
                        remedy="Name the two columns 'address' and 'class' in its first line.")
    return holding[0], 1 - holding[0], not _is_address(table.columns[holding[0]])


def _named(columns: Sequence[str], names: frozenset[str]) -> int | None:
    return next((place for place, column in enumerate(columns) if column.strip().casefold() in names), None)


def tidied(label: str) -> str:
    """A class's name as it is used: NFC, in one line, without signs that nobody sees."""
    shown = "".join(sign if sign.isprintable() else " " for sign in unicodedata.normalize("NFC", label))
    return " ".join(shown.split())


def _label(text: str) -> str:
    """The tidied name. Raises BadPicture for none, and for one of more than LONGEST_NAME characters."""
    label = tidied(text)
    if not label:
        raise BadPicture("Its class has no name.", remedy="Name its class.")
    if len(label) > LONGEST_NAME:
        raise BadPicture(f"Its class has a name of more than {LONGEST_NAME} characters.", remedy="Shorten it.")
    return label


def _says_something(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _is_address(cell: str) -> bool:
    return cell.lower().startswith(("http://", "https://"))


def _plain(content: bytes, name: str) -> str | None:
    """The text of a file whose every line is an address to its end, or begins as one."""
    text = _text(content, name)
    lines = [line.strip() for line in text.splitlines() if _says_something(line)]
    return text if lines and all(map(_is_address, lines)) else None


def _text(content: bytes, name: str) -> str:
    """Addresses are ASCII: a comment in another encoding stops nothing. Raises BadSource for what is no text."""
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    if not wide and b"\0" in content:
        raise BadSource(f"'{name}' is no text.", remedy=HOW_LISTS_LOOK)
    return content.decode("utf-16" if wide else "utf-8-sig", errors="replace")
