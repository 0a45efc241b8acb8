"""A list becomes a data set: in parallel, politely, within bounds, and going on where it stopped."""

import os
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from core.data.store import StoredDataset
from core.errors import BadSource, DiskFull, DownloadFailed, TooFewImages, TooLarge
from core.events import DatasetReady, Event, Note, PictureSkipped, Progress, drain
from core.settings import Settings
from core.web import download, fetch
from core.web.fetch import fetch as fetched
from core.web.lists import Listed
from core.web.schedule import AT_ONCE, TRIES
from tests.fakes import picture_bytes
from tests.web.server import Web


def listed(web: Web, **classes: list[str]) -> Listed:
    return Listed(name="bears", rows=tuple((label, web.at(path)) for label, paths in classes.items() for path in paths))


def bears(web: Web, each: int = 4) -> Listed:
    return listed(web, teddy=[f"/picture/{number}.jpg" for number in range(each)],
                  black=[f"/picture/{1000 + number}.jpg" for number in range(each)])


def slow_bears(web: Web, each: int) -> Listed:
    return listed(web, teddy=[f"/slowly/{number}.jpg" for number in range(each)],
                  black=[f"/slowly/{1000 + number}.jpg" for number in range(each)])


def pantry(settings: Settings) -> list[Path]:
    return sorted((settings.uploads / "fetched").glob("*"))


def skipped(events: list[Event]) -> dict[str, str]:
    return {event.name: event.problem for event in events if isinstance(event, PictureSkipped)}


def pictures_of(stored: StoredDataset) -> dict[bytes, str]:
    return {stored.original(sample).read_bytes(): sample.label for sample in stored.catalogue.samples}


def test_the_pictures_of_a_list_become_a_data_set_with_its_labels(web: Web, online: Settings) -> None:
    events, stored = drain(fetched(bears(web, 3), online))
    assert stored.catalogue.name == "bears" and stored.catalogue.counts() == {"black": 3, "teddy": 3}
    assert pictures_of(stored) == {picture_bytes(seed): label for label, seeds in
                                   (("teddy", range(3)), ("black", range(1000, 1003))) for seed in seeds}
    moved = [event for event in events if isinstance(event, Progress) and event.work == "fetching pictures"]
    assert (moved[0].done, moved[-1].done, moved[-1].total, moved[-1].unit) == (0, 6, 6, "addresses")
    assert isinstance(events[-1], DatasetReady) and events[-1].skipped == 0
    assert not (online.uploads / "fetched").exists(), "what is in the store is kept there alone"


def test_names_are_readable_and_fit_for_files_and_classes_of_any_script_are_labels(web: Web, online: Settings) -> None:
    strange = ["../../etc", "क्ष", "熊 🐻", "a/b.c", "=1+1", "CON", "train"]
    rows = [(label, web.at(f"/picture/{10 * place + number}.jpg"))
            for place, label in enumerate(strange) for number in range(2)]
    _, stored = drain(fetched(Listed(name="x", rows=tuple(rows)), online))
    assert set(stored.catalogue.classes) == set(strange)
    for sample in stored.catalogue.samples:
        folder, _, name = sample.original_name.partition("/")
        assert folder and name and "/" not in name and folder.strip(".") and "\\" not in sample.original_name
    assert any(name.startswith("क्ष/0003 127.0.0.1-") and name.endswith(".jpg")
               for name in (sample.original_name for sample in stored.catalogue.samples))


def test_the_content_says_what_a_picture_is_and_not_the_servers_word(web: Web, online: Settings) -> None:
    wanted = listed(web, teddy=["/png/1", "/png/2"], black=["/picture/3.jpg", "/picture/4.jpg"])
    _, stored = drain(fetched(wanted, online))
    assert Counter(sample.format for sample in stored.catalogue.samples) == {"PNG": 2, "JPEG": 2}


def test_what_failed_is_told_by_its_address_and_the_rest_goes_on(web: Web, online: Settings) -> None:
    good = bears(web)
    bad = listed(web, teddy=["/missing.jpg", "/page", "/status/500", "/large/30000000", "/silent", "/torn", "/drip"])
    events, stored = drain(fetched(Listed(name="bears", rows=(*good.rows, *bad.rows)), online))
    told = {address.removeprefix(web.at("")): problem for address, problem in skipped(events).items()}
    assert set(told) == {path.removeprefix(web.at("")) for _, path in bad.rows}
    assert "does not exist (404)" in told["/missing.jpg"]
    assert "a web page at this address" in told["/page"]
    assert "out of order" in told["/status/500"]
    assert "more than 20.0 MB" in told["/large/30000000"]
    assert "nothing came for 0.4 seconds" in told["/silent"]
    assert "broke off" in told["/torn"]
    assert "longer than 1.5 seconds" in told["/drip"]
    assert stored.catalogue.counts() == {"black": 4, "teddy": 4}
    assert isinstance(events[-1], DatasetReady) and events[-1].skipped == len(bad.rows)


