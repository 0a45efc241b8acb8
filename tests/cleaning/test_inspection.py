import warnings
from dataclasses import replace

import numpy as np
import pytest

from core.cleaning.finding import Reason
from core.cleaning.inspection import WORK, Inspection, inspect
from core.data.dataset import Dataset
from core.data.measures import Measures
from core.data.split import split
from core.events import Event, Progress, drain
from tests.cleaning.made import clusters, dataset, measures, pictures, sample

NAMES = ("кот", "собака", "猫")


def inspected(pets: Dataset, activations: np.ndarray, of: Measures | None = None) -> tuple[list[Event], Inspection]:
    """`activations`: a row a picture, in the data set's order."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return drain(inspect(pets, {}, of or measures(pets.samples), activations.astype(np.float32)))


def of_reason(seen: Inspection, reason: Reason) -> list[str]:
    return [finding.sample for finding in seen.findings if finding.reason == reason]


def pets(counts: list[int]) -> tuple[Dataset, np.ndarray]:
    """Well separated classes: names sort as they are numbered."""
    activations, numbers = clusters(counts)
    return dataset(pictures([NAMES[number] for number in numbers])), activations


def test_every_kind_of_fault_is_found_in_one_look() -> None:
    clean, activations = pets([40, 40, 40])
    samples = list(clean.samples)
    # Copies: the very same (5 and 9), one of which (5 and 50) says otherwise; nearly the same (12 and 13).
    samples[9] = replace(samples[9], sha256=samples[5].sha256)
    samples[50] = replace(samples[50], sha256=samples[5].sha256)
    activations[[9, 50]] = activations[5]
    activations[13] = activations[12] * 1.001
    samples[20] = replace(samples[20], label=NAMES[1])
    samples[70] = replace(samples[70], width=500, height=100)
    of = measures(samples)
    of.table["hash"][13] = of.table["hash"][12] ^ np.uint64(3)
    of.table["brightness"][100] = 0.02
    of.table["hash"][[9, 50]] = of.table["hash"][5]
    order = sorted(range(120), key=lambda place: samples[place].original_name)
    _, seen = inspected(dataset(samples), activations[order], of)
    assert sorted(of_reason(seen, "exact_duplicate")) == ["0005", "0009", "0050"]
    assert of_reason(seen, "near_duplicate") == ["0013"]
    assert {"0020"} <= set(of_reason(seen, "label")) <= {"0020", "0050"}
    assert of_reason(seen, "odd_shape") == ["0070"] and of_reason(seen, "dark") == ["0100"]
    assert seen.together == (("0012", "0013"),)
    stays = [finding.sample for finding in seen.findings if finding.reason == "exact_duplicate" and finding.score < 1]
    assert stays == ["0005"]
    assert {finding.label for finding in seen.findings if finding.reason == "label"} == {NAMES[0]}


def test_what_is_in_order_is_not_doubted() -> None:
    _, seen = inspected(*pets([40, 40, 40]))
    assert seen.findings == () and seen.silent == () and seen.together == ()


def test_what_the_heads_said_is_kept_for_each_picture_by_its_id() -> None:
    clean, activations = pets([20, 20])
    _, seen = inspected(clean, activations)
    assert seen.said.ids == tuple(one.id for one in clean.samples)
    assert seen.said.classes == NAMES[:2] == clean.classes
    assert seen.said.accuracy == 1.0
    assert np.isfinite(seen.said.logits).all()


def test_steps_are_told_in_order_to_the_last() -> None:
    events, _ = inspected(*pets([10, 10]))
    steps = [event for event in events if isinstance(event, Progress) and event.work == WORK]
    assert [(event.done, event.total) for event in steps] == [(1, 4), (2, 4), (3, 4), (4, 4)]


@pytest.mark.parametrize("counts", [[2, 2], [2, 3, 2], [60, 2]])
def test_the_smallest_sets_are_looked_through(counts: list[int]) -> None:
    clean, activations = pets(counts)
    _, seen = inspected(clean, activations)
    assert len(seen.said) == sum(counts)
    assert of_reason(seen, "outlier") == []


def test_pictures_that_are_all_the_same_are_copies_and_nothing_else() -> None:
    samples = [sample(f"{number:03}", NAMES[number % 2], content="same") for number in range(100)]
    pets = dataset(samples)
    _, seen = inspected(pets, np.ones((100, 8)), measures(samples, hash=np.zeros(100, np.uint64)))
    assert {finding.reason for finding in seen.findings} == {"exact_duplicate"}
    assert seen.said.probabilities == pytest.approx(0.5)


def test_pictures_of_other_bytes_that_all_look_the_same_are_near_copies_and_nothing_else() -> None:
    samples = pictures([NAMES[number % 2] for number in range(100)])
    pets = dataset(samples)
    _, seen = inspected(pets, np.ones((100, 8)), measures(samples, hash=np.zeros(100, np.uint64)))
    assert {finding.reason for finding in seen.findings} == {"near_duplicate"}
    assert [len(group) for group in seen.together] == [100]


def test_measures_of_the_whole_catalogue_serve_what_edits_left_of_it() -> None:
    clean, activations = pets([30, 30])
    of = measures(clean.samples)
    of.table["brightness"][7] = 0.02
    without = dataset(clean.samples[5:])
    _, seen = inspected(without, activations[5:], of)
    assert [finding.sample for finding in seen.findings] == ["0007"]


def test_of_copies_on_two_sides_of_the_split_the_one_that_measures_stays() -> None:
    clean, activations = pets([30, 30])
    sides = split(clean).sides
    valid = next(place for place, one in enumerate(clean.samples) if sides[one.id] == "valid")
    train = next(place for place, one in enumerate(clean.samples) if sides[one.id] == "train")
    samples = list(clean.samples)
    samples[train] = replace(samples[train], sha256=samples[valid].sha256)
    activations[train] = activations[valid]
    _, seen = drain(inspect(dataset(samples), sides, measures(samples), activations))
    assert of_reason(seen, "exact_duplicate") == [samples[train].id]


def test_a_look_can_be_left_at_any_of_its_steps() -> None:
    clean, activations = pets([10, 10])
    steps = len(inspected(clean, activations)[0])
    for taken in range(1, steps):
        stream = inspect(clean, {}, measures(clean.samples), activations)
        for _ in range(taken):
            next(stream)
        stream.close()
