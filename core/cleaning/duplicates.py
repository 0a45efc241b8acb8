"""Pictures that are there more than once: the same bytes, or the same scene taken or saved twice."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from core.cleaning.finding import Finding, Reason
from core.data.dataset import Part, Sample

# Of 64 bits. Alone it would take pictures of one kind for copies (131 pairs of the coins, at the distance that their
# planted near duplicates need); it only says where activations are worth comparing.
MOST_BITS = 16
LEAST_SIMILARITY = 0.975      # cosine of raw activations: the coins' planted pairs have 0.985 and more, others to 0.966
BLOCK = 1024                  # rows compared at a time: 8 MB of distances a thousand pictures
Rank = Callable[[Sample], tuple[float, ...]]


def exact_groups(samples: Sequence[Sample]) -> tuple[tuple[int, ...], ...]:
    """Places of pictures of one content, groups of two and more, in the order of their first members."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, sample in enumerate(samples):
        places[sample.sha256].append(place)
    return tuple(tuple(group) for group in places.values() if len(group) > 1)


def near_pairs(samples: Sequence[Sample], hashes: NDArray[np.uint64],
               activations: NDArray[np.float32]) -> list[tuple[int, int, float]]:
    """(place, place, similarity) of pictures that are nearly the same and not the very same, the first place less.

    `hashes` (N,): perceptual hashes; `activations` (N, C): raw, not standardised.
    """
    pairs = []
    for one, other in _alike_to_the_eye(hashes):
        if samples[one].sha256 != samples[other].sha256:
            similarity = _cosine(activations[one], activations[other])
            if similarity >= LEAST_SIMILARITY:
                pairs.append((one, other, similarity))
    return pairs


def together(samples: Sequence[Sample], pairs: Sequence[tuple[int, int, float]]) -> tuple[tuple[str, ...], ...]:
    """Ids of near duplicates, a group each: what a split must keep on one side. Exact ones it knows by itself."""
    return tuple(tuple(samples[place].id for place in group) for group in _joined(pairs))


def findings(samples: Sequence[Sample], side: dict[str, Part], pairs: Sequence[tuple[int, int, float]],
             plausible: dict[str, float]) -> list[Finding]:
    """A finding on every copy but the one to stay, and on that one too where labels contradict each other.

    `side`: where each picture stands in the split; `plausible`: how likely its label is, by cross-validation. The copy
    to stay is the one with the likelier label, then that which measures (test, validation), so that cleaning leaves the
    ruler as it is.
    """
    def rank(sample: Sample) -> tuple[float, ...]:
        return -round(plausible.get(sample.id, 0.0), 1), ("test", "valid", "train").index(side.get(sample.id, "train"))

    found: list[Finding] = []
    for group in exact_groups(samples):
        found += _of_group([samples[place] for place in group], rank, "exact_duplicate", None)
    similarity = {frozenset((samples[one].id, samples[other].id)): value for one, other, value in pairs}
    for group in _joined(pairs):
        found += _of_group([samples[place] for place in group], rank, "near_duplicate", similarity)
    return found


def _of_group(members: list[Sample], rank: Rank, reason: Reason,
              similarity: dict[frozenset[str], float] | None) -> Iterator[Finding]:
    contradicting = len({sample.label for sample in members}) > 1
    # Copies of one content have one plausibility a label: it only decides where labels differ.
    ordered = sorted(members, key=lambda sample: (rank(sample) if contradicting else rank(sample)[1:],
                                                  sample.original_name))
    for place, sample in enumerate(ordered):
        if place or contradicting:
            others = tuple(other.id for other in ordered if other is not sample)
            alike = max((similarity.get(frozenset((sample.id, other)), 0.0) for other in others),
                        default=0.0) if similarity else 1.0
            yield Finding(sample=sample.id, reason=reason, score=alike if place else alike / 2, others=others,
                          value=alike)


def _alike_to_the_eye(hashes: NDArray[np.uint64]) -> Iterator[tuple[int, int]]:
    for start in range(0, len(hashes), BLOCK):
        block = hashes[start:start + BLOCK]
        close = np.bitwise_count(block[:, None] ^ hashes[None, start:]) <= MOST_BITS
        for one, other in np.argwhere(np.triu(close, 1)):
            yield start + int(one), start + int(other)


def _cosine(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    return float(one @ other / max(float(np.linalg.norm(one) * np.linalg.norm(other)), 1e-12))


def _joined(pairs: Sequence[tuple[int, int, float]]) -> list[tuple[int, ...]]:
    """Groups of places that pairs tie to each other, directly or through others."""
    leader: dict[int, int] = {}

    def found(place: int) -> int:
        while (above := leader.setdefault(place, place)) != place:
            place = above
        return place

    for one, other, _ in pairs:
        low, high = sorted((found(one), found(other)))
        leader[high] = low
    groups: dict[int, list[int]] = defaultdict(list)
    for place in sorted(leader):
        groups[found(place)].append(place)
    return [tuple(group) for _, group in sorted(groups.items())]
