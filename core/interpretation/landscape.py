"""What a network makes of each picture: which are alike to it, and where each lies on a map."""

import hashlib
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from core.data import cache
from core.data.cache import disk_full_told, written_aside
from core.interpretation import arrays
from core.interpretation.predictions import Predictions

Method = Literal["t-SNE", "PCA"]
METHODS: tuple[Method, ...] = get_args(Method)
MAP = "map.npz"
AGAIN = "Draw the map again; nothing else is lost."
ROWS_AT_A_TIME = 2048        # of the stored activations in float32: bounds the memory of a search


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A picture that is like another."""

    id: str
    similarity: float            # cosine of the angle between their activations; 1: the same direction


@dataclass(frozen=True, slots=True, eq=False)
class Landscape:
    """N pictures, their activations, and the places of M of them on a map a method. The arrays are not to be changed.

    Raises ValueError where shapes disagree, or a picture is there twice.
    """

    ids: tuple[str, ...]                        # N
    activations: NDArray[np.float16]            # (N, D), each scaled to length 1; memory-mapped once they were stored
    placed: NDArray[np.int64]                   # (M,) rows that lie on the map
    places: dict[Method, NDArray[np.float32]]   # (M, 2) a method
    kept: tuple[float, float]                   # how much of all differences each axis of the PCA shows, 0 to 1
    of: str                                     # `mark` of the predictions of the network that looked

    def __post_init__(self) -> None:
        count, placed = len(self.ids), len(self.placed)
        if len(set(self.ids)) != count or self.activations.ndim != 2 or len(self.activations) != count:
            raise ValueError(f"{count} different ids need as many activations, not {self.activations.shape}")
        if placed and not 0 <= self.placed.min() <= self.placed.max() < count:
            raise ValueError(f"places must be of rows 0..{count - 1}")
        if set(self.places) != set(METHODS) or any(where.shape != (placed, 2) for where in self.places.values()):
            raise ValueError(f"{placed} pictures on the map need places ({placed}, 2) a method")

    def belongs_to(self, valid: Predictions) -> bool:
        """Are these the validation predictions of the network that looked? Another one sees other likenesses."""
        return self.of == mark(valid)

    def save(self, folder: Path) -> None:
        """Into a folder of its own, in the place of what stands there: whole or not at all. Raises DiskFull."""
        with disk_full_told(folder):
            folder.mkdir(exist_ok=True)
        file = _activations_file(folder, uuid.uuid4().hex)
        try:
            with written_aside(file) as aside, aside.open("wb") as handle:
                np.save(handle, self.activations)
            with disk_full_told(folder):
                arrays.write(folder / MAP, {
                    "ids": arrays.of_words(self.ids), "activations": arrays.of_words((file.name,)),
                    "width": np.array(self.activations.shape[1]), "placed": self.placed, "kept": np.array(self.kept),
                    "of": arrays.of_words((self.of,)), **{str(method): where for method, where in self.places.items()}})
        except BaseException:
            file.unlink(missing_ok=True)
            raise
        for other in folder.glob(_activations_file(folder, "*").name):
            if other != file:
                other.unlink(missing_ok=True)

    @classmethod
    def load(cls, folder: Path) -> "Landscape":
        """What `save` wrote. Raises BadRun where it is missing or damaged."""
        with arrays.reading(folder / MAP, "map", "Draw the map first.", AGAIN) as file:
            ids, (name,), (of,) = (arrays.words_in(file[key]) for key in ("ids", "activations", "of"))
            shape = len(ids), int(file["width"])
            activations = cache.open_array(folder / Path(name).name, shape, np.dtype(np.float16))
            if activations is None:
                raise ValueError("its activations cannot be read")
            first, second = file["kept"].tolist()
            return cls(ids, activations, file["placed"].astype(np.int64),
                       {method: file[method].astype(np.float32) for method in METHODS}, (first, second), of)


def mark(valid: Predictions) -> str:
    """A name for a network by what it says of its validation pictures: another network, another mark."""
    digest = hashlib.sha256("\n".join((*valid.classes, *valid.ids)).encode(errors="surrogatepass"))
    digest.update(valid.logits.tobytes())
    return digest.hexdigest()[:32]


def scaled(activations: np.ndarray) -> NDArray[np.float16]:
    """Activations (n, D) of any length to directions of length 1; one of length 0 stays as it is.

    The angle between two pictures is what counts: a picture that excites everything twice as much is no other thing.
    """
    lengths = np.linalg.norm(activations.astype(np.float32), axis=1, keepdims=True)
    return np.asarray(activations / np.where(lengths > 0, lengths, 1), dtype=np.float16)


def nearest(landscape: Landscape, id: str, among: Collection[str], k: int) -> tuple[Neighbour, ...]:
    """The k pictures of `among` that are most alike to one of the landscape, without itself; fewer where there are not
    so many.

    Raises KeyError for a picture that the landscape lacks, and what `nearest_to` raises.
    """
    try:
        row = landscape.ids.index(id)
    except ValueError:
        raise KeyError(id) from None
    return nearest_to(landscape, landscape.activations[row], frozenset(among) - {id}, k)


def nearest_to(landscape: Landscape, activation: np.ndarray, among: Collection[str], k: int) -> tuple[Neighbour, ...]:
    """The k pictures of `among` whose activations point most nearly where this one (D,) does, the nearest first.

    By the cosine of the angle, -1 to 1. Exact: every picture is compared. Raises ValueError for k < 1, and MachineFault
    where the file was cut short meanwhile.
    """
    if k < 1:
        raise ValueError(f"k must be at least 1, not {k}")
    cache.require_whole(landscape.activations)
    wanted = frozenset(among)
    rows = np.array([row for row, id in enumerate(landscape.ids) if id in wanted], dtype=np.int64)
    aim = scaled(np.asarray(activation)[None])[0].astype(np.float32)
    similarities = np.concatenate([np.empty(0, dtype=np.float32), *(
        landscape.activations[rows[start:start + ROWS_AT_A_TIME]].astype(np.float32) @ aim
        for start in range(0, len(rows), ROWS_AT_A_TIME))])
    best = np.argsort(-similarities, kind="stable")[:k]
    # Rounded to float16, the same direction may come out at 1.0004.
    return tuple(Neighbour(landscape.ids[rows[place]], float(np.clip(similarities[place], -1, 1))) for place in best)


def _activations_file(folder: Path, key: str) -> Path:
    return folder / f"activations-{key}.npy"
