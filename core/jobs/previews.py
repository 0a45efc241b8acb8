"""Augmented previews from a process of their own, so that the server decodes no original and loads no OpenCV."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from core.data.preprocessing import Preprocessing
from core.errors import BadPicture, MachineFault
from core.jobs.resident import Resident
from core.settings import Settings
from core.vision.augmentation import AugmentationSpec

PATIENCE_SECONDS = 10.0
IDLE_SECONDS = 600.0         # after which the process ends by itself; the next request starts another
Point = tuple[float, float]


class Document(BaseModel):
    """One line of JSON on the pipe; bytes travel as base64."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_bytes="base64", val_json_bytes="base64")


class PreviewRequest(Document):
    """What `count` epochs in a row, from `first_epoch`, show of one picture, as training draws it."""

    file: Annotated[Path, AfterValidator(Path.absolute)]  # an original of the visitor's own
    pixels: int = Field(gt=0)          # width times height: more of them are refused
    row: int = Field(ge=0)             # the picture's place in the catalogue: part of its draws' seeds
    spec: AugmentationSpec
    preprocessing: Preprocessing
    first_epoch: int = Field(0, ge=0)  # over the whole run, from 0
    count: int = Field(11, ge=1, le=24)


class Variant(Document):
    """One draw."""

    jpeg: bytes                        # the (size, size) square that the network sees
    applied: tuple[str, ...]           # in words: "mirrored", "turned 7°"; empty where nothing happened
    corners: tuple[Point, Point, Point, Point]  # of the square in the upright original, 0..1 from its top left,
    #                                    clockwise from the square's own top left; some may lie outside


class Preview(Document):
    """A picture and what augmentation makes of it."""

    original: bytes                    # JPEG, upright, at display size
    width: int                         # pixels of that JPEG
    height: int
    tested: bytes                      # JPEG of the square that validation sees, which is never augmented
    variants: tuple[Variant, ...]


class Answer(Document):
    """A preview, or why there is none."""

    preview: Preview | None = None
    problem: str = ""
    remedy: str = ""


class Previews:
    """The door to the previewer: started with the first request, one request at a time, safe between threads."""

    def __init__(self, settings: Settings, *, command: Sequence[str] = (), patience_seconds: float = PATIENCE_SECONDS,
                 idle_seconds: float = IDLE_SECONDS) -> None:
        self.settings = settings
        self._resident = Resident(tuple(command) or (sys.executable, "-m", "core.jobs.previewer", str(idle_seconds)),
                                  "preview", patience_seconds)

    @property
    def pid(self) -> int | None:
        """The number of the process that waits for a request, or None."""
        return self._resident.pid

    def draw(self, request: PreviewRequest) -> Preview:
        """Wait for one's turn and for the answer.

        Raises BadPicture; MachineFault where the process takes too long, or dies over the same request twice.
        """
        answer = self._resident.ask(request.model_dump_json().encode() + b"\n")
        if not answer:
            raise MachineFault("The preview of this picture failed twice.",
                               remedy="Choose another picture; the others are not affected.")
        return _preview_of(answer)

    def close(self) -> None:
        """End the process; a later request would start another."""
        self._resident.close()


def _preview_of(line: bytes) -> Preview:
    answer = Answer.model_validate_json(line)
    if answer.preview is None:
        raise BadPicture(answer.problem, remedy=answer.remedy)
    return answer.preview
