"""The job that looks through a data set, on red and blue pictures and a small random network."""

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.cleaning.finding import ACTIVATIONS, FINDINGS, SAID, Findings
from core.cleaning.inspection import WORK
from core.cleaning.labels import ASKING
from core.data.edits import Edit
from core.data.ingest import ingest
from core.data.store import StoredDataset
from core.events import Cancelled, Event, Failed, Inspected, Progress, drain
from core.pipeline import look_for_faults as room
from core.pipeline.look_for_faults import look_for_faults
from core.runs import recorder
from core.runs.folder import RunFolder
from core.settings import Settings
from tests.running import QUICK, Asked, Heard, Workshop, coloured_folder, listen

LEFT = (FINDINGS, ACTIVATIONS, f"predictions/{SAID}.npz")


@pytest.fixture
def own(settings: Settings) -> Settings:
    return settings.model_copy(update={"threads": 1})


@pytest.fixture
def stored(tmp_path: Path, own: Settings) -> StoredDataset:
    """Reds and blues, of which one red is there three times and one blue is long."""
    folder = coloured_folder(tmp_path / "colours", train=8)
    for copy in ("8.png", "9.png"):
        shutil.copyfile(folder / "red" / "3.png", folder / "red" / copy)
    Image.open(folder / "blue" / "0.png").resize((300, 40)).save(folder / "blue" / "long.png")
    return drain(ingest(folder, own))[1]


def looked(stored: StoredDataset, workshop: Workshop, own: Settings, job: Path,
           after: Callable[[Event], bool] = lambda event: False) -> Heard:
    asked, run = Asked(after), RunFolder.create(job)
    return listen(look_for_faults(stored, workshop.ready(QUICK), run, own, asked), run, asked)


def named(stored: StoredDataset, ending: str) -> str:
    return next(one.id for one in stored.catalogue.samples if one.original_name.endswith(ending))


def left(run: RunFolder) -> list[str]:
    return [name for name in LEFT if (run.path / name).exists()]


def test_a_look_leaves_its_findings_and_what_they_rest_on(stored: StoredDataset, workshop: Workshop, own: Settings,
                                                         tmp_path: Path) -> None:
    heard = looked(stored, workshop, own, tmp_path / "job")
    assert heard.code == 0 and heard.run.read_status().state == "finished"
    found = Findings.load(heard.run.path)
    assert isinstance(heard.last, Inspected)
    assert heard.last.pictures == found.pictures == 19
    assert heard.last.suspects == len({finding.sample for finding in found.findings})
    assert found.fingerprint == stored.catalogue.fingerprint and found.edits == 0
    copies = {finding.sample for finding in found.findings if finding.reason == "exact_duplicate"}
    three = {named(stored, name) for name in ("red/3.png", "red/8.png", "red/9.png")}
    assert len(copies) == 2 and copies < three
    odd = [finding.sample for finding in found.findings if finding.reason == "odd_shape"]
    assert odd == [named(stored, "long.png")]
    assert "tiny" in found.silent
    said = heard.run.read_predictions(SAID)
    assert said.ids == tuple(one.id for one in stored.dataset().samples)
    activations = np.load(heard.run.path / ACTIVATIONS)
    assert activations.shape[0] == 19 and activations.dtype == np.float32
    rows = {one.id: row for row, one in enumerate(stored.catalogue.samples)}
    one, other = (activations[rows[named(stored, name)]] for name in ("red/3.png", "red/8.png"))
    assert one == pytest.approx(other, abs=1e-4)


def test_only_what_stands_after_the_edits_is_looked_at(stored: StoredDataset, workshop: Workshop, own: Settings,
                                                      tmp_path: Path) -> None:
    gone, moved = named(stored, "red/8.png"), named(stored, "red/9.png")
    stored.append_edits([Edit(gone, "remove"), Edit(moved, "relabel", "blue")])
    heard = looked(stored, workshop, own, tmp_path / "job")
    found = Findings.load(heard.run.path)
    assert (found.edits, found.pictures, found.fingerprint) == (2, 18, stored.dataset().fingerprint)
    said = heard.run.read_predictions(SAID)
    assert gone not in said.ids and said.classes[said.labels[said.ids.index(moved)]] == "blue"
    copies = [finding for finding in found.findings if finding.reason == "exact_duplicate"]
    assert {finding.sample for finding in copies} == {moved, named(stored, "red/3.png")}
    assert len(np.load(heard.run.path / ACTIVATIONS)) == 19      # of the whole catalogue, for later states


@pytest.mark.parametrize("work", ["measuring pictures", ASKING, WORK])
def test_a_stop_is_recorded_and_leaves_nothing_half_done(work: str, stored: StoredDataset, workshop: Workshop,
                                                        own: Settings, tmp_path: Path,
                                                        monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder, "SECONDS_BETWEEN_TICKS", 0.0)
    heard = looked(stored, workshop, own, tmp_path / "job",
                   after=lambda event: isinstance(event, Progress) and event.work == work)
    assert isinstance(heard.last, Cancelled) and heard.code == 130
    assert heard.run.read_status().state == "cancelled"
    assert list(heard.run.read_events())[-1] == heard.last
    assert [event.done for event in heard.events if isinstance(event, Progress) and event.work == work] == [
        1 if work == WORK else 0]
    assert left(heard.run) == []
    assert not list(heard.run.path.rglob(".*"))


