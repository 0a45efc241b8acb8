"""A data set made from a standing one: with more pictures, or with its edits as its first state. The old one stays."""

from collections import Counter
from collections.abc import Generator, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from core.data.copies import link_pictures, variant
from core.data.dataset import Dataset, Sample, collect
from core.data.edits import Edit, apply_edits, standing
from core.data.files import File, printable
from core.data.ingest import read_pictures, ready, told_edits
from core.data.sources import open_addition
from core.data.store import StoredDataset, incoming, keep, write_edits
from core.errors import BadSource, TooLarge, UserMistake
from core.events import Event, Note, PictureSkipped
from core.settings import Settings


def grown(base: StoredDataset, source: Path, settings: Settings,
          label: str | None = None, labels: File | None = None) -> Generator[Event, None, StoredDataset]:
    """The base's pictures with those of a folder or zip, and with the base's edits; their ids stay the same.

    With a `label` all pictures of the source are of that class, whatever folders they lie in; `labels`, a list, tells
    their classes as it does in `ingest`. Pictures that the base
    has, by name and content, are told of and left out. Raises what `ingest` raises, for the whole that would come of
    it; BadSource where nothing is new; then, and when the stream is closed early, nothing of it stays.
    """
    with open_addition(source, settings, label, labels) as found, \
            incoming(settings.datasets, found.size_bytes, settings.min_free_bytes) as folder:
        yield from (Note(note) for note in found.notes)
        yield from (PictureSkipped(*skipped) for skipped in found.skipped)
        samples, unusable = yield from read_pictures(found.entries, folder, settings)
        new, known = _told_apart(base, samples)
        yield from known
        if not new:
            raise BadSource(f"Nothing in '{found.name}' is new to '{base.catalogue.name}'.",
                            remedy="Choose pictures that it does not have yet, and that can be opened.")
        yield from _sides(base, new)
        added, edits = _as_renamed(base, [_on_its_side(base, sample) for sample in new])
        catalogue = collect(base.catalogue.name, (*base.catalogue.samples, *added))
        _require_within_limits(catalogue, settings)
        log = (*base.edit_log().edits, *edits)
        before, after = base.dataset(), apply_edits(catalogue, log)
        link_pictures(base, base.catalogue.samples, folder)
        write_edits(folder, log)
        stored = keep(folder, catalogue, settings.datasets)
        yield from _news(before, after, len(added))
        yield ready(stored.dataset(), len(found.skipped) + unusable + len(known), found.ignored)
        return stored


def baked(base: StoredDataset, settings: Settings, name: str) -> Generator[Event, None, StoredDataset]:
    """The base as it stands after its edits, as a data set that came like this: with no log, and without what was
    removed. Raises UserMistake where nothing was edited."""
    edited = base.dataset()
    if edited.fingerprint == base.catalogue.fingerprint:
        raise UserMistake(f"Nothing of '{base.catalogue.name}' is changed, so there is nothing to start anew from.",
                          remedy="Go on with it as it is.")
    catalogue = collect(printable(name), edited.samples)
    stored = variant(base, catalogue, settings.datasets)
    yield from told_edits(stored)
    yield ready(stored.dataset())
    return stored


def _told_apart(base: StoredDataset, samples: Sequence[Sample]) -> tuple[list[Sample], list[PictureSkipped]]:
    """What the base lacks, and a word on each picture that it has."""
    stands = {sample.id: sample.label for sample in base.dataset().samples}
    known = {_name_and_content(sample): stands.get(sample.id) for sample in base.catalogue.samples}
    new, told = [], []
    for sample in samples:
        if (key := _name_and_content(sample)) not in known:
            new.append(sample)
        elif (label := known[key]) is None:
            told.append(PictureSkipped(sample.original_name, "It is among the pictures that were removed here."))
        else:
            told.append(PictureSkipped(sample.original_name, f"It is here already, as '{label}'."))
    return new, told


def _name_and_content(sample: Sample) -> tuple[str, str]:
    return PurePosixPath(sample.original_name).name.casefold(), sample.sha256


def _parted(dataset: Dataset) -> bool:
    return any(sample.part for sample in dataset.samples)


def _on_its_side(base: StoredDataset, sample: Sample) -> Sample:
    """Where the base is divided by chance, so are the new ones: a few folders shall not decide for all."""
    return sample if _parted(base.catalogue) else replace(sample, part=None)


def _sides(base: StoredDataset, new: Sequence[Sample]) -> Generator[Event, None, None]:
    parted, name = _parted(base.catalogue), base.catalogue.name
    if parted and any(sample.part is None for sample in new):
        yield Note(f"'{name}' came divided into folders, so pictures that did not come so are there to learn from.")
    if not parted and any(sample.part for sample in new):
        yield Note(f"'{name}' is divided by chance, so the folders train, valid and test of the new pictures do not "
                   "count.")


def _as_renamed(base: StoredDataset, new: Sequence[Sample]) -> tuple[list[Sample], list[Edit]]:
    """New pictures of a class that has its name from an edit come in as the class came, and are renamed with it.

    Else one of them alone would be a class with one picture before the edits, and stay behind when these are undone.
    """
    came = {sample.id: sample.label for sample in base.catalogue.samples}
    last = {edit.sample: edit for edit in standing(base.edit_log().edits) if edit.action == "relabel"}
    made: dict[str, Counter[tuple[str, str]]] = {}       # by class: its pictures' first labels and gestures
    for sample in base.dataset().samples:
        if sample.label not in base.catalogue.classes:
            made.setdefault(sample.label, Counter())[came[sample.id], last[sample.id].gesture] += 1
    samples, edits = [], []
    for sample in new:
        if sample.label in made:
            (first, gesture), _ = made[sample.label].most_common(1)[0]
            why = next(edit.why for edit in last.values() if edit.gesture == gesture)
            edits.append(Edit(sample.id, "relabel", sample.label, why=why, gesture=gesture))
            sample = replace(sample, label=first)
        samples.append(sample)
    return samples, edits


def _require_within_limits(catalogue: Dataset, settings: Settings) -> None:
    size_bytes = sum(sample.size_bytes for sample in catalogue.samples)
    if len(catalogue.samples) > settings.max_files:
        raise TooLarge(f"'{catalogue.name}' would have {len(catalogue.samples):,} pictures; "
                       f"{settings.max_files:,} are allowed.", remedy="Add fewer, or raise PLAYGROUND_MAX_FILES.")
    if size_bytes > settings.max_unpacked_bytes:
        raise TooLarge(f"The pictures of '{catalogue.name}' would have {size_bytes / 1e6:,.1f} MB; "
                       f"{settings.max_unpacked_bytes / 1e6:,.1f} MB are allowed.",
                       remedy="Add fewer, or raise PLAYGROUND_MAX_UNPACKED_BYTES.")


def _news(before: Dataset, after: Dataset, added: int) -> Generator[Event, None, None]:
    classes = sorted(set(after.classes) - set(before.classes))
    of = f", with the new class{'es' if len(classes) > 1 else ''} {', '.join(classes)}" if classes else ""
    yield Note(f"{added:,} picture{' was' if added == 1 else 's were'} added to the {len(before.samples):,} of "
               f"'{before.name}'{of}.")
