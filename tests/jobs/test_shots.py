"""What a camera took, before it is a data set."""

import errno
import io
import os
import shutil
import time
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest
from PIL import Image

from core.data import store
from core.data.growing import grown
from core.data.ingest import ingest
from core.errors import BadPicture, DiskFull, LimitReached, UserMistake
from core.events import Event, Note, drain
from core.jobs import shots as module
from core.jobs.desk import Desk
from core.jobs.orders import BringIn
from core.jobs.shots import Shots
from core.jobs.sweeper import sweep
from core.jobs.worker import work
from core.runs.folder import RunFolder
from core.settings import Settings
from tests.fakes import labelled_folder, picture_bytes

DAY = 86_400.0


def taken(settings: Settings, **counts: int) -> Shots:
    shots, seed = Shots(settings), 0
    for label, count in counts.items():
        for _ in range(count):
            shots.add(label, picture_bytes(seed))
            seed += 1
    return shots


def counts(shots: Shots) -> dict[str, int]:
    return {label: len(each) for label, each in shots.classes().items()}


def test_a_shot_is_on_the_disk_at_once_and_whoever_looks_again_finds_it(settings: Settings) -> None:
    file = Shots(settings).add(" coffee  cup ", picture_bytes(1))
    assert file.read_bytes() == picture_bytes(1) and file.is_relative_to(settings.uploads)
    assert Shots(settings).classes() == {"coffee cup": (file,)}


def test_the_newest_shot_comes_first_and_numbers_are_not_given_out_again(settings: Settings) -> None:
    shots = taken(settings, cup=3)
    names = [shot.name for shot in shots.classes()["cup"]]
    assert names == ["0003.jpg", "0002.jpg", "0001.jpg"]
    shots.remove("cup", "0002.jpg")
    assert shots.add("cup", picture_bytes(9)).name == "0004.jpg"
    assert counts(shots) == {"cup": 3}


def test_a_class_in_other_capitals_is_the_same_class(settings: Settings) -> None:
    shots = taken(settings, Cup=1)
    shots.add("cup", picture_bytes(5))
    assert counts(shots) == {"Cup": 2}


@pytest.mark.parametrize("label", ["", " ", "x" * 81, "cup\u200e"])
def test_what_no_class_can_be_called_is_refused(label: str, settings: Settings) -> None:
    with pytest.raises(UserMistake):
        Shots(settings).add(label, picture_bytes())
    assert not settings.uploads.exists() or not list(settings.uploads.rglob("*.jpg"))


def large() -> bytes:
    buffer = io.BytesIO()
    Image.new("L", (5000, 8)).save(buffer, "JPEG")
    return buffer.getvalue()


@pytest.mark.parametrize("content", [b"", b"no picture", picture_bytes(image_format="PNG"), large()])
def test_what_is_no_picture_of_a_camera_is_refused(content: bytes, settings: Settings) -> None:
    with pytest.raises(BadPicture):
        Shots(settings).add("cup", content)
    assert counts(Shots(settings)) == {}


