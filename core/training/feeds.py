"""Where the engine's batches come from: cached activations for a head, augmented pictures for a network."""

from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from core.data.pixels import Pixels
from core.data.preprocessing import Preprocessing
from core.events import Event
from core.settings import Settings
from core.training.engine import epoch_seed
from core.vision.augmentation import draw_seed
from core.vision.classifier import Classifier
from core.vision.fast import Precision, to_input
from core.vision.looking import head_logits, logits

if TYPE_CHECKING:
    from core.vision.augmenter import Augmenter


def batch_sizes(images: int, batch_size: int) -> tuple[int, ...]:
    """Sizes of an epoch's batches: all pictures, the rest in a short last one.

    A rest of one joins the batch before it, since batch-norm cannot learn from a single picture.
    """
    full, rest = divmod(images, batch_size)
    if rest == 1 and full:
        return (batch_size,) * (full - 1) + (batch_size + 1,)
    return (batch_size,) * full + ((rest,) if rest else ())


def suitable_batch_size(images: int) -> int:
    """64, or fewer where a small set would give the optimizer fewer than a dozen steps an epoch; at least 8."""
    batch_size = 64
    while batch_size > 8 and images < 12 * batch_size:
        batch_size //= 2
    return batch_size


def shuffled_batches(images: int, sizes: Sequence[int], seed: int) -> Iterator[np.ndarray]:
    """Positions 0..images-1 in a new order, batch by batch: (n,) int64 each."""
    order = np.random.default_rng(seed).permutation(images)
    return iter(np.split(order, np.cumsum(sizes)[:-1]))


class ActivationFeed:
    """A head's feed: the frozen body's activations, in memory, so that an epoch takes milliseconds."""

    def __init__(self, activations: np.ndarray, labels: np.ndarray, train_rows: np.ndarray, valid_rows: np.ndarray,
                 batch_size: int, seed: int, device: torch.device) -> None:
        """`activations` (N, 2C) float32 and `labels` (N,) int64 of all rows; the rows pick from them."""
        self._train = torch.from_numpy(activations[train_rows]).to(device)
        self._train_labels = torch.from_numpy(labels[train_rows]).to(device)
        self._valid, self._device = activations[valid_rows], device
        self._sizes = batch_sizes(len(train_rows), batch_size)
        self._seed = seed
        self.valid_labels = torch.from_numpy(labels[valid_rows])

    def batch_sizes(self) -> Sequence[int]:
        return self._sizes

    def train_batches(self, epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
        for positions in shuffled_batches(len(self._train), self._sizes, epoch_seed(self._seed, epoch)):
            chosen = torch.from_numpy(positions).to(self._train.device)
            yield self._train[chosen], self._train_labels[chosen]

    def validate(self, module: nn.Module) -> Generator[Event, None, Tensor]:
        yield from ()
        return torch.from_numpy(head_logits(module, self._valid, self._device))


class PictureFeed:
    """A whole network's feed: pictures cut and augmented by threads while the network works.

    The draw of a picture in an epoch is a function of the augmentation's seed, the epoch and the picture
    alone, so threads never repeat each other's and a resumed run continues the unbroken one's.
    """

    def __init__(self, larger: Pixels, squares: Pixels, augmenter: "Augmenter | None", preprocessing: Preprocessing,
                 labels: np.ndarray, train_rows: np.ndarray, valid_rows: np.ndarray, batch_size: int, seed: int,
                 precision: Precision, device: torch.device, settings: Settings) -> None:
        self._larger, self._squares, self._augmenter = larger, squares, augmenter
        self._preprocessing, self._labels = preprocessing, labels
        self._train_rows, self._valid_rows = train_rows, valid_rows
        self._sizes = batch_sizes(len(train_rows), batch_size)
        self._seed, self._precision, self._device = seed, precision, device
        # One thread keeps far ahead of a CPU's network and takes little of it; a GPU needs all but one.
        self._threads = 1 if device.type == "cpu" else max(1, settings.threads - 1)
        self.valid_labels = torch.from_numpy(labels[valid_rows])

    def batch_sizes(self) -> Sequence[int]:
        return self._sizes

    def train_batches(self, epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
        for rows, pixels in self._cut(epoch):
            labels = torch.from_numpy(self._labels[rows]).to(self._device, non_blocking=True)
            yield to_input(pixels, self._preprocessing, self._device), labels

    def validate(self, module: nn.Module) -> Generator[Event, None, Tensor]:
        assert isinstance(module, Classifier)
        seen = yield from logits(module, self._squares, self._valid_rows, self._preprocessing,
                                 self._precision, self._device)
        return torch.from_numpy(seen)

    def _cut(self, epoch: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Rows and their uint8 (n, size, size, 3), a few batches ahead of who asks."""
        orders = shuffled_batches(len(self._train_rows), self._sizes, epoch_seed(self._seed, epoch))
        with ThreadPoolExecutor(self._threads) as pool:
            ahead: deque[tuple[np.ndarray, Future[np.ndarray]]] = deque()
            try:
                for positions in orders:
                    rows = self._train_rows[positions]
                    ahead.append((rows, pool.submit(self._batch, rows, epoch)))
                    if len(ahead) > self._threads + 1:
                        rows, work = ahead.popleft()
                        yield rows, work.result()
                while ahead:
                    rows, work = ahead.popleft()
                    yield rows, work.result()
            finally:
                pool.shutdown(cancel_futures=True)

    def _batch(self, rows: np.ndarray, epoch: int) -> np.ndarray:
        if self._augmenter is None:
            return self._squares.squares(rows)
        seed = self._augmenter.spec.seed
        return np.stack([self._augmenter.apply(self._larger.picture(row), draw_seed(seed, epoch, int(row)))
                         for row in rows])
