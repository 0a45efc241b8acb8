"""Where a network's knowledge comes from: ImageNet, the bundled file, a file of the user's, or nowhere."""

import hashlib
import re
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import torch
from safetensors import safe_open
from torch import Tensor
from torchvision.models import get_model_weights  # type: ignore[attr-defined]

from core.errors import BadWeights, DownloadFailed
from core.events import Event, Note
from core.settings import Settings
from core.vision.architectures import BUNDLED_ARCHITECTURE, IMAGENET_SIZE, SCRATCH_SIZE, architecture_named
from core.vision.download import download

BUNDLED = Path(__file__).parent / "bundled" / "resnet18-tinyimagenet.safetensors"
DEFAULT_ARCHITECTURE = "resnet18"
DEFAULT_ON_GPU = "resnet34"

IMAGENET_LICENCE_NOTE = ("These weights were learned from ImageNet, whose terms are for non-commercial "
                         "research and education. Whether they allow your use is for you to judge.")
BUNDLED_LICENCE_NOTE = ("These weights were learned from Tiny ImageNet, a subset of ImageNet, whose terms "
                        "are for non-commercial research and education.")


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """What a network starts from, for `backbones.build(weights.architecture, weights.state, seed)`."""

    architecture: str
    source: str                           # "imagenet", "bundled", "none", or the file's name
    sha256: str                           # of the file, hex; "" for none
    state: Mapping[str, Tensor] | None    # torchvision's keys; None: start at random
    default_size: int                     # pixels a side that suit them
    licence_note: str                     # to show wherever these weights are offered; "" if we know none


def resolve(architecture: str | None, weights: str | Path, settings: Settings,
            cuda: bool = False) -> Generator[Event, None, Weights]:
    """The weights that were asked for: "auto", "imagenet", "bundled", "none", or a file's path.

    Without an architecture: resnet34 on a GPU (`cuda`) where its ImageNet weights can be had, else
    resnet18. "auto" is ImageNet where it is cached or reachable, else bundled for resnet18, else none;
    a Note tells of each step down.
    Raises BadRecipe for an unknown architecture, BadWeights, and for "imagenet" DownloadFailed.
    """
    if architecture is not None:
        architecture_named(architecture)
    preferred = architecture or (DEFAULT_ON_GPU if cuda else DEFAULT_ARCHITECTURE)
    match weights:
        case "auto":
            return (yield from _best(architecture, preferred, settings))
        case "imagenet":
            return (yield from _imagenet(preferred, settings))
        case "bundled":
            return _bundled(architecture or BUNDLED_ARCHITECTURE)
        case "none":
            return _none(architecture or DEFAULT_ARCHITECTURE)
        case file:
            return _of_file(architecture or DEFAULT_ARCHITECTURE, Path(file).expanduser())


def imagenet_url(architecture: str) -> str:
    """Where torchvision publishes its best ImageNet weights; the file's name ends in its SHA-256's start."""
    return str(get_model_weights(architecture)["DEFAULT"].url)


def _best(architecture: str | None, preferred: str, settings: Settings) -> Generator[Event, None, Weights]:
    try:
        return (yield from _imagenet(preferred, settings))
    except DownloadFailed as failure:
        problem = failure.problem
    fallback = architecture or DEFAULT_ARCHITECTURE
    if fallback != preferred and _cached(fallback):
        yield Note(f"{problem} Using {fallback} in the place of {preferred}: its ImageNet weights are here.")
        return (yield from _imagenet(fallback, settings))
    without = f"The ImageNet weights could not be had. {problem}"
    if fallback == BUNDLED_ARCHITECTURE:
        yield Note(f"{without} Using the small bundled network instead: fine for a first try, but expect "
                   "far better results with ImageNet weights.")
        return _bundled(fallback)
    yield Note(f"{without} {fallback} starts from random weights, and needs many pictures and epochs to "
               f"learn; {BUNDLED_ARCHITECTURE} has bundled weights and needs far fewer.")
    return _none(fallback)


