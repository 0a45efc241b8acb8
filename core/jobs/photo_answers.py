"""What a training's network says of strangers' photos, from a process of its own that has no torch."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, TypeAdapter

from core.errors import BadRun, MachineFault
from core.jobs.previews import Document
from core.jobs.resident import Resident
from core.settings import Settings

PATIENCE_SECONDS = 30.0      # the largest photo through the largest network, on a busy machine
IDLE_SECONDS = 600.0
Place = Annotated[Path, AfterValidator(Path.absolute)]


class Ask(Document):
    """The network of this training, as `core.runs.served` knows it, is to be at hand: the first photo then finds it."""

    kind: Literal["ready"] = "ready"
    network: Place                     # the folder with model.onnx and manifest.json


class AskPhoto(Document):
    """A photo for that network; below the run's threshold it refuses, at the run's temperature."""

    kind: Literal["photo"] = "photo"
    network: Place
    run: Place
    file: Place
    pixels: int = Field(gt=0)          # width times height: more of them are refused


class Ready(Document):
    kind: Literal["ready"] = "ready"


class Said(Document):
    """What the network says of a photo."""

    kind: Literal["said"] = "said"
    probabilities: tuple[float, ...]   # (K,), in the order of the run's classes
    threshold: float | None            # of the top probability; None: every answer counts
    refused: bool                      # less sure than that
    square: bytes                      # JPEG of what the network saw
    photo: bytes                       # JPEG of the whole photo, upright, at display size
    width: int                         # of the whole photo, upright, in pixels
    height: int

    @property
    def ranked(self) -> list[int]:
        """Places of the classes, the most probable first."""
        return sorted(range(len(self.probabilities)), key=lambda place: -self.probabilities[place])


class Unreadable(Document):
    """Why there is no answer to this photo, in words for a person; others are not affected."""

    kind: Literal["unreadable"] = "unreadable"
    problem: str
    remedy: str


class Unfit(Document):
    """The network itself cannot be used."""

    kind: Literal["unfit"] = "unfit"
    problem: str
    remedy: str


DIED = Unreadable(problem="Looking at it ended the process that looks at photos, twice.",
                  remedy="Save it anew, or smaller, and drop it again.")
Request = Ask | AskPhoto
Reply = Ready | Said | Unreadable | Unfit
REQUESTS: TypeAdapter[Request] = TypeAdapter(Annotated[Request, Field(discriminator="kind")])
REPLIES: TypeAdapter[Reply] = TypeAdapter(Annotated[Reply, Field(discriminator="kind")])


class PhotoAnswers:
    """The door to the answerer: started with the first request, one request at a time, safe between threads.

    Each request raises BadRun where the network cannot be used, MachineFault where the process takes too long.
    """

    def __init__(self, settings: Settings, *, command: Sequence[str] = (), patience_seconds: float = PATIENCE_SECONDS,
                 idle_seconds: float = IDLE_SECONDS) -> None:
        self._resident = Resident(
            tuple(command) or (sys.executable, "-m", "core.jobs.answerer", str(idle_seconds), str(settings.threads)),
            "answer", patience_seconds, settings.threads)

    @property
    def pid(self) -> int | None:
        """The number of the process that waits for a request, or None."""
        return self._resident.pid

    def warm(self, network: Path) -> None:
        """Have the network at hand."""
        reply = self._asked(Ask(network=network))
        if reply is None:
            raise MachineFault("The network could not be loaded.", remedy="Try again in a moment.")

    def said(self, request: AskPhoto) -> Said | Unreadable:
        """Wait for one's turn and for the answer."""
        reply = self._asked(request)
        if reply is None:
            return DIED
        assert isinstance(reply, Said | Unreadable)
        return reply

    def close(self) -> None:
        """End the process; a later request would start another."""
        self._resident.close()

    def _asked(self, request: Request) -> Reply | None:
        """None where the process died over it, twice."""
        line = self._resident.ask(request.model_dump_json().encode() + b"\n")
        if not line:
            return None
        reply = REPLIES.validate_json(line)
        if isinstance(reply, Unfit):
            raise BadRun(reply.problem, remedy=reply.remedy)
        return reply
