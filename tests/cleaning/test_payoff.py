"""Hand-made clusters in a file, as a look leaves them."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from core.cleaning import payoff as module
from core.cleaning.head import MOST_STEPS, STRENGTH
from core.cleaning.payoff import Labelled, Payoff, PayoffRequest, Score, State, payoff, request
from core.data.dataset import Dataset
from core.data.edits import Edit, apply_edits
from core.data.split import split, split_edited
from core.errors import MachineFault, TooFewImages
from tests.cleaning.made import clusters, dataset, pictures

WIDTH, SPREAD = 64, 14
COUNTS = [60, 60]
NAMES = ("кот", "собака", "馬")


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    module._answers.cache_clear()
    module._activations.cache_clear()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    np.save(tmp_path / "activations.npy", clusters(COUNTS, WIDTH, SPREAD)[0])
    return tmp_path / "activations.npy"


def catalogue(wrong: Sequence[int] = (), names: Sequence[str] = NAMES) -> Dataset:
    """A fifth is there to check with; labels of the places in `wrong` are the other class's."""
    numbers = clusters(COUNTS)[1].copy()
    numbers[list(wrong)] = 1 - numbers[list(wrong)]
    made = pictures([names[number] for number in numbers])
    return dataset([replace(one, part="valid" if place % 5 == 0 else "train") for place, one in enumerate(made)])


def asked(file: Path, came: Dataset, edits: Sequence[Edit] = ()) -> PayoffRequest:
    """With rows by the catalogue's own order, which sorts by label: so the activations are ordered alike."""
    place = {one.id: int(one.id) for one in came.samples}
    seen = clusters(COUNTS, WIDTH, SPREAD)[0][[place[one.id] for one in came.samples]]
    np.save(file, seen)
    now = apply_edits(came, edits)
    return request(file, WIDTH, came, now, split(came), split_edited(came, now))


def flips(came: Dataset, side: Sequence[str], truth: np.ndarray) -> list[Edit]:
    label = {one.id: one.label for one in came.samples}
    return [Edit(id, "relabel", NAMES[truth[int(id)]]) for id in side if label[id] != NAMES[truth[int(id)]]]


TRUTH = clusters(COUNTS)[1]
WRONG = [*(place for place in range(33) if place % 5), 61, 62, 63, 0, 5, 60]     # three of them to check with


def test_to_correct_flipped_training_labels_lowers_the_errors(file: Path) -> None:
    came = catalogue(WRONG)
    corrected = flips(came, split(came).train, TRUTH)
    found = payoff(asked(file, came, corrected))
    assert len(corrected) > 20
    assert found.now_by_old_ruler.wrong < found.before.wrong
    assert found.now == found.now_by_old_ruler and found.before_by_new_ruler == found.before    # one ruler
    assert found.before.total == len(split(came).valid)


def test_without_edits_all_four_scores_are_one(file: Path) -> None:
    found = payoff(asked(file, catalogue(WRONG)))
    assert found.before == found.now == found.now_by_old_ruler == found.before_by_new_ruler


def test_to_correct_the_ruler_alone_is_no_gain_by_either_ruler(file: Path) -> None:
    came = catalogue([0, 5, 60])
    found = payoff(asked(file, came, flips(came, split(came).valid, TRUTH)))
    assert found.before == found.now_by_old_ruler
    assert found.before_by_new_ruler == found.now
    assert found.now.wrong < found.before.wrong and found.now.total == found.before.total


def test_removed_pictures_to_check_with_leave_the_new_ruler_alone(file: Path) -> None:
    came = catalogue(WRONG)
    valid = split(came).valid
    found = payoff(asked(file, came, [Edit(id, "remove") for id in valid[:3]]))
    assert found.before.total == found.now_by_old_ruler.total == len(valid)
    assert found.now.total == found.before_by_new_ruler.total == len(valid) - 3


def test_heads_are_scikit_learn_s_of_the_training_pictures_alone(file: Path) -> None:
    came = catalogue(WRONG)
    edits = flips(came, split(came).train, TRUTH)
    what = asked(file, came, edits)
    seen = np.load(file)

    def wrong(learn: Labelled, ruler: Labelled) -> Score:
        fitted = make_pipeline(StandardScaler(), LogisticRegression(C=STRENGTH, max_iter=MOST_STEPS)).fit(
            seen[list(learn.rows)], learn.labels)
        said = fitted.predict(seen[list(ruler.rows)])
        return Score(wrong=int((said != ruler.labels).sum()), total=len(ruler.rows))

    before, now = what.before, what.now
    assert payoff(what) == Payoff(before=wrong(before.train, before.valid), now=wrong(now.train, now.valid),
                                  now_by_old_ruler=wrong(now.train, before.valid),
                                  before_by_new_ruler=wrong(before.train, now.valid))


