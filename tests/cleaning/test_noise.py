from dataclasses import replace
from pathlib import Path

import pytest

from core.cleaning import noise
from core.cleaning.noise import Secret, flips, hidden_copy, hunt
from core.data.dataset import Dataset
from core.data.edits import Edit, undo_of
from core.data.ingest import ingest
from core.data.split import split
from core.data.store import StoredDataset, load
from core.errors import BadSource, TooFewImages
from core.events import drain
from core.settings import Settings
from tests.fakes import labelled_folder


@pytest.fixture
def base(tmp_path: Path, settings: Settings) -> StoredDataset:
    return drain(ingest(labelled_folder(tmp_path / "pets", {"cat": 30, "dog": 30, "owl": 20}), settings))[1]


def labels(dataset: Dataset) -> dict[str, str]:
    return {sample.id: sample.label for sample in dataset.samples}


@pytest.fixture
def copy(base: StoredDataset, settings: Settings) -> StoredDataset:
    return hidden_copy(base, base.dataset(), split(base.catalogue), 0.1, 1, settings.datasets)


def test_a_share_of_the_training_labels_is_flipped_and_no_other(base: StoredDataset, copy: StoredDataset) -> None:
    division, before, after = split(base.catalogue), labels(base.catalogue), labels(copy.catalogue)
    changed = {id for id in before if before[id] != after[id]}
    secret = noise.read(copy.path)
    assert secret is not None
    assert len(changed) == round(0.1 * len(division.train)) and changed <= set(division.train)
    assert secret.truth == {id: before[id] for id in changed}


def test_the_copy_has_the_split_of_its_base_and_its_own_files_and_log(base: StoredDataset, copy: StoredDataset) -> None:
    before, after = split(base.catalogue), split(copy.catalogue)
    assert (before.train, before.valid) == (after.train, after.valid)
    first = copy.catalogue.samples[0]
    assert copy.original(first).read_bytes() == base.original(first).read_bytes()
    copy.append_edit(Edit(first.id, "remove"))
    assert base.edit_log().edits == () and len(base.dataset().samples) == 80


def test_the_same_seed_hides_the_same_and_a_second_copy_is_the_first_one(base: StoredDataset, copy: StoredDataset,
                                                                         settings: Settings) -> None:
    again = hidden_copy(base, base.dataset(), split(base.catalogue), 0.1, 1, settings.datasets)
    other = hidden_copy(base, base.dataset(), split(base.catalogue), 0.1, 2, settings.datasets)
    assert again.path == copy.path != other.path


def test_edits_of_the_base_are_in_the_copy(base: StoredDataset, settings: Settings) -> None:
    gone = base.catalogue.samples[3].id
    base.append_edit(Edit(gone, "remove"))
    made = hidden_copy(base, base.dataset(), split(base.dataset()), 0.1, 1, settings.datasets)
    assert gone not in labels(made.catalogue)
    assert load(made.path) == made


def test_no_class_loses_its_last_two_training_pictures(base: StoredDataset) -> None:
    few = [sample for sample in base.catalogue.samples if sample.label != "owl"][:40]
    owls = [sample for sample in base.catalogue.samples if sample.label == "owl"][:3]
    dataset = replace(base.catalogue, samples=tuple(few + owls), classes=tuple(sorted({s.label for s in few + owls})))
    for seed in range(20):
        drawn = flips(dataset, [sample.id for sample in dataset.samples], 0.2, seed)
        assert sum(sample.id in drawn for sample in owls) <= 1
        assert all(drawn[id] != labels(dataset)[id] for id in drawn)


def test_too_few_pictures_to_hide_any_is_told(base: StoredDataset) -> None:
    with pytest.raises(TooFewImages, match="too few"):
        flips(base.catalogue, [base.catalogue.samples[0].id], 0.05, 0)


def test_a_hunt_is_scored_by_what_stands_of_it(copy: StoredDataset) -> None:
    secret = noise.read(copy.path)
    assert secret is not None
    first, second, third, *rest = secret.truth
    innocent = next(s.id for s in copy.catalogue.samples if s.part == "train" and s.id not in secret.truth)
    copy.append_edit(Edit(first, "relabel", secret.truth[first]))
    copy.append_edit(Edit(second, "remove"))
    copy.append_edit(Edit(innocent, "remove"))
    undone = copy.append_edit(Edit(third, "relabel", secret.truth[third]))
    copy.append_edit(undo_of(undone.gesture))
    copy.append_edit(Edit(rest[0], "keep", why="label"))
    found = hunt(secret, copy.catalogue, copy.edit_log().edits)
    assert found.changed == {first, second, innocent}
    assert (found.caught, found.put_right) == ({first, second}, {first})
    assert found.precision == pytest.approx(2 / 3)
    assert found.recall == pytest.approx(2 / len(secret.truth))
    assert third in found.missed


def test_who_changed_nothing_has_no_precision(copy: StoredDataset) -> None:
    secret = noise.read(copy.path)
    assert secret is not None
    found = hunt(secret, copy.catalogue, ())
    assert (found.precision, found.recall) == (None, 0)


def test_the_copy_without_flips_is_the_base_again(base: StoredDataset, copy: StoredDataset) -> None:
    secret = noise.read(copy.path)
    assert secret is not None
    assert labels(noise.without_flips(secret, copy.catalogue)) == labels(base.catalogue)


def test_only_a_copy_has_a_secret_and_a_damaged_one_is_told(base: StoredDataset, copy: StoredDataset) -> None:
    assert noise.read(base.path) is None
    (copy.path / noise.FILE).write_text("{")
    with pytest.raises(BadSource, match="hidden in this copy"):
        noise.read(copy.path)


def test_a_secret_says_that_it_was_told_for_good(copy: StoredDataset) -> None:
    secret = noise.read(copy.path)
    assert isinstance(secret, Secret)
    secret.model_copy(update={"told": True}).save(copy.path)
    again = noise.read(copy.path)
    assert again is not None and again.told
