"""A stage of the recipe as far as a run's story needs it: what an epoch of it costs beside one of another."""

from dataclasses import dataclass

USUAL_SIZE = 224             # pixels a side, where neither the recipe nor the run has said

# Work with a picture in an epoch, in forward passes of the whole network: backward costs about twice the forward, and
# of the late group and the head half of that. A head on cached activations is next to nothing: on 480 coins an epoch
# took 0.1 s, where one of the whole of resnet18 at 128 pixels takes 7.
PASSES = {"head": 1.0, "late": 2.0, "all": 3.0}
CACHED_PASSES = 0.03


@dataclass(frozen=True, slots=True)
class Planned:
    """One stage."""

    trains: str                  # "head", "late" or "all"
    epochs: int
    cached: bool = True          # a head, on activations that were computed once
    size: int | None = None      # pixels a side

    @property
    def kind(self) -> tuple[str, bool]:
        """What an epoch does, but for the size: two stages of one kind take as long a pixel."""
        return self.trains, self.trains == "head" and self.cached

    def epoch_weight(self, size: int) -> float:
        """What an epoch costs, in forward passes at USUAL_SIZE; `size` where the stage names none."""
        passes = CACHED_PASSES if self.kind == ("head", True) else PASSES[self.trains]
        # A cached head sees a fixed number of activations, whatever the size of the pictures was.
        return passes if self.kind == ("head", True) else passes * ((self.size or size) / USUAL_SIZE) ** 2