def _imagenet(architecture: str, settings: Settings) -> Generator[Event, None, Weights]:
    url = imagenet_url(architecture)
    file, sha_prefix = _place(url)
    if not _cached(architecture):
        if file.exists():
            yield Note(f"{file.name} in the cache is damaged and is not used.")
        yield from download(url, file, sha_prefix, settings)
    return Weights(architecture, "imagenet", *_read(file), IMAGENET_LICENCE_NOTE)


def _bundled(architecture: str) -> Weights:
    if architecture != BUNDLED_ARCHITECTURE:
        raise BadWeights(
            f"The bundled weights are for {BUNDLED_ARCHITECTURE}, not for {architecture}.",
            remedy=f"Choose {BUNDLED_ARCHITECTURE}, or the weights 'imagenet' or 'none' for {architecture}.",
        )
    return Weights(architecture, "bundled", *_read(BUNDLED), BUNDLED_LICENCE_NOTE)


def _none(architecture: str) -> Weights:
    return Weights(architecture, "none", "", None, SCRATCH_SIZE, "")


def _of_file(architecture: str, file: Path) -> Weights:
    if file.suffix.lower() not in (".safetensors", ".pth", ".pt"):
        raise BadWeights(f"'{file}' is no weights file: its name does not end in .safetensors, .pth or .pt.",
                         remedy="Choose auto, imagenet, bundled, none, or a file whose name ends so.")
    try:
        standing = file.is_file()
    except OSError:              # a name that no file system takes
        standing = False
    if not standing:
        raise BadWeights(f"There is no weights file '{file}'.", remedy="Check its folder and its name.")
    return Weights(architecture, file.name, *_read(file), "")


def _place(url: str) -> tuple[Path, str]:
    """Where torchvision caches the file, and how its SHA-256 starts."""
    name = Path(urlsplit(url).path).name
    prefix = re.search(r"-([0-9a-f]{8,})\.", name)
    assert prefix, f"{url} tells no hash"
    return Path(torch.hub.get_dir()) / "checkpoints" / name, prefix[1]


def _cached(architecture: str) -> bool:
    file, sha_prefix = _place(imagenet_url(architecture))
    return file.is_file() and _sha256(file).startswith(sha_prefix)


def _read(file: Path) -> tuple[str, dict[str, Tensor], int]:
    """A file's SHA-256, its tensors by name, and the size in pixels that suits them.

    Where a file does not tell its size, it most likely learned at 224 as torchvision's own did.
    """
    sha256 = _sha256(file)
    if file.suffix.lower() == ".safetensors":
        return sha256, *_read_safetensors(file)
    return sha256, _read_pickle(file), IMAGENET_SIZE


def _read_safetensors(file: Path) -> tuple[dict[str, Tensor], int]:
    try:
        with safe_open(file, "pt") as opened:
            told = (opened.metadata() or {}).get("default_size", "")
            state = {key: opened.get_tensor(key) for key in opened.keys()}  # noqa: SIM118 # no mapping
    except Exception as error:  # a made-up file can raise anything
        raise BadWeights(f"The weights file '{file.name}' is damaged, or no safetensors file: {error}.",
                         remedy="Download or save it again.") from error
    return state, int(told) if re.fullmatch("[0-9]{2,3}", told) else IMAGENET_SIZE


def _read_pickle(file: Path) -> dict[str, Tensor]:
    remedy = "Save the weights alone, as safetensors or with torch.save(model.state_dict(), 'weights.pth')."
    try:
        state = torch.load(file, map_location="cpu", weights_only=True)
    except Exception as error:  # a made-up pickle can raise anything
        raise BadWeights(
            f"The weights file '{file.name}' is damaged, or holds more than weights, such as a whole model. "
            "That is refused, because opening it could run a stranger's code.",
            remedy=remedy,
        ) from error
    if not isinstance(state, Mapping) or not all(map(_is_weight, state.keys(), state.values())):
        raise BadWeights(f"The weights file '{file.name}' holds something else than named weights.",
                         remedy=remedy)
    return dict(state)


def _is_weight(name: object, value: object) -> bool:
    return (isinstance(name, str) and isinstance(value, Tensor)
            and value.layout is torch.strided and not value.is_meta)


def _sha256(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError as error:
        raise BadWeights(f"The weights file '{file}' cannot be read: {error.strerror}.",
                         remedy="Check that you may read it, or copy it anew.") from error
