"""Why a network says what it says of a picture, from a process of its own: torch loaded, networks at hand."""

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, Field, TypeAdapter

from core.data.crops import CropName
from core.errors import MachineFault, UserMistake
from core.jobs.previews import Document
from core.jobs.resident import Resident
from core.settings import Settings

PATIENCE_SECONDS = 60.0      # occlusion of a large network, on a busy machine
IDLE_SECONDS = 600.0
MOST_PICTURES = 12           # of one request: others wait for their turn
MOST_LOOKS = 12              # drawn ones a picture
ROWS_A_TURN = 2              # of occlusion: then whoever waits has a turn, 0.6 s later with resnet34 at 224 pixels
GIVE_WAY_SECONDS = 0.01      # a lock goes to the thread that asks first, and ours would be it
Map = tuple[tuple[float, ...], ...]    # h rows of w numbers, to be stretched over the square
Place = Annotated[Path, AfterValidator(Path.absolute)]


class Picture(Document):
    """A picture to look at: its original, or else the square that the run kept of this sample."""

    file: Place | None = None          # an original of the visitor's own
    pixels: int = Field(gt=0)          # width times height: more of them are refused
    sample: str = ""                   # Sample.id; "": a picture that no run has met


class Ask(Document):
    """About the kept epoch of this run."""

    run: Place


class AskWhere(Ask):
    """Grad-CAM of each picture, for a class each."""

    kind: Literal["where"] = "where"
    pictures: tuple[Picture, ...] = Field(min_length=1, max_length=MOST_PICTURES)
    targets: tuple[int, ...]           # indices into the run's classes


class AskCovered(Ask):
    """Occlusion of one picture, for a class: ROWS_A_TURN rows of the map, from this one on."""

    kind: Literal["covered"] = "covered"
    picture: Picture
    target: int
    row: int = Field(0, ge=0)


class AskCrops(Ask):
    """What the network says of other squares of one picture."""

    kind: Literal["crops"] = "crops"
    picture: Picture


class AskLooks(Ask):
    """What it says of the picture itself and of views drawn as for test-time augmentation."""

    kind: Literal["looks"] = "looks"
    picture: Picture
    views: int = Field(8, ge=1, le=MOST_LOOKS)


class AskActivations(Ask):
    """What the network's body makes of one picture: which others are like it, is told by that."""

    kind: Literal["activations"] = "activations"
    picture: Picture


class Seen(Document):
    """A square that the network looked at, and its probability of each class."""

    jpeg: bytes
    probabilities: tuple[float, ...]


class Where(Seen):
    """What in the square spoke for the class."""

    kind: Literal["where"] = "where"
    map: Map                           # 0 to 1, a share of its own largest value
    anything: bool                     # False: nothing spoke for the class
    from_seen: bool                    # of the run's own square: the original is gone


class Problem(Document):
    """Why there is no answer, in words for a person."""

    kind: Literal["problem"] = "problem"
    problem: str
    remedy: str


class Maps(Document):
    """An answer or a problem a picture, in their order."""

    kind: Literal["maps"] = "maps"
    pictures: tuple[Annotated[Where | Problem, Field(discriminator="kind")], ...]


class Covered(Seen):
    """How much the class's probability falls with a patch around there; negative where it rises."""

    kind: Literal["covered"] = "covered"
    before: float                      # with nothing covered, 0 to 1
    falls: Map                         # the rows that were asked for
    rows: int                          # of the whole map
    patch_share: float                 # the patch's side, of the square's
    from_seen: bool


class Crop(Seen):
    name: CropName
    usual: bool                        # the one that the network goes by


class Crops(Document):
    """Squares that differ; a single one where the picture is a square itself."""

    kind: Literal["crops"] = "crops"
    crops: tuple[Crop, ...]


class Look(Seen):
    applied: tuple[str, ...]           # in words: "mirrored", "turned 7°"; empty where nothing happened


class Looks(Document):
    """The picture itself first, then its drawn views."""

    kind: Literal["looks"] = "looks"
    looks: tuple[Look, ...]


class Activations(Document):
    """(2C,): mean and maximum of each channel over the body's last map."""

    kind: Literal["activations"] = "activations"
    values: tuple[float, ...]


Request = AskWhere | AskCovered | AskCrops | AskLooks | AskActivations
Answer = Maps | Covered | Crops | Looks | Activations | Problem
REQUESTS: TypeAdapter[Request] = TypeAdapter(Annotated[Request, Field(discriminator="kind")])
ANSWERS: TypeAdapter[Answer] = TypeAdapter(Annotated[Answer, Field(discriminator="kind")])
Asked = TypeVar("Asked", Maps, Covered, Crops, Looks, Activations)


class Explanations:
    """The door to the explainer: started with the first request, one request at a time, safe between threads.

    Each question raises UserMistake where run or picture cannot be read or the question makes no sense, and
    MachineFault where the process takes too long or dies twice.
    """

    def __init__(self, settings: Settings, *, command: Sequence[str] = (), patience_seconds: float = PATIENCE_SECONDS,
                 idle_seconds: float = IDLE_SECONDS) -> None:
        self._resident = Resident(tuple(command) or (sys.executable, "-m", "core.jobs.explainer", str(idle_seconds)),
                                  "explanation", patience_seconds, settings.threads)

    @property
    def pid(self) -> int | None:
        """The number of the process that waits for a request, or None."""
        return self._resident.pid

    def where(self, request: AskWhere) -> tuple[Where | Problem, ...]:
        """One a picture: a picture that cannot be read leaves the others their answers."""
        return self._asked(request, Maps).pictures

    def covered(self, request: AskCovered) -> Covered:
        """The whole map. Between turns others are served: their questions take less time than this one."""
        found = self._asked(request, Covered)
        falls = found.falls
        while len(falls) < found.rows:
            time.sleep(GIVE_WAY_SECONDS)
            more = self._asked(request.model_copy(update={"row": len(falls)}), Covered).falls
            if not more:
                raise MachineFault("The training went on meanwhile, and its network is another one now.",
                                   remedy="Look again.")
            falls += more
        return found.model_copy(update={"falls": falls})

    def crops(self, request: AskCrops) -> tuple[Crop, ...]:
        return self._asked(request, Crops).crops

    def looks(self, request: AskLooks) -> tuple[Look, ...]:
        return self._asked(request, Looks).looks

    def activations(self, request: AskActivations) -> tuple[float, ...]:
        return self._asked(request, Activations).values

    def close(self) -> None:
        """End the process; a later request would start another."""
        self._resident.close()

    def _asked(self, request: Request, kind: type[Asked]) -> Asked:
        line = self._resident.ask(request.model_dump_json().encode() + b"\n")
        if not line:
            raise MachineFault("The explanation failed twice.",
                               remedy="Look at another picture; nothing else is affected.")
        answer = ANSWERS.validate_json(line)
        if isinstance(answer, Problem):
            raise UserMistake(answer.problem, remedy=answer.remedy)
        assert isinstance(answer, kind)
        return answer
