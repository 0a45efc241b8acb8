"""The well-known data sets that are fetched from their makers: what they hold, how large they are, whose they are."""

from dataclasses import dataclass
from pathlib import Path

from core.errors import BadSource

PER_CLASS = 500          # pictures a class that are suggested where all would be too many


@dataclass(frozen=True, slots=True)
class ReadySet:
    """A set in words for someone who sees it for the first time."""

    name: str
    short: str                    # as in "take the flowers"
    title: str
    sentence: str
    classes: int
    pictures: int
    largest_class: int            # pictures of the class that has most
    download_bytes: int           # about
    licence: str
    source: str                   # its makers' page
    archives: tuple[str, ...]     # what torchvision fetches, below its root

    def root(self, home: Path) -> Path:
        """Where its archives are kept, once for the playground."""
        return home / "ready" / self.name

    def fetched(self, home: Path) -> bool:
        """Whether its archives lie there, so that no network is needed."""
        return all((self.root(home) / archive).is_file() for archive in self.archives)

    def most_per_class(self, max_files: int) -> int:
        """Pictures a class that may be taken at most."""
        return max(2, min(self.largest_class, max_files // self.classes))

    def usual_per_class(self, max_files: int) -> int:
        """All of them where they are few enough, else PER_CLASS."""
        most = self.most_per_class(max_files)
        return most if most == self.largest_class and self.pictures <= max_files else min(PER_CLASS, most)


SETS = (
    ReadySet("pets", "pets", "Cats and dogs by breed",
             "Oxford-IIIT Pets: photos of 37 breeds, some of them much alike. Lesson 1 of fast.ai begins with them.",
             37, 7349, 200, 811_000_000, "CC BY-SA 4.0", "https://www.robots.ox.ac.uk/~vgg/data/pets/",
             ("oxford-iiit-pet/images.tar.gz", "oxford-iiit-pet/annotations.tar.gz")),
    ReadySet("flowers", "flowers", "Flowers",
             "Flowers-102: 102 kinds of flowers, with ten pictures of each to learn from. A network that knows other "
             "pictures does surprisingly well all the same.",
             102, 8189, 258, 345_000_000, "no licence named; made for research",
             "https://www.robots.ox.ac.uk/~vgg/data/flowers/102/",
             ("flowers-102/102flowers.tgz", "flowers-102/imagelabels.mat", "flowers-102/setid.mat")),
    ReadySet("imagenette", "ten things", "Ten easy things",
             "Imagenette: ten classes of ImageNet that are easily told apart, from fish to parachutes.",
             10, 13_394, 1_350, 342_000_000, "as ImageNet's; for research and teaching",
             "https://github.com/fastai/imagenette", ("imagenette2-320.tgz",)),
    ReadySet("eurosat", "Earth", "The Earth from above",
             "EuroSAT: squares of 64 pixels as a satellite saw them: forest, river, houses and seven more. From above "
             "nothing is upright, so every turn and flip is fair.",
             10, 27_000, 3_000, 94_000_000, "MIT", "https://github.com/phelber/EuroSAT", ("eurosat/EuroSAT.zip",)),
    ReadySet("cifar10", "tiny pictures", "Tiny pictures",
             "CIFAR-10: planes, cars, birds, cats and six more on 32 pixels a side, which networks are measured by.",
             10, 60_000, 6_000, 170_000_000, "no licence named; made for research",
             "https://www.cs.toronto.edu/~kriz/cifar.html", ("cifar-10-python.tar.gz",)),
)
NAMES = tuple(known.name for known in SETS)


def describe(name: str) -> ReadySet:
    """Raises BadSource for a name that is none of NAMES."""
    for known in SETS:
        if known.name == name:
            return known
    raise BadSource(f"There is no ready-made data set '{name}'.", remedy=f"Choose one of: {', '.join(NAMES)}.")
