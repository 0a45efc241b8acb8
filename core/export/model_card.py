"""`MODEL_CARD.md`: what the network does, how good it is, and when not to trust it (Mitchell et al. 2019,
arXiv:1810.03993). Names that people gave are shown as plain words, never as Markdown."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from core.data.safe_words import plain
from core.export.certificate import at_most
from core.export.examples import Example
from core.export.manifest import Manifest
from core.interpretation.baseline import always_largest
from core.interpretation.confusion import most_confused
from core.interpretation.estimates import Estimate
from core.interpretation.intervals import describe_accuracy
from core.interpretation.per_class import ClassScore, scores
from core.interpretation.percent import percent
from core.interpretation.predictions import Predictions
from core.runs.certainty import Certainty
from core.runs.folder import DatasetDocument
from core.training.words import stage_explained

CONFUSION = "confusion.png"
PAIRS = 5                    # of classes that are most often confused
FEW_OF_A_CLASS = 20          # validation pictures: below, what is said of the class alone is a guess
WEIGHTS_FROM = {
    "imagenet": "It began with weights learned from ImageNet, whose terms are for non-commercial research and "
                "education. Whether they allow your use is for you to judge.",
    "bundled": "It began with weights learned from Tiny ImageNet, a subset of ImageNet, whose terms are for "
               "non-commercial research and education. Whether they allow your use is for you to judge."}


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """What the card tells of."""

    manifest: Manifest
    document: DatasetDocument
    valid: Predictions           # this very network's answers
    test: Predictions | None     # the run's, where the data set has test pictures
    kept: Certainty
    examples: Sequence[Example] = ()


def card(told: Told) -> str:
    """The whole page, as Markdown."""
    manifest = told.manifest
    parts = (
        f"# {plain(manifest.name)}\n\nA classifier of pictures: {manifest.architecture}, which tells apart "
        f"{len(manifest.classes)} classes. It was trained in the classifier playground, which wrote this "
        "page from what it measured.",
        f"## How good it is\n\n{_accuracy(told)}",
        f"## Its classes\n\n{_classes(told)}",
        f"## What it confuses\n\n{_confusions(told)}",
        *((f"## Examples\n\n{_examples(told.examples)}",) if told.examples else ()),
        f"## When not to trust it\n\n{_limits(told)}",
        f"## How it was made\n\n{_origin(told)}",
    )
    return "\n\n".join(parts) + "\n"


def _accuracy(told: Told) -> str:
    largest, guessing = always_largest(told.valid)
    lines = [f"- Validation pictures, which it did not learn from: **{describe_accuracy(told.valid)}** (share right, "
             "pictures, and the interval in which the true share lies with 95 % confidence).",
             f"- Always saying “{plain(largest)}” would be right in {100 * guessing:.1f} %."]
    if told.test is not None and len(told.test):
        lines.insert(1, f"- Test pictures, which played no part in any choice: **{describe_accuracy(told.test)}**.")
    if (half := told.manifest.half) is not None:
        before = half.accuracy_in_float32
        lines.append(f"- Its weights are stored in half their size (float16). In float32, {before.correct} of "
                     f"{before.pictures} were right; the rounding gave {half.changed} pictures to another class and "
                     f"moved no probability by more than {at_most(100 * half.largest_difference)} percentage points.")
    if (threshold := told.kept.threshold) is not None:
        lines.append(f"- Below {100 * threshold.value:.0f} % it says “I don't know”. Of the validation pictures it so "
                     f"answers {threshold.answered}, of which {threshold.right} are right, and refuses "
                     f"{threshold.refused}.")
    if (temperature := told.kept.temperature) is not None:
        lines.append(f"- Its probabilities are tempered (temperature {temperature.value:.3g}), so that 90 % sure means "
                     f"right nine times in ten: the calibration error fell from {100 * temperature.ece_before:.1f} to "
                     f"{100 * temperature.ece_after:.1f} points on pictures that the temperature was not found on.")
    return "\n".join(lines)


def _classes(told: Told) -> str:
    """A row a class; the numbers are those of the confusion matrix."""
    learned = _counts(told.document, "train")
    rows = ["| No. | Class | To learn from | To check with | Found (recall) | Right when said (precision) |",
            "|---:|---|---:|---:|---:|---:|"]
    rows += [f"| {number} | {plain(score.name)} | {learned[score.name]} | {score.support} | {_share(score.recall)} | "
             f"{_share(score.precision)} |" for number, score in enumerate(scores(told.valid), start=1)]
    return "\n".join(rows) + "\n\nIn brackets: the 95 % interval, in percent."


def _confusions(told: Told) -> str:
    pairs = most_confused(told.valid)[:PAIRS]
    words = "\n".join(f"- {plain(pair.actual)} taken for {plain(pair.predicted)}: {pair.count}" for pair in pairs)
    matrix = (f"![The confusion matrix of the validation pictures]({CONFUSION})\n\nRows: what a picture is. Columns: "
              "what it was taken for. The numbers of the classes are those of the table above.")
    return f"{words or 'It confused no two classes on the validation pictures.'}\n\n{matrix}"


def _examples(shown: Sequence[Example]) -> str:
    rows = ["| Picture | It is | It was taken for | How sure |", "|---|---|---|---:|"]
    for one in shown:
        verdict = "right" if one.right else "wrong"
        rows.append(f"| ![{verdict}]({one.file}) | {plain(one.actual)} | {plain(one.predicted)} ({verdict}) | "
                    f"{percent(one.probability)} |")
    return "\n".join(rows) + "\n\nSome that are right, drawn by lot, and the surest mistakes."


def _limits(told: Told) -> str:
    manifest = told.manifest
    answer = ("it may answer with one of them all the same, and be sure" if manifest.threshold is not None else
              "it answers with one of them all the same, and may be sure")
    points = 100 / len(told.valid)
    lines = [f"- **Pictures of something else.** It knows its {len(manifest.classes)} classes and nothing besides: "
             f"shown anything else, {answer}.",
             "- **Pictures taken otherwise.** Another camera, light, background or angle than in the pictures it "
             "learned from may mislead it. What is measured here holds for pictures like those.",
             f"- **Small differences.** One validation picture is {points:.1f} points. And the best of several epochs "
             "was kept by these same pictures, so the figure is a little too kind.",
             "- **What it goes by.** It may look at something that merely comes along with a class, such as the "
             "background. Try it on pictures where that differs.",
             "- **Decisions about people.** Nothing here shows that it is fair, or fit for medicine or the law."]
    rare = [score for score in scores(told.valid) if score.support < FEW_OF_A_CLASS]
    if rare:
        lines.insert(3, f"- **Rare classes.** {_rarely(rare)} fewer than {FEW_OF_A_CLASS} validation pictures: what "
                        "the table says of such a class is little more than a guess.")
    return "\n".join(lines)


def _rarely(rare: Sequence[ClassScore]) -> str:
    if len(rare) == 1:
        return f"{plain(rare[0].name)} has"
    return f"{len(rare)} classes have"


def _origin(told: Told) -> str:
    manifest, counts = told.manifest, told.manifest.pictures
    drawn = f"were divided by lot (seed {told.document.seed})"
    split = "came divided" if told.document.split_source == "folders" else drawn
    test = f", {counts['test']:,} kept for a test" if counts["test"] else ""
    parts = [f"{counts['train']:,} pictures to learn from, {counts['valid']:,} to validate with{test}; they {split}.",
             "\n".join(f"{place + 1}. {stage_explained(manifest.recipe, place)}"
                       for place in range(len(manifest.recipe.stages))),
             WEIGHTS_FROM.get(manifest.recipe.model.weights, ""),
             "The exact settings are in `recipe.json`, and `reproduce.py` trains by them again.",
             f"- Data fingerprint: `{manifest.dataset}`\n- Input: {manifest.preprocessing.size} × "
             f"{manifest.preprocessing.size} pixels, {manifest.preprocessing.how}\n- Versions: "
             + ", ".join(f"{name} {version}" for name, version in _trained_with(manifest).items())]
    return "\n\n".join(part for part in parts if part)


def _trained_with(manifest: Manifest) -> dict[str, str]:
    """The versions that the training met; where its recipe tells none, those that wrote the export."""
    met = (manifest.recipe.met or {}).get("versions")
    versions = met if isinstance(met, dict) else manifest.versions
    return {str(name): plain(str(version)) for name, version in versions.items()}


def _counts(document: DatasetDocument, part: str) -> Counter[str]:
    label = dict(zip(document.ids, document.labels, strict=True))
    return Counter(document.classes[label[id]] for id in document.split.get(part, ()))


def _share(estimate: Estimate | None) -> str:
    if estimate is None:
        return "–"
    return f"{100 * estimate.value:.0f} % ({100 * estimate.low:.0f}–{100 * estimate.high:.0f})"
