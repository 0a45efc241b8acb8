"""Where the engine's batches come from: cached activations for a head, augmented pictures for a network."""

from collections.abc import Generator, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from core.data.cache import require_whole
from core.data.pixels import Pixels
from core.data.preprocessing import Preprocessing
from core.events import Event
from core.settings import Settings
from core.training.batches import balanced, batch_sizes, shuffled, split_into
from core.training.drawing import Cutter, drawing
from core.training.engine import epoch_seed
from core.vision.classifier import Classifier
from core.vision.fast import DTYPES, Precision, pooled, to_input
from core.vision.looking import head_logits, logits

if TYPE_CHECKING:
    from core.vision.augmenter import Augmenter


class Order:
    """Which training pictures an epoch shows, in which batches; a function of the seed and the epoch."""

    def __init__(self, labels: np.ndarray, batch_size: int, seed: int, even: bool = False) -> None:
        """`labels` (N,) of the training pictures; `even`: every class equally often."""
        self._labels, self._seed, self._even = labels, seed, even
        self.sizes = batch_sizes(len(labels), batch_size)

    def batches(self, epoch: int) -> Iterator[np.ndarray]:
        """Positions among the training pictures, (n,) int64 a batch."""
        seed = epoch_seed(self._seed, epoch)
        return split_into(balanced(self._labels, seed) if self._even else shuffled(len(self._labels), seed),
                          self.sizes)


class ActivationFeed:
    """A head's feed: the frozen body's activations, so that an epoch takes milliseconds.

    With several views of every picture each epoch takes one of them, drawn anew: augmentation without a network.
    """

    def __init__(self, activations: np.ndarray, labels: np.ndarray, train_rows: np.ndarray, valid_rows: np.ndarray,
                 order: Order, seed: int, device: torch.device, views: Sequence[np.ndarray] = ()) -> None:
        """`activations` (N, 2C) float32 and `labels` (N,) int64 of all rows; the rows pick from them.

        `views` (n, 2C) float32 each: of the n training pictures, drawn. They stay on the disk until they are used.
        """
        plain = activations[train_rows]
        self._plain = torch.from_numpy(plain).to(device)
        self._views = (plain, *views)
        self._train_labels = torch.from_numpy(labels[train_rows]).to(device)
        self._valid, self._device = activations[valid_rows], device
        self._order, self._seed = order, seed
        self.valid_labels = torch.from_numpy(labels[valid_rows])

    def batch_sizes(self) -> Sequence[int]:
        return self._order.sizes

    def train_batches(self, epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
        shown = np.random.default_rng([self._seed, epoch]).integers(len(self._views), size=len(self._plain))
        for positions in self._order.batches(epoch):
            chosen = torch.from_numpy(positions).to(self._device)
            seen = self._drawn(positions, shown[positions]) if len(self._views) > 1 else self._plain[chosen]
            yield seen, self._train_labels[chosen]

    def _drawn(self, positions: np.ndarray, shown: np.ndarray) -> Tensor:
        """(n, 2C): of each picture the view that is its turn."""
        seen = np.empty((len(positions), self._plain.shape[1]), dtype=np.float32)
        for number, view in enumerate(self._views):
            require_whole(view)
            seen[shown == number] = view[positions[shown == number]]
        return torch.from_numpy(seen).to(self._device)

    def validate(self, module: nn.Module) -> Generator[Event, None, Tensor]:
        yield from ()
        return torch.from_numpy(head_logits(module, self._valid, self._device))


class PictureFeed:
    """A whole network's feed: pictures cut and augmented while the network works.

    The draw of a picture in an epoch is a function of the augmentation's seed, the epoch and the picture
    alone, so neither threads nor processes repeat each other's, and a resumed run continues the unbroken one's.
    """

    def __init__(self, larger: Pixels, squares: Pixels, augmenter: "Augmenter | None", preprocessing: Preprocessing,
                 labels: np.ndarray, train_rows: np.ndarray, valid_rows: np.ndarray, order: Order,
                 precision: Precision, device: torch.device, settings: Settings) -> None:
        self._squares, self._preprocessing, self._labels = squares, preprocessing, labels
        self._train_rows, self._valid_rows = train_rows, valid_rows
        self._order, self._precision, self._device = order, precision, device
        self._drawing = drawing(Cutter(larger, squares, augmenter), device, settings.threads)
        self.valid_labels = torch.from_numpy(labels[valid_rows])

    def batch_sizes(self) -> Sequence[int]:
        return self._order.sizes

    def train_batches(self, epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
        tasks = ((self._train_rows[positions], epoch) for positions in self._order.batches(epoch))
        for (rows, _), pixels in self._drawing.batches(tasks):
            labels = torch.from_numpy(self._labels[rows]).to(self._device, non_blocking=True)
            yield to_input(pixels, self._preprocessing, self._device), labels

    def validate(self, module: nn.Module) -> Generator[Event, None, Tensor]:
        assert isinstance(module, Classifier)
        seen = yield from logits(module, self._squares, self._valid_rows, self._preprocessing,
                                 self._precision, self._device)
        return torch.from_numpy(seen)


class LookedThroughFeed:
    """A head's feed of pictures drawn anew in each epoch, each looked through once by the frozen body's fast form."""

    def __init__(self, pictures: PictureFeed, body: nn.Module, precision: Precision, valid: np.ndarray,
                 device: torch.device) -> None:
        """`body`: folded, in `precision` (see vision.fast); `valid` (n, 2C): the validation pictures' activations."""
        self._pictures, self._body, self._precision = pictures, body, precision
        self._valid, self._device = valid, device
        self.valid_labels = pictures.valid_labels

    def batch_sizes(self) -> Sequence[int]:
        return self._pictures.batch_sizes()

    def train_batches(self, epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
        for inputs, labels in self._pictures.train_batches(epoch):
            with torch.no_grad():
                seen = pooled(self._body(inputs.to(DTYPES[self._precision])))
            yield seen, labels

    def validate(self, module: nn.Module) -> Generator[Event, None, Tensor]:
        yield from ()
        return torch.from_numpy(head_logits(module, self._valid, self._device))
