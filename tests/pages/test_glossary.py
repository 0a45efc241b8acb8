import ast
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from core.settings import Settings
from pages.ui import explain, glossary_list
from pages.ui.glossary.book import BOOK, TOPICS
from pages.ui.glossary.term import Term
from tests.pages.doing import opened
from tests.pages.reading import text

PAGES = Path(explain.__file__).parents[1]
TERMS = [term for terms in TOPICS.values() for term in terms]
MOST_LETTERS = 420


def explained() -> dict[str, list[str]]:
    """Where pages explain which terms, read from their source: the names of each call of `explain` and `meaning`."""
    calls: dict[str, list[str]] = {}
    for file in sorted(PAGES.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("explain", "explain.explain", "meaning"):
                names = [each.value for each in node.args if isinstance(each, ast.Constant)]
                calls.setdefault(file.name, []).extend(str(name) for name in names)
    return calls


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.name)
def test_every_term_is_short_and_says_where_to_read_more(term: Term) -> None:
    assert term.name.strip() == term.name
    assert 20 < len(term.meaning) <= MOST_LETTERS, "a popover has room for a few sentences"
    assert term.meaning.endswith((".", ")", "*"))
    assert urlsplit(term.link).scheme == "https" and "." in urlsplit(term.link).netloc
    assert term.source


def test_no_word_stands_twice() -> None:
    twice = [name for name, count in Counter(term.name.casefold() for term in TERMS).items() if count > 1]
    assert not twice
    assert len(BOOK) == len(TERMS)


def test_every_word_that_a_page_explains_is_in_the_glossary() -> None:
    for file, names in explained().items():
        assert set(names) <= set(BOOK), file


def test_every_view_of_the_results_explains_its_words() -> None:
    views = {file.name for file in (PAGES / "ui").glob("result_*.py")
             if "def show(exhibit: Exhibit)" in file.read_text(encoding="utf-8")}
    assert len(views) > 3
    assert views <= set(explained())


def test_a_word_is_found_by_its_name_its_meaning_and_fast_ais_name() -> None:
    assert glossary_list.found("CROSS-entropy")["Pictures and losses"][0].name == "loss"
    assert "SGDR" in {term.name for term in glossary_list.found("cycle_mult")["Learning"]}
    assert glossary_list.found("  ") == {topic: terms for topic, terms in TOPICS.items() if terms}
    assert glossary_list.found("qqq") == {}


def test_what_is_called_so_comes_before_what_only_mentions_it() -> None:
    names = [term.name for term in glossary_list.found("frozen")["Learning"]]
    assert names[0] == "frozen" and len(names) > 1


def test_the_page_shows_every_word_without_pictures_or_a_training(home: Path) -> None:
    page = opened("glossary")
    assert not page.exception
    for term in TERMS:
        assert f"**{term.name}**" in text(page)


def test_the_page_shows_what_is_looked_for_and_says_so_where_it_is_nothing(settings: Settings) -> None:
    page = opened("glossary", word="mixup")
    assert "**mixup**" in text(page) and "**SGDR**" not in text(page)
    page.text_input(key="word").set_value("<b>qqq</b>").run()
    assert "Try a part of it" in text(page)
