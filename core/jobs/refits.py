"""Payoffs of edits from a process of their own, which has scikit-learn loaded and activations at hand."""

import sys
from collections.abc import Sequence

from core.cleaning.finding import Document
from core.cleaning.payoff import Payoff, PayoffRequest
from core.errors import MachineFault
from core.jobs.resident import Resident
from core.settings import Settings

PATIENCE_SECONDS = 30.0
IDLE_SECONDS = 600.0


class PayoffAnswer(Document):
    """A payoff, or why there is none."""

    payoff: Payoff | None = None
    problem: str = ""
    remedy: str = ""


class Refits:
    """The door to the refitter: started with the first request, one request at a time, safe between threads."""

    def __init__(self, settings: Settings, *, command: Sequence[str] = (), patience_seconds: float = PATIENCE_SECONDS,
                 idle_seconds: float = IDLE_SECONDS) -> None:
        self._resident = Resident(tuple(command) or (sys.executable, "-m", "core.jobs.refitter", str(idle_seconds)),
                                  "new fit", patience_seconds, settings.threads)

    @property
    def pid(self) -> int | None:
        return self._resident.pid

    def payoff(self, request: PayoffRequest) -> Payoff:
        """Wait for one's turn and for the answer.

        Raises MachineFault where the activations are gone, or the process takes too long or dies twice.
        """
        line = self._resident.ask(request.model_dump_json().encode() + b"\n")
        if not line:
            raise MachineFault("The new fit failed twice.", remedy="Go on: your changes are kept.")
        answer = PayoffAnswer.model_validate_json(line)
        if answer.payoff is None:
            raise MachineFault(answer.problem, remedy=answer.remedy)
        return answer.payoff

    def close(self) -> None:
        self._resident.close()