def test_the_activations_stay_when_the_cache_is_deleted(stored: StoredDataset, workshop: Workshop, own: Settings,
                                                       tmp_path: Path) -> None:
    heard = looked(stored, workshop, own, own.jobs / "job")
    before = np.load(heard.run.path / ACTIVATIONS)
    cached, = (own.cache / stored.path.name).glob("activations-*.npy")
    assert (heard.run.path / ACTIVATIONS).samefile(cached)
    shutil.rmtree(own.cache)
    assert np.array_equal(np.load(heard.run.path / ACTIVATIONS), before)


def test_where_no_link_can_be_made_the_activations_are_copied(stored: StoredDataset, workshop: Workshop, own: Settings,
                                                             tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_: object) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", no_links)
    heard = looked(stored, workshop, own, tmp_path / "job")
    cached, = (own.cache / stored.path.name).glob("activations-*.npy")
    assert np.array_equal(np.load(heard.run.path / ACTIVATIONS), np.load(cached))
    assert not (heard.run.path / ACTIVATIONS).samefile(cached)


@pytest.mark.parametrize("file", LEFT)
def test_a_full_disk_is_told_in_words_and_no_findings_claim_to_be_whole(
        file: str, stored: StoredDataset, workshop: Workshop, own: Settings, tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch, full_disk_for: Callable[[Path], None]) -> None:
    def no_links(*_: object) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", no_links)
    def fill(event: Event) -> bool:
        if isinstance(event, Progress) and event.work == WORK and event.done == event.total:
            full_disk_for(tmp_path / "job" / file)
        return False

    heard = looked(stored, workshop, own, tmp_path / "job", after=fill)
    assert isinstance(heard.last, Failed)
    assert "is full" in heard.last.problem and heard.last.remedy
    assert not (heard.run.path / FINDINGS).exists() and not (tmp_path / "job" / file).exists()


def test_a_second_look_needs_no_network(stored: StoredDataset, workshop: Workshop, own: Settings,
                                       tmp_path: Path) -> None:
    first = looked(stored, workshop, own, tmp_path / "one")
    again = looked(stored, workshop, own, tmp_path / "two")
    assert not any(isinstance(event, Progress) and event.work == "activations" for event in again.events)
    assert Findings.load(again.run.path) == Findings.load(first.run.path)


def test_a_class_of_copies_alone_is_told_in_words(workshop: Workshop, own: Settings, tmp_path: Path) -> None:
    folder = coloured_folder(tmp_path / "colours", train=4)
    for number in range(1, 4):
        shutil.copyfile(folder / "blue" / "0.png", folder / "blue" / f"{number}.png")
    heard = looked(drain(ingest(folder, own))[1], workshop, own, tmp_path / "job")
    assert isinstance(heard.last, Failed)
    assert "'blue' has too few different pictures" in heard.last.problem and "copies" in heard.last.remedy


def test_two_pictures_a_class_in_any_script_are_enough(workshop: Workshop, own: Settings, tmp_path: Path) -> None:
    folder = coloured_folder(tmp_path / "colours", train=2, red="красный *_`", blue="猫<b>")
    heard = looked(drain(ingest(folder, own))[1], workshop, own, tmp_path / "job")
    assert isinstance(heard.last, Inspected) and heard.last.pictures == 4
    assert heard.run.read_predictions(SAID).classes == ("красный *_`", "猫<b>")


def test_a_damaged_thumbnail_is_told_in_words(stored: StoredDataset, workshop: Workshop, own: Settings,
                                             tmp_path: Path) -> None:
    stored.thumbnail(stored.catalogue.samples[0]).write_bytes(b"no picture")
    heard = looked(stored, workshop, own, tmp_path / "job")
    assert isinstance(heard.last, Failed) and "thumbnail" in heard.last.problem
    assert left(heard.run) == []


def test_a_damaged_log_of_edits_is_told_in_words(stored: StoredDataset, workshop: Workshop, own: Settings,
                                                tmp_path: Path) -> None:
    (stored.path / "edits.jsonl").write_text("no edit\n")
    heard = looked(stored, workshop, own, tmp_path / "job")
    assert isinstance(heard.last, Failed) and "Line 1" in heard.last.problem


def test_activations_that_are_no_file_are_written_too(tmp_path: Path) -> None:
    seen = np.arange(6, dtype=np.float32).reshape(2, 3)
    room._keep(seen, tmp_path / ACTIVATIONS)
    assert np.array_equal(np.load(tmp_path / ACTIVATIONS), seen)
    assert [file.name for file in tmp_path.iterdir()] == [ACTIVATIONS]