def test_a_picture_that_proves_damaged_when_it_is_read_is_told_by_its_address(
        web: Web, online: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    cut = picture_bytes(7, size=(200, 200))[:3000]
    monkeypatch.setattr("tests.web.server.picture_bytes",
                        lambda seed, *rest: cut if seed == 0 else picture_bytes(seed, *rest))
    events, _ = drain(fetched(bears(web), online))
    assert list(skipped(events)) == [web.at("/picture/0.jpg")]
    assert isinstance(events[-1], DatasetReady) and events[-1].skipped == 1


def test_what_failed_for_a_while_is_asked_for_again(web: Web, online: Settings) -> None:
    wanted = listed(web, teddy=["/flaky/2/1", "/flaky/1/2", "/busy/3"], black=["/picture/4.jpg", "/picture/5.jpg"])
    events, stored = drain(fetched(wanted, online))
    assert not skipped(events) and stored.catalogue.counts() == {"black": 2, "teddy": 3}
    assert web.asked["/flaky/2/1"] == 3


def test_what_fails_for_good_is_asked_for_once_and_the_rest_thrice(web: Web, online: Settings) -> None:
    wanted = listed(web, teddy=["/status/404", "/status/503"])
    drain(fetched(Listed(name="x", rows=(*wanted.rows, *bears(web).rows)), online))
    assert (web.asked["/status/404"], web.asked["/status/503"]) == (1, TRIES)


def test_a_server_is_asked_for_few_pictures_at_once(web: Web, online: Settings) -> None:
    wanted = slow_bears(web, 20)
    drain(fetched(wanted, online))
    assert 2 <= web.most_at_once <= AT_ONCE


def test_offline_it_says_so_at_once(web: Web, online: Settings) -> None:
    with pytest.raises(DownloadFailed, match="without a network"):
        drain(fetched(bears(web), online.model_copy(update={"offline": True})))
    assert not web.asked


@pytest.mark.parametrize(("classes", "error", "words"), [
    ({"teddy": ["/status/404"], "black": ["/status/410"]}, BadSource, "None of the 2 addresses"),
    ({"teddy": ["/picture/1.jpg", "/picture/2.jpg"], "black": ["/page"]}, TooFewImages, "'teddy' alone"),
    ({"teddy": ["/picture/1.jpg", "/picture/2.jpg"], "black": ["/page", "/picture/3.jpg"]}, TooFewImages,
     "single picture came for the class 'black'"),
])
def test_too_little_that_came_is_an_error_and_what_came_is_kept(
        classes: dict[str, list[str]], error: type[BadSource], words: str, web: Web, online: Settings) -> None:
    wanted = listed(web, **classes)
    with pytest.raises(error, match=words):
        drain(fetched(wanted, online))
    assert len(pantry(online)) == sum(path.startswith("/picture") for paths in classes.values() for path in paths)
    assert not list(online.datasets.glob("*")) if online.datasets.exists() else True


def test_a_class_of_which_nothing_came_is_left_out_and_told_of(web: Web, online: Settings) -> None:
    gone = listed(web, grizzly=["/status/404", "/page"])
    events, stored = drain(fetched(Listed(name="x", rows=(*bears(web).rows, *gone.rows)), online))
    assert stored.catalogue.classes == ("black", "teddy")
    assert any("'grizzly'" in event.text for event in events if isinstance(event, Note))


def test_all_pictures_together_have_a_limit(web: Web, online: Settings) -> None:
    size = len(picture_bytes(0))
    with pytest.raises(TooLarge, match="together"):
        drain(fetched(bears(web), online.model_copy(update={"max_unpacked_bytes": 3 * size})))


def test_a_disk_that_gets_low_is_told_of(web: Web, online: Settings) -> None:
    with pytest.raises(DiskFull, match="nearly full"):
        drain(fetched(bears(web), online.model_copy(update={"min_free_bytes": 1 << 60})))


# ---- stopping and going on

def fetching_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("fetch") and thread.is_alive()]


def test_a_stream_that_is_closed_ends_at_once_and_leaves_no_thread(web: Web, online: Settings) -> None:
    patient = online.model_copy(update={"download_timeout_seconds": 25.0, "picture_seconds": 60.0})
    waiting = listed(web, teddy=["/silent?1", "/silent?2", "/drip"], black=["/silent?3"])
    stream = fetched(Listed(name="x", rows=(*bears(web).rows, *waiting.rows)), patient)
    while len([path for path in web.asked if "silent" in path or "drip" in path]) < 4:
        next(stream)
    began = time.monotonic()
    stream.close()
    assert time.monotonic() - began < 10, "it did not wait for the servers"
    for thread in fetching_threads():       # each is on its way out
        thread.join(timeout=5)
    assert not fetching_threads()
    assert not list((online.uploads / "fetched").glob("*.part"))


