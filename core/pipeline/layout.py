"""Lays points of many dimensions out in two: along their widest spread (PCA), and with neighbours together (t-SNE)."""

from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from sklearn.neighbors import NearestNeighbors, sort_graph_by_row_values

from core.cleaning.head import one_thread
from core.events import Event, Progress

Result = TypeVar("Result")

SEED = 42
DIMENSIONS = 50              # that t-SNE starts from, as its authors do: what lies beyond is mostly noise
PERPLEXITY = 30.0            # about so many pictures count as a picture's neighbours
EXAGGERATION = 12.0          # the first slice pulls neighbours together so much more strongly
FEWEST = 4                   # points that t-SNE can tell anything of
# t-SNE in slices, so that it can tell how far it is: 250 iterations are scikit-learn's least.
SLICES, ITERATIONS = 4, 250
# A slice has the lower momentum of a beginning, so the later ones take longer steps. On the digits of scikit-learn they
# then end within 1 % of the divergence (KL 0.745) that one run of 1,000 iterations comes to (0.738).
LONGER_STEPS = 5.0
LOOK_UP_SECONDS = 0.5        # while a slice is at work: so long a wish to stop waits
WORK = "comparing pictures"


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Places of n points by both methods."""

    pca: NDArray[np.float32]     # (n, 2)
    kept: tuple[float, float]    # of the whole variance, along each axis of the PCA: 0 to 1
    tsne: NDArray[np.float32]    # (n, 2)


def layout(points: NDArray[np.float32]) -> Generator[Event, None, Layout]:
    """Points (n, D) in two dimensions, the same for the same points.

    t-SNE is van der Maaten and Hinton's (2008, JMLR 9:2579) by scikit-learn, from the PCA's places. Of fewer than
    four points, or of points that are all the same, it is the PCA's.
    """
    reduced, kept = _widest(points)
    yield Progress(WORK, 1, 1 + SLICES, "steps")
    flat = np.ascontiguousarray(reduced[:, :2])
    placed = flat
    if len(points) >= FEWEST and flat.std() > 0:
        placed = yield from _neighbours_together(reduced)
    return Layout(flat, kept, placed)


def _widest(points: NDArray[np.float32]) -> tuple[NDArray[np.float32], tuple[float, float]]:
    """(n, at least 2) along the axes of the widest spread, and what part of all spread the first two show."""
    count, width = points.shape
    reduced = np.zeros((count, 2), dtype=np.float32)
    if count < 2 or not points.var(axis=0).any():
        return reduced, (0.0, 0.0)
    axes = PCA(min(DIMENSIONS, count, width), random_state=SEED)
    found = axes.fit_transform(points).astype(np.float32)
    shares = [*axes.explained_variance_ratio_.tolist(), 0.0][:2]
    if found.shape[1] >= 2:
        return found, (shares[0], shares[1])
    reduced[:, :1] = found
    return reduced, (shares[0], shares[1])


def _neighbours_together(points: NDArray[np.float32]) -> Generator[Event, None, NDArray[np.float32]]:
    count = len(points)
    perplexity = min(PERPLEXITY, (count - 1) / 3)
    neighbours = min(count - 1, int(3 * perplexity + 1)) + 1          # and the point itself
    finder = NearestNeighbors(n_neighbors=neighbours).fit(points)
    graph = sort_graph_by_row_values(finder.kneighbors_graph(points, mode="distance"), warn_when_not_sorted=False)
    # Beginning and learning rate are scikit-learn's init="pca" and learning_rate="auto".
    places: NDArray[np.float32] = points[:, :2] / points[:, 0].std() * 1e-4
    step = max(count / EXAGGERATION / 4, 50)
    for number in range(SLICES):
        first = number == 0
        run = TSNE(perplexity=perplexity, metric="precomputed", init=places, random_state=SEED, max_iter=ITERATIONS,
                   early_exaggeration=EXAGGERATION if first else 1.0,
                   learning_rate=step if first else step * LONGER_STEPS)
        places = yield from _meanwhile(partial(_laid_out, run, graph), Progress(WORK, 1 + number, 1 + SLICES, "steps"))
        yield Progress(WORK, 2 + number, 1 + SLICES, "steps")
    return places


def _laid_out(run: TSNE, graph: csr_matrix) -> NDArray[np.float32]:
    with one_thread():
        return np.asarray(run.fit_transform(graph), dtype=np.float32)


def _meanwhile(work: Callable[[], Result], event: Event) -> Generator[Event, None, Result]:
    """What `work` makes; the event comes again and again until then.

    Nothing can break off what scikit-learn has begun: closed early, this leaves it to itself until the worker ends.
    """
    pool = ThreadPoolExecutor(1)
    future = pool.submit(work)
    try:
        while not wait([future], LOOK_UP_SECONDS).done:
            yield event
        return future.result()
    finally:
        pool.shutdown(wait=False)
