"""Whose turn it is: the order of the queue as a function of what waits and who was served when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.jobs.orders import URGENCY, Kind


@dataclass(frozen=True, slots=True)
class Waiting:
    """A queued job as far as its turn is concerned."""

    id: str
    owner: str
    kind: Kind
    created: float               # seconds since 1970


def fair(queued: Sequence[Waiting], last_served: Mapping[str, float]) -> tuple[Waiting, ...]:
    """Turn by turn: urgent kinds first, then whoever was served longest ago; a visitor's own jobs as they came.

    A visitor's second job comes behind every other visitor's first one. `queued` is in the order of `created`;
    `last_served` tells by owner when a job of theirs was last started.
    """
    rounds: dict[tuple[int, str], int] = {}
    keyed = []
    for job in queued:
        urgency = URGENCY.get(job.kind, len(URGENCY))       # a kind of another version: it comes to be refused
        turn = rounds.get((urgency, job.owner), 0)
        rounds[urgency, job.owner] = turn + 1
        keyed.append(((urgency, turn, last_served.get(job.owner, 0.0), job.created), job))
    return tuple(job for _, job in sorted(keyed, key=lambda pair: pair[0]))
