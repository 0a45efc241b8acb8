"""Groups of what pairs tie to each other, directly or through others."""

from collections import defaultdict
from collections.abc import Iterable
from typing import TypeVar

Name = TypeVar("Name", int, str)


def joined(pairs: Iterable[tuple[Name, Name]]) -> list[tuple[Name, ...]]:
    """The groups, each sorted, in the order of their least members. What no pair names is in none."""
    leader: dict[Name, Name] = {}

    def found(name: Name) -> Name:
        while (above := leader.setdefault(name, name)) != name:
            leader[name] = leader[above]        # halves the way for the next
            name = above
        return name

    for one, other in pairs:
        low, high = sorted((found(one), found(other)))
        leader[high] = low
    groups: dict[Name, list[Name]] = defaultdict(list)
    for name in sorted(leader):
        groups[found(name)].append(name)
    return [tuple(group) for _, group in sorted(groups.items())]
