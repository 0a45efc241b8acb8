"""The ladder: what each step of the recipe gains on coins and clothing; resnet18, bundled weights, three seeds.

A default rate; the rate that lr_find picks; fast.ai's eight steps; three more epochs on larger pictures; test-time
augmentation. Clothing is judged on its test pictures, coins on the validation pictures. Takes about an hour on two
cores; what is done is kept below .bench/ladder, so that it may be stopped.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from bench.common import DATA, row
from bench.peer import PLACE
from core.data import store
from core.events import drain
from core.interpretation.intervals import wilson
from core.interpretation.predictions import Predictions
from core.interpretation.views import Averaging, Views, averaged
from core.pipeline.look_again import look_again
from core.pipeline.train import go_on, train
from core.runs.folder import RunFolder
from core.settings import Settings, from_environment
from core.training import presets
from core.training.recipe import Recipe
from core.training.stage import Stage

SEEDS = (1, 2, 3)
SOURCES = {"coins": ("coins", "valid", "top-down"),
           "clothing": (str(DATA / "clothing.zip"), "test", "side-on")}
DEFAULT_RATE = 1e-3          # AdamW's own in torch and Keras
LARGER = 192                 # pixels a side, after 128
RUNGS = ("a default rate (1e-3)", "lr_find", "the eight steps", f"larger pictures ({LARGER})",
         "test-time augmentation")


def main() -> None:
    widths = (28, 10, 10, 40)
    for name in SOURCES:
        climbs = [_climbed(name, seed) for seed in SEEDS]
        row(name, "error", "interval", "each seed, right of n", widths=widths)
        for rung in RUNGS:
            right, total = sum(climb[rung][0] for climb in climbs), sum(climb[rung][1] for climb in climbs)
            low, high = wilson(right, total)
            row(f"  {rung}", f"{1 - right / total:.1%}", f"{1 - high:.0%}-{1 - low:.0%}",
                " ".join(f"{climb[rung][0]}/{climb[rung][1]}" for climb in climbs), widths=widths)


def _climbed(name: str, seed: int) -> dict[str, tuple[int, int]]:
    """Right of how many on each rung; measured once and kept."""
    kept = PLACE / "ladder" / f"{name}-{seed}.json"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        settings = from_environment({"PLAYGROUND_HOME": str(PLACE / "ladder" / f"home-{name}-{seed}"),
                                     "PLAYGROUND_OFFLINE": "1"})
        climb = {rung: (int(part.correct.sum()), len(part)) for rung, part in _climb(name, seed, settings)}
        kept.write_text(json.dumps(climb))
    return {rung: (right, total) for rung, (right, total) in json.loads(kept.read_text()).items()}


def _climb(name: str, seed: int, settings: Settings) -> Iterator[tuple[str, Predictions]]:
    source, part, augmentation = SOURCES[name]
    quick, eight = (_recipe(preset, seed, augmentation) for preset in ("quick", "eight-steps"))
    yield RUNGS[0], _trained(source, quick.changed(learning_rate=DEFAULT_RATE), settings, "default")[1][part]
    yield RUNGS[1], _trained(source, quick, settings, "found")[1][part]
    run, predictions = _trained(source, eight, settings, "eight")
    yield RUNGS[2], predictions[part]
    larger = Stage(trains="all", epochs=3, size=LARGER, spread=100, learning_rate_factor=0.3)
    longer = eight.model_copy(update={"stages": (*eight.stages, larger)})
    folder = RunFolder.create(run.path.parent / "larger")
    _, code = drain(go_on(run, longer, folder, settings))
    yield RUNGS[3], _predictions(folder, code)[part]
    stored = store.load(settings.datasets / folder.read_dataset().dataset)
    _, code = drain(look_again(stored, folder, 4, RunFolder.create(run.path.parent / "views"), settings))
    _require(code, folder)
    yield RUNGS[4], averaged(Views.load(folder.predictions / f"{part}-views.npz"), Averaging())


def _recipe(name: str, seed: int, augmentation: str) -> Recipe:
    from core.vision.augmentation import preset

    recipe = presets.load(name).model_copy(update={"augmentation": preset(augmentation)})
    return recipe.changed(architecture="resnet18", weights="bundled", seed=seed)


def _trained(source: str, recipe: Recipe, settings: Settings, name: str) -> tuple[RunFolder, dict[str, Predictions]]:
    folder = RunFolder.create(Path(settings.home) / name)
    _, code = drain(train(source, recipe, folder, settings))
    return folder, _predictions(folder, code)


def _predictions(folder: RunFolder, code: int) -> dict[str, Predictions]:
    _require(code, folder)
    return {part: folder.read_predictions(part) for part in ("valid", "test")
            if (folder.predictions / f"{part}.npz").is_file()}


def _require(code: int, folder: RunFolder) -> None:
    if code:
        raise RuntimeError(f"a training failed: {folder.read_status().problem}")


if __name__ == "__main__":
    main()
