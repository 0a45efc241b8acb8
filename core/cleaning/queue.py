"""What is left to look at: pictures with reasons that still hold, those first that are likeliest worth the while."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from core.cleaning.finding import DUPLICATES, Finding, Findings, Reason
from core.data.dataset import Dataset, Part, Sample
from core.data.edits import Edit, standing

# How often looking at a finding led to a change, as measured on the coins' planted faults at defaults (`python -m bench
# cleaning`), leaks first: they make the accuracy look better than it is.
WORTH: dict[Reason, float] = {
    "exact_duplicate": 0.7, "near_duplicate": 0.7, "label": 0.6, "outlier": 0.4, "odd_shape": 0.3, "uniform": 0.3,
    "dark": 0.2, "bright": 0.2, "tiny": 0.2, "blurred": 0.1,
}
ACROSS = 1.0             # of duplicates that stand on two sides of the split, or whose labels contradict each other


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What the first reason asks for; a person decides."""

    action: Literal["relabel", "remove"]
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """A picture to look at, as it stands, with the reasons that hold, the weightiest first."""

    sample: Sample
    part: Part
    findings: tuple[Finding, ...]
    others: tuple[Sample, ...]       # its duplicates that still stand
    contradicting: bool              # some of these have another label
    leak: bool                       # some of these stand on another side of the split
    gain: float                      # 0 to 1: how likely it is worth looking at

    @property
    def reasons(self) -> tuple[Reason, ...]:
        return tuple(finding.reason for finding in self.findings)

    @property
    def suggestion(self) -> Suggestion | None:
        first = self.findings[0]
        if first.reason in DUPLICATES:
            return None if _stays(first) else Suggestion("remove")
        return Suggestion("relabel", first.label) if first.label else None


def queue(found: Findings, dataset: Dataset, side: dict[str, Part], edits: Sequence[Edit]) -> tuple[Item, ...]:
    """The pictures of `dataset`, which stands after `edits` (the whole log), that are still to be looked at.

    A finding is done with once its picture was removed, was relabelled since the look, or was kept in spite of that
    reason; one of duplicates also once no other copy stands. Where the copy to stay was removed, the next one stays.
    """
    stands = {sample.id: sample for sample in dataset.samples}
    kept, decided = _kept(edits), _relabelled_since(edits, found.edits)
    order = {(finding.reason, finding.sample): place for place, finding in enumerate(found.findings)}
    by_sample: dict[str, list[Finding]] = defaultdict(list)
    for place, finding in enumerate(found.findings):
        holds = finding.sample in stands and finding.reason not in kept[finding.sample]
        if finding.reason == "label":
            holds = holds and finding.sample not in decided and finding.label != stands[finding.sample].label
            holds = holds and finding.label in dataset.classes          # it may have been renamed since
        elif finding.reason in DUPLICATES:
            others = [order.get((finding.reason, other), -1) for other in finding.others if other in stands]
            holds = holds and bool(others)
            if holds and min(others) > place:
                finding = finding.model_copy(update={"score": (finding.value or 0.0) / 2})
        if holds:
            by_sample[finding.sample].append(finding)
    items = [item for id, findings in by_sample.items() if (item := _item(stands[id], findings, stands, side))]
    return tuple(sorted(items, key=lambda item: (-item.gain, item.sample.original_name)))


def _item(sample: Sample, findings: list[Finding], stands: dict[str, Sample], side: dict[str, Part]) -> Item | None:
    others = {id: stands[id] for finding in findings for id in finding.others if id in stands}
    part = side.get(sample.id, "train")
    contradicting = any(other.label != sample.label for other in others.values())
    leak = any(side.get(other, "train") != part for other in others)

    def gain(finding: Finding) -> float:
        return _gain(finding, contradicting or leak)

    # Of a contradicting pair both are shown; once the labels agree, one is enough.
    left = [finding for finding in findings if finding.reason not in DUPLICATES or contradicting
            or not _stays(finding)]
    if not left:
        return None
    ordered = sorted(left, key=lambda finding: (-gain(finding), finding.reason))
    return Item(sample, part, tuple(ordered), tuple(others.values()), contradicting, leak, gain(ordered[0]))


def _gain(finding: Finding, across: bool) -> float:
    """`across`: of duplicates, whether their labels contradict each other or they stand on two sides of the split."""
    return finding.score * (ACROSS if across and finding.reason in DUPLICATES else WORTH[finding.reason])


def _stays(finding: Finding) -> bool:
    """Of duplicates: whether it is the others that should go. No copy may be lost by removing whatever is suggested."""
    return finding.score < (finding.value or 0.0)


def counts(items: Iterable[Item]) -> dict[Reason, int]:
    """Pictures with each reason that some has, in the order of WORTH."""
    every = [reason for item in items for reason in set(item.reasons)]
    return {reason: every.count(reason) for reason in WORTH if reason in every}


def of_reasons(items: Iterable[Item], reasons: Collection[Reason]) -> tuple[Item, ...]:
    """Those with any of these reasons, which come first and are what is suggested about; all where none is named."""
    if not reasons:
        return tuple(items)
    asked = [replace(item, findings=tuple(sorted(item.findings, key=lambda finding: finding.reason not in reasons)))
             for item in items if set(reasons) & set(item.reasons)]
    return tuple(sorted(asked, key=lambda item: -_gain(item.findings[0], item.contradicting or item.leak)))


def keep(item: Item, who: str) -> Edit:
    """The edit that says: looked at, and right as it is."""
    return Edit(item.sample.id, "keep", who=who, why=", ".join(item.reasons))


def _kept(edits: Sequence[Edit]) -> dict[str, set[str]]:
    """The reasons in spite of which each picture was kept."""
    kept: dict[str, set[str]] = defaultdict(set)
    for edit in standing(edits):
        if edit.action == "keep":
            kept[edit.sample] |= set(edit.why.split(", "))
    return kept


def _relabelled_since(edits: Sequence[Edit], lines: int) -> set[str]:
    """Pictures that got a label after the log had so many lines."""
    recent = {edit.gesture for edit in edits[lines:]}
    return {edit.sample for edit in standing(edits) if edit.gesture in recent and edit.action in ("relabel", "restore")}
