"""Cleaning: how right each finder is on the coins' planted faults, and what fixing what was found wins back.

Coins have known faults; of ants and bees a tenth of the training labels is flipped, with five seeds. Whoever cleans
looks at what was found and decides rightly: real faults are put right, false alarms are kept. Trainings are quick's and
the eight steps', on resnet18 with the bundled weights. Takes ten minutes on two cores; what is done is kept below
.bench/cleaning.
"""

import json
import shutil
import statistics
import time
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from bench.common import DATA, row
from bench.peer import PLACE
from core.cleaning.finding import ACTIVATIONS, SAID, Findings, Reason
from core.cleaning.payoff import request
from core.data import builtin
from core.data.coins.faults import Fault
from core.data.dataset import Sample
from core.data.edits import Edit, undo_of
from core.data.split import split, split_edited
from core.data.store import StoredDataset
from core.events import drain
from core.interpretation.intervals import wilson
from core.interpretation.predictions import Predictions
from core.jobs.refits import Refits
from core.pipeline.bring_in import bring_in
from core.pipeline.look_for_faults import look_for_faults
from core.pipeline.train import train
from core.runs.folder import RunFolder
from core.settings import Settings, from_environment
from core.training import presets
from core.training.recipe import Recipe, SplitSpec
from core.vision.augmentation import preset

FLIP_SEEDS = range(5)
LADDER_SEEDS = (1, 2, 3)
FLIPPED = 0.1
DEFAULT_RATE = 1e-3          # AdamW's own in torch and Keras
ARTICLE = "14 % -> 6.4 % -> 3.5 %"
# Each finder, and the kinds of planted faults that it is for. A copy filed under another class has a wrong label too.
FOR: tuple[tuple[Reason, tuple[str, ...]], ...] = (
    ("exact_duplicate", ("exact_duplicate",)), ("near_duplicate", ("near_duplicate",)), ("label", ("wrong_label",)),
    ("label", ("wrong_label", "no_such_thing")), ("outlier", ("no_such_thing",)),
    ("outlier", ("no_such_thing", "coin_at_one_end")), ("odd_shape", ("coin_at_one_end",)))


def main() -> None:
    _payoffs()
    _finders()
    _flips()
    _ladder()


# ---- how soon the gain is there

def _payoffs() -> None:
    """Seconds from a decision until the error before and after is known, by the process that the page asks."""
    row("from a decision to the error (s)", "the first", "later ones", widths=(34, 12, 24))
    for name, source in (("coins", "coins"), ("ants-bees", str(DATA / "ants-bees.zip"))):
        settings = _settings(f"payoff-{name}")
        stored = drain(bring_in(source, settings))[1]
        _looked(stored, settings, SplitSpec())
        file = settings.jobs / "look" / ACTIVATIONS
        width, refits, seconds = int(np.load(file, mmap_mode="r").shape[1]), Refits(settings), []
        for sample in stored.catalogue.samples[:6]:
            started = time.perf_counter()
            edit = stored.append_edit(Edit(sample.id, "remove"))
            dataset = stored.dataset()
            refits.payoff(request(file, width, stored.catalogue, dataset, split(stored.catalogue),
                                  split_edited(stored.catalogue, dataset)))
            seconds.append(time.perf_counter() - started)
            stored.append_edit(undo_of(edit.gesture))
        refits.close()
        row(f"  {name}, {len(stored.catalogue.samples)} pictures", f"{seconds[0]:.2f}",
            " ".join(f"{each:.2f}" for each in seconds[1:]), widths=(34, 12, 24))


# ---- how right each finder is on coins

def _finders() -> None:
    stored, found, faults = _coins()
    samples = stored.catalogue.samples
    widths = (18, 34, 8, 11, 8)
    row("coins: finder", "planted", "found", "precision", "recall", widths=widths)
    for reason, kinds in FOR:
        hit = {finding.sample for finding in found.findings if finding.reason == reason}
        groups = [_pictures(fault, samples, reason) for fault in faults
                  if fault.kind in kinds or (reason == "label" and fault.true_label)]
        planted = set().union(*groups)
        row(f"  {reason}", f"{len(groups)} {' or '.join(kinds)}", len(hit), f"{len(hit & planted) / len(hit):.2f}",
            f"{sum(bool(group & hit) for group in groups) / len(groups):.2f}", widths=widths)
    every = {finding.sample for finding in found.findings}
    faulty = set().union(*(_pictures(fault, samples) for fault in faults))
    print(f"  of {len(every)} pictures with any finding, {len(every & faulty)} have a planted fault; "
          f"of {len(faults)} faults, {sum(bool(_pictures(fault, samples) & every) for fault in faults)} are found")


