"""`certificate.json`: that an export answers as its run did, or by how little it does not. Needs no torch."""

import math
from typing import Literal

from core.runs.folder import Document

CERTIFICATE = "certificate.json"
PROBABILITY_TOLERANCE = 1e-3
TIE = 2e-3                       # two best probabilities this near to each other may change places

WeightsFormat = Literal["float32", "float16"]


def at_most(difference: float) -> str:
    """A difference that this is not less than, in one digit: "2e-6" for 0.0000014, "0.003" for 0.0021."""
    if difference <= 0:
        return "0"
    power = math.floor(math.log10(difference))
    digit = math.ceil(round(difference / 10.0**power, 6))
    digit, power = (1, power + 1) if digit == 10 else (digit, power)
    return f"{digit}e{power}" if power < -3 else f"{digit * 10.0**power:.3g}"


class Certificate(Document):
    """What was compared, how near it came, and of which files it is true.

    With weights of float32 every answer is the run's within the tolerance; with those of float16, whose rounding moves
    answers, no tolerance was asked for: the figures say what it cost.
    """

    format_version: int = 1
    pictures: int                # validation pictures, from their original bytes
    same_class: int              # of float32 weights, the rest are ties within `tie`
    largest_difference: float    # of any probability
    weights: WeightsFormat = "float32"
    correct: int | None = None           # of the pictures, by the export's own answers
    correct_of_run: int | None = None    # and by the run's
    probability_tolerance: float | None = PROBABILITY_TOLERANCE
    tie: float | None = TIE
    temperature: float | None = None     # at which the run's stored logits were compared
    versions: dict[str, str]
    files: dict[str, str]        # sha256 of each file that took part, by its path in the export
