"""The process behind `refits`: `python -m core.jobs.refitter` answers requests, one JSON line each, until idle."""

import sys

from core.cleaning.payoff import PayoffRequest, payoff
from core.errors import PlaygroundError
from core.jobs.answering import serve
from core.jobs.refits import IDLE_SECONDS, PayoffAnswer

MEMORY_BYTES = 6 << 30       # of addresses: 20,000 pictures' activations, mapped, and a float64 copy of them


def answer(line: bytes) -> bytes:
    """The answer's line to a request's line."""
    try:
        told = PayoffAnswer(payoff=payoff(PayoffRequest.model_validate_json(line)))
    except PlaygroundError as error:
        told = PayoffAnswer(problem=error.problem, remedy=error.remedy)
    return told.model_dump_json().encode() + b"\n"


if __name__ == "__main__":
    import sklearn.linear_model  # now, while nobody waits
    import sklearn.pipeline
    import sklearn.preprocessing  # noqa: F401

    serve(answer, float(sys.argv[1]) if len(sys.argv) > 1 else IDLE_SECONDS, MEMORY_BYTES)
