import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest

from core.data.dataset import Dataset, Part, Sample, collect
from core.data.edits import Edit, apply_edits
from core.data.ingest import ingest
from core.data.split import Split, leaks, split, split_edited
from core.errors import TooFewImages, UserMistake
from core.events import PictureSkipped, drain
from core.settings import Settings


def sample(name: str, label: str, sha256: str = "", part: Part | None = None) -> Sample:
    return Sample(id=f"id of {name}", label=label, original_name=name, stored_name="", sha256=sha256 or name,
                  width=1, height=1, format="PNG", size_bytes=1, part=part)


def samples(label: str, count: int, part: Part | None = None) -> list[Sample]:
    return [sample(f"{part or ''}/{label}/{number:03}", label, part=part) for number in range(count)]


def labels(dataset: Dataset, ids: Sequence[str]) -> Counter[str]:
    by_id = {sample.id: sample.label for sample in dataset.samples}
    return Counter(by_id[id_] for id_ in ids)


def test_a_fifth_of_each_class_validates_by_default() -> None:
    dataset = collect("pets", samples("cat", 100) + samples("dog", 50) + samples("owl", 5))
    drawn = split(dataset)
    assert labels(dataset, drawn.valid) == {"cat": 20, "dog": 10, "owl": 1}
    assert labels(dataset, drawn.train) == {"cat": 80, "dog": 40, "owl": 4}
    assert (drawn.test, drawn.seed, drawn.source) == ((), 42, "drawn")


def test_a_class_of_two_has_one_on_each_side() -> None:
    dataset = collect("pets", samples("cat", 2) + samples("dog", 2))
    for share in (0.01, 0.2, 0.9):
        drawn = split(dataset, share)
        assert labels(dataset, drawn.valid) == labels(dataset, drawn.train) == {"cat": 1, "dog": 1}


def test_the_seed_moves_the_draw_and_repeats_it() -> None:
    dataset = collect("pets", samples("cat", 50) + samples("dog", 50))
    assert split(dataset, seed=1) == split(dataset, seed=1)
    assert split(dataset, seed=1).valid != split(dataset, seed=2).valid


def test_the_order_of_the_samples_does_not_matter() -> None:
    dataset = collect("pets", samples("cat", 30) + samples("dog", 30))
    shuffled = list(dataset.samples)
    random.Random(0).shuffle(shuffled)
    assert split(dataset) == split(replace(dataset, samples=tuple(shuffled)))


@pytest.mark.parametrize("seed", range(20))
def test_identical_pictures_stay_on_one_side(seed: int) -> None:
    copies = [replace(one, sha256=f"shared {number % 5}") for number, one in enumerate(samples("cat", 20))]
    dataset = collect("pets", copies + samples("dog", 20))
    drawn = split(dataset, seed=seed)
    assert leaks(dataset, drawn) == ()
    assert labels(dataset, drawn.valid)["cat"] == 4   # one group of five


@pytest.mark.parametrize("seed", range(20))
def test_a_picture_with_two_labels_trains_as_a_whole(seed: int) -> None:
    torn = [sample("cat/a", "cat", "same"), sample("dog/a", "dog", "same")]
    dataset = collect("pets", torn + samples("cat", 2) + samples("dog", 1))
    drawn = split(dataset, 0.5, seed)
    assert {one.id for one in torn} <= set(drawn.train)
    assert set(labels(dataset, drawn.valid)) == {"cat", "dog"}


def test_a_class_whose_pictures_are_all_the_same_cannot_be_split() -> None:
    twins = [sample("dog/1", "dog", "same"), sample("dog/2", "dog", "same")]
    with pytest.raises(TooFewImages) as caught:
        split(collect("pets", samples("cat", 5) + twins))
    assert "'dog'" in caught.value.problem and "copies" in caught.value.remedy


def test_a_class_whose_pictures_all_carry_another_label_too_cannot_be_split() -> None:
    shared = [sample(f"{label}/{number}", label, f"same {number}") for label in ("dog", "owl") for number in (1, 2)]
    with pytest.raises(TooFewImages, match="'dog'"):
        split(collect("pets", samples("cat", 5) + shared))


@pytest.mark.parametrize("share", [0, -0.1, 0.91, 1, float("nan")])
def test_a_share_that_leaves_a_side_empty_is_refused(share: float) -> None:
    with pytest.raises(UserMistake) as caught:
        split(collect("pets", samples("cat", 5) + samples("dog", 5)), share)
    assert f"{share:g}" in caught.value.problem and "0.9" in caught.value.remedy


def test_split_folders_are_honoured() -> None:
    parts: tuple[tuple[Part, int], ...] = (("train", 6), ("valid", 3), ("test", 2))
    dataset = collect("pets", [one for part, count in parts for label in ("cat", "dog")
                               for one in samples(label, count, part)])
    kept = split(dataset, valid_share=0.5, seed=7)
    assert (len(kept.train), len(kept.valid), len(kept.test)) == (12, 6, 4)
    assert kept.source == "folders"
    assert all(id_.startswith("id of valid/") for id_ in kept.valid)


