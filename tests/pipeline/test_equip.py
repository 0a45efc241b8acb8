from collections.abc import Generator
from pathlib import Path

import pytest

from core.data.dataset import Dataset
from core.data.edits import Edit
from core.data.ingest import ingest
from core.data.split import Split
from core.data.store import StoredDataset
from core.events import Event, drain
from core.pipeline import equip
from core.runs.folder import RunFolder
from core.settings import Settings
from core.training.recipe import SplitSpec
from tests.running import QUICK, coloured_folder


def test_an_edit_while_a_run_begins_does_not_part_its_pictures_from_their_split(
        settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody cleans the pictures while a training of them starts: the run is of the state that was divided."""
    _, stored = drain(ingest(coloured_folder(tmp_path / "pictures"), settings, "pictures"))
    divide = equip.divide

    def divided_and_edited(stored: StoredDataset, dataset: Dataset, spec: SplitSpec) -> Generator[Event, None, Split]:
        split = yield from divide(stored, dataset, spec)
        stored.append_edit(Edit(dataset.samples[0].id, "remove"))
        return split

    monkeypatch.setattr(equip, "divide", divided_and_edited)
    run = RunFolder.create(tmp_path / "run")
    _, bench = drain(equip.prepare(run, stored, QUICK, settings))
    document = run.read_dataset()
    assert len(stored.dataset().samples) == len(document.ids) - 1      # the edit was made
    assert bench.dataset.fingerprint == document.fingerprint == bench.recipe.dataset
    assert set(bench.split.train + bench.split.valid) == {sample.id for sample in bench.dataset.samples}
