"""A zip and a list that wait for each other, and for the visitor's yes."""

import os
from pathlib import Path

import pytest

from core.data.files import single
from core.data.ingest import ingest
from core.errors import BadArchive, BadSource, LimitReached, TooFewImages, TooLarge
from core.events import drain
from core.jobs import uploads
from core.jobs.entries import drop_upload
from core.jobs.pair import Pair
from core.settings import Settings
from tests.jobs.test_uploads import Usage, kept, zip_bytes

LIST = b"id,breed\n1,beagle\n2,beagle\n3,pug\n4,pug\n"
PICTURES = tuple(f"train/{number}.jpg" for number in range(1, 5))


@pytest.fixture
def pair(settings: Settings) -> Pair:
    return Pair(settings)


@pytest.fixture
def both(pair: Pair) -> Pair:
    pair.keep("zip", "dogs.zip", zip_bytes(*PICTURES))
    pair.keep("list", "labels.csv", LIST)
    return pair


def test_at_first_neither_is_there(pair: Pair) -> None:
    assert (pair.sent("zip"), pair.sent("list"), pair.handed) == (None, None, None)


def test_what_was_sent_is_found_again_by_another_tab(settings: Settings, both: Pair) -> None:
    pictures, labels = Pair(settings).sent("zip"), Pair(settings).sent("list")
    assert pictures and labels
    assert (pictures.name, labels.name, labels.size_bytes) == ("dogs.zip", "labels.csv", len(LIST))
    assert labels.file.read_bytes() == LIST and pictures.file.read_bytes() == zip_bytes(*PICTURES)


def test_what_a_visitor_sent_is_in_their_own_room_alone(settings: Settings) -> None:
    Pair(settings.of("anna")).keep("list", "labels.csv", LIST)
    assert Pair(settings.of("bert")).sent("list") is None and Pair(settings).sent("list") is None


def test_another_list_takes_the_place_of_the_first_and_is_known_as_another(both: Pair) -> None:
    first = both.sent("list")
    both.keep("list", "better.csv", LIST.replace(b"pug", b"poodle"))
    second = both.sent("list")
    assert first and second and second.name == "better.csv" and b"poodle" in second.file.read_bytes()
    assert first.sent != second.sent


@pytest.mark.parametrize(("half", "name", "content", "error"), [
    ("zip", "dogs.rar", b"Rar!", BadArchive),
    ("zip", "dogs.zip", b"", BadArchive),
    ("list", "labels.csv", b"", BadSource),
    ("list", "labels.csv", b"one,two,three\n1,2,3\n", BadSource),
    ("list", "labels.csv", b"id,breed\n1,pug\n2,pug\n", TooFewImages),
    ("list", "labels.csv", b"id,breed\n" + b"1,pug\n" * 2_000_000, TooLarge),
    ("list", "labels.xlsx", b"PK\x03\x04", BadSource),
])
def test_what_is_not_understood_is_refused_and_the_one_from_before_stays(
        settings: Settings, both: Pair, half: str, name: str, content: bytes, error: type[Exception]) -> None:
    before = both.sent(half)
    with pytest.raises(error):
        both.keep(half, name, content)
    assert both.sent(half) == before
    assert kept(settings) == [both.folder]


def test_a_low_disk_refuses_a_list(settings: Settings, pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads.shutil, "disk_usage", lambda folder: Usage(10, 10, settings.min_free_bytes + 10))
    with pytest.raises(LimitReached, match="left"):
        pair.keep("list", "labels.csv", LIST)
    assert pair.sent("list") is None


def test_a_name_is_only_spoken_of(both: Pair) -> None:
    both.keep("list", "../../*évil*.csv", LIST)
    labels = both.sent("list")
    assert labels and labels.name == "../../*évil*.csv" and labels.file.parent == both.folder


@pytest.mark.parametrize("links", [True, False])
def test_a_job_gets_files_of_its_own_which_are_brought_in_and_go_with_it(
        settings: Settings, both: Pair, links: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    def cannot(one: Path, other: Path) -> None:
        raise OSError("links are not known here")

    if not links:
        monkeypatch.setattr(os, "link", cannot)
    order = both.order()
    assert (order.name, order.labels_name, order.disposable) == ("dogs", "labels.csv", True)
    assert set(order.uploads) == set(kept(settings)) - {both.folder}
    pictures, labels = order.uploads
    _, stored = drain(ingest(pictures, settings, order.name, single(labels, order.labels_name)))
    assert stored.catalogue.counts() == {"beagle": 2, "pug": 2}
    drop_upload(order)
    assert kept(settings) == [both.folder] and both.sent("zip") and both.sent("list")


def test_a_job_reads_what_was_handed_to_it_whatever_is_sent_meanwhile(both: Pair) -> None:
    order = both.order()
    both.keep("list", "other.csv", LIST.replace(b"pug", b"poodle"))
    assert order.uploads[1].read_bytes() == LIST


@pytest.mark.parametrize(("half", "problem"), [("zip", "The zip is not there"), ("list", "The list is not there")])
def test_without_one_of_the_two_nothing_is_ordered(settings: Settings, both: Pair, half: str, problem: str) -> None:
    both.drop(half)
    with pytest.raises(BadSource, match=problem):
        both.order()
    assert kept(settings) == [both.folder]


def test_a_file_that_goes_at_this_very_moment_is_told_of(settings: Settings, both: Pair,
                                                         monkeypatch: pytest.MonkeyPatch) -> None:
    link = os.link

    def gone(one: Path, other: Path) -> None:
        both.drop("list")
        link(one, other)

    monkeypatch.setattr(os, "link", gone)
    with pytest.raises(BadSource, match="not there any more"):
        both.order()
    assert kept(settings) == [both.folder]


def test_it_is_known_which_job_reads_them(settings: Settings, both: Pair) -> None:
    both.hand_to("0" * 32)
    assert Pair(settings).handed == "0" * 32
    both.take_back()
    assert Pair(settings).handed is None


def test_nothing_stays_of_what_is_dropped(both: Pair) -> None:
    both.drop("zip", "list")
    assert not list(both.folder.iterdir())
    both.drop("zip")                     # gone already