def test_without_a_validation_folder_it_is_drawn_off_training_and_the_test_is_kept_apart() -> None:
    dataset = collect("pets", [one for label in ("cat", "dog")
                               for one in samples(label, 10, "train") + samples(label, 5, "test")])
    drawn = split(dataset)
    assert (len(drawn.train), len(drawn.valid), len(drawn.test)) == (16, 4, 10)
    assert drawn.source == "drawn"
    assert all(id_.startswith("id of test/") for id_ in drawn.test)
    assert all(id_.startswith("id of train/") for id_ in drawn.train + drawn.valid)


def test_a_class_that_the_training_folder_lacks_is_named() -> None:
    dataset = collect("pets", samples("cat", 4, "train") + samples("cat", 2, "valid") + samples("dog", 2, "valid"))
    with pytest.raises(TooFewImages) as caught:
        split(dataset)
    assert "'dog' has no training pictures" in caught.value.problem
    assert "train/dog" in caught.value.remedy


def test_pictures_that_stand_in_training_and_validation_folders_are_found() -> None:
    copies = [sample("train/cat/copy", "cat", "same", "train"), sample("valid/cat/copy", "cat", "same", "valid")]
    within = [sample(f"train/dog/{number}", "dog", "twins", "train") for number in (1, 2)]
    dataset = collect("pets", copies + within + samples("cat", 2, "train") + samples("dog", 2, "valid"))
    assert leaks(dataset, split(dataset)) == (("id of train/cat/copy", "id of valid/cat/copy"),)


def test_a_split_with_an_empty_side_cannot_be_born() -> None:
    with pytest.raises(TooFewImages, match="no training"):
        Split((), ("a",), (), 42, "drawn")
    with pytest.raises(TooFewImages, match="no validation"):
        Split(("a",), (), (), 42, "drawn")


@pytest.mark.parametrize(("train", "valid", "test"), [
    (("a", "b"), ("b",), ()), (("a",), ("b",), ("a",)), (("a", "a"), ("b",), ()),
])
def test_a_split_that_names_a_picture_twice_cannot_be_born(train: tuple[str, ...], valid: tuple[str, ...],
                                                          test: tuple[str, ...]) -> None:
    with pytest.raises(UserMistake, match="twice"):
        Split(train, valid, test, 42, "drawn")


@pytest.mark.parametrize(("name", "classes", "sizes"), [
    ("ants_bees", 2, (244, 153, 0)), ("clothing", 10, (600, 120, 179)),
])
def test_real_sets_come_whole_and_split(name: str, classes: int, sizes: tuple[int, int, int], settings: Settings,
                                        request: pytest.FixtureRequest) -> None:
    events, stored = drain(ingest(request.getfixturevalue(name), settings))
    assert not any(isinstance(event, PictureSkipped) for event in events)
    assert len(stored.catalogue.classes) == classes
    kept = split(stored.dataset())
    assert (len(kept.train), len(kept.valid), len(kept.test)) == sizes
    assert kept.source == "folders"
    assert leaks(stored.dataset(), kept) == ()


@pytest.mark.parametrize("seed", range(10))
def test_pictures_that_are_alike_stay_on_one_side_through_others_too(seed: int) -> None:
    dataset = collect("pets", samples("cat", 20) + samples("dog", 20))
    together = tuple((f"id of /cat/{number:03}", f"id of /cat/{number + 1:03}") for number in range(5))
    drawn = split(dataset, 0.5, seed, together)
    chain = {f"id of /cat/{number:03}" for number in range(6)}
    assert chain <= set(drawn.train) or chain <= set(drawn.valid)
    assert labels(dataset, drawn.valid)["dog"] == 10


def test_names_of_pictures_that_are_not_there_tie_nothing() -> None:
    dataset = collect("pets", samples("cat", 9) + samples("dog", 9))
    assert split(dataset, together=(("gone", "id of /cat/001"), ("id of /cat/002", "gone"))) == split(dataset)


def test_no_edit_moves_another_picture_to_the_other_side() -> None:
    dataset = collect("pets", samples("cat", 40) + samples("dog", 40))
    before = split(dataset)
    edits = [Edit(before.train[0], "remove"), Edit(before.valid[0], "remove"), Edit(before.valid[1], "relabel", "dog")]
    after = split_edited(dataset, apply_edits(dataset, edits))
    assert after.train == before.train[1:]
    assert after.valid == before.valid[1:]


def test_a_split_that_only_the_edits_make_possible_is_made_after_them() -> None:
    dataset = collect("pets", [*samples("cat", 9), *samples("dog", 9),
                               sample("owl/1", "owl", "twin"), sample("owl/2", "owl", "twin")])
    with pytest.raises(TooFewImages):
        split(dataset)
    edited = apply_edits(dataset, [Edit("id of owl/1", "relabel", "cat"), Edit("id of owl/2", "remove")])
    assert labels(edited, split_edited(dataset, edited).valid) == {"cat": 2, "dog": 2}


def test_a_new_class_of_validation_pictures_alone_is_refused() -> None:
    dataset = collect("pets", samples("cat", 20) + samples("dog", 20))
    edits = [Edit(id, "relabel", "owl") for id in split(dataset).valid[:2]]
    with pytest.raises(TooFewImages, match="'owl' has no training pictures"):
        split_edited(dataset, apply_edits(dataset, edits))
