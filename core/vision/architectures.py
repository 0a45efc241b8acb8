"""The networks one can choose, as a table that needs no torch: recipes and pages read it."""

from dataclasses import dataclass

from core.errors import BadRecipe


@dataclass(frozen=True, slots=True)
class Architecture:
    """A network one can choose. `late_from` is the first part of the late layer group.

    Every network is cut where its map shrinks from an eighth of the picture's side to a sixteenth.
    fastai cuts resnets there (between layer2 and layer3): before it edges and textures that serve any
    picture, behind it the parts and objects of what was learned, and over nine tenths of the parameters.
    """

    name: str        # torchvision's
    late_from: str
    sentence: str    # for a beginner
    early: float     # GFLOP of the early layer group, and of the late one, for one look at one picture of
    late: float      # IMAGENET_SIZE pixels a side (torch's FlopCounterMode: a multiplication and an addition are two)
    rate: float = 1.0  # GFLOP a second beside resnet18's, training on 2 cores at 128: thin layers wait for memory

    @property
    def gflop(self) -> float:
        """For one look at one picture of IMAGENET_SIZE; of another size it is as many times as there are pixels."""
        return self.early + self.late


ARCHITECTURES = {architecture.name: architecture for architecture in (
    Architecture("resnet18", late_from="layer3", early=1.98, late=1.64,
                 sentence="Small, quick and dependable: start here on a computer without a GPU."),
    Architecture("resnet34", late_from="layer3", early=3.37, late=3.96,
                 sentence="Deeper than resnet18, and often more accurate: start here with a GPU."),
    Architecture("resnet50", late_from="layer3", early=3.63, late=4.55,
                 sentence="A classic, clearly more accurate, at over twice resnet18's work: likes a GPU."),
    Architecture("resnext50_32x4d", late_from="layer3", early=3.68, late=4.78,
                 sentence="resnet50 with its work in 32 paths: a little more accurate, a little slower."),
    Architecture("mobilenet_v3_small", late_from="4", early=0.032, late=0.078, rate=0.25,
                 sentence="Tiny and the fastest, made for phones: good for first experiments."),
    Architecture("mobilenet_v3_large", late_from="7", early=0.143, late=0.285, rate=0.35,
                 sentence="Made for phones: as accurate as resnet34 for a small part of its work."),
    Architecture("efficientnet_b0", late_from="4", early=0.228, late=0.542, rate=0.35,
                 sentence="Accurate for its few parameters, but slower to train than they suggest."),
    Architecture("convnext_tiny", late_from="4", early=3.05, late=5.86,
                 sentence="Modern and the most accurate one here, with the most work: wants a GPU."),
)}

BUNDLED_ARCHITECTURE = "resnet18"      # whose weights come with the playground
IMAGENET_SIZE = 224     # pixels a side at which torchvision's weights learned
SCRATCH_SIZE = 128      # the bundled ones' too; nothing learned asks for a size, and 224 costs three times the time


def architecture_named(name: str) -> Architecture:
    """Raises BadRecipe that lists the known ones."""
    if name not in ARCHITECTURES:
        raise BadRecipe(f"There is no network named '{name}'.",
                        remedy=f"Choose one of {', '.join(ARCHITECTURES)}.")
    return ARCHITECTURES[name]


def next_bigger(name: str) -> str | None:
    """The network that does the next more work a picture; None where there is none."""
    bigger = [each for each in ARCHITECTURES.values() if each.gflop > architecture_named(name).gflop]
    return min(bigger, key=lambda each: each.gflop).name if bigger else None


def usual_size(weights: str, offline: bool) -> int:
    """The size that a job most likely finds to suit these weights: it alone knows whether a download succeeds."""
    return SCRATCH_SIZE if weights in ("none", "bundled") or (weights == "auto" and offline) else IMAGENET_SIZE
