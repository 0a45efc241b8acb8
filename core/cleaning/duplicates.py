"""Pictures that are there more than once: the same bytes, or the same scene taken or saved twice."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from core.cleaning.finding import Finding, Reason
from core.data.dataset import Part, Sample
from core.data.joined import joined

# Of 64 bits. Alone it would take pictures of one kind for copies (131 pairs of the coins, at the distance that their
# planted near duplicates need); it only says where activations are worth comparing.
MOST_BITS = 16
LEAST_SIMILARITY = 0.975      # cosine of raw activations: the coins' planted pairs have 0.985 and more, others to 0.966
BLOCK = 512                   # rows compared at a time: 4 MB of distances a thousand pictures
# Named with each: more than a person looks through, of the thousands that a downloaded "no picture" can come as.
MOST_OTHERS = 99
Pair = tuple[int, int, float]
Rank = Callable[[Sample], tuple[float, ...]]


def exact_groups(samples: Sequence[Sample]) -> tuple[tuple[int, ...], ...]:
    """Places of pictures of one content, groups of two and more, in the order of their first members."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, sample in enumerate(samples):
        places[sample.sha256].append(place)
    return tuple(tuple(group) for group in places.values() if len(group) > 1)


def near_pairs(samples: Sequence[Sample], hashes: NDArray[np.uint64],
               activations: NDArray[np.float32]) -> list[Pair]:
    """(place, place, similarity) of pictures that are nearly the same and not the very same, the first place less.

    `hashes` (N,): perceptual hashes; `activations` (N, C): raw, not standardised. Of several that are all alike, only
    the pairs that tie the group together, the most similar ones: fewer than N, and with each picture its likest.
    """
    contents = np.unique([sample.sha256 for sample in samples], return_inverse=True)[1]
    tied = np.empty((0, 3))
    for start in range(0, len(hashes), BLOCK):
        found = _alike(start, hashes, contents, activations)
        if len(found):
            tied = _strongest(np.concatenate([tied, found]), len(hashes))
    return [(int(one), int(other), float(similarity)) for one, other, similarity in tied]


def together(samples: Sequence[Sample], pairs: Sequence[Pair]) -> tuple[tuple[str, ...], ...]:
    """Ids of near duplicates, a group each: what a split must keep on one side. Exact ones it knows by itself."""
    return tuple(tuple(samples[place].id for place in group) for group in joined(_tied(pairs)))


def copies(samples: Sequence[Sample], pairs: Sequence[Pair]) -> NDArray[np.int64]:
    """(N,): the same number for copies of each other, exact and near, directly or through others."""
    numbers = np.arange(len(samples))
    exact = [(group[0], other) for group in exact_groups(samples) for other in group[1:]]
    for group in joined([*exact, *_tied(pairs)]):
        numbers[list(group)] = group[0]
    return numbers


def findings(samples: Sequence[Sample], side: dict[str, Part], pairs: Sequence[Pair],
             plausible: dict[str, float]) -> list[Finding]:
    """A finding on every copy but the one to stay, and on that one too where labels contradict each other.

    `side`: where each picture stands in the split; `plausible`: how likely its label is, by cross-validation. The copy
    to stay is the one with the likelier label, then that which measures (test, validation), so that cleaning leaves the
    ruler as it is. It comes first of its group, and the others in the order in which they would stay in its place.
    """
    def rank(sample: Sample) -> tuple[float, ...]:
        return -round(plausible.get(sample.id, 0.0), 1), ("test", "valid", "train").index(side.get(sample.id, "train"))

    likest: dict[str, float] = defaultdict(float)
    for one, other, similarity in pairs:
        for id in (samples[one].id, samples[other].id):
            likest[id] = max(likest[id], similarity)
    found: list[Finding] = []
    for group in exact_groups(samples):
        found += _of_group([samples[place] for place in group], side, rank, "exact_duplicate", lambda _: 1.0)
    for group in joined(_tied(pairs)):
        found += _of_group([samples[place] for place in group], side, rank, "near_duplicate", likest.__getitem__)
    return found


def _of_group(members: list[Sample], side: dict[str, Part], rank: Rank, reason: Reason,
              alike: Callable[[str], float]) -> Iterator[Finding]:
    contradicting = len({sample.label for sample in members}) > 1
    # Copies of one content have one plausibility a label: it only decides where labels differ.
    ordered = sorted(members, key=lambda sample: (rank(sample) if contradicting else rank(sample)[1:],
                                                  sample.original_name))
    named = _named(ordered, side)
    for place, sample in enumerate(ordered):
        if place or contradicting:
            value = alike(sample.id)
            yield Finding(sample=sample.id, reason=reason, score=value if place else value / 2, value=value,
                          others=tuple(id for id in named if id != sample.id))


def _named(ordered: Sequence[Sample], side: dict[str, Part]) -> list[str]:
    """Whom a finding names: of a large group the first of each label and side, then the first of the rest."""
    if len(ordered) <= MOST_OTHERS:
        return [sample.id for sample in ordered]
    telling = {(sample.label, side.get(sample.id, "train")): sample.id for sample in reversed(ordered)}
    firsts = dict.fromkeys([ordered[0].id, *telling.values(), *(sample.id for sample in ordered)])
    chosen = set(islice(firsts, MOST_OTHERS))
    return [sample.id for sample in ordered if sample.id in chosen]


def _alike(start: int, hashes: NDArray[np.uint64], contents: NDArray[np.int64], activations: NDArray[np.float32]
           ) -> NDArray[np.float64]:
    """(pairs, 3) of a block's pictures with those that come after them."""
    rows, later = slice(start, start + BLOCK), slice(start, None)
    close = np.bitwise_count(hashes[rows, None] ^ hashes[None, later]) <= MOST_BITS
    close &= contents[rows, None] != contents[None, later]
    close = np.triu(close, 1)
    some, others = np.flatnonzero(close.any(axis=1)), np.flatnonzero(close.any(axis=0))
    # Activations of ReLUs are 0 and more, and so are these. Rounding may take them just above 1.
    similarity = np.minimum(_unit(activations[start + some]) @ _unit(activations[start + others]).T, 1)
    one, other = np.nonzero(close[np.ix_(some, others)] & (similarity >= LEAST_SIMILARITY))
    return np.column_stack([start + some[one], start + others[other], similarity[one, other]])


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True).astype(np.float32)
    unit: NDArray[np.float32] = vectors / np.maximum(lengths, np.float32(1e-12))
    return unit


def _strongest(pairs: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Of (pairs, 3) those of the maximum spanning forest, in the order of their places."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import minimum_spanning_tree

    places = pairs[:, :2].astype(np.int64)
    # A distance of 0 would be no pair at all.
    forest = minimum_spanning_tree(csr_array((2 - pairs[:, 2], (places[:, 0], places[:, 1])), (count, count))).tocoo()
    order = np.lexsort((forest.col, forest.row))
    return np.column_stack([forest.row, forest.col, 2 - forest.data])[order]


def _tied(pairs: Sequence[Pair]) -> list[tuple[int, int]]:
    return [(one, other) for one, other, _ in pairs]
