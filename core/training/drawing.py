"""Batches of training pictures, cut a few ahead of the network: by threads, or by processes where there are many cores.

A CPU's network takes every core, and one thread keeps far ahead of it. A GPU's takes one core, to be told what to do,
and would wait at each word for threads that share Python's lock with it; processes leave it alone.
"""

import multiprocessing
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from core.data.ahead import ahead
from core.data.pixels import Pixels
from core.errors import MachineFault
from core.vision.views import drawn_of_many

if TYPE_CHECKING:
    from core.vision.augmenter import Augmenter

MANY_CORES = 4
SECONDS_UNTIL_THE_SIGNAL = 0.5
Task = tuple[np.ndarray, int]        # rows (n,) and the epoch


@dataclass(frozen=True, slots=True, eq=False)
class Cutter:
    """What a batch is cut from, and how. A draw is a function of the augmentation's seed, the epoch and the picture."""

    larger: Pixels
    squares: Pixels
    augmenter: "Augmenter | None"

    def batch(self, task: Task) -> np.ndarray:
        """(n, size, size, 3) uint8."""
        rows, epoch = task
        if self.augmenter is None:
            return self.squares.squares(rows)
        return drawn_of_many(self.augmenter, self.larger, rows, epoch)


class Threads:
    def __init__(self, cutter: Cutter, threads: int) -> None:
        self._cutter, self._threads = cutter, threads

    def batches(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, np.ndarray]]:
        """Each task with its batch, in order. Closed early, it drops what has not begun."""
        return ahead(self._cutter.batch, tasks, self._threads)


class Processes:
    """They are forked at the first batch, share the mapped pixels, and end with this object."""

    def __init__(self, cutter: Cutter, processes: int) -> None:
        self._tasks: list[Task] = []
        self._loader = DataLoader(_Batches(cutter), batch_size=None, sampler=self._tasks, num_workers=processes,
                                  persistent_workers=True, multiprocessing_context="fork",
                                  pin_memory=torch.cuda.is_available())

    def batches(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, np.ndarray]]:
        """Each task with its batch, in order. Closed early, it leaves what is under way to the next call.

        See `killed_told` for a process that is killed.
        """
        self._tasks[:] = tasks
        for task, drawn in zip(self._tasks, self._loader, strict=True):
            yield task, drawn.numpy()


@contextmanager
def killed_told() -> Iterator[None]:
    """Turns the library's word for a process that was killed into MachineFault, with a remedy.

    It comes when the process is asked, when what it sent is fetched, or from a signal's handler: at any moment.
    """
    try:
        yield
    except (RuntimeError, ConnectionError, EOFError) as error:
        if isinstance(error, RuntimeError) and not str(error).startswith("DataLoader worker (pid"):
            raise
        # A broken connection shows a moment before the signal: here its handler may strike and do no harm.
        with suppress(RuntimeError):
            time.sleep(SECONDS_UNTIL_THE_SIGNAL)
        raise MachineFault("A process that draws the pictures was killed, most likely since memory ran out.",
                           remedy="Close other programs or choose smaller batches, then go on with the run.") from error


class _Batches(Dataset[Tensor]):
    """The "index" that the library hands to a process is a whole task."""

    def __init__(self, cutter: Cutter) -> None:
        self._cutter = cutter

    def __getitem__(self, task: Task) -> Tensor:
        return torch.from_numpy(self._cutter.batch(task))


def drawing(cutter: Cutter, device: torch.device, cores: int) -> Threads | Processes:
    """With the network at work on `device`, never more at work than there are cores."""
    if device.type == "cpu":
        return Threads(cutter, 1)
    if cores >= MANY_CORES and sys.platform == "linux" and "fork" in multiprocessing.get_all_start_methods():
        return Processes(cutter, cores - 1)
    return Threads(cutter, max(1, cores - 1))
