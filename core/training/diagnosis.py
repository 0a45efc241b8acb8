"""What a run's history says of it, in words, each with its evidence and what to try next. Needs no torch.

Rules of thumb, not proofs: every threshold has a name and a reason, and none is met by a run that goes well.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from statistics import fmean, median
from typing import Literal

from core.events import EpochDone, Failed
from core.interpretation.intervals import wilson
from core.runs.story import Story
from core.training.stage import HIGHEST_RATE, Stage
from core.training.words import rate_in_words

Kind = Literal["over-fitting", "under-fitting", "rate too high", "rate too low", "too few images", "healthy"]

LEAST_EPOCHS = 3             # two points make a line through anything
END_EPOCHS = 2               # at the end, averaged: one epoch goes up and down by luck
RISEN = 1.05                 # validation loss over its lowest: less is the jitter of a small validation set ...
LEAST_RISE = 0.01            # ... and of a loss near 0, where a twentieth is nothing (nats)
WELL_UNDER = 0.7             # training over validation loss: dropout and variation usually leave it above
LOST_GROUND = 1.3            # training loss over its lowest of before, outside a restart ...
LEAST_LOST = 0.1             # ... and above it, in nats: less is what dropout makes of a small loss
SPIKE, LEAST_SPIKE = 3.0, 1.0  # a batch's loss over the median of those before it; and above it, in nats
MANY_SPIKES = 3              # one or two are odd pictures
BATCHES_BEFORE = 15          # of which a spike's median is taken
BARELY = 0.05                # share by which losses fell from first to last epoch
MUCH_TO_LEARN = 0.3          # training loss (nats) below which standing still is having arrived
COIN_TOSS = 0.69             # ln 2: as unsure as between two equal answers
STILL_FALLING = 0.05         # share of the validation loss, in each of the last epochs
WIDEST = 0.2                 # of the accuracy's interval: with more, it does not tell 80 % from 95 %
BOLDEST = 0.3                # a rate above which ten times more is no advice

# How the engine's and the pipeline's Diverged begin (core/training/engine.py, core/pipeline/train.py).
DIVERGED = re.compile(r"The loss became|.* are no numbers any more|No epoch was finished with answers")


@dataclass(frozen=True, slots=True)
class Diagnosis:
    kind: Kind
    says: str                    # what it is, with the term in brackets
    evidence: str                # the numbers
    advice: str                  # what to try next
    stage: Stage | None = None   # to be added to the recipe
    rate: float | None = None    # of the head, for the stage itself: there is nothing to go on from


def diagnose(story: Story, stage: Stage, valid_images: int) -> tuple[Diagnosis, ...]:
    """The most pressing first; empty where it is too early to say. `stage` is the recipe's that was last in hand."""
    if isinstance(story.end, Failed):
        return tuple(_diverged(story, story.end))
    if len(story.epochs) < LEAST_EPOCHS or story.stage is None:
        return ()
    own = [row for row in story.epochs if row.stage == story.stage.stage]
    rows = own if len(own) >= LEAST_EPOCHS else list(story.epochs)
    found = [*_too_high(story, rows, stage), *_over_fitting(story, rows, stage)]
    found = found or [*_too_low(story, rows, stage)] or [*_under_fitting(story, rows, stage)]
    few = list(_too_few(rows, valid_images))
    return tuple(found + few) or (_healthy(rows, stage),)


def _diverged(story: Story, end: Failed) -> Iterator[Diagnosis]:
    if story.stage is None or not DIVERGED.match(end.problem):
        return
    rate = story.stage.learning_rates[-1]
    yield Diagnosis(
        "rate too high", "Its steps were too big (learning rate too high).",
        f"The losses are no numbers any more. The highest rate of stage {story.stage.stage + 1} was "
        f"{rate_in_words(rate)}.",
        f"Train again with a tenth of it, {rate_in_words(rate / 10)}.", rate=rate / 10)


def _too_high(story: Story, rows: Sequence[EpochDone], stage: Stage) -> Iterator[Diagnosis]:
    evidence = _lost_ground(rows, stage) or _spikes(story)
    if evidence:
        yield Diagnosis(
            "rate too high", "Its steps look too big (learning rate too high).", evidence,
            "Go on in smaller steps, a tenth as big.", _at(stage, story, 0.1))


