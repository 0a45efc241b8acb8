"""A body and a head of our own: the network that is trained."""

from typing import Self

from torch import Tensor, nn

from core.vision.backbones import Body, seeded
from core.vision.fast import pooled

HIDDEN = 512

Group = tuple[nn.Parameter, ...]


class ConcatPool(nn.Module):
    """Maps (N, C, H, W) to their averages, then their maxima (N, 2C), as fastai's AdaptiveConcatPool2d."""

    def forward(self, maps: Tensor) -> Tensor:
        return pooled(maps)


class Classifier(nn.Module):
    """Pictures (N, 3, S, S) to logits (N, K), in three layer groups: early, late, head.

    In training mode the head's batch-norm refuses a batch of one picture: whoever makes the batches
    drops it, or merges it with another.
    """

    def __init__(self, body: Body, classes: int, seed: int, dropout: float = 0.5) -> None:
        super().__init__()
        self.architecture = body.architecture
        self.channels = body.channels
        self.early = body.early
        self.late = body.late
        self.pool = ConcatPool()
        self.head = create_head(2 * body.channels, classes, seed, dropout)
        self.body_frozen = False

    def activations(self, pictures: Tensor) -> Tensor:
        """What the head sees of pictures (N, 3, S, S): (N, 2C), with C the body's `channels`."""
        activations: Tensor = self.pool(self.late(self.early(pictures)))
        return activations

    def forward(self, pictures: Tensor) -> Tensor:
        logits: Tensor = self.head(self.activations(pictures))
        return logits

    def layer_groups(self) -> tuple[Group, Group, Group]:
        """Every parameter in exactly one of early, late and head, so that each can have its own rate."""
        return tuple(self.early.parameters()), tuple(self.late.parameters()), tuple(self.head.parameters())

    def freeze_body(self) -> None:
        """Keep early and late as they are: no gradients, and evaluation mode even after `.train()`.

        Then a picture's activations never change, so they need computing once.
        """
        self._set_frozen(True)

    def unfreeze(self) -> None:
        self._set_frozen(False)

    def train(self, mode: bool = True) -> Self:
        super().train(mode)
        if self.body_frozen:
            self.early.eval()
            self.late.eval()
        return self

    def _set_frozen(self, frozen: bool) -> None:
        self.body_frozen = frozen
        self.early.requires_grad_(not frozen)
        self.late.requires_grad_(not frozen)
        self.train(self.training)


def create_head(inputs: int, classes: int, seed: int, dropout: float = 0.5) -> nn.Sequential:
    """Activations (N, inputs) to logits (N, classes): fastai's `create_head`, Kaiming-initialised.

    The hidden layer has half the dropout of the last. The weights are a function of the seed.
    """
    with seeded(seed):
        hidden = nn.Linear(inputs, HIDDEN, bias=False)
        last = nn.Linear(HIDDEN, classes, bias=False)
        nn.init.kaiming_normal_(hidden.weight)
        nn.init.kaiming_normal_(last.weight)
    return nn.Sequential(
        nn.BatchNorm1d(inputs), nn.Dropout(dropout / 2), hidden, nn.ReLU(inplace=True),
        nn.BatchNorm1d(HIDDEN), nn.Dropout(dropout), last,
    )
