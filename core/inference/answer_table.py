"""What a network says of many photos, as a table for people's spreadsheets. Needs no torch."""

from collections.abc import Sequence

from core.data.tables import write_table
from core.inference.answer import Answer

DECIMALS = 6
FIRST = ("file", "prediction", "probability", "second guess", "its probability", "I don't know", "problem")


def to_csv(answers: Sequence[Answer], classes: Sequence[str]) -> bytes:
    """A row a photo, in their order, with the probability of each class; one that was not read has only its problem.

    "I don't know" says whether the answer is less sure than the run's threshold asks; empty without a threshold.
    """
    return write_table((*FIRST, *(f"p({name})" for name in classes)), map(_row, answers))


def _row(answer: Answer) -> tuple[str, ...]:
    if answer.probabilities is None:
        return (answer.file, "", "", "", "", "", answer.problem, *("" for _ in answer.classes))
    first, second = answer.ranked[:2]
    shares = [f"{share:.{DECIMALS}f}" for share in answer.probabilities]
    unsure = "" if answer.threshold is None else "yes" if answer.refused else "no"
    return (answer.file, answer.classes[first], shares[first], answer.classes[second], shares[second], unsure, "",
            *shares)
