"""resnet18 @128 from the bundled weights, four frozen and four unfrozen epochs, three seeds: ours beside fastai's.

The peer at the rates that suit it here (head 1e-2, then slice(1e-4, 2e-3)), ours at what lr_find picks, each with
its own augmentation. Clothing is judged on its test pictures: the peer validates on them, ours chooses its epoch on
the validation pictures.
"""

from statistics import mean

import torch

from bench import peer
from bench.common import DATA, fresh_home, row
from core.events import drain
from core.pipeline.train import new_run_folder, train
from core.runs.folder import RunFolder
from core.settings import Settings
from core.training import presets
from core.training.stage import Stage

SEEDS = (1, 2, 3)
JUDGED = {"ants-bees": "valid", "clothing": "test"}


def main() -> None:
    row("4 + 4 epochs, three seeds", "fastai", "ours", "each seed: fastai | ours")
    for name, part in JUDGED.items():
        theirs = [_theirs(name, part, seed) for seed in SEEDS]
        with fresh_home() as settings:
            torch.set_num_threads(settings.threads)
            ours = [_ours(name, part, seed, settings) for seed in SEEDS]
        row(f"{name} ({part})", f"{mean(theirs):.3f}", f"{mean(ours):.3f}",
            " ".join(f"{a:.3f}" for a in theirs) + " | " + " ".join(f"{a:.3f}" for a in ours))


def _theirs(name: str, part: str, seed: int) -> float:
    arguments = ["--arch", "resnet18", "--size", "128", "--weights", str(peer.BUNDLED.relative_to(peer.ROOT)),
                 "--epochs", "4", "--stages", "frozen,unfrozen,tta", "--seed", str(seed)]
    accuracy: float = peer.figures(DATA / f"{name}.zip", part, arguments)["predict_valid"]["acc"]
    return accuracy


def _ours(name: str, part: str, seed: int, settings: Settings) -> float:
    stages = (Stage(trains="head", epochs=4, learning_rate_factor=3), Stage(trains="all", epochs=4, spread=10))
    recipe = presets.load("fine-tune").model_copy(update={"stages": stages}).changed(
        architecture="resnet18", weights="bundled", seed=seed)
    folder = RunFolder.create(new_run_folder(settings))
    heard, code = drain(train(str(DATA / f"{name}.zip"), recipe, folder, settings))
    if code:
        raise RuntimeError(f"our training failed: {heard[-1]}")
    return folder.read_predictions(part).accuracy


if __name__ == "__main__":
    main()
