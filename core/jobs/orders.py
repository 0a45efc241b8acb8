"""What a job is told to do: one document a kind, which goes to the queue and to the worker as JSON."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from core.interpretation.views import MOST_VIEWS
from core.settings import Settings
from core.training.recipe import Recipe

JobId = Annotated[str, Field(pattern="^[0-9a-f]{32}$")]      # of entries.new_id: also a folder's name


class Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class BringIn(Document):
    """Read a zip, a folder or a built-in set into the visitor's room."""

    kind: Literal["bring-in"] = "bring-in"
    source: str                       # a path, or the name of a built-in set
    builtin: bool = False
    ready: int = Field(0, ge=0)       # > 0: the source is a ready-made set's name, of which so many a class are fetched
    name: str                         # for people
    disposable: bool = False          # its files are uploads of ours, to be deleted when the job ends
    labels: str | None = None         # a path: the list that says the classes; None: folders do, or a list among them
    labels_name: str = ""             # the list's, for people; "": one of ours, of which nothing is said
    onto: str | None = None           # the folder's name of a data set of the visitor's, with which they make a new one
    label: str | None = None          # all of them are of this class, whatever folders they lie in; with `onto`
    baked: bool = False               # the source is such a folder's name: its edits become the new one's first state

    @property
    def uploads(self) -> tuple[Path, ...]:
        """The files that are there for this job alone."""
        return tuple(Path(path) for path in (self.source, self.labels) if path and self.disposable)


class FetchAddresses(Document):
    """Fetch the pictures of a list of web addresses into the visitor's room."""

    kind: Literal["fetch"] = "fetch"
    source: str                       # a file of `core.web.lists.write` below the room's `uploads/`
    name: str                         # for people
    addresses: int = Field(gt=0)


class Prepare(Document):
    """Pixels and activations ahead of the click."""

    kind: Literal["prepare"] = "prepare"
    dataset: str                      # the folder's name below `datasets/`
    recipe: Recipe


class Measure(Document):
    """What can be counted of every picture without a network, where the cache lacks it."""

    kind: Literal["measure"] = "measure"
    dataset: str


class FindLr(Document):
    """Search on the setting of one of the recipe's stages."""

    kind: Literal["find-lr"] = "find-lr"
    dataset: str
    recipe: Recipe
    stage: int = Field(0, ge=0)
    after: JobId | None = None        # the visitor's training from whose network it starts; None: a fresh one


class Train(Document):
    """Train; or go on with what an earlier training of the visitor's left, which stays as it is."""

    kind: Literal["train"] = "train"
    dataset: str
    recipe: Recipe                    # the whole recipe, with the stages that are done
    continues: JobId | None = None    # that training's job


class OfTraining(Document):
    """Made of a training of the visitor's, into whose folder the result goes."""

    dataset: str
    training: JobId                   # the training's job


class LookAgain(OfTraining):
    """Look at a training's validation and test pictures in several ways."""

    kind: Literal["tta"] = "tta"
    views: int = Field(4, ge=1, le=MOST_VIEWS)  # drawn ones a picture


class DrawMap(OfTraining):
    """Keep what a training's network makes of each picture, and lay the pictures out in two dimensions by it."""

    kind: Literal["map"] = "map"


class CheckShortcuts(OfTraining):
    """Check whether a training's network, or its labels, can be told by something else than the thing itself."""

    kind: Literal["shortcuts"] = "shortcuts"


class MakeReady(OfTraining):
    """Write a training's network in the form in which it answers to photos."""

    kind: Literal["make-ready"] = "make-ready"


class Export(OfTraining):
    """Make a zip of a training's network, with all that it takes to use it elsewhere; it stays in the job's folder."""

    kind: Literal["export"] = "export"
    half: bool = False                # weights in float16
    pictures: bool = True             # a few examples on the model card


class Inspect(Document):
    """Look through the pictures for what may be wrong with them."""

    kind: Literal["inspect"] = "inspect"
    dataset: str
    recipe: Recipe                    # whose network looks, and whose split


class Pack(Document):
    """Make a zip of a data set, as it stands after its edits."""

    kind: Literal["pack"] = "pack"
    dataset: str
    fingerprint: str                  # of the data set with its edits, when it was asked for


Order = (BringIn | FetchAddresses | Prepare | Measure | FindLr | Train | LookAgain | DrawMap | CheckShortcuts
         | MakeReady | Export | Inspect | Pack)
Kind = Literal["bring-in", "fetch", "prepare", "measure", "find-lr", "train", "tta", "map", "shortcuts",
               "make-ready", "export", "inspect", "pack"]
_ADAPTER: TypeAdapter[Order] = TypeAdapter(Annotated[Order, Field(discriminator="kind")])

# Lanes: a job of the light lane reads pictures and needs no torch; one of the heavy lane computes.
LIGHT: frozenset[Kind] = frozenset({"bring-in", "fetch", "measure", "pack"})
ARRIVALS: tuple[Kind, ...] = ("bring-in", "fetch")     # what ends with a new data set
# Urgency, the least first: someone looks at the curve while it grows; preparing is for nobody yet.
URGENCY: dict[Kind, int] = {"bring-in": 0, "fetch": 0, "find-lr": 0, "tta": 0, "map": 0, "shortcuts": 0,
                           "make-ready": 0, "inspect": 0, "pack": 0, "export": 0,
                           "train": 1, "measure": 2, "prepare": 2}
# Handed in by pages themselves: nobody waits for such a job to begin, no limit counts it, and none is in the way.
UNASKED: frozenset[Kind] = frozenset({"prepare", "measure"})


def line(kind: str) -> str:
    """Where a job of this kind waits: a light kind behind its own kind alone, the heavy ones behind each other."""
    return kind if kind in LIGHT else "heavy"


class Assignment(Document):
    """One line on a worker's standard input: the order, where its folder goes, and with what it may work."""

    job: str                          # the job's id, its folder's name below `jobs/`
    order: Order = Field(discriminator="kind")
    settings: Settings
    lease: str                        # a file that the server touches; "" for none
    gpu: int | None = None


def parse(text: str) -> Order:
    """The order that the queue keeps. Raises ValueError where it is none (of another version)."""
    return _ADAPTER.validate_json(text)