def test_the_same_list_again_fetches_only_what_lacks(web: Web, online: Settings) -> None:
    wanted = slow_bears(web, 15)
    stream = fetched(wanted, online)
    for event in stream:
        if isinstance(event, Progress) and event.done >= 8:
            stream.close()
    for thread in fetching_threads():       # one may be about to put away what has come
        thread.join(timeout=5)
    had = len(pantry(online))
    assert 8 <= had < 30
    web.asked.clear()
    events, stored = drain(fetched(wanted, online))
    assert len(web.asked) == 30 - had       # one that was on its way at the stop may be counted twice
    assert isinstance(events[0], Progress) and events[0].done == had
    assert len(stored.catalogue.samples) == 30


def test_another_list_takes_what_an_earlier_one_had_fetched(web: Web, online: Settings) -> None:
    with pytest.raises(TooFewImages):
        drain(fetched(listed(web, teddy=["/picture/1.jpg", "/picture/2.jpg"], black=["/page"]), online))
    web.asked.clear()
    wanted = listed(web, teddy=["/picture/1.jpg", "/picture/2.jpg"], black=["/picture/3.jpg", "/picture/4.jpg"])
    drain(fetched(wanted, online))
    assert set(web.asked) == {"/picture/3.jpg", "/picture/4.jpg"}


def test_what_a_killed_process_left_is_gone_on_with_and_halves_are_fetched_anew(web: Web, online: Settings) -> None:
    wanted = slow_bears(web, 20)
    code = ("import os, sys\n"
            "from core.settings import Settings\nfrom core.web.fetch import fetch\nfrom core.web.lists import Listed\n"
            "for event in fetch(Listed.model_validate_json(sys.argv[1]), Settings.model_validate_json(sys.argv[2])):\n"
            "    if getattr(event, 'done', 0) >= 5: os._exit(9)\n")
    ended = subprocess.run([sys.executable, "-c", code, wanted.model_dump_json(), online.model_dump_json()],
                           cwd=Path(__file__).parents[2])
    assert ended.returncode == 9
    had = [file for file in pantry(online) if file.suffix == ".jpg"]
    assert len(had) >= 5
    (online.uploads / "fetched" / "half.part").write_bytes(b"half")
    web.asked.clear()
    _, stored = drain(fetched(wanted, online))
    assert sum(web.asked.values()) == 40 - len(had) and len(stored.catalogue.samples) == 40
    assert not pantry(online)


def test_an_ingest_that_fails_keeps_what_was_fetched(web: Web, online: Settings,
                                                     monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fetch, "take_in", broken)
        with pytest.raises(ZeroDivisionError):
            drain(fetched(bears(web), online))
    web.asked.clear()
    drain(fetched(bears(web), online))
    assert not web.asked


def test_two_lists_of_a_visitor_at_once_take_nothing_from_each_other(web: Web, online: Settings) -> None:
    first, second = fetched(slow_bears(web, 4), online), fetched(slow_bears(web, 5), online)
    next(first)
    waited = next(second)
    assert isinstance(waited, Progress) and waited.unit == "jobs"
    stored = [drain(first)[1], drain(second)[1]]
    assert [len(each.catalogue.samples) for each in stored] == [8, 10]


def test_what_was_fetched_long_ago_is_fetched_anew(web: Web, online: Settings) -> None:
    with pytest.raises(TooFewImages):
        drain(fetched(listed(web, teddy=["/picture/1.jpg", "/picture/2.jpg"], black=["/page"]), online))
    for file in pantry(online):
        os.utime(file, (time.time() - 2 * 86_400,) * 2)
    web.asked.clear()
    drain(fetched(Listed(name="x", rows=(("teddy", web.at("/picture/1.jpg")), *bears(web).rows[2:])), online))
    assert web.asked["/picture/1.jpg"] == 1


def test_of_a_thousand_addresses_few_are_under_way_at_a_time(web: Web, online: Settings,
                                                       monkeypatch: pytest.MonkeyPatch) -> None:
    most_under_way = 0
    wrapped = download.Download._send_out

    def watched(self: download.Download, pool: object) -> None:
        nonlocal most_under_way
        wrapped(self, pool)  # type: ignore[arg-type]
        most_under_way = max(most_under_way, len(self._under_way))

    monkeypatch.setattr(download.Download, "_send_out", watched)
    wanted = bears(web, 500)
    events, stored = drain(fetched(wanted, online.model_copy(update={"download_timeout_seconds": 10.0,
                                                                     "picture_seconds": 30.0})))
    assert sum(web.asked.values()) == 1000 and most_under_way <= download.AT_ONCE
    assert len(stored.catalogue.samples) == 1000 and not skipped(events)
