"""What is written for people stays true: pages, pictures, links, settings and commands are there."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
from PIL import Image

from core.__main__ import _parser
from core.settings import PREFIX, Settings

ROOT = Path(__file__).parent.parent
GUIDE = ROOT / "docs" / "guide"
PICTURES = GUIDE / "pictures"
STEPS = ("data", "augmentation", "learning-rate", "training", "results", "cleaning", "prediction", "export")
PAGES = ("README", *STEPS, "teachers", "hosting")
MOST_BYTES, MOST_BYTES_TOGETHER = 160_000, 2_500_000
WRITTEN = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])

FENCE = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`[^`\n]+`")
LINK = re.compile(r"(!?)\[(?:[^\[\]]|\[[^\]]*\])*\]\(<?([^()\s>]+)>?(?:\s+\"[^\"]*\")?\)")
HEADING = re.compile(r"^#{1,6} +(.+?) *#*$", re.MULTILINE)
COMMAND = re.compile(r"python -m core (?!\.\.\.)([^`#\n]+)")
VARIABLE = re.compile(rf"\b{PREFIX}[A-Z_]+\b")
FILE = re.compile(r"^[\w./-]+\.(?:py|md|toml|css)$")


def named(file: Path) -> str:
    return str(file.relative_to(ROOT))


def text_of(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def links(file: Path) -> Iterator[tuple[bool, str]]:
    """(whether it is a picture, where it leads) of every link outside code."""
    for picture, target in LINK.findall(CODE.sub("``", FENCE.sub("", text_of(file)))):
        yield bool(picture), unquote(target)


def anchors(file: Path) -> set[str]:
    """Of the headings, as GitHub makes them."""
    found: dict[str, int] = {}
    for heading in HEADING.findall(FENCE.sub("", text_of(file))):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        anchor = re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-")
        found[anchor] = found.get(anchor, -1) + 1
    return {f"{anchor}-{number}" if number else anchor for anchor, most in found.items() for number in range(most + 1)}


def commands(file: Path) -> list[str]:
    """The arguments of each `python -m core ...` that is written out. Those of a contract, with [options], are none."""
    return [found.strip() for found in COMMAND.findall(text_of(file)) if not re.search(r"\[|\||\.\.\.", found)]


@pytest.mark.parametrize("name", PAGES)
def test_every_page_of_the_guide_is_there_and_can_be_found_from_its_beginning(name: str) -> None:
    page = GUIDE / f"{name}.md"
    assert text_of(page).startswith("# ")
    assert name == "README" or f"{name}.md" in {target for _, target in links(GUIDE / "README.md")}


def test_the_guide_has_no_page_that_nobody_tests() -> None:
    assert {page.stem for page in GUIDE.glob("*.md")} == set(PAGES)


@pytest.mark.parametrize("name", STEPS)
def test_every_step_has_pictures_and_says_what_why_what_to_look_for_and_what_goes_wrong(name: str) -> None:
    page = GUIDE / f"{name}.md"
    assert any(picture and target.startswith("pictures/") for picture, target in links(page))
    for part in ("**What you do.**", "**Why.**", "## What to look for", "## Common mistakes"):
        assert part in text_of(page), f"{named(page)} has no '{part}'"


@pytest.mark.parametrize("file", WRITTEN, ids=named)
def test_every_link_leads_to_a_file_and_to_a_heading_that_is_there(file: Path) -> None:
    for _, target in links(file):
        if re.match(r"[a-z]+:", target):
            assert target.startswith(("https://", "mailto:")), f"{named(file)} leads to {target}"
            continue
        place, _, anchor = target.partition("#")
        leads_to = (file.parent / place).resolve() if place else file
        assert leads_to.exists(), f"{named(file)} leads to {target}, which is not there"
        assert leads_to.is_relative_to(ROOT), f"{named(file)} leads out of the project: {target}"
        assert not anchor or anchor in anchors(leads_to), f"{named(file)} leads to {target}: no such heading"


@pytest.mark.parametrize("file", WRITTEN, ids=named)
def test_no_page_names_a_file_of_ours_that_is_not_there(file: Path) -> None:
    for code in CODE.findall(FENCE.sub("", text_of(file))):
        path = code.strip("`")
        if FILE.match(path) and path.split("/")[0] in ("core", "pages", "tests", "docs", "bench"):
            assert (ROOT / path).exists(), f"{named(file)} names {path}, which is not there"


def test_every_picture_of_the_guide_is_used_whole_and_small() -> None:
    used = {(page.parent / target).resolve() for page in WRITTEN for picture, target in links(page) if picture}
    pictures = sorted(PICTURES.iterdir())
    assert pictures
    for file in pictures:
        assert file in used, f"{named(file)} is on no page"
        assert file.stat().st_size <= MOST_BYTES, f"{named(file)} is larger than {MOST_BYTES:,} bytes"
        with Image.open(file) as picture:
            picture.verify()
            assert picture.width == 1280, f"{named(file)} is {picture.width} pixels wide"
    assert sum(file.stat().st_size for file in pictures) <= MOST_BYTES_TOGETHER


def test_every_picture_says_in_words_what_it_shows() -> None:
    for file in WRITTEN:
        assert not re.search(r"!\[\s*\]\(", text_of(file)), f"{named(file)} has a picture without words"


@pytest.mark.parametrize("file", WRITTEN, ids=named)
def test_every_setting_that_is_named_exists(file: Path) -> None:
    known = {PREFIX + name.upper() for name in Settings.model_fields if name != "visitor"}
    for variable in VARIABLE.findall(text_of(file)):
        assert variable.rstrip("_") == PREFIX.rstrip("_") or variable in known, f"{named(file)} names {variable}"


@pytest.mark.parametrize(("file", "command"), [(file, command) for file in WRITTEN for command in commands(file)],
                         ids=lambda value: named(value) if isinstance(value, Path) else value)
def test_every_command_that_is_written_out_parses(file: Path, command: str) -> None:
    _parser().parse_args(shlex.split(command.split(" > ")[0]))      # would exit for what it does not know


def test_the_guide_is_found_from_the_readme() -> None:
    assert any(target.startswith("docs/guide/") for _, target in links(ROOT / "README.md"))
