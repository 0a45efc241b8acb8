"""A stage: one stretch of training, as a validated document. Needs no torch."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from core.training.schedules import cycle_lengths

SIZES = (32, 512)          # pixels a side that training accepts
GROUPS = ("early", "late", "head")     # layer groups, from the input to the answer
HIGHEST_RATE = 100.0

Positive = Annotated[float, Field(gt=0)]
Trains = Literal["head", "late", "all"]
ScheduleName = Literal["one_cycle", "cosine", "sgdr", "triangular", "constant"]


class Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Stage(Document):
    """One stretch of training.

    `learning_rate` is the head's peak, or the peaks of the early, late and head groups; None takes the rate that
    lr_find picks, times `learning_rate_factor`. One rate is spread over the groups: `spread` divides it for the layers
    nearest the input, the middle group lies between, geometrically. fastai's `slice(low, high)` is
    {"low": ..., "high": ...}, which reads as the rate high with the spread high / low.
    """

    trains: Trains = "head"                     # with the groups before it frozen; "late" is late and head
    precompute: bool = True                     # "head": on activations that the frozen body computed once
    views: int = Field(0, ge=0, le=32)          # precompute: augmented views of each picture, cached beside the plain
    augment: bool = True                        # where pictures are drawn anew in each epoch

    epochs: int = Field(5, ge=1, le=10_000)
    patience: int | None = Field(None, ge=1)    # stop after so many epochs without a lower validation loss

    learning_rate: float | tuple[float, ...] | None = None
    learning_rate_factor: float = Field(1.0, gt=0, le=100)
    spread: float = Field(1.0, ge=1, le=1e6)
    find_lr: bool = False                       # search anew, on this stage's own setting; the first open one does

    schedule: ScheduleName = "one_cycle"
    pct_start: float = Field(0.25, gt=0, lt=1)  # one_cycle: share of the steps that rise
    div: float = Field(25.0, ge=1, le=1e6)      # one_cycle: begins at the peak / div
    div_final: float = Field(1e5, ge=1, le=1e9)  # one_cycle: ends at the peak / div_final
    cycle_len: int = Field(1, ge=1, le=10_000)  # sgdr, triangular: epochs of the first cycle
    cycle_mult: int = Field(1, ge=1, le=10)     # sgdr: each cycle is so many times as long as the one before
    bound_ratio: float = Field(4.0, gt=1, le=1e6)  # triangular: the upper bound over the lower (Smith 2015: 3 to 4)

    size: int | None = Field(None, ge=SIZES[0], le=SIZES[1])  # None: what suits the weights
    batch_size: int | None = Field(None, ge=2, le=4096)  # None: 64, fewer for a small set
    accumulate: int = Field(1, ge=1, le=256)    # batches whose gradients are added up for one optimizer step

    optimizer: Literal["adamw", "sgd"] = "adamw"  # sgd: with Nesterov momentum
    weight_decay: float = Field(0.01, ge=0, le=10)
    gradient_clip: float | None = Field(None, gt=0, le=1e6)  # the largest norm of all gradients together
    dropout: float | None = Field(None, ge=0, lt=1)  # None: the model's
    label_smoothing: float = Field(0.0, ge=0, lt=1)
    mixup: float = Field(0.0, ge=0, le=10)      # alpha of the Beta distribution; 0: off (arXiv:1710.09412)
    train_batchnorm: bool = False               # frozen layers' batch-norm learns along (fastai's train_bn)

    @model_validator(mode="before")
    @classmethod
    def _slice(cls, values: Any) -> Any:
        if not isinstance(values, dict) or not isinstance(rates := values.get("learning_rate"), dict):
            return values
        if set(rates) != {"low", "high"} or "spread" in values:
            raise ValueError("a slice of learning rates has a low and a high one, and no spread beside it")
        low, high = rates["low"], rates["high"]
        if not all(isinstance(rate, int | float) and rate > 0 for rate in (low, high)) or low > high:
            raise ValueError("the low learning rate of a slice must be above 0 and not above the high one")
        return values | {"learning_rate": high, "spread": high / low}

    @field_validator("learning_rate", mode="before")
    @classmethod
    def _rates(cls, value: Any) -> float | tuple[float, ...] | None:
        """By hand: of a union, pydantic tells every reading's faults at once."""
        if value is None:
            return None
        if not isinstance(value, list | tuple):
            return _rate(value)
        if len(value) != len(GROUPS):
            raise ValueError(f"{len(value)} rates are given, and there are {len(GROUPS)} layer groups: "
                             f"{', '.join(GROUPS)}")
        return tuple(_rate(each) for each in value)

    @property
    def groups(self) -> tuple[str, ...]:
        """The layer groups that learn, from the input to the head."""
        return {"head": GROUPS[2:], "late": GROUPS[1:], "all": GROUPS}[self.trains]

    @property
    def frozen(self) -> tuple[str, ...]:
        """The layer groups that stay as they are."""
        return GROUPS[:len(GROUPS) - len(self.groups)]

    @property
    def cached(self) -> bool:
        """Does the head learn from activations that were computed once?"""
        return self.trains == "head" and self.precompute and not self.train_batchnorm

    @property
    def searched(self) -> "Stage":
        """As the learning-rate finder meets it: a head that is to see drawn pictures is searched on the plain ones, at
        once. Its activations are cached, and variation moves a good rate little."""
        if self.trains == "head" and not self.precompute and not self.train_batchnorm:
            return self.model_copy(update={"precompute": True, "views": 0})
        return self

    @property
    def draws(self) -> bool:
        """Does it learn from pictures that are drawn anew in each epoch?"""
        return self.augment and not self.cached

    @property
    def cycles(self) -> tuple[int, ...]:
        """Epochs of each of the schedule's cycles, one after another."""
        if self.schedule == "sgdr":
            return cycle_lengths(self.epochs, self.cycle_len, self.cycle_mult)
        if self.schedule == "triangular":
            return cycle_lengths(self.epochs, self.cycle_len, 1)
        return (self.epochs,)

    @property
    def head_rate(self) -> float | None:
        """The head's peak, where it is set."""
        return self.learning_rate[-1] if isinstance(self.learning_rate, tuple) else self.learning_rate

    def peaks(self, found: float | None) -> tuple[float, ...]:
        """Peak learning rate of each group that learns; `found` is lr_find's pick, for a stage that leaves it open."""
        if isinstance(self.learning_rate, tuple):
            return self.learning_rate[-len(self.groups):]
        head = self.learning_rate
        if head is None:
            if found is None:
                raise ValueError("a stage without a learning rate needs the one that was found")
            head = found * self.learning_rate_factor
        return (head / self.spread, head / self.spread**0.5, head)[-len(self.groups):]

    def grows_into(self, longer: "Stage") -> bool:
        """Whether a run of this stage, gone on with to `longer`, took the very steps that `longer` begins with."""
        if self.model_copy(update={"epochs": longer.epochs}) != longer or longer.epochs < self.epochs:
            return False
        if self.schedule == "constant" or longer.epochs == self.epochs:
            return True
        return self.schedule in ("sgdr", "triangular") and longer.cycles[:len(self.cycles)] == self.cycles


def _rate(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= HIGHEST_RATE:
        raise ValueError(f"a learning rate is a number above 0, up to {HIGHEST_RATE:g}")
    return float(value)
