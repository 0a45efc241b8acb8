"""The faults that are planted among the coins: what is wrong with which picture, and where they go."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

FaultKind = Literal["exact_duplicate", "near_duplicate", "wrong_label", "no_such_thing", "coin_at_one_end"]

# Shares of a class: 17 pictures of 200, which is 8.5 %.
SHARES: dict[FaultKind, float] = {
    "exact_duplicate": 0.020,
    "near_duplicate": 0.015,
    "wrong_label": 0.020,
    "no_such_thing": 0.015,
    "coin_at_one_end": 0.015,
}
LEAST_PER_CLASS = 16  # eight faulted pictures, and as many sound ones


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one picture, by purpose.

    `true_label` tells what a wrongly filed picture shows. A duplicate that has one is a copy filed
    under another class than its original: it is at once a duplicate and a wrong label.
    """

    file: str                       # "gold/0012.jpg", relative to the set's folder
    kind: FaultKind
    of: str | None = None           # the other file of a duplicate
    true_label: str | None = None   # where the label is wrong and the picture does show a coin


def name(label: str, index: int) -> str:
    return f"{label}/{index:04d}.jpg"


def plan(classes: tuple[str, ...], per_class: int, seed: int) -> tuple[Fault, ...]:
    """Which pictures are faulted, in the order of their files. A picture has one fault at most.

    Originals of duplicates are sound pictures. One exact duplicate a class (the last) lies in
    another class than its original.
    """
    if per_class < LEAST_PER_CLASS:
        raise ValueError(f"per_class must be {LEAST_PER_CLASS} or more, not {per_class}")
    rng = np.random.default_rng((seed, len(classes)))
    counts = {kind: max(2 if kind == "exact_duplicate" else 1, round(share * per_class))
              for kind, share in SHARES.items()}
    orders = {label: list(rng.permutation(per_class)) for label in classes}
    faulted = {label: orders[label][: sum(counts.values())] for label in classes}
    sound = {label: orders[label][sum(counts.values()):] for label in classes}

    faults = []
    for position, label in enumerate(classes):
        other = classes[(position + 1) % len(classes)]
        indices = iter(faulted[label])
        for kind, count in counts.items():
            for number in range(count):
                file = name(label, next(indices))
                if kind == "exact_duplicate" and number == count - 1:
                    faults.append(Fault(file, kind, of=name(other, sound[other].pop()), true_label=other))
                elif kind in ("exact_duplicate", "near_duplicate"):
                    faults.append(Fault(file, kind, of=name(label, sound[label].pop())))
                elif kind == "wrong_label":
                    truth = classes[(position + 1 + number % (len(classes) - 1)) % len(classes)]
                    faults.append(Fault(file, kind, true_label=truth))
                else:
                    faults.append(Fault(file, kind))
    return tuple(sorted(faults, key=lambda fault: fault.file))
