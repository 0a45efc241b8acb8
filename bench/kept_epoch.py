"""Which epoch to keep: four rules, judged on pictures that took no part in it (docs/decisions/kept-epoch.md)."""

from collections.abc import Iterator

import numpy as np
import torch

from bench.common import DATA, fresh_home, row
from core.events import EpochDone, drain
from core.pipeline.equip import prepare
from core.pipeline.train import new_run_folder
from core.pipeline.workbench import Workbench
from core.runs.folder import RunFolder
from core.training import presets
from core.training.course import Course
from core.training.engine import Plan, fit
from core.training.feeds import ActivationFeed, Order
from core.training.learner import learner
from core.training.stage import Stage
from core.training.step import Step
from core.vision.classifier import create_head
from core.vision.looking import head_logits

SEEDS, EPOCHS, RATE, BATCH = range(8), 20, 3e-3, 64
DEVICE = torch.device("cpu")


def main() -> None:
    widths = (24, 12, 12, 12, 12)
    row(f"{EPOCHS} epochs at {RATE:g}", "lowest loss", "highest acc.", "one SE, last", "last", widths=widths)
    for name in ("clothing", "ants-bees"):
        with fresh_home() as settings:
            recipe = presets.load("quick").changed(architecture="resnet18", weights="bundled")
            folder = RunFolder.create(new_run_folder(settings))
            _, bench = drain(prepare(folder, str(DATA / f"{name}.zip"), recipe, settings))
            seen = drain(bench.activations(128))[1]
            picked = np.mean([list(_judged(bench, np.asarray(seen), seed)) for seed in SEEDS], axis=0)
        row(name, *(f"{accuracy:.3f}" for accuracy in picked), widths=widths)


def _judged(bench: Workbench, seen: np.ndarray, seed: int) -> Iterator[float]:
    """The accuracy on the judging pictures of the epoch that each rule picks."""
    train, valid, judge = _thirds(bench, seed)
    head = create_head(seen.shape[1], len(bench.dataset.classes), seed)
    feed = ActivationFeed(seen, bench.labels, train, valid, Order(bench.labels[train], BATCH, seed), seed, DEVICE)
    standing = learner(head, [tuple(head.parameters())], 0.01, DEVICE, "float32")
    epochs = []
    plan = Plan(0, EPOCHS, Course.of(Stage(epochs=EPOCHS), (RATE,)), Step(), seed)
    for event in fit(standing, feed, plan):
        if isinstance(event, EpochDone):
            right = head_logits(head, seen[judge], DEVICE).argmax(1) == bench.labels[judge]
            epochs.append((event.valid_loss, event.accuracy, event.kept, right.mean()))
    rows = np.array(epochs, dtype=float)
    for epoch in (rows[:, 0].argmin(), rows[:, 1].argmax(), np.flatnonzero(rows[:, 2])[-1], -1):
        yield rows[epoch, 3]


def _thirds(bench: Workbench, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows to train, to choose on and to judge; without a test folder a fifth of the training rows chooses."""
    train, valid = bench.rows(bench.split.train), bench.rows(bench.split.valid)
    if bench.split.test:
        return train, valid, bench.rows(bench.split.test)
    mixed = np.random.default_rng(seed).permutation(train)
    return mixed[len(mixed) // 5:], mixed[:len(mixed) // 5], valid


if __name__ == "__main__":
    main()