def _coins() -> tuple[StoredDataset, Findings, tuple[Fault, ...]]:
    settings = _settings("coins")
    stored = drain(bring_in("coins", settings))[1]
    return stored, _looked(stored, settings, SplitSpec()), builtin.planned_faults(settings.home / "builtin" / "coins")


def _pictures(fault: Fault, samples: Sequence[Sample], reason: Reason | None = None) -> set[str]:
    """Ids of the pictures that a fault is about: of a duplicate both, but only one has a wrong label."""
    names = {fault.file, None if reason == "label" else fault.of}
    return {sample.id for sample in samples if sample.original_name in names}


# ---- ants and bees with a tenth of the training labels flipped

def _flips() -> None:
    widths = (30, 11, 8, 28)
    results = [_kept(f"flips-{seed}", lambda seed=seed: _flip(seed)) for seed in FLIP_SEEDS]
    row("ants and bees, 10 % flipped", "precision", "recall", "each seed", widths=widths)
    for name in ("ours", "cleanlab's default"):
        shares = [result[name] for result in results]
        row(f"  {name}", f"{statistics.mean(share[0] for share in shares):.2f}",
            f"{statistics.mean(share[1] for share in shares):.2f}",
            " ".join(f"{share[0]:.2f}/{share[1]:.2f}" for share in shares), widths=widths)
    for state in ("flipped", "after fixing what was found", "clean"):
        _errors(state, [result[state] for result in results])


def _flip(seed: int) -> dict[str, list[float]]:
    from cleanlab.filter import find_label_issues

    settings = _settings(f"flips-{seed}")
    stored = drain(bring_in(str(DATA / "ants-bees.zip"), settings))[1]
    classes, label = stored.catalogue.classes, {sample.id: sample.label for sample in stored.catalogue.samples}
    training = split(stored.catalogue).train
    drawn = np.random.default_rng(seed).choice(len(training), round(FLIPPED * len(training)), replace=False)
    flipped = {training[number] for number in drawn}
    clean = _trained(stored, settings, "clean", seed)
    stored.append_edits([Edit(id, "relabel", classes[1 - classes.index(label[id])]) for id in sorted(flipped)])
    noisy = _trained(stored, settings, "flipped", seed)
    found = _looked(stored, settings, SplitSpec())
    ours = {finding.sample for finding in found.findings if finding.reason == "label"}
    said = Predictions.load(settings.jobs / "look" / "predictions" / f"{SAID}.npz")
    theirs = {said.ids[place] for place in np.flatnonzero(find_label_issues(said.labels, said.probabilities, n_jobs=1))}
    stored.append_edits([Edit(id, "relabel", label[id]) for id in sorted(ours & flipped)])
    fixed = _trained(stored, settings, "fixed", seed)
    return {"ours": _shares(ours, flipped), "cleanlab's default": _shares(theirs, flipped), "flipped": noisy,
            "after fixing what was found": fixed, "clean": clean}


def _shares(found: set[str], real: set[str]) -> list[float]:
    """Precision and recall."""
    return [len(found & real) / max(1, len(found)), len(found & real) / len(real)]


# ---- the ladder of the coins

def _ladder() -> None:
    climbs = [_kept(f"ladder-{seed}", lambda seed=seed: dict(_climb(seed))) for seed in LADDER_SEEDS]
    print(f"coins: the ladder (the article's own: {ARTICLE})")
    for rung in climbs[0]:
        _errors(rung, [climb[rung] for climb in climbs])


