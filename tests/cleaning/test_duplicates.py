from itertools import combinations
from typing import Any

import numpy as np
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from sklearn.metrics.pairwise import cosine_similarity

from core.cleaning import duplicates
from core.cleaning.duplicates import (
    LEAST_SIMILARITY,
    MOST_BITS,
    copies,
    exact_groups,
    findings,
    near_pairs,
    together,
)
from core.cleaning.finding import Finding
from core.data.dataset import Part, Sample
from tests.cleaning.made import hashes, pictures, sample

BASE = 0x0F0F_F0F0_1234_5678


def flipped(bits: int) -> int:
    return BASE ^ ((1 << bits) - 1)


def pairs_of(bits: list[int], activations: Any, samples: list[Sample] | None = None) -> list[tuple[int, int, float]]:
    return near_pairs(samples or pictures(["cat"] * len(bits)), np.array(bits, dtype=np.uint64),
                      np.array(activations, dtype=np.float32))


def all_pairs(bits: np.ndarray, activations: np.ndarray) -> list[tuple[int, int, float]]:
    """Every near pair, one by one, by scikit-learn."""
    alike = cosine_similarity(activations.astype(np.float64))
    return [(one, other, float(alike[one, other])) for one, other in combinations(range(len(bits)), 2)
            if int(bits[one] ^ bits[other]).bit_count() <= MOST_BITS and alike[one, other] >= LEAST_SIMILARITY]


def crowd(seed: int, count: int = 90) -> tuple[np.ndarray, np.ndarray]:
    """Hashes and activations of families that are more or less alike."""
    random = np.random.default_rng(seed)
    family = random.integers(0, 12, count)
    activations = np.abs(random.normal(1, 1, (12, 20)))[family] + np.abs(random.normal(0, 0.2, (count, 20)))
    bits = hashes(12, seed)[family]
    for _ in range(6):
        bits = bits ^ (np.uint64(1) << random.integers(0, 64, count).astype(np.uint64))
    return bits, activations.astype(np.float32)


def of(found: list[Finding], id: str) -> Finding | None:
    return next((finding for finding in found if finding.sample == id), None)


def test_pictures_of_one_content_are_a_group_in_the_order_of_their_first() -> None:
    samples = [sample("a", content="x"), sample("b", content="y"), sample("c"), sample("d", "dog", content="y"),
               sample("e", content="x"), sample("f", content="x")]
    assert exact_groups(samples) == ((0, 4, 5), (1, 3))
    assert exact_groups([]) == ()


@pytest.mark.parametrize("seed", range(4))
def test_near_pairs_tie_what_every_pair_would_tie_and_keep_each_picture_s_likest(seed: int) -> None:
    bits, activations = crowd(seed)
    expected = all_pairs(bits, activations)
    found = near_pairs(pictures(["cat"] * len(bits)), bits, activations)
    assert len(found) < len(expected)

    def groups(pairs: list[tuple[int, int, float]]) -> Any:
        one, other, value = zip(*pairs, strict=True)
        return connected_components(coo_array((value, (one, other)), (len(bits), len(bits))), directed=False)[1]

    assert np.array_equal(groups(found), groups(expected))
    for place in range(len(bits)):
        likest = [max((pair[2] for pair in pairs if place in pair[:2]), default=0.0) for pairs in (found, expected)]
        assert likest[0] == pytest.approx(likest[1], abs=1e-5)


def test_blocks_of_any_size_find_the_same_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    bits, activations = crowd(7)
    samples = pictures(["cat"] * len(bits))
    whole = near_pairs(samples, bits, activations)
    monkeypatch.setattr(duplicates, "BLOCK", 7)
    found = near_pairs(samples, bits, activations)
    assert [pair[:2] for pair in found] == [pair[:2] for pair in whole]
    assert [pair[2] for pair in found] == pytest.approx([pair[2] for pair in whole], abs=1e-6)


def test_a_pair_must_be_alike_both_to_the_eye_and_to_the_network() -> None:
    near, far = [1.0, 0.1], [0.5, 1.0]
    assert [pair[:2] for pair in pairs_of([BASE, flipped(MOST_BITS)], [near, near])] == [(0, 1)]
    assert pairs_of([BASE, flipped(MOST_BITS + 1)], [near, near]) == []
    assert pairs_of([BASE, BASE], [near, far]) == []


def test_the_very_same_picture_is_no_near_duplicate_of_itself() -> None:
    samples = [sample("a", content="x"), sample("b", content="x"), sample("c", content="y")]
    assert [pair[:2] for pair in pairs_of([BASE] * 3, [[1, 2]] * 3, samples)] == [(0, 2), (1, 2)]


