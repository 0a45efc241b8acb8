"""README, model card and Dockerfile of an export, also of classes whose names would be markup."""

import json
import re
from pathlib import Path

import pytest
import yaml
from markdown_it import MarkdownIt
from PIL import Image

from core.data.safe_words import plain
from core.export.examples import FEW, SIDE, examples
from core.export.manifest import Manifest
from core.export.model_card import Told, card
from core.export.readme import readme
from core.interpretation.intervals import describe_accuracy
from core.runs.certainty import Certainty, KeptThreshold
from tests.export.conftest import Taken

HOSTILE = ("<script>alert(1)</script>", "a|b`c`", '"""\n# Heading', "[x](https://evil.example)", "![y](z.png)",
           "www.evil.example", "---\nsdk: static", "$x^2$", "~~gone~~ **loud** _soft_", "<!-- c -->", "猫")


def told(taken: Taken, names: tuple[str, ...] = (), **changes: object) -> Told:
    """What the card of `taken` tells of; its classes and data set under other names."""
    manifest = Manifest.model_validate_json((taken.folder / "manifest.json").read_text(encoding="utf-8"))
    document, valid, kept = taken.run.read_dataset(), taken.run.read_predictions("valid"), Certainty()
    if names:
        manifest = manifest.model_copy(update={"name": names[0], "classes": names})
        document = document.model_copy(update={"name": names[0], "classes": names})
        valid = type(valid)(valid.ids, valid.labels, valid.logits, names)
    shown = examples(taken.run, valid)
    values = {"manifest": manifest, "document": document, "valid": valid, "test": None, "kept": kept,
              "examples": shown} | changes
    return Told(**values)  # type: ignore[arg-type]


def html(markdown: str) -> str:
    """As GitHub and Hugging Face render it, raw HTML let through."""
    return MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(markdown)


def tags(markdown: str) -> list[str]:
    return re.findall(r"<[^>]*>", html(markdown))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_shown_as_it_is_and_changes_no_mark_of_the_page(taken: Taken, name: str) -> None:
    names, harmless = (name, "b", "c"), ("a", "b", "c")
    page = card(told(taken, names))
    assert tags(page) == tags(card(told(taken, harmless)))
    for shown in (page, readme(told(taken, names).manifest).split("---\n", 2)[2]):
        text = re.sub(r"<[^>]*>", "", html(shown))
        for sign, meant in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&amp;", "&")):
            text = text.replace(sign, meant)
        assert " ".join(name.splitlines()) in text


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_ends_the_front_matter_that_a_space_reads(taken: Taken, name: str) -> None:
    page = readme(told(taken, (name, "b", "c")).manifest)
    front = page.split("---\n")[1] if "---" not in " ".join(name.split()) else page[4:page.index("\n---\n", 4)]
    values = yaml.safe_load(front)
    assert values["title"] == " ".join(name.split())
    assert (values["sdk"], values["app_port"]) == ("docker", 7860)


def test_the_port_of_the_front_matter_is_that_of_the_container(taken: Taken) -> None:
    dockerfile = (taken.folder / "Dockerfile").read_text()
    assert "PORT=7860" in dockerfile and "EXPOSE 7860" in dockerfile
    assert "USER visitor" in dockerfile and "HEALTHCHECK" in dockerfile and "$PORT" in dockerfile
    assert re.search(r"^FROM python:3\.\d+-slim$", dockerfile, re.MULTILINE)


def test_what_the_container_copies_is_in_the_export(taken: Taken) -> None:
    for line in re.findall(r"^COPY (?:--\S+ )?(.+) \S+$", (taken.folder / "Dockerfile").read_text(), re.MULTILINE):
        assert all((taken.folder / name).is_file() for name in line.split())


def test_the_card_tells_accuracy_with_its_interval_and_each_class_with_its_pictures(taken: Taken) -> None:
    page, valid = (taken.folder / "MODEL_CARD.md").read_text(encoding="utf-8"), taken.run.read_predictions("valid")
    assert describe_accuracy(valid) in page
    for number, name in enumerate(valid.classes, start=1):
        assert f"| {number} | {plain(name)} | 8 | 6 |" in page
    assert taken.run.read_dataset().fingerprint in page
    assert "3 classes have fewer than 20 validation pictures" in page


def test_test_pictures_and_a_threshold_are_told_of(taken: Taken) -> None:
    valid = taken.run.read_predictions("valid")
    kept = Certainty(threshold=KeptThreshold(value=0.7, answered=11, right=9, refused=7, refused_right=2,
                                             when="2026-01-01T00:00:00+00:00"))
    page = card(told(taken, test=valid.select([0, 1, 2]), kept=kept))
    assert "Test pictures, which played no part in any choice" in page and "of 3 " in page
    assert "Below 70 % it says “I don't know”" in page and "answers 11, of which 9 are right, and refuses 7" in page


def test_examples_are_small_and_of_both_kinds_as_far_as_there_are(taken: Taken) -> None:
    valid = taken.run.read_predictions("valid")
    shown = examples(taken.run, valid)
    right = [one for one in shown if one.right]
    assert len(right) == min(FEW, int(valid.correct.sum()))
    assert len(shown) - len(right) == min(FEW, int((~valid.correct).sum()))
    for one in shown:
        with Image.open(taken.folder / one.file) as image:
            assert max(image.size) <= SIDE and not image.getexif()
        assert (taken.folder / one.file).read_bytes() == one.jpeg


def test_every_file_that_the_pages_name_is_there(taken: Taken) -> None:
    for page in ("README.md", "MODEL_CARD.md"):
        text = (taken.folder / page).read_text(encoding="utf-8")
        for name in re.findall(r"\]\((?!http)([^)]+)\)", text):
            assert (taken.folder / name).is_file(), name
    for name in re.findall(r"^\| `([^`]+)` \|", (taken.folder / "README.md").read_text(encoding="utf-8"), re.MULTILINE):
        assert (taken.folder / name).exists(), name


def test_no_class_and_no_file_of_the_person_is_named_in_a_script(taken: Taken) -> None:
    classes, names = taken.run.read_dataset().classes, taken.names
    for file in (*taken.folder.rglob("*.py"), taken.folder / "Dockerfile"):
        text = Path(file).read_text(encoding="utf-8")
        for word in (*classes, *map(repr, classes), *names, *(json.dumps(name) for name in classes)):
            assert word not in text, (file.name, word)
