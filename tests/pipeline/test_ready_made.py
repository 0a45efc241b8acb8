"""The job's side of fetching: another process works, this one tells how far it is, and may end it."""

import json
import os
import sys
from pathlib import Path

import psutil
import pytest

from core.errors import BadSource, DiskFull, DownloadFailed
from core.events import DatasetReady, Note, Progress, drain
from core.pipeline import ready_made
from core.pipeline.ready_fetch import Wanted
from core.pipeline.ready_made import bring_in_ready
from core.settings import Settings

LAY_OUT = """
import json, sys
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from tests.fakes import labelled_folder
root, target = Path(sys.argv[1]), Path(sys.argv[2])
archive = root / "eurosat" / "EuroSAT.zip"
archive.parent.mkdir(exist_ok=True)
archive.write_bytes(b"fetched")
(root / "eurosat" / "2750").mkdir()
(root / "eurosat" / "2750" / "unpacked.jpg").write_bytes(b"x")
labelled_folder(target, {"Forest": 3, "River": 3})
"""
WAIT = "import time; print(flush=True); time.sleep(120)"
BREAK = """
import json, sys
from pathlib import Path
Path(sys.argv[2]).with_name("told.json").write_text(json.dumps({"broken": "File not found or corrupted."}))
sys.exit(1)
"""
ROOT = Path(__file__).parents[2]


def instead(monkeypatch: pytest.MonkeyPatch, script: str) -> list[Wanted]:
    """This script in the place of the process that fetches; what was asked of it."""
    asked: list[Wanted] = []

    def command(wanted: Wanted) -> list[str]:
        asked.append(wanted)
        return [sys.executable, "-c", script, wanted.root, wanted.target, str(ROOT)]

    monkeypatch.setattr(ready_made, "_command", command)
    monkeypatch.setattr(ready_made, "LOOK_SECONDS", 0.02)
    return asked


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"min_free_bytes": 0})


def test_a_set_comes_in_and_only_its_archive_stays(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = instead(monkeypatch, LAY_OUT)
    events, stored = drain(bring_in_ready("eurosat", 2500, settings))
    assert stored.catalogue.counts() == {"Forest": 3, "River": 3} and stored.catalogue.name == "The Earth from above"
    assert any(isinstance(event, Progress) and event.work == "downloading" for event in events)
    assert Note("Up to 2,000 pictures of each class were taken, drawn by chance.") in events
    assert isinstance(events[-1], DatasetReady) and asked[0].per_class == 2000
    files = {path.relative_to(settings.home / "ready").as_posix()
             for path in (settings.home / "ready").rglob("*") if path.is_file()}
    assert files - {"eurosat/set.lock"} == {"eurosat/eurosat/EuroSAT.zip"}


def test_a_stop_ends_the_process_that_fetches_and_leaves_no_picture(settings: Settings,
                                                                   monkeypatch: pytest.MonkeyPatch) -> None:
    instead(monkeypatch, WAIT)
    before = set(psutil.Process(os.getpid()).children())      # of other tests
    stream = bring_in_ready("eurosat", 500, settings)
    next(stream)
    (child,) = set(psutil.Process(os.getpid()).children()) - before
    stream.close()
    assert not child.is_running()
    assert not list(settings.home.rglob("*.jpg")) and not list(settings.home.glob("ready/eurosat/.*"))


@pytest.mark.parametrize(("script", "words"), [(BREAK, "could not be downloaded whole (File not found or corrupted.)"),
                                               ("raise SystemExit('no torch here')", "no torch here"),
                                               ("import os; os._exit(3)", "its process was ended")])
def test_a_failure_is_told_with_the_sets_that_need_no_network(script: str, words: str, settings: Settings,
                                                            monkeypatch: pytest.MonkeyPatch) -> None:
    instead(monkeypatch, script)
    with pytest.raises(DownloadFailed) as caught:
        drain(bring_in_ready("eurosat", 500, settings))
    assert words in caught.value.problem and "coins, digits" in caught.value.remedy


def test_without_a_network_it_says_so(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The real process, whose way out ends at a port where nobody listens."""
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with pytest.raises(DownloadFailed, match=r"no network \(Connection refused"):
        drain(bring_in_ready("eurosat", 500, settings.model_copy(update={"offline": False})))


def test_downloads_that_are_switched_off_are_not_tried(settings: Settings) -> None:
    with pytest.raises(DownloadFailed, match="set to use no network") as caught:
        drain(bring_in_ready("eurosat", 500, settings))
    assert "PLAYGROUND_OFFLINE=0" in caught.value.remedy


def test_a_disk_without_room_is_told_before_anything_is_fetched(settings: Settings,
                                                              monkeypatch: pytest.MonkeyPatch) -> None:
    asked = instead(monkeypatch, LAY_OUT)
    with pytest.raises(DiskFull):
        drain(bring_in_ready("pets", 500, settings.model_copy(update={"min_free_bytes": 10**18})))
    assert not asked


def test_an_unknown_set_is_refused(settings: Settings) -> None:
    with pytest.raises(BadSource, match="'mnist'"):
        drain(bring_in_ready("mnist", 500, settings))


def test_what_is_asked_of_the_process_comes_back_from_its_command() -> None:
    wanted = Wanted("pets", "r", "t", 5, 42, 1.5, True)
    assert Wanted(**json.loads(ready_made._command(wanted)[-1])) == wanted
