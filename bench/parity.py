"""Exports against the runs they are of: the largest difference of any probability, float32 and half-size weights.

Photos, and then photos as a print shop, a phone held upright or a scanner would have saved them (CMYK, EXIF, odd sizes,
16 bit, alpha), for each kind of network: resnet18 with the bundled weights, the others with random ones.
"""

import json
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from bench.common import DATA, fresh_home, row
from core.events import drain
from core.export.bundle import export
from core.export.certificate import CERTIFICATE
from core.export.contents import Wishes
from core.pipeline.train import new_run_folder, train
from core.runs.folder import RunFolder
from core.settings import Settings
from core.training import presets
from core.training.recipe import ModelSpec, Recipe

NETWORKS = ("resnet18", "resnet34", "mobilenet_v3_small", "convnext_tiny")
ODD = "odd pictures"
SOURCES = {"ants-bees": 20, "clothing": 20, ODD: 3}      # and for how many epochs a head is trained
ODD_PICTURES = 60            # a class, of ants-bees
WIDTHS = (40, 14, 14, 16, 16, 12)


def main() -> None:
    row("", "pictures", "same class", "largest diff.", "right (of run)", "zip, MB", "seconds", widths=(*WIDTHS, 10))
    for architecture in NETWORKS:
        for name, epochs in SOURCES.items():
            with fresh_home() as settings:
                run = _trained(_source(name, settings), _model(architecture), epochs, settings)
                for half in (False, True):
                    _exported(f"{name}, {architecture}{', float16' if half else ''}", run, settings, half)


def _source(name: str, settings: Settings) -> str:
    if name == ODD:
        _odd(settings.home / "odd")
        return str(settings.home / "odd")
    return str(DATA / f"{name}.zip")


def _model(architecture: str) -> ModelSpec:
    return ModelSpec(architecture=architecture, weights="bundled" if architecture == "resnet18" else "none")


def _trained(source: str, model: ModelSpec, epochs: int, settings: Settings) -> RunFolder:
    run = RunFolder.create(new_run_folder(settings))
    recipe = presets.load("quick").changed(epochs=epochs, learning_rate=3e-3, size=128)
    _, code = drain(train(source, Recipe(model=model, stages=recipe.stages), run, settings))
    if code:
        raise RuntimeError(run.read_status().problem)
    return run


def _exported(words: str, run: RunFolder, settings: Settings, half: bool) -> None:
    out = settings.home / f"{half}.zip"
    started = time.perf_counter()
    drain(export(run, out, settings, Wishes(half=half)))
    seconds = time.perf_counter() - started
    with zipfile.ZipFile(out) as archive:
        told = json.loads(archive.read(CERTIFICATE))
    row(words, told["pictures"], told["same_class"], f"{told['largest_difference']:.1e}",
        f"{told['correct']} ({told['correct_of_run']})", f"{out.stat().st_size / 1e6:.1f}", f"{seconds:.1f}",
        widths=(*WIDTHS, 10))


def _odd(root: Path) -> None:
    """Photos of ants-bees in every guise, one after another."""
    for place, (label, photo) in enumerate(_photos()):
        folder = root / label
        folder.mkdir(parents=True, exist_ok=True)
        _disguised(photo, place % 6, folder / f"{place}")


def _photos() -> Iterator[tuple[str, Image.Image]]:
    taken: dict[str, int] = {}
    with zipfile.ZipFile(DATA / "ants-bees.zip") as archive:
        for name in archive.namelist():
            label = Path(name).parent.name
            if not name.lower().endswith(".jpg") or taken.get(label, 0) >= ODD_PICTURES:
                continue
            taken[label] = taken.get(label, 0) + 1
            with archive.open(name) as file, Image.open(file) as image:
                yield label, image.convert("RGB")


def _disguised(photo: Image.Image, guise: int, place: Path) -> None:
    """CMYK; lying on its side with an EXIF tag; cut to an odd size; 16-bit grey; alpha; a palette."""
    match guise:
        case 0:
            photo.convert("CMYK").save(place.with_suffix(".jpg"), quality=90)
        case 1:
            exif = Image.Exif()
            exif[0x0112] = 6
            photo.rotate(90, expand=True).save(place.with_suffix(".jpg"), exif=exif)
        case 2:
            photo.crop((0, 0, photo.width - photo.width % 2 - 1, 61)).save(place.with_suffix(".webp"))
        case 3:
            grey = np.asarray(ImageOps.grayscale(photo), dtype=np.uint16) * 257
            Image.fromarray(grey).save(place.with_suffix(".png"))
        case 4:
            seen = photo.convert("RGBA")
            seen.putalpha(Image.linear_gradient("L").resize(photo.size))
            seen.save(place.with_suffix(".png"))
        case _:
            photo.quantize(64).save(place.with_suffix(".gif"))


if __name__ == "__main__":
    main()
