"""How a check for shortcuts can end, and the manner of its documents."""

from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict

Verdict = Literal["unknown", "fine", "look", "cheating"]        # from the least to the most to worry about
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)


class Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
