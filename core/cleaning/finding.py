"""A finding, and what one look at a data set found."""

from pathlib import Path
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.data.cache import written_aside
from core.errors import BadRun

Reason = Literal["exact_duplicate", "near_duplicate", "label", "outlier",
                 "dark", "bright", "uniform", "blurred", "tiny", "odd_shape"]
REASONS: tuple[Reason, ...] = get_args(Reason)
DUPLICATES: frozenset[Reason] = frozenset({"exact_duplicate", "near_duplicate"})
# What a look leaves in its job's folder.
FINDINGS = "findings.json"
SAID = "cross-validated"          # predictions of heads that had not seen the picture, below `predictions/`
ACTIVATIONS = "activations.npy"   # of the whole catalogue, (N, C) float32: later fits need no network


class Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Finding(Document):
    """A reason to look at a picture."""

    sample: str                          # Sample.id
    reason: Reason
    score: float = Field(ge=0, le=1)     # how strongly; comparable among findings of one reason
    label: str | None = None             # of "label": the class that it looks like
    others: tuple[str, ...] = ()         # of duplicates: the pictures that are the same
    value: float | None = None           # what was measured: a probability, a brightness, pixels ...


class Findings(Document):
    """All that was found, and of which state of the data set."""

    fingerprint: str                     # of the data set with its edits
    edits: int                           # lines that its log had
    pictures: int
    findings: tuple[Finding, ...]
    together: tuple[tuple[str, ...], ...] = ()   # near duplicates, a group of ids each
    silent: tuple[Reason, ...] = ()      # rules that so many pictures break that it says nothing of a single one

    def save(self, folder: Path) -> None:
        """As `findings.json` in a job's folder. Raises DiskFull."""
        with written_aside(folder / FINDINGS) as aside:
            aside.write_text(self.model_dump_json(), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> "Findings":
        """Raises BadRun where it is missing or damaged."""
        try:
            return cls.model_validate_json((folder / FINDINGS).read_bytes())
        except (OSError, ValidationError) as error:
            raise BadRun("What was found in these pictures can no longer be read.",
                         remedy="Look through them again.") from error
