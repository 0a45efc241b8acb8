"""What the Clean page works on: the newest look at a data set, its log, and the pictures that are left to look at."""

import getpass
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import streamlit as st

from core.cleaning.finding import SAID, Findings
from core.cleaning.queue import Item, queue
from core.data.dataset import Sample
from core.data.edits import Edit, standing, undo_of
from core.data.split import Split
from core.data.store import StoredDataset
from core.errors import BadRun, LimitReached, PlaygroundError, TooFewImages, UserMistake
from core.interpretation.predictions import Predictions
from core.jobs.entries import LOCAL, Job
from core.jobs.orders import Inspect
from core.training import presets
from core.training.recipe import SplitSpec
from pages.ui import dataset_view, privacy, session
from pages.ui.dataset_view import Division
from pages.ui.mishaps import told as told_error
from pages.ui.session import Chosen

Change = Literal["relabel", "remove"]
REFUSED = "clean refused"        # session_state: the last change that could not be made
SAID_ONCE = "clean said"         # session_state: a word about the last one that was


@dataclass(frozen=True, slots=True, eq=False)
class Cleaning:
    """A data set, what was found in it by which job, and what people did since."""

    chosen: Chosen
    division: Division
    job: Job
    found: Findings
    edits: tuple[Edit, ...]          # the whole log
    items: tuple[Item, ...]          # left to look at

    @property
    def suspects(self) -> int:
        """Pictures with a finding, looked at or not."""
        return len({finding.sample for finding in self.found.findings})

    @property
    def changed(self) -> int:
        """Pictures that are labelled otherwise than they came, or are removed."""
        now = {sample.id: sample.label for sample in self.chosen.dataset.samples}
        return sum(now.get(sample.id) != sample.label for sample in self.chosen.stored.catalogue.samples)

    @property
    def changes_since(self) -> int:
        """Edits since the look that change the data set."""
        recent = {edit.gesture for edit in self.edits[self.found.edits:]}
        return sum(edit.gesture in recent and edit.action != "keep" for edit in standing(self.edits))

    @property
    def straddling(self) -> int:
        """Groups of copies, exact and near, on more than one side of a split that could be drawn otherwise."""
        split = self.division.split
        if split is None or split.source == "folders":
            return 0
        sides = self.division.sides
        return sum(len({sides[id] for id in group if id in sides}) > 1 for group in self.found.together)

    @property
    def accuracy(self) -> float | None:
        """Of the heads that looked, each at pictures that it had not seen."""
        said = _said(self.job.folder, self.job.id)
        return said.accuracy if said is not None and len(said) else None

    def said(self, id: str) -> tuple[tuple[str, float], ...]:
        """(class, probability) by a head that had not seen the picture, the likeliest first; () where it is unknown."""
        said = _said(self.job.folder, self.job.id)
        if said is None or id not in said.ids:
            return ()
        row = said.probabilities[said.ids.index(id)]
        return tuple(sorted(zip(said.classes, map(float, row), strict=True), key=lambda pair: -pair[1]))


def cleaning(chosen: Chosen, job: Job) -> Cleaning:
    """Raises BadRun where the findings are damaged, BadSource where the log is."""
    found = _found(job.folder, job.id)
    edits = chosen.stored.edit_log().edits
    division = dataset_view.divided(chosen, chosen.recipe.split)
    return Cleaning(chosen, division, job, found, edits, queue(found, chosen.dataset, division.sides, edits))


def as_it_came(chosen: Chosen) -> Division:
    """The split of the pictures as they came, before any edit."""
    return dataset_view.divided(replace(chosen, dataset=chosen.stored.catalogue), chosen.recipe.split)


def split_anew(chosen: Chosen, **changed: float) -> SplitSpec:
    """The recipe's way of splitting with a change of it: a new split keeps near copies, as far as a look has found
    any, on one side."""
    job, together = looks(chosen)[0], chosen.recipe.split.together
    if job is not None:
        with suppress(BadRun):
            together = _found(job.folder, job.id).together
    return chosen.recipe.split.model_copy(update={**changed, "together": together})


def divided_now(chosen: Chosen) -> Split:
    """The split as it stands. Raises UserMistake where there is none."""
    division = dataset_view.divided(chosen, chosen.recipe.split)
    if division.split is None:
        raise division.problem or UserMistake("These pictures cannot be split.",
                                               remedy="Look at them on the Data page.")
    return division.split


