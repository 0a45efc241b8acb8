"""A body and a head of our own: the network that is trained."""

from typing import Self

from torch import Tensor, nn

from core.vision.backbones import Body, seeded
from core.vision.fast import pooled

HIDDEN = 512
GROUP_NAMES = ("early", "late", "head")

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
        self.frozen: tuple[str, ...] = ()         # layer groups that stay as they are
        self.train_batchnorm = False             # but for their batch-norms

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

    def learning_groups(self) -> tuple[Group, ...]:
        """The parameters of each group that learns; batch-norms that learn within frozen ones go with the first."""
        whole = dict(zip(GROUP_NAMES, self.layer_groups(), strict=True))
        first, *others = [whole[name] for name in GROUP_NAMES if name not in self.frozen]
        norms = tuple(parameter for norm in self._norms_that_learn() for parameter in norm.parameters())
        return (norms + first, *others)

    def freeze(self, groups: tuple[str, ...], train_batchnorm: bool = False) -> None:
        """Keep these layer groups as they are: no gradients, and evaluation mode even after `.train()`.

        With `train_batchnorm` their batch-norms go on learning, as fastai's do by default; otherwise what the frozen
        groups make of a picture never changes.
        """
        self.frozen, self.train_batchnorm = groups, train_batchnorm
        for name in GROUP_NAMES:
            self.get_submodule(name).requires_grad_(name not in groups)
        for norm in self._norms_that_learn():
            norm.requires_grad_(True)
        self.train(self.training)

    def train(self, mode: bool = True) -> Self:
        super().train(mode)
        for name in self.frozen:
            self.get_submodule(name).eval()
        for norm in self._norms_that_learn():
            norm.train(mode)
        return self

    def _norms_that_learn(self) -> list[nn.Module]:
        """The batch-norms within frozen groups, where they are asked to learn."""
        if not self.train_batchnorm:
            return []
        return [module for name in self.frozen for module in self.get_submodule(name).modules()
                if isinstance(module, nn.modules.batchnorm._BatchNorm)]

    def set_dropout(self, dropout: float) -> None:
        """The head's, as `create_head` lays it out."""
        first, last = (module for module in self.head.modules() if isinstance(module, nn.Dropout))
        first.p, last.p = dropout / 2, dropout


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
