"""A recipe and its stages in words, for people who read them for the first time. Needs no torch."""

import math

from core.training.draft import searches
from core.training.recipe import Recipe
from core.training.stage import ScheduleName, Stage
from core.vision.architectures import ARCHITECTURES

TRAINED = {"head": "head only", "late": "late layers", "all": "whole network"}
MOST_LISTED = 3              # stages that one line tells one by one

SCHEDULES: dict[ScheduleName, str] = {
    "one_cycle": "one cycle", "cosine": "cosine", "sgdr": "restarts (SGDR)", "triangular": "triangular cycles",
    "constant": "constant"}

# How the learning rate moves over a stage, as the end of a sentence that begins with "The learning rate".
COURSES: dict[ScheduleName, str] = {
    "one_cycle": "rises to its peak and then falls to almost nothing (one cycle)",
    "cosine": "begins at its peak and falls to nothing along half a cosine",
    "sgdr": "falls from its peak to nothing and begins again at the peak (warm restarts, SGDR)",
    "triangular": "climbs from a lower bound to an upper one and down again, in straight lines (triangular cycles)",
    "constant": "stays the same",
}


def recipe_in_words(recipe: Recipe) -> str:
    """In one line: "resnet18, head only, 20 epochs, learning rate 3.0e-3"."""
    stages = recipe.stages
    network = recipe.model.architecture if recipe.model.architecture in ARCHITECTURES else "usual network"
    trained = " then ".join(_in_turn([TRAINED[stage.trains] for stage in stages]))
    if len(stages) > MOST_LISTED:
        return f"{network}, {len(stages)} stages ({trained}), {_count(sum(stage.epochs for stage in stages), 'epoch')}"
    epochs = " + ".join(f"{stage.epochs}" for stage in stages)
    rates = " then ".join(_in_turn(["found before training" if stage.head_rate is None
                                    else rate_in_words(stage.head_rate) for stage in stages]))
    noun = "epoch" if epochs == "1" else "epochs"
    return f"{network}, {trained}, {epochs} {noun}, learning rate {rates}"


def explained(recipe: Recipe) -> str:
    """What training by this recipe will do, in whole sentences for a beginner, as Markdown."""
    model = recipe.model
    network = "The network" if model.architecture is None else model.architecture
    start = (f"{network} starts from random weights and learns everything from your pictures."
             if model.weights == "none" else f"{network} has learned to see from many other pictures before yours.")
    if len(recipe.stages) == 1:
        told = stage_explained(recipe, 0)
    else:
        told = "\n".join(f"{place + 1}. {stage_explained(recipe, place)}" for place in range(len(recipe.stages)))
    return f"{start}\n\n{told}\n\n" + " ".join((*_imbalance(recipe), (
        "The pictures that are set aside on the page Data are never learned from: they tell how good it is.")))


def stage_explained(recipe: Recipe, place: int) -> str:
    """What one of its stages does, in whole sentences."""
    stage = recipe.stages[place]
    return " ".join((_learning(stage), _rate(stage, searches(recipe, place)), *_extras(stage)))


def learns_in_words(stage: Stage) -> str:
    """A card's title: what learns."""
    if stage.trains == "head":
        return "Head on what was seen once" if stage.cached else "Head"
    return "Late layers and head" if stage.trains == "late" else "Whole network"


def frozen_in_words(stage: Stage) -> str:
    """What stays as it is."""
    if not stage.frozen:
        return "Nothing is frozen"
    return f"Frozen: {' and '.join(stage.frozen)} layers"


def length_in_words(stage: Stage) -> str:
    """"15 epochs in 4 cycles"."""
    cycles = len(stage.cycles)
    at_most = "up to " if stage.patience else ""
    return f"{at_most}{_count(stage.epochs, 'epoch')}" + (f" in {cycles} cycles" if cycles > 1 else "")