def test_a_new_class_is_a_class_of_both_rulers(file: Path) -> None:
    came = catalogue()
    division = split(came)
    moved = [*division.train[:12], *division.valid[:3]]
    what = asked(file, came, [Edit(id, "relabel", NAMES[2]) for id in moved])
    assert set(what.now.train.labels) == {0, 1, 2} and set(what.before.train.labels) == {0, 1}
    found = payoff(what)
    assert found.before_by_new_ruler.wrong >= 3      # the old head has never heard of it


def test_a_class_that_was_merged_away_is_no_trouble(file: Path) -> None:
    three = dataset(pictures([NAMES[min(int(number), 2)] for number in np.repeat([0, 1, 2], 40)]))
    edits = [Edit(one.id, "relabel", NAMES[1]) for one in three.samples if one.label == NAMES[2]]
    np.save(file, clusters([40, 40, 40], WIDTH)[0])
    now = apply_edits(three, edits)
    found = payoff(request(file, WIDTH, three, now, split(three), split_edited(three, now)))
    assert found.now.wrong <= found.now.total and found.now_by_old_ruler.wrong >= 8


def test_rows_are_the_catalogue_s_whatever_was_removed(file: Path) -> None:
    came = catalogue()
    what = asked(file, came, [Edit(came.samples[0].id, "remove")])
    ids = [came.samples[row].id for row in what.now.train.rows]
    assert ids == [id for id in split(came).train if id != came.samples[0].id]
    assert what.pictures == 120 and PayoffRequest.model_validate_json(what.model_dump_json()) == what


def test_a_training_side_of_one_class_answers_that_class(file: Path) -> None:
    one_class = State(train=Labelled(rows=(0, 1), labels=(1, 1)), valid=Labelled(rows=(0, 70), labels=(1, 0)))
    found = payoff(PayoffRequest(activations=file, pictures=120, width=WIDTH, before=one_class, now=one_class))
    assert found.now == Score(wrong=1, total=2)


def test_a_ruler_without_pictures_has_no_score_and_no_crash(file: Path) -> None:
    came = catalogue()
    what = asked(file, came)
    empty = what.model_copy(update={"now": State(train=what.now.train, valid=Labelled(rows=(), labels=()))})
    assert payoff(empty).now == Score(wrong=0, total=0)
    with pytest.raises(TooFewImages, match="no validation pictures") as told:
        split_edited(came, apply_edits(came, [Edit(id, "remove") for id in split(came).valid]))
    assert told.value.remedy


def test_no_picture_to_learn_from_is_told_in_words(file: Path) -> None:
    what = asked(file, catalogue())
    empty = what.model_copy(update={"now": State(train=Labelled(rows=(), labels=()), valid=what.now.valid)})
    with pytest.raises(TooFewImages) as told:
        payoff(empty)
    assert "learn from" in told.value.problem and told.value.remedy


@pytest.mark.parametrize("harm", ["gone", "cut short", "another shape", "no array", "a folder"])
def test_activations_that_are_gone_or_damaged_are_told_with_the_remedy(file: Path, harm: str) -> None:
    what = asked(file, catalogue())
    match harm:
        case "gone":
            file.unlink()
        case "cut short":
            file.write_bytes(file.read_bytes()[:-100])
        case "another shape":
            np.save(file, np.zeros((120, WIDTH + 1), np.float32))
        case "no array":
            file.write_text("words")
        case "a folder":
            file.unlink()
            file.mkdir()
    with pytest.raises(MachineFault, match="no longer there") as told:
        payoff(what)
    assert "again" in told.value.remedy


def test_activations_that_vanish_later_are_told_too(file: Path) -> None:
    what = asked(file, catalogue())
    payoff(what)
    file.unlink()
    with pytest.raises(MachineFault, match="no longer there"):
        payoff(what)


def test_activations_that_were_replaced_are_read_anew(file: Path) -> None:
    what = asked(file, catalogue())
    assert payoff(what).now.wrong < 5
    other = file.with_name("other.npy")
    np.save(other, np.random.default_rng(0).normal(size=(120, WIDTH)).astype(np.float32))
    os.utime(other, ns=(1, 1))
    other.replace(file)
    assert payoff(what).now.wrong > 5


def test_a_head_that_was_fitted_is_remembered(file: Path) -> None:
    came = catalogue(WRONG)
    payoff(asked(file, came))
    assert module._answers.cache_info().currsize == 1
    what = asked(file, came, flips(came, split(came).train, TRUTH))
    payoff(what)
    fitted = module._answers.cache_info().misses
    payoff(what)
    assert module._answers.cache_info().misses == fitted