def test_no_similarity_is_above_one_and_each_makes_a_finding() -> None:
    """A picture saved twice without loss has the same activations; their cosine in float32 may be 1.0000001."""
    activations = np.repeat(np.abs(np.random.default_rng(0).normal(0, 3, (60, 1024))), 2, axis=0).astype(np.float32)
    bits = np.repeat(hashes(60), 2)
    samples = pictures(["cat"] * 120)
    pairs = near_pairs(samples, bits, activations)
    assert len(pairs) == 60
    assert all(0.9999 < similarity <= 1 for _, _, similarity in pairs)
    assert len(findings(samples, {}, pairs, {})) == 60


def test_activations_of_nothing_are_like_nothing() -> None:
    assert pairs_of([BASE, BASE], [[0, 0], [0, 0]]) == []


def test_few_pictures_and_none_have_no_pairs() -> None:
    assert near_pairs([], np.empty(0, np.uint64), np.empty((0, 4), np.float32)) == []
    assert pairs_of([BASE], [[1.0]]) == []


def test_thousands_that_are_all_alike_are_one_group_of_as_few_pairs_as_can_be() -> None:
    count = 3000
    samples = pictures(["cat"] * count)
    pairs = near_pairs(samples, np.full(count, BASE, np.uint64), np.ones((count, 4), np.float32))
    assert len(pairs) == count - 1
    assert [len(group) for group in together(samples, pairs)] == [count]
    found = findings(samples, {}, pairs, {})
    assert len(found) == count - 1
    assert max(len(finding.others) for finding in found) <= duplicates.MOST_OTHERS


def test_a_chain_of_near_duplicates_is_one_group() -> None:
    samples = pictures(["cat"] * 6)
    chain = [(0, 1, 0.98), (1, 2, 0.99), (2, 3, 0.98), (4, 5, 1.0)]
    for pairs in (chain, chain[::-1]):
        assert together(samples, pairs) == (("0000", "0001", "0002", "0003"), ("0004", "0005"))
        found = findings(samples, {}, pairs, {})
        assert [finding.sample for finding in found] == ["0001", "0002", "0003", "0005"]
        last = of(found, "0003")
        assert last is not None and last.others == ("0000", "0001", "0002") and last.score == 0.98


def test_exact_and_near_copies_of_each_other_share_a_number() -> None:
    samples = [sample("a", content="x"), sample("b"), sample("c", content="x"), sample("d"), sample("e")]
    assert copies(samples, [(2, 3, 0.99)]).tolist() == [0, 1, 0, 0, 4]
    assert copies(samples, []).tolist() == [0, 1, 0, 3, 4]


def test_all_copies_but_the_one_to_stay_are_found() -> None:
    samples = [sample("a", content="x"), sample("b", content="x"), sample("c", content="x"), sample("d")]
    found = findings(samples, {}, [], {})
    assert [(finding.sample, finding.reason, finding.score, finding.others) for finding in found] == [
        ("b", "exact_duplicate", 1.0, ("a", "c")), ("c", "exact_duplicate", 1.0, ("a", "b"))]


@pytest.mark.parametrize(("side", "stays"), [
    ({"a": "train", "b": "valid"}, "b"), ({"a": "valid", "b": "test"}, "b"), ({"a": "train", "b": "train"}, "a")])
def test_the_copy_that_measures_stays(side: dict[str, Part], stays: str) -> None:
    samples = [sample("a", content="x"), sample("b", content="x")]
    # Float noise between copies of one content decides nothing.
    assert {finding.sample for finding in findings(samples, side, [], {"a": 0.94, "b": 0.86})} == {"a", "b"} - {stays}


def test_of_contradicting_copies_both_are_found_and_the_likelier_label_stays() -> None:
    samples = [sample("a", "cat", content="x"), sample("b", "dog", content="x")]
    found = findings(samples, {"a": "valid", "b": "train"}, [], {"a": 0.1, "b": 0.9})
    assert [(finding.sample, finding.score, finding.value) for finding in found] == [("b", 0.5, 1.0), ("a", 1.0, 1.0)]


def test_contradicting_near_duplicates_keep_their_similarity() -> None:
    samples = [sample("a", "cat"), sample("b", "dog")]
    found = findings(samples, {}, [(0, 1, 0.98)], {"a": 0.9, "b": 0.1})
    assert [(finding.sample, finding.score, finding.value) for finding in found] == [("a", 0.49, 0.98),
                                                                                   ("b", 0.98, 0.98)]


def test_of_a_large_group_a_finding_names_the_first_and_every_other_label_and_side(
        monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duplicates, "MOST_OTHERS", 5)
    samples = [sample(f"{number:02}", "dog" if number == 30 else "cat", content="x") for number in range(40)]
    side: dict[str, Part] = {"25": "valid"}
    found = findings(samples, side, [], {one.id: 0.9 for one in samples})
    assert len(found) == 40
    for finding in found:
        assert 4 <= len(finding.others) <= 5 and finding.sample not in finding.others
        assert {"25", "30"} - {finding.sample} <= set(finding.others)
    stays = [finding.sample for finding in found if finding.score == 0.5]
    assert stays == ["25"]
