from collections.abc import Sequence
from dataclasses import replace

import pytest

from core.cleaning.duplicates import findings as copies_among
from core.cleaning.finding import Finding, Findings, Reason
from core.cleaning.queue import WORTH, Item, Suggestion, counts, keep, of_reasons, queue
from core.data.dataset import Dataset, Part, Sample
from core.data.edits import Edit, apply_edits, named, undo_of
from tests.cleaning.made import dataset, sample

CATS = [sample(f"c{number}", "cat") for number in range(4)]
DOGS = [sample(f"d{number}", "dog") for number in range(4)]
OWLS = [sample(f"o{number}", "сова") for number in range(4)]
PETS = dataset([*CATS, *DOGS, *OWLS])
DOUBT = Finding(sample="c0", reason="label", score=0.9, label="dog", value=0.95)
DARK = Finding(sample="c1", reason="dark", score=0.5, value=0.1)


def found(*findings: Finding, edits: int = 0) -> Findings:
    return Findings(fingerprint="f", edits=edits, pictures=12, findings=findings)


def left(of: Findings, *edits: Edit, pets: Dataset = PETS, side: dict[str, Part] | None = None) -> tuple[Item, ...]:
    log = named(edits)
    return queue(of, apply_edits(pets, log), side or {}, log)


def ids(items: Sequence[Item]) -> list[str]:
    return [item.sample.id for item in items]


def twins(*labels: str) -> tuple[Dataset, Findings]:
    """Copies x0, x1 ... of one picture with these labels among the pets, and what is found of them."""
    members = [sample(f"x{number}", label, content="same") for number, label in enumerate(labels)]
    pets = dataset([*PETS.samples, *members])
    return pets, found(*copies_among(pets.samples, {}, [], {}))


def test_a_picture_with_reasons_comes_once_with_the_weightiest_first() -> None:
    item, = left(found(replaced(DARK, sample="c0"), DOUBT))
    assert item.reasons == ("label", "dark")
    assert item.gain == pytest.approx(0.9 * WORTH["label"])
    assert (item.sample, item.part, item.others, item.contradicting, item.leak) == (CATS[0], "train", (), False, False)


def replaced(finding: Finding, **values: object) -> Finding:
    return finding.model_copy(update=values)


def test_pictures_come_in_the_order_of_their_gain_and_equals_in_that_of_their_names() -> None:
    of = found(replaced(DARK, sample="d1"), replaced(DARK, sample="c3"), DOUBT, replaced(DARK, sample="o0", score=0.9))
    assert ids(left(of)) == ["c0", "o0", "c3", "d1"]


def test_nothing_found_leaves_nothing() -> None:
    assert left(found()) == ()
    assert counts(()) == {} and of_reasons((), ["dark"]) == ()


@pytest.mark.parametrize("action", ["relabel", "remove", "keep"])
def test_a_decision_ends_a_doubt_and_its_undo_brings_it_back(action: str) -> None:
    of = found(DOUBT)
    item, = left(of)
    edit = {"relabel": Edit("c0", "relabel", "dog"), "remove": Edit("c0", "remove"), "keep": keep(item, "me")}[action]
    edit = replace(edit, gesture="g")
    assert left(of, edit) == ()
    assert left(of, edit, undo_of("g")) == (item,)
    assert left(of, edit, replace(undo_of("g"), gesture="u"), undo_of("u")) == ()


def test_to_give_another_label_than_the_suggested_one_is_a_decision_too() -> None:
    assert left(found(DOUBT), Edit("c0", "relabel", "сова")) == ()


def test_a_kept_picture_is_kept_in_spite_of_the_reasons_that_were_shown_and_of_no_other() -> None:
    first = found(DOUBT)
    edit = keep(left(first)[0], "me")
    assert (edit.action, edit.who, edit.why) == ("keep", "me", "label")
    again, = left(found(DOUBT, replaced(DARK, sample="c0"), edits=1), edit)
    assert again.reasons == ("dark",)
    several, = left(found(DOUBT, replaced(DARK, sample="c0")))
    assert left(found(DOUBT, replaced(DARK, sample="c0")), keep(several, "me")) == ()


def test_a_relabel_before_the_look_is_no_answer_to_it() -> None:
    earlier = Edit("c0", "relabel", "сова")
    assert left(found(replaced(DOUBT, label="dog"), edits=1), earlier)[0].suggestion == Suggestion("relabel", "dog")
    assert left(found(replaced(DOUBT, label="сова"), edits=0), earlier) == ()


def test_a_doubt_whose_label_the_picture_has_by_an_undo_is_answered() -> None:
    log = [Edit("c0", "relabel", "dog", gesture="g"), undo_of("g")]
    assert left(found(replaced(DOUBT, label="cat"), edits=1), *log) == ()


def test_a_relabel_does_not_make_a_dark_picture_bright() -> None:
    assert left(found(DARK), Edit("c1", "relabel", "dog"))[0].reasons == ("dark",)


def test_findings_of_pictures_that_the_data_set_no_longer_has_are_passed_over() -> None:
    assert ids(left(found(replaced(DARK, sample="gone"), DOUBT, DARK), Edit("c0", "remove"))) == ["c1"]
    restored = left(found(DARK), Edit("c1", "remove"), Edit("c1", "restore"))
    assert ids(restored) == ["c1"]


