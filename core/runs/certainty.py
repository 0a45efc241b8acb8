"""How sure is sure enough, as a person has decided for a run: a threshold, a temperature, both or none.

It lies in the run's folder as `certainty.json`, and prediction and export go by it.
"""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationError

from core.data.cache import written_aside
from core.errors import BadRun, UserMistake
from core.interpretation.coverage import Standing
from core.interpretation.temperature import Judgement
from core.runs.folder import Document, RunFolder

NO_DOCUMENT = "it is damaged"
LONGEST_VALUE = 40           # letters of a wrong one that are shown
NONE = "none"                # in the place of a threshold, on the command line

Share = Annotated[float, Field(gt=0, lt=1)]
Temperature = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class KeptThreshold(Document):
    """Below this top probability the answer is "I don't know"; and what it did to the validation pictures."""

    value: Share                 # of probabilities at the temperature in use
    answered: int
    right: int                   # among the answered
    refused: int
    refused_right: int
    when: str                    # ISO 8601, UTC

    @classmethod
    def of(cls, standing: Standing) -> Self:
        """Raises UserMistake for a threshold that is no share."""
        require_share(standing.threshold)
        return cls(value=standing.threshold, answered=standing.answered, right=standing.right,
                   refused=standing.refused, refused_right=standing.refused_right, when=_now())


class KeptTemperature(Document):
    """Logits are divided by it before the softmax; and what it was found and judged on."""

    value: Temperature
    fitted_on: int               # validation pictures
    judged_on: int               # each at a temperature that was found without it
    loss_before: float           # mean cross-entropy of the judged ones, nats
    loss_after: float
    ece_before: float            # expected calibration error of the judged ones, 0 to 1
    ece_after: float
    standard_error: float        # of the fall of the loss
    when: str                    # ISO 8601, UTC

    @classmethod
    def of(cls, judgement: Judgement) -> Self:
        figures = asdict(judgement)
        return cls(value=figures.pop("temperature"), **figures, when=_now())


class Certainty(Document):
    """What prediction and export go by. Nothing of it changes which class is the most probable."""

    format_version: Literal[1] = 1
    threshold: KeptThreshold | None = None
    temperature: KeptTemperature | None = None

    @property
    def least(self) -> float | None:
        """The threshold's value."""
        return self.threshold.value if self.threshold else None

    @property
    def heat(self) -> float | None:
        """The temperature's value."""
        return self.temperature.value if self.temperature else None


def read(run: RunFolder) -> Certainty:
    """What is kept for the run; none of both where nothing is. Raises BadRun for a damaged file."""
    try:
        return Certainty.model_validate_json(run.certainty.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Certainty()
    except (OSError, ValueError) as error:
        raise BadRun(f"The threshold and the temperature of the run '{run.path}' cannot be read ({_why(error)}).",
                     remedy=f"Delete the file '{run.certainty}': then every answer counts, at no temperature, until "
                            "they are chosen again. The network itself is not touched by that.") from error


def write(run: RunFolder, certainty: Certainty) -> None:
    """Keep it for the run; no file stays where there is neither. Raises BadRun where the folder cannot be written."""
    try:
        if certainty == Certainty():
            run.certainty.unlink(missing_ok=True)
            return
        with written_aside(run.certainty) as aside:
            aside.write_text(certainty.model_dump_json(indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise BadRun(f"Your choice cannot be kept in '{run.path}': {error.strerror}.",
                     remedy="See that the run's folder is there and may be written to, then choose again.") from error


def threshold_in(text: str) -> float | None:
    """The threshold that a person typed ("0.7", "70%"); None for "none". Raises UserMistake for anything else."""
    if text.strip().lower() == NONE:
        return None
    number, percent, rest = text.strip().partition("%")
    try:
        value = round(float(number) / 100, 9) if percent else float(number)
    except ValueError:
        value = float("nan")
    require_share(float("nan") if rest else value, text)
    return value


def require_share(value: float, typed: str | None = None) -> None:
    """Raises UserMistake for a threshold that no top probability could miss, or none could reach."""
    if not 0 < value < 1:
        raise UserMistake(f"'{f'{value:g}' if typed is None else typed}' is no threshold.",
                          remedy=f"Choose a probability between 0 and 1, such as 0.7 or 70%, or {NONE} to always "
                                 "answer.")


def _why(error: Exception) -> str:
    """In a person's words."""
    if isinstance(error, OSError):
        return error.strerror or str(error)
    if not isinstance(error, ValidationError):       # bytes that are no text
        return NO_DOCUMENT
    first = error.errors()[0]
    place = ".".join(map(str, first["loc"]))
    if not place:
        return NO_DOCUMENT
    if first["type"] == "missing":
        return f"it lacks '{place}'"
    if first["type"] == "extra_forbidden":
        return f"it has '{place}', which nothing here knows"
    return f"'{place}' cannot be {json.dumps(first['input'])[:LONGEST_VALUE]}"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