def looks(chosen: Chosen) -> tuple[Job | None, Job | None]:
    """The newest look that is finished, and a newer one that is not over, failed or was stopped."""
    jobs = session.office().desk.jobs(session.visitor(), dataset=chosen.entry.id, kind="inspect")
    done = next((job for job in jobs if job.state == "finished"), None)
    newest = jobs[0] if jobs and jobs[0] is not done else None
    return done, newest


def look(chosen: Chosen) -> None:
    """Have the pictures looked through, by the network whose activations are prepared. Raises LimitReached."""
    recipe = presets.load("quick").model_copy(update={"split": chosen.recipe.split})
    session.submit(Inspect(dataset=chosen.entry.folder, recipe=recipe), chosen.entry.id)


def look_by_itself(chosen: Chosen) -> bool:
    """The first look needs no click, unless the visitor has too much at work already. Whether it was handed in."""
    with suppress(LimitReached):
        look(chosen)
        return True
    return False


def change(edits: Sequence[Edit], said: str = "", dataset: str | None = None) -> bool:
    """Write them down for good, unless another tab has done so already; what cannot be done is told of on the page.

    In the data set of this entry's id, by default the one that the pages show. Whether anything was done; then `said`
    is shown once.
    """
    try:
        chosen = session.chosen() if dataset is None else session.opened(
            session.office().desk.dataset(session.visitor(), dataset))
    except PlaygroundError as error:             # deleted in another tab
        st.session_state[REFUSED] = error
        return False
    if chosen is None or st.session_state.get(privacy.OPEN):     # a key's shortcut acts behind a dialog too
        return False
    label = {sample.id: sample.label for sample in chosen.dataset.samples}
    left = [edit for edit in edits if not _done(edit, label)]
    if edits and not left:
        st.session_state[SAID_ONCE] = "That was done already, in another tab."
        return False
    try:
        chosen.stored.append_edits(left)
    except TooFewImages as error:
        st.session_state[REFUSED] = UserMistake(f"Nothing was changed. {error.problem}", remedy=(
            "A class needs two pictures: tick two or more on the Clean page, under Many at once, or choose another "
            "class."))
        return False
    except PlaygroundError as error:
        st.session_state[REFUSED] = error
        return False
    st.session_state[SAID_ONCE] = said
    return True


def undo_newest() -> None:
    """Take back the newest click of the log that stands, whoever made it and in whichever tab."""
    chosen = session.chosen()
    last = last_gesture(chosen.stored.edit_log().edits) if chosen is not None else ()
    if last:
        change([undo_of(last[0].gesture, who())], "Undone.")


def told() -> None:
    """What the last click did, or why it could not be done; once."""
    if (error := st.session_state.pop(REFUSED, None)) is not None:
        told_error(error)
    if said := st.session_state.pop(SAID_ONCE, ""):
        st.toast(said, icon=":material/check:")


def _done(edit: Edit, label: Mapping[str, str]) -> bool:
    """Whether the data set, told by the labels of its pictures, stands as the edit would have it."""
    if edit.action == "relabel":
        return label.get(edit.sample) == edit.value
    return edit.action == "remove" and edit.sample not in label


def thumbnail(stored: StoredDataset, sample: Sample, alt: str) -> None:
    """The picture at display size; a word in its place where its file is gone."""
    file = stored.thumbnail(sample)
    if file.is_file():
        st.image(file.read_bytes(), width="stretch", alt=alt)
    else:
        st.caption("gone")


def last_gesture(edits: Sequence[Edit]) -> tuple[Edit, ...]:
    """The edits of the newest click that still stands."""
    stand = standing(edits)
    return tuple(edit for edit in stand if edit.gesture == stand[-1].gesture) if stand else ()


def who() -> str:
    """Who makes an edit, for the log: the account on one's own machine, else the one visitor of the room."""
    if session.visitor() != LOCAL:
        return "you"
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):     # an account without a name, as in some containers
        return "you"


@st.cache_resource(max_entries=64, show_spinner=False)
def _found(folder: Path, id: str) -> Findings:
    return Findings.load(folder)


@st.cache_resource(max_entries=16, show_spinner=False)
def _said(folder: Path, id: str) -> Predictions | None:
    try:
        return Predictions.load(folder / "predictions" / f"{SAID}.npz")
    except PlaygroundError:
        return None