def _climb(seed: int) -> Iterator[tuple[str, list[float]]]:
    settings = _settings(f"ladder-{seed}")
    stored = drain(bring_in("coins", settings))[1]
    yield "a default rate (1e-3)", _trained(stored, settings, "default", seed, rate=DEFAULT_RATE)
    yield "lr_find", _trained(stored, settings, "found", seed)
    spec = SplitSpec(seed=seed)
    found = _looked(stored, settings, spec)
    right = _right_decisions(stored, found, builtin.planned_faults(settings.home / "builtin" / "coins"))
    valid = set(split(stored.catalogue, spec.valid_share, spec.seed).valid)
    stored.append_edits([edit for edit in right if edit.sample not in valid])
    yield "training pictures cleaned, same ruler", _trained(stored, settings, "cleaned", seed)
    stored.append_edits([edit for edit in right if edit.sample in valid])
    yield "all cleaned, corrected ruler", _trained(stored, settings, "all", seed)
    yield "and the eight steps", _trained(stored, settings, "eight", seed, name="eight-steps")


def _right_decisions(stored: StoredDataset, found: Findings, faults: Sequence[Fault]) -> list[Edit]:
    """What somebody who looks at every finding and errs never would do: at most one thing a picture.

    A long picture with its coin at one end is removed: the square that the network sees holds no coin.
    """
    name = {sample.id: sample.original_name for sample in stored.catalogue.samples}
    fault = {each.file: each for each in faults}
    gone: set[str] = set()
    edits = []
    for finding in sorted(found.findings, key=lambda each: (-each.score, each.sample)):
        if finding.sample in gone or any(edit.sample == finding.sample for edit in edits):
            continue
        known = fault.get(name[finding.sample])
        if known is not None and known.kind == "wrong_label" and known.true_label:
            edits.append(Edit(finding.sample, "relabel", known.true_label))
        elif known is not None and known.kind in ("no_such_thing", "coin_at_one_end"):
            edits.append(Edit(finding.sample, "remove"))
        elif finding.others and not gone & set(finding.others):
            edits.append(Edit(finding.sample, "remove"))
            gone.add(finding.sample)
    return edits


# ---- what they share

def _settings(name: str) -> Settings:
    return from_environment({"PLAYGROUND_HOME": str(PLACE / "cleaning" / name), "PLAYGROUND_OFFLINE": "1"})


def _recipe(name: str, seed: int) -> Recipe:
    recipe = presets.load(name).model_copy(update={"augmentation": preset("top-down")})
    return recipe.changed(architecture="resnet18", weights="bundled", seed=seed)


def _looked(stored: StoredDataset, settings: Settings, spec: SplitSpec) -> Findings:
    shutil.rmtree(settings.jobs / "look", ignore_errors=True)
    run = RunFolder.create(settings.jobs / "look")
    recipe = presets.load("quick").model_copy(update={"split": spec})
    _require(drain(look_for_faults(stored, recipe, run, settings))[1], run)
    return Findings.load(run.path)


def _trained(stored: StoredDataset, settings: Settings, folder: str, seed: int, rate: float | None = None,
             name: str = "quick") -> list[float]:
    """Wrong and total of the validation pictures."""
    recipe = _recipe(name, seed)
    if rate is not None:
        recipe = recipe.changed(learning_rate=rate)
    run = RunFolder.create(settings.home / folder)
    _require(drain(train(stored, recipe, run, settings))[1], run)
    valid = run.read_predictions("valid")
    return [int((~valid.correct).sum()), len(valid)]


def _require(code: int, run: RunFolder) -> None:
    if code:
        raise RuntimeError(f"a job failed: {run.read_status().problem}")


def _errors(name: str, each: Sequence[Sequence[float]]) -> None:
    wrong, total = (int(sum(numbers[place] for numbers in each)) for place in (0, 1))
    low, high = wilson(wrong, total)
    row(f"  {name}", f"{wrong / total:.1%}", f"{low:.0%}-{high:.0%}",
        " ".join(f"{int(one)}/{int(of)}" for one, of in each), widths=(42, 8, 10, 40))


def _kept(name: str, make: Callable[[], dict[str, list[float]]]) -> dict[str, list[float]]:
    """Measured once and kept."""
    file = PLACE / "cleaning" / f"{name}.json"
    if not file.exists():
        shutil.rmtree(PLACE / "cleaning" / name, ignore_errors=True)
        made = make()
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(made))
    kept: dict[str, list[float]] = json.loads(file.read_text())
    return kept

if __name__ == "__main__":
    main()
