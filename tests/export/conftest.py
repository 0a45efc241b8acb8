"""One tiny run of odd pictures in classes with hostile names, trained and exported once."""

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.events import Event, drain
from core.export.bundle import export
from core.pipeline.train import train
from core.runs.folder import RunFolder
from core.settings import Settings
from core.training.recipe import ModelSpec, Recipe
from core.training.stage import Stage

# Of the random networks, resnet18 alone gives other answers to other pictures.
RECIPE = Recipe(name="tiny", model=ModelSpec(architecture="resnet18", weights="none"), precision="float32",
                stages=(Stage(trains="head", epochs=8, learning_rate=0.01, size=32, batch_size=8),))
CLASSES = ("__import__('os')", "it's \"quoted\"\nin two lines", "Ünïcode 猫")


@dataclass(frozen=True)
class Taken:
    """A run, the zip that was exported of it, and the folder in which that was unpacked."""

    run: RunFolder
    settings: Settings
    source: Path
    events: list[Event]
    zip: Path
    folder: Path

    @property
    def names(self) -> list[str]:
        """The validation pictures' original names, which are their places below `source`."""
        document = self.run.read_dataset()
        names = dict(zip(document.ids, document.names, strict=True))
        return [names[id] for id in self.run.read_predictions("valid").ids]


@pytest.fixture(scope="session")
def taken(tmp_path_factory: pytest.TempPathFactory) -> Taken:
    """Read it, and change nothing in it."""
    place = tmp_path_factory.mktemp("taken")
    source, settings = odd_folder(place / "odd"), Settings(home=place / "home", offline=True)
    run = RunFolder.create(place / "run")
    _, code = drain(train(str(source), RECIPE, run, settings))
    assert code == 0, run.read_status()
    events, _ = drain(export(run, place / "odd.zip", settings))
    with zipfile.ZipFile(place / "odd.zip") as archive:
        archive.extractall(place / "unpacked")
    return Taken(run, settings, source, events, place / "odd.zip", place / "unpacked")


def odd_folder(root: Path) -> Path:
    """Plain pictures to train; CMYK, EXIF-rotated, 16-bit, transparent, animated and long ones to validate."""
    random = np.random.default_rng(0)
    for place, name in enumerate(CLASSES):
        train, valid = root / "train" / name, root / "valid" / name
        train.mkdir(parents=True)
        valid.mkdir(parents=True)

        def picture(width: int = 60, height: int = 44, channel: int = place) -> Image.Image:
            pixels = random.integers(0, 120, (height, width, 3))
            pixels[: height // 2, :, channel] += 120      # which way is up shows
            return Image.fromarray(pixels.astype(np.uint8))

        for number in range(8):
            picture().save(train / f"{number}.png")
        picture(300, 200).convert("CMYK").save(valid / "cmyk.jpg")
        exif = Image.Exif()
        exif[0x0112] = 6                                  # lies on its side
        picture(200, 300).save(valid / "rotated.jpg", exif=exif)
        Image.fromarray(random.integers(0, 65536, (50, 40), dtype=np.uint16)).save(valid / "deep.png")
        picture().convert("RGBA").resize((33, 21)).save(valid / "see-through.png")
        picture().save(valid / "moves.gif", save_all=True, append_images=[picture()])
        picture(400, 20).save(valid / "long.webp")
    return root