def _lost_ground(rows: Sequence[EpochDone], stage: Stage) -> str:
    restarts = set(accumulate(stage.cycles, initial=0))
    for place in range(1, len(rows)):
        best = min(rows[:place], key=lambda row: row.train_loss)
        worse = rows[place].train_loss >= max(LOST_GROUND * best.train_loss, best.train_loss + LEAST_LOST)
        if worse and place not in restarts and rows[-1].train_loss > best.train_loss:
            return (f"The training loss rose from {best.train_loss:.2f} in epoch {best.epoch + 1} to "
                    f"{rows[place].train_loss:.2f} in epoch {rows[place].epoch + 1}.")
    return ""


def _spikes(story: Story) -> str:
    """Of the stage in hand after its first epoch: while layers that are new to training settle, anything goes."""
    assert story.stage is not None
    first = next((story.step_after(row) for row in story.epochs if row.stage == story.stage.stage), None)
    losses = [batch.loss for batch in story.batches if first is not None and batch.step > first]
    spikes = [loss for place, loss in enumerate(losses[BATCHES_BEFORE:])
              if loss > max(SPIKE * (usual := median(losses[place:place + BATCHES_BEFORE])), usual + LEAST_SPIKE)]
    if len(spikes) < MANY_SPIKES:
        return ""
    return (f"{len(spikes)} of {len(losses)} batches had a loss of more than three times the usual, "
            f"up to {max(spikes):.1f}.")


def _over_fitting(story: Story, rows: Sequence[EpochDone], stage: Stage) -> Iterator[Diagnosis]:
    best = min(rows, key=lambda row: row.valid_loss)
    now, train = _end(rows, "valid_loss"), _end(rows, "train_loss")
    since = len(rows) - 1 - rows.index(best)
    rises = now >= max(RISEN * best.valid_loss, best.valid_loss + LEAST_RISE)
    if since >= END_EPOCHS and rises and train <= WELL_UNDER * now and train < best.train_loss:
        surer = (f" It is right more often all the same, {rows[-1].accuracy:.1%} against {best.accuracy:.1%}: what it "
                 "gets wrong, it gets wrong more surely." if rows[-1].accuracy > best.accuracy else "")
        yield Diagnosis(
            "over-fitting", "It begins to learn its pictures by heart (over-fitting).",
            f"The validation loss was lowest, {best.valid_loss:.2f}, after epoch {best.epoch + 1} and is {now:.2f} "
            f"at the end, while the training loss fell to {train:.2f}.{surer}",
            "Make learning by heart harder: more variation (augmentation), dropout and blended pictures (mixup), and "
            "stop once the validation loss no longer falls. More pictures help most.", _harder(stage, story))


def _too_low(story: Story, rows: Sequence[EpochDone], stage: Stage) -> Iterator[Diagnosis]:
    first, last = rows[0], rows[-1]
    if (last.train_loss >= MUCH_TO_LEARN and _fall(first.train_loss, last.train_loss) < BARELY
            and _fall(first.valid_loss, last.valid_loss) < BARELY):
        assert story.stage is not None
        rate = story.stage.learning_rates[-1]
        bold = rate > BOLDEST / 10
        yield Diagnosis(
            "rate too low", "It hardly moves: its steps look too small (learning rate too low).",
            f"From epoch {first.epoch + 1} to {last.epoch + 1} the training loss went from {first.train_loss:.2f} to "
            f"{last.train_loss:.2f}, at a rate of up to {rate_in_words(rate)}.",
            "The rate is high already: have it found anew." if bold else "Go on in steps ten times as big.",
            _found_anew(stage) if bold else _at(stage, story, 10))


