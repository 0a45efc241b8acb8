"""A process that fetches a ready-made set by torchvision's own class, and lays it out in labelled folders.

    python -m core.pipeline.ready_fetch <JSON>      # of `Wanted`

Torchvision fetches a file in one call, without progress and without an end to waiting: so it has a process of its own,
which whoever waits may end at any time. `told.json` says how far it is, or what went wrong.
"""

import json
import os
import random
import re
import signal
import socket
import sys
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from core.data.cache import written_aside
from core.data.safe_names import safe_name

TOLD = "told.json"
TOLD_EVERY = 50             # pictures
Write = Callable[[Path], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be fetched, and where it goes."""

    name: str                  # of core.data.ready
    root: str                  # torchvision's: archives and what is unpacked
    target: str                # the labelled folder, which does not exist yet
    per_class: int
    seed: int
    timeout_seconds: float
    offline: bool


@dataclass(frozen=True, slots=True)
class Picture:
    part: str                  # "train", "valid", "test", or "" where the set is not divided
    label: str
    name: str
    write: Write


def main(text: str) -> int:
    wanted = Wanted(**json.loads(text))
    told = Path(wanted.target).with_name(TOLD)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)       # the job that waits for us is told too, and ends us
    _widen_memory()
    socket.setdefaulttimeout(wanted.timeout_seconds)
    if wanted.offline:
        urllib.request.urlopen = _no_network
    try:
        everything = list(PICTURES[wanted.name](wanted.root))
        chosen = subset(everything, wanted.per_class, wanted.seed)
        for done, picture in enumerate(chosen, start=1):
            place = Path(wanted.target, picture.part, safe_name(picture.label), picture.name)
            place.parent.mkdir(parents=True, exist_ok=True)
            picture.write(place)
            if done % TOLD_EVERY == 0 or done == len(chosen):
                tell(told, done=done, total=len(chosen))
    except urllib.error.HTTPError as error:
        tell(told, broken=f"the server answered {error.code}, {error.reason}")
        return 1
    except urllib.error.URLError as error:
        tell(told, network=getattr(error.reason, "strerror", None) or str(error.reason))
        return 1
    except (OSError, RuntimeError, EOFError) as error:     # what torchvision and its archives raise
        tell(told, broken=str(error) or type(error).__name__)
        return 1
    return 0


def subset(pictures: Sequence[Picture], per_class: int, seed: int) -> list[Picture]:
    """Up to `per_class` of each class, drawn by the seed, its parts in proportion and each with one at least."""
    classes: dict[str, dict[str, list[Picture]]] = defaultdict(lambda: defaultdict(list))
    for picture in pictures:
        classes[picture.label][picture.part].append(picture)
    chosen: list[Picture] = []
    for label, parts in sorted(classes.items()):
        total = sum(map(len, parts.values()))
        for part, members in sorted(parts.items()):
            count = len(members) if total <= per_class else max(1, per_class * len(members) // total)
            drawn = random.Random(f"{seed}/{label}/{part}").sample(range(len(members)), count)  # noqa: S311
            chosen += [members[place] for place in sorted(drawn)]
    return chosen


def tell(file: Path, **what: Any) -> None:
    with written_aside(file) as aside:
        aside.write_text(json.dumps(what), encoding="utf-8")


def _pets(root: str) -> Iterator[Picture]:
    from torchvision.datasets import OxfordIIITPet

    for part, split in (("train", "trainval"), ("test", "test")):
        found = OxfordIIITPet(root, split, download=True)
        yield from _files(part, zip(found._images, (found.classes[label] for label in found._labels), strict=True))


def _flowers(root: str) -> Iterator[Picture]:
    from torchvision.datasets import Flowers102

    for part, split in (("train", "train"), ("valid", "val"), ("test", "test")):
        found = Flowers102(root, split, download=True)
        labels = (found.classes[label] for label in found._labels)
        yield from _files(part, zip(found._image_files, labels, strict=True))


def _imagenette(root: str) -> Iterator[Picture]:
    from torchvision.datasets import Imagenette

    for part, split in (("train", "train"), ("valid", "val")):
        found = Imagenette(root, split, size="320px", download=True)
        yield from _files(part, ((file, found.classes[label][0]) for file, label in found._samples))


def _eurosat(root: str) -> Iterator[Picture]:
    from torchvision.datasets import EuroSAT

    found = EuroSAT(root, download=True)
    yield from _files("", ((file, _spaced(found.classes[label])) for file, label in found.samples))


def _cifar10(root: str) -> Iterator[Picture]:
    from PIL import Image
    from torchvision.datasets import CIFAR10

    def write(pixels: Any, place: Path) -> None:
        Image.fromarray(pixels).save(place)

    for part, train in (("train", True), ("test", False)):
        found = CIFAR10(root, train, download=True)
        for number, (pixels, label) in enumerate(zip(found.data, found.targets, strict=True)):
            yield Picture(part, found.classes[label], f"{number:05d}.png", partial(write, pixels))


PICTURES: dict[str, Callable[[str], Iterator[Picture]]] = {
    "pets": _pets, "flowers": _flowers, "imagenette": _imagenette, "eurosat": _eurosat, "cifar10": _cifar10}


def _files(part: str, found: Iterable[tuple[str | Path, str]]) -> Iterator[Picture]:
    for file, label in found:
        yield Picture(part, label, Path(file).name, partial(os.link, file))


def _spaced(name: str) -> str:
    """"AnnualCrop" as a person writes it: "Annual crop"."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).capitalize()


def _no_network(*args: object, **kwargs: object) -> NoReturn:
    raise urllib.error.URLError("downloads are switched off")


def _widen_memory() -> None:
    """The job that started this process may read strangers' pictures, within less memory than torch's import takes."""
    try:
        import resource
    except ImportError:         # not on Windows
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (hard, hard))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