def test_there_is_an_end_to_what_may_be_taken(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_SHOTS", 2)
    shots = taken(settings, cup=2)
    with pytest.raises(LimitReached, match="2 pictures already"):
        shots.add("cup", picture_bytes(9))
    monkeypatch.setattr(shutil, "disk_usage", lambda place: SimpleNamespace(free=10))
    shots.drop_all()
    with pytest.raises(LimitReached, match="disk is nearly full"):
        shots.add("cup", picture_bytes(9))


@pytest.mark.parametrize("name", ["../cup/0001.jpg", "0009.jpg", ""])
def test_only_a_shot_is_removed(name: str, settings: Settings) -> None:
    shots = taken(settings, cup=1)
    shots.remove("cup", name)
    shots.remove("..", "0001.jpg")
    assert counts(shots) == {"cup": 1}


def test_what_is_packed_comes_in_with_its_classes_and_the_shots_stay_until_they_are_dropped(settings: Settings) -> None:
    shots = taken(settings, train=2, test=3)
    file = shots.packed()
    with zipfile.ZipFile(file) as archive:
        assert archive.namelist()[:3] == ["test/0001.jpg", "test/0002.jpg", "test/0003.jpg"]
    stored = drain(ingest(file, settings, "camera"))[1]
    assert stored.catalogue.counts() == {"test": 3, "train": 2}
    assert counts(shots) == {"test": 3, "train": 2}
    shots.drop_all()
    assert counts(shots) == {} and not shots.folder.exists()


def test_shots_of_a_later_day_join_those_of_an_earlier_one(settings: Settings) -> None:
    shots = taken(settings, cup=2, pen=2)
    base = drain(ingest(shots.packed(), settings, "camera"))[1]
    shots.drop_all()
    shots.add("cup", picture_bytes(50))
    assert drain(grown(base, shots.packed(), settings))[1].catalogue.counts() == {"cup": 3, "pen": 2}


def test_a_fresh_draft_is_left_alone_and_an_old_one_is_swept(settings: Settings) -> None:
    shots = taken(settings, cup=1)
    then = time.time() - 2 * DAY
    os.utime(shots.folder, (then, then))
    shots.add("cup", picture_bytes(5))          # younger by this
    sweep(Desk(settings))
    assert counts(shots) == {"cup": 2}
    os.utime(shots.folder, (then, then))
    sweep(Desk(settings))
    assert not shots.folder.exists()


def test_to_which_job_they_were_handed_is_noted_and_taken_back(settings: Settings) -> None:
    shots = taken(settings, cup=1)
    assert shots.handed is None
    shots.hand_to("a" * 32)
    assert Shots(settings).handed == "a" * 32 and counts(shots) == {"cup": 1}
    shots.take_back()
    shots.take_back()
    assert shots.handed is None


def test_every_visitor_has_shots_of_their_own(settings: Settings) -> None:
    taken(settings.of("anna"), cup=1)
    assert Shots(settings.of("bert")).classes() == {} and isinstance(Shots(settings).folder, Path)


ODD = ("**bold**", "a/b", "a_b", "..", "../../x", ".hidden", "con", "handed", "=1+1", "train")


def test_a_class_may_have_a_name_that_no_folder_can_have(settings: Settings) -> None:
    shots = taken(settings, **dict.fromkeys(ODD, 2))
    assert counts(Shots(settings)) == dict.fromkeys(sorted(ODD), 2)
    assert all(file.is_relative_to(shots.folder.resolve()) for each in shots.classes().values()
               for file in (shot.resolve() for shot in each))
    shots.remove("a/b", "0001.jpg")
    shots.hand_to("a" * 32)
    assert counts(shots) == dict.fromkeys(sorted(ODD), 2) | {"a/b": 1} and shots.handed == "a" * 32


def test_a_job_gives_each_class_the_name_that_was_typed(settings: Settings) -> None:
    order = taken(settings, **dict.fromkeys(ODD, 2)).order("odd")
    events = brought_in(order, settings)
    assert not [event for event in events if isinstance(event, Note) and "list" in event.text]
    (folder,) = settings.datasets.iterdir()
    assert store.load(folder).catalogue.counts() == dict.fromkeys(sorted(ODD), 2)


def test_shots_join_a_class_whose_name_no_folder_can_have(settings: Settings, tmp_path: Path) -> None:
    base = drain(ingest(labelled_folder(tmp_path / "pets", {"**bold**": 2, "plain": 2}), settings))[1]
    order = taken(settings, **{"**bold**": 1}).order("more")
    brought_in(order.model_copy(update={"onto": base.path.name}), settings)
    (new,) = set(settings.datasets.iterdir()) - {base.path}
    assert store.load(new).catalogue.counts() == {"**bold**": 3, "plain": 2}


def test_a_list_that_cannot_be_written_leaves_no_upload_behind(settings: Settings,
                                                              monkeypatch: pytest.MonkeyPatch) -> None:
    shots = taken(settings, **{"**bold**": 2, "cup": 2})

    def full(*args: object, **kwargs: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(DiskFull):
        shots.order("odd")
    assert list(settings.uploads.iterdir()) == [shots.folder]


def test_shots_that_were_removed_in_another_tab_are_told_of(settings: Settings) -> None:
    with pytest.raises(UserMistake, match="not there any more"):
        Shots(settings).order("desk")


def brought_in(order: BringIn, settings: Settings) -> tuple[Event, ...]:
    """As a worker does it."""
    run = RunFolder.create(settings.jobs / "1")
    assert drain(work(order, run, settings, lambda: False))[1] == 0, run.read_status()
    return tuple(run.read_events())