def _under_fitting(story: Story, rows: Sequence[EpochDone], stage: Stage) -> Iterator[Diagnosis]:
    says = "It has not learned all that it could (under-fitting)."
    last, train, valid = rows[-1], _end(rows, "train_loss"), _end(rows, "valid_loss")
    falls = [_fall(before.valid_loss, after.valid_loss) for before, after in pairwise(rows[-END_EPOCHS - 1:])]
    blurred = stage.mixup > 0 or stage.label_smoothing > 0      # then the training loss is high by intent
    if train >= COIN_TOSS and train >= WELL_UNDER * valid and not blurred:
        deeper = _deeper(stage)
        yield Diagnosis(
            "under-fitting", says,
            f"Even of the pictures that it learns from it is unsure: their loss is {train:.2f}, and "
            f"{COIN_TOSS} is a coin toss between two answers.",
            "Let more of the network learn." if deeper else "Train longer, or take a bigger network.",
            deeper or _at(stage, story, 1))
    elif last.valid_loss == min(row.valid_loss for row in rows) and min(falls) >= STILL_FALLING:
        yield Diagnosis(
            "under-fitting", says,
            f"The validation loss still fell by {100 * fmean(falls):.0f} % an epoch at the end, to "
            f"{last.valid_loss:.2f}.", "Train on: as many epochs once more.", _at(stage, story, 1))


def _too_few(rows: Sequence[EpochDone], images: int) -> Iterator[Diagnosis]:
    if images < 1:
        return
    low, high = wilson(round(rows[-1].accuracy * images), images)
    if high - low > WIDEST:
        yield Diagnosis(
            "too few images", "There are too few pictures to tell how good it is.",
            f"It was tested on {images}: one picture is {100 / images:.1f} points, and its true accuracy lies anywhere "
            f"between {100 * low:.0f} and {100 * high:.0f} %.",
            "Collect more pictures, or set a larger share aside on the page Data. Until then, take small differences "
            "for luck.")


def _healthy(rows: Sequence[EpochDone], stage: Stage) -> Diagnosis:
    deeper, best = _deeper(stage), min(rows, key=lambda row: row.valid_loss)
    return Diagnosis(
        "healthy", "It looks healthy.",
        f"The validation loss came from {rows[0].valid_loss:.2f} to {rows[-1].valid_loss:.2f}; its lowest was "
        f"{best.valid_loss:.2f}, after epoch {best.epoch + 1}. The training loss ended at {rows[-1].train_loss:.2f}.",
        "Next, let the whole network learn, the earliest layers in the smallest steps." if deeper else
        "What may still help: larger pictures, a bigger network, or more pictures.", deeper)


def _end(rows: Sequence[EpochDone], field: Literal["train_loss", "valid_loss"]) -> float:
    return fmean(row.train_loss if field == "train_loss" else row.valid_loss for row in rows[-END_EPOCHS:])


def _fall(before: float, after: float) -> float:
    """As a share of what it was; below 0 where it rose."""
    return 1 - after / before if before > 0 else 0.0


def _at(stage: Stage, story: Story, factor: float) -> Stage:
    """The same stage once more, with so many times the rates that it had."""
    assert story.stage is not None
    peaks = [min(HIGHEST_RATE, rate * factor) for rate in story.stage.learning_rates]
    rates = tuple(min(HIGHEST_RATE, rate * factor) for rate in stage.learning_rate) \
        if isinstance(stage.learning_rate, tuple) else peaks[-1]
    return stage.model_copy(update={"learning_rate": rates, "learning_rate_factor": 1.0, "find_lr": False})


def _found_anew(stage: Stage) -> Stage:
    return stage.model_copy(update={"learning_rate": None, "learning_rate_factor": 1.0, "find_lr": True})


def _harder(stage: Stage, story: Story) -> Stage:
    """The same layers, on varied and blended pictures, in small steps, for as long as it helps."""
    return _at(stage, story, 0.1).model_copy(update={
        "precompute": False, "augment": True, "dropout": max(0.5, stage.dropout or 0.0), "mixup": max(0.4, stage.mixup),
        "patience": 2})


def _deeper(stage: Stage) -> Stage | None:
    """What learns next, as fast.ai's steps have it; None where the whole network does."""
    if stage.trains == "all":
        return None
    return Stage(trains="all", epochs=4, spread=100, find_lr=True, size=stage.size, batch_size=stage.batch_size)
