"""A data set at a glance: how many of what, on which side of the split, and what was left out."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import plotly.graph_objects as go
import streamlit as st

from core.data.dataset import Dataset, Part, Sample
from core.data.split import Split, leaks, split_edited
from core.errors import UserMistake
from core.events import DatasetReady, Note, PictureSkipped
from core.jobs.orders import ARRIVALS
from core.runs.folder import RunFolder
from core.training.recipe import SplitSpec
from pages.ui import colours, frame, session
from pages.ui import dataset_words as words
from pages.ui.session import Chosen
from pages.ui.words import amount, short

PARTS: tuple[Part, ...] = ("train", "valid", "test")
PART_STRENGTH = {"train": 1.0, "valid": 0.55, "test": 0.3}      # of a class's colour in its bar
MOST_TABS = 10          # classes that are shown side by side; more are a list to choose from
IMBALANCE = 3           # so many times the rarest class
BAR_PIXELS, MOST_BARS_PIXELS = 34, 420


@dataclass(frozen=True, slots=True, eq=False)
class Division:
    """A split with what the page asks of it, counted once. Where it cannot be made, all pictures train."""

    split: Split | None
    problem: UserMistake | None
    examples: dict[str, tuple[tuple[Sample, Part], ...]]    # by class
    sides: dict[str, Part]                                  # of every picture, by its id
    counted: dict[Part, dict[str, int]]                     # pictures a class on each side
    leaked: int                                             # groups of identical pictures on more than one side

    def counts(self, part: Part) -> dict[str, int]:
        """Pictures a class on one side."""
        return self.counted[part]


def divided(chosen: Chosen, spec: SplitSpec) -> Division:
    return _divided(chosen.stored.catalogue, chosen.dataset,
                    (chosen.stored.catalogue.fingerprint, chosen.dataset.fingerprint), spec)


@st.cache_resource(max_entries=64, show_spinner=False)
def _divided(_catalogue: Dataset, _dataset: Dataset, fingerprints: tuple[str, str], spec: SplitSpec) -> Division:
    division, problem, leaked = None, None, 0
    try:
        division = split_edited(_catalogue, _dataset, spec.valid_share, spec.seed, spec.together)
        leaked = len(leaks(_dataset, division))
    except UserMistake as error:
        problem = error
    sides = {sample.id: PARTS[0] for sample in _dataset.samples}
    if division is not None:
        sides |= division.sides
    members: dict[str, list[tuple[Sample, Part]]] = {label: [] for label in _dataset.classes}
    counted = {part: dict.fromkeys(_dataset.classes, 0) for part in PARTS}
    for sample in _dataset.samples:
        members[sample.label].append((sample, sides[sample.id]))
        counted[sides[sample.id]][sample.label] += 1
    return Division(division, problem, {label: tuple(each) for label, each in members.items()}, sides, counted, leaked)


def summary(dataset: Dataset, division: Division) -> None:
    """How many pictures of each class, and what is uneven about them."""
    counts = dataset.counts()
    st.markdown(f"**{len(dataset.samples):,} pictures** in {len(counts)} classes "
                ":small[:gray[(full colour: to learn from; paler: set aside)]]")
    height = 12 + BAR_PIXELS * len(counts)
    with st.container(height=MOST_BARS_PIXELS if height > MOST_BARS_PIXELS else "content", border=False):
        parts = [division.counts(part) for part in PARTS]
        rows = tuple((label, tuple(part[label] for part in parts)) for label in counts)
        st.plotly_chart(_bars(rows, height), config={"staticPlot": True}, key="class-counts")
    rarest, most = min(counts, key=lambda label: counts[label]), max(counts, key=lambda label: counts[label])
    if counts[most] > IMBALANCE * counts[rarest]:
        st.markdown(f":material/balance: There are {counts[most] / counts[rarest]:.0f} times as many pictures of "
                    f"{frame.plain(most)} as of {frame.plain(rarest)} (imbalance): the network will lean towards "
                    "what it sees more often. More pictures of the rare class help most.")
    if division.split is not None and (none := [label for label, count in division.counts("valid").items()
                                                if not count]):
        st.markdown(words.unchecked(none, division.split.source == "folders"))
    if division.leaked:
        stand = "pictures stand" if division.leaked > 1 else "picture stands"
        st.markdown(f":material/content_copy: {division.leaked:,} {stand} "
                    "on more than one side of the split (a leak): the accuracy will look better than it is.")


# A figure takes plotly 20 ms, and thirty visitors look at the same coins.
@st.cache_resource(max_entries=64, show_spinner=False)
def _bars(classes: tuple[tuple[str, tuple[int, ...]], ...], height: int) -> go.Figure:
    """A bar for each class and its pictures in each of PARTS. Shared: not to be changed."""
    # By place, not by name: two classes may be the same once shortened.
    rows = list(range(len(classes)))
    totals = [sum(numbers) for _, numbers in classes]
    figure = go.Figure()
    for index, part in enumerate(PARTS):
        figure.add_bar(
            orientation="h", y=rows, x=[numbers[index] for _, numbers in classes], opacity=PART_STRENGTH[part],
            width=0.62, marker_color=[colours.of_class(row) for row in rows])
    figure.add_scatter(y=rows, x=totals, mode="text", textposition="middle right",
                       text=[f"{total:,}" for total in totals])
    most = max(totals)
    figure.update_layout(barmode="stack", showlegend=False, height=height, margin={"l": 0, "r": 0, "t": 4, "b": 4})
    figure.update_xaxes(visible=False, range=[0, most * 1.15])
    figure.update_yaxes(range=[len(rows) - 0.5, -0.5], tickvals=rows, ticktext=[_short(label) for label, _ in classes],
                        showgrid=False, automargin=True, ticksuffix="  ")
    return figure


def _short(label: str) -> str:
    """Plotly reads tags in its texts."""
    return escape(short(label), quote=False)


def left_out(entry_id: str) -> None:
    """What the pictures' arrival told of: files that could not be used, and notes."""
    jobs = session.office().desk.jobs(session.visitor(), dataset=entry_id)
    job = next((job for job in jobs if job.kind in ARRIVALS and job.state == "finished"), None)
    if job is None:
        return
    skipped, notes, ignored = _arrival(job.folder)
    for note in notes:
        st.caption(frame.plain(note))
    skipped_shown(skipped)
    if ignored:
        st.caption(f"Left alone: {amount(ignored, 'file')}, no pictures by their names.")


def skipped_shown(skipped: Sequence[tuple[str, str]]) -> None:
    """(name, problem) of each, where there are any; addresses can be copied, to be tried again or replaced."""
    if not skipped:
        return
    web = all(name.startswith(("http://", "https://")) for name, _ in skipped)
    with st.expander(f"{len(skipped):,} left out: which, and why"):
        st.dataframe({"address" if web else "file": [name for name, _ in skipped],
                      "why": [problem for _, problem in skipped]},
                     hide_index=True, height=min(420, 38 + 35 * len(skipped)))
        if web:
            st.caption("Copy these addresses:")
            st.code("\n".join(name for name, _ in skipped), language=None, height=min(200, 60 + 20 * len(skipped)))


@st.cache_data(max_entries=64, show_spinner=False)
def _arrival(folder: Path) -> tuple[list[tuple[str, str]], list[str], int]:
    """(name, problem) of what was skipped, the notes, and how many files are no pictures; of a job that is over."""
    skipped, notes, ignored = [], [], 0
    for event in RunFolder(folder).read_events():
        match event:
            case PictureSkipped(name, problem):
                skipped.append((name, problem))
            case Note(text):
                notes.append(text)
            case DatasetReady(ignored=ignored):
                pass
    return skipped, notes, ignored
