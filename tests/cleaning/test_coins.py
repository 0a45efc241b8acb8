"""The drawn coins, of which it is known what is wrong with them."""

from collections import Counter
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from core.cleaning.finding import Findings
from core.cleaning.inspection import Inspection, inspect
from core.cleaning.queue import Item, queue
from core.data import builtin
from core.data.builtin import planned_faults
from core.data.coins.faults import Fault
from core.data.ingest import ingest
from core.data.measures import measured
from core.data.split import split
from core.data.store import StoredDataset
from core.events import drain
from core.settings import Settings

PER_CLASS = 24


@pytest.fixture(scope="module")
def coins(tmp_path_factory: pytest.TempPathFactory) -> tuple[StoredDataset, Inspection, tuple[Fault, ...]]:
    """Looked through with their small squares in the place of activations: no network is needed to tell copies."""
    home = tmp_path_factory.mktemp("home")
    folder, settings = home / "coins", Settings(home=home, threads=2)
    drain(partial(builtin.write, per_class=PER_CLASS)("coins", folder, threads=2))
    stored = drain(ingest(folder, settings))[1]
    of = drain(measured(stored, settings))[1]
    dataset = stored.dataset()
    squares = of.column("small").reshape(len(of), -1).astype(np.float32)
    seen = drain(inspect(dataset, split(dataset).sides, of, squares))[1]
    return stored, seen, planned_faults(folder)


def names(stored: StoredDataset) -> dict[str, str]:
    """"gold/0003.jpg" by id."""
    return {one.id: "/".join(Path(one.original_name).parts[-2:]) for one in stored.catalogue.samples}


def test_all_exact_duplicates_are_found_and_none_is_invented(
        coins: tuple[StoredDataset, Inspection, tuple[Fault, ...]]) -> None:
    stored, seen, faults = coins
    name = names(stored)
    planted = {frozenset((fault.file, fault.of)) for fault in faults if fault.kind == "exact_duplicate"}
    found = {frozenset((name[finding.sample], *(name[other] for other in finding.others)))
             for finding in seen.findings if finding.reason == "exact_duplicate"}
    assert len(planted) == 6
    assert found == planted


def test_a_copy_under_another_label_is_told_from_both_sides(
        coins: tuple[StoredDataset, Inspection, tuple[Fault, ...]]) -> None:
    stored, seen, faults = coins
    name = names(stored)
    copies = [finding for finding in seen.findings if finding.reason == "exact_duplicate"]
    times = Counter(name[finding.sample] for finding in copies)
    across = {file for fault in faults if fault.kind == "exact_duplicate" and fault.true_label
              for file in (fault.file, fault.of)}
    assert {file for file in times if file in across} == across
    assert set(times.values()) == {1}
    found = Findings(fingerprint="f", edits=0, pictures=0, findings=seen.findings)
    items: tuple[Item, ...] = queue(found, stored.dataset(), split(stored.dataset()).sides, ())
    assert {name[item.sample.id] for item in items if item.contradicting} >= across


def test_coins_at_one_end_of_a_long_picture_have_an_odd_shape(
        coins: tuple[StoredDataset, Inspection, tuple[Fault, ...]]) -> None:
    stored, seen, faults = coins
    name = names(stored)
    found = {name[finding.sample] for finding in seen.findings if finding.reason == "odd_shape"}
    assert found == {fault.file for fault in faults if fault.kind == "coin_at_one_end"}