def test_of_copies_that_agree_all_but_one_are_shown_and_suggested_to_go() -> None:
    pets, of = twins("cat", "cat", "cat")
    items = left(of, pets=pets)
    assert ids(items) == ["x1", "x2"]
    assert {item.suggestion for item in items} == {Suggestion("remove")}
    assert [one.id for one in items[0].others] == ["x0", "x2"]
    assert not items[0].contradicting and items[0].gain == WORTH["exact_duplicate"]


def test_once_no_other_copy_stands_none_is_shown() -> None:
    pets, of = twins("cat", "cat")
    assert left(of, Edit("x0", "remove"), pets=pets) == ()
    assert left(of, Edit("x1", "remove"), pets=pets) == ()


def test_where_the_copy_to_stay_was_removed_the_next_one_stays() -> None:
    pets, of = twins("cat", "cat", "cat")
    item, = left(of, Edit("x0", "remove"), pets=pets)
    assert (item.sample.id, [one.id for one in item.others]) == ("x2", ["x1"])
    assert ids(left(of, Edit("x0", "remove", gesture="g"), undo_of("g"), pets=pets)) == ["x1", "x2"]


def test_of_contradicting_copies_all_are_shown_and_to_the_likelier_nothing_is_suggested() -> None:
    pets, of = twins("cat", "dog")
    items = left(of, pets=pets)
    assert [(item.sample.id, item.suggestion) for item in items] == [("x1", Suggestion("remove")), ("x0", None)]
    assert all(item.contradicting for item in items)
    assert [item.gain for item in items] == [1.0, 0.5]


@pytest.mark.parametrize("labels", [("cat", "cat", "cat"), ("cat", "dog"), ("cat", "dog", "сова"),
                                    ("dog", "cat", "cat", "dog")])
@pytest.mark.parametrize("gone", [None, 0, 1])
def test_whatever_is_suggested_can_be_done_at_once_and_a_copy_stays(labels: tuple[str, ...], gone: int | None) -> None:
    pets, of = twins(*labels)
    log = [] if gone is None else [Edit(f"x{gone}", "remove")]
    suggested = [Edit(item.sample.id, "remove") for item in left(of, *log, pets=pets)
                 if item.suggestion == Suggestion("remove")]
    assert len(suggested) == len(labels) - len(log) - 1
    standing = apply_edits(pets, named([*log, *suggested])).samples
    assert sum(one.sha256 == "same" for one in standing) == 1
    assert left(of, *log, *suggested, pets=pets) == ()


def test_once_their_labels_agree_one_of_two_copies_is_shown() -> None:
    pets, of = twins("cat", "dog")
    item, = left(of, Edit("x1", "relabel", "cat"), pets=pets)
    assert (item.sample.id, item.contradicting, item.suggestion) == ("x1", False, Suggestion("remove"))


def test_a_copy_on_another_side_of_the_split_is_a_leak_and_weighs_more() -> None:
    pets, of = twins("cat", "cat")
    item, = left(of, pets=pets, side={"x0": "valid", "x1": "train"})
    assert item.leak and item.gain == 1.0
    assert (item.part, item.others[0].id) == ("train", "x0")
    item, = left(of, pets=pets, side={"x0": "valid", "x1": "valid"})
    assert not item.leak and item.part == "valid"


def test_a_copy_that_was_kept_is_not_shown_again_and_the_others_are() -> None:
    pets, of = twins("cat", "cat", "cat")
    first = left(of, pets=pets)[0]
    assert ids(left(of, keep(first, "me"), pets=pets)) == ["x2"]


def test_nothing_is_suggested_to_what_only_looks_strange() -> None:
    item, = left(found(Finding(sample="c2", reason="outlier", score=0.7, value=3.0)))
    assert item.suggestion is None
    assert left(found(DOUBT))[0].suggestion == Suggestion("relabel", "dog")


def test_pictures_are_counted_once_a_reason_in_the_order_of_worth() -> None:
    items = left(found(DARK, DOUBT, replaced(DARK, sample="c0"), replaced(DARK, sample="d0", reason="blurred")))
    assert list(counts(items).items()) == [("label", 1), ("dark", 2), ("blurred", 1)]


@pytest.mark.parametrize(("reasons", "expected"), [
    ((), ["c0", "c1"]), (("dark",), ["c1"]), (("dark", "label"), ["c0", "c1"]), (("tiny",), [])])
def test_reasons_choose_pictures(reasons: tuple[Reason, ...], expected: list[str]) -> None:
    assert ids(of_reasons(left(found(DOUBT, DARK)), reasons)) == expected


def test_a_large_queue_keeps_every_picture() -> None:
    samples: list[Sample] = [sample(f"{number:05}", "cat" if number % 2 else "dog") for number in range(4_000)]
    pets = dataset(samples)
    of = found(*(Finding(sample=one.id, reason="dark", score=0.5, value=0.1) for one in samples))
    log = [Edit(one.id, "keep", why="dark") for one in samples[:1000]]
    assert len(left(of, *log, pets=pets)) == 3_000