def rates_in_words(recipe: Recipe, place: int) -> str:
    """A stage's peak learning rates, from the input to the head: "3.0e-5 to 3.0e-3"."""
    stage = recipe.stages[place]
    if isinstance(stage.learning_rate, tuple):
        return " · ".join(rate_in_words(rate) for rate in stage.peaks(None))
    if stage.learning_rate is None:
        when = "found before it" if searches(recipe, place) else "as found before"
        times = "" if stage.learning_rate_factor == 1 else f" × {stage.learning_rate_factor:g}"
        return f"{when}{times}{_smaller(stage)}"
    peaks = [rate_in_words(peak) for peak in stage.peaks(None)]
    return peaks[0] if peaks[0] == peaks[-1] else f"{peaks[0]} to {peaks[-1]}"


def rate_in_words(rate: float) -> str:
    """A learning rate as people write it: "3.0e-3", "10"."""
    if rate >= 1:
        return f"{rate:g}"
    power = math.floor(math.log10(rate))
    mantissa = f"{rate / 10**power:.1f}"
    return f"1.0e{power + 1}" if mantissa == "10.0" else f"{mantissa}e{power}"


def _learning(stage: Stage) -> str:
    times = _times(stage.epochs)
    if stage.patience is not None:
        times = f"up to {times}"
    variants = ", each time in another variant (augmentation)" if stage.draws else ""
    if stage.cached:
        views = f", and in {_count(stage.views, 'other variant')}" if stage.views else ""
        return (f"Every picture goes through it once{views}, and its last layers (head) learn {times} from what it saw "
                "(epochs).")
    if stage.trains == "head":
        return (f"Its last layers (head) learn {times} from every picture (epochs){variants}; "
                "the early and late layers stay as they are (frozen).")
    if stage.trains == "late":
        return (f"Its late layers and its head learn {times} from every picture (epochs){variants}; "
                "the early layers stay as they are (frozen).")
    return f"The whole network learns {times} from every picture (epochs){variants}."


def _rate(stage: Stage, found: bool) -> str:
    """`found`: it is searched just before the stage, where it is open."""
    cycles = len(stage.cycles)
    course = COURSES[stage.schedule] + (f", {_times(cycles)}" if cycles > 1 else "")
    if stage.head_rate is None:
        ratio = _ratio(stage)
        lower = f", {ratio:.3g} times smaller in the first of the layers that learn" if ratio > 1 else ""
        times = f", times {stage.learning_rate_factor:g}" if stage.learning_rate_factor != 1 else ""
        origin = (f"is found just before it starts{times}" if found else f"is the one that was found before{times}")
        return f"How big its steps are (learning rate) {origin}{lower}; the rate {course}."
    peaks = [rate_in_words(peak) for peak in stage.peaks(None)]
    lower = "" if len(set(peaks)) == 1 else f", in the first of the layers that learn {peaks[0]}"
    return f"It takes steps (learning rate) of up to {peaks[-1]}{lower}; the rate {course}."


def _ratio(stage: Stage) -> float:
    """The head's rate over that of the first layers that learn."""
    peaks = stage.peaks(1.0)
    return peaks[-1] / peaks[0]


def _smaller(stage: Stage) -> str:
    return "" if _ratio(stage) == 1 else f", first layers ÷\u00a0{_ratio(stage):.3g}"


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def _extras(stage: Stage) -> list[str]:
    told = []
    if stage.size is not None:
        told.append(f"It sees the pictures {stage.size} × {stage.size} pixels large.")
    if stage.patience is not None:
        when = " at the end of a cycle" if len(stage.cycles) > 1 else ""
        told.append(f"It stops{when} once the validation loss has not fallen for {_count(stage.patience, 'epoch')}, "
                    "for from there on it would learn by heart (over-fitting); the epoch with the lowest is kept.")
    if stage.mixup:
        told.append("Pictures are blended in pairs, and their answers too (mixup).")
    if stage.label_smoothing:
        told.append("It is asked not to be quite sure of any answer (label smoothing).")
    return told


def _imbalance(recipe: Recipe) -> list[str]:
    return {"ignore": [],
            "weighted_loss": ["A mistake on a rare class counts for more (weighted loss)."],
            "balanced_sampling": ["Pictures of rare classes are shown more often (balanced sampling)."],
            }[recipe.imbalance]


def _in_turn(words: list[str]) -> list[str]:
    """Without those that say the same as the one before."""
    return [word for place, word in enumerate(words) if place == 0 or word != words[place - 1]]


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
