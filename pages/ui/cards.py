"""Cards of home: the built-in sets, what a visitor has, and what came of it."""

from datetime import datetime
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.data.builtin import BuiltinSet
from core.data.dataset import Dataset, Sample
from core.errors import PlaygroundError
from core.jobs.entries import DatasetEntry, Job
from core.jobs.orders import BringIn
from pages.ui import dataset_forms, session, training_live
from pages.ui.mishaps import told
from pages.ui.session import Chosen
from pages.ui.ways import PAGES, go
from pages.ui.words import amount, plain

PICTURES = Path(__file__).parent / "pictures"
SHOWN = 6               # data sets, and trainings, before all are asked for
EXAMPLES = 3            # pictures a card shows
MOST_CLASSES = 4        # named on a card
NARROWEST = 60          # pixels of a picture on a card


STEPS = (
    ("collect", "Collect", "Pictures in folders, one folder for each kind of thing."),
    ("look", "Look", "Are they what you think? A network learns what it is shown."),
    ("train", "Train", "It tries, is told where it was wrong, and gets better: seconds to minutes."),
    ("ask", "Ask why", "Which ones are right, which are wrong, and how sure was it?"),
)


def four_steps() -> None:
    """What will happen, in four pictures."""
    with st.container(key="steps"):
        for place, (name, title, sentence) in zip(st.columns(len(STEPS)), STEPS, strict=True):
            with place, st.container(horizontal_alignment="center"):
                st.image((PICTURES / f"{name}.svg").read_text(encoding="utf-8"), alt=title)
                st.markdown(f"**{title}**  \n{sentence}", text_alignment="center")


def builtin_set(known: BuiltinSet, primary: bool) -> None:
    """A built-in set with its pictures, and the button that brings it in."""
    with st.container(border=True, height="stretch", key=f"builtin-{known.name}"):
        _row([(PICTURES / f"{known.name}-{number}.jpg").read_bytes() for number in range(EXAMPLES)], known.title)
        st.markdown(f"**{known.title}**  \n{known.sentence}")
        st.space("stretch")
        if st.button(f"Use the {known.name}", type="primary" if primary else "secondary", key=f"use-{known.name}"):
            _bring_in(known.name)


def own_pictures() -> None:
    """The card that leads to the upload."""
    with st.container(border=True, height="stretch", key="own-pictures"):
        st.image((PICTURES / "own.svg").read_text(encoding="utf-8"), width="stretch")
        st.markdown("**Your own pictures**  \nA zip with one folder for each kind of thing you want told apart. "
                    "Twenty pictures a folder are a good start.")
        st.space("stretch")
        if st.button("Bring in my pictures", key="bring-own"):
            go("data", {"new": "1"})


def data_set(entry: DatasetEntry) -> None:
    """A data set of the visitor's: some pictures, the counts, open and delete."""
    with st.container(border=True, height="stretch", key=f"dataset-{entry.id}"):
        try:
            found = session.opened(entry)
        except PlaygroundError as error:
            st.markdown(f"**{plain(entry.name)}**")
            told(error)
        else:
            _row([found.stored.thumbnail(sample).read_bytes() for sample in examples(found.dataset)
                  if found.stored.thumbnail(sample).is_file()], entry.name)
            st.markdown(f"**{plain(entry.name)}**  \n{described(found)}")
        with st.container(horizontal=True):
            if st.button("Open", key=f"open-{entry.id}"):
                session.office().desk.choose(entry.owner, entry.id)
                go("data")
            if st.button("Delete", key=f"delete-{entry.id}", type="tertiary", icon=":material/delete:"):
                dataset_forms.confirm_deletion(entry)


def run(job: Job, pictures: str, name: str) -> None:
    """A finished training: how often it is right on pictures that it did not learn from, by which recipe.

    `pictures`: the data set's name; `name`: the training's own, "" for none.
    """
    with st.container(border=True, height="stretch", key=f"run-{job.id}"):
        named = f"**{plain(name)}** · {plain(pictures)}" if name else f"**{plain(pictures)}**"
        st.markdown(f"{named} · {datetime.fromtimestamp(job.created):%d %b, %H:%M}")
        st.markdown(training_live.accuracy_of(job) or "Its results cannot be read any more.")
        st.caption(training_live.words_of(job))
        st.space("stretch")
        file, _, icon = PAGES["results"]
        st.page_link(file, label="See the results", icon=icon, query_params={"job": job.id})


def thirds(count: int) -> list[DeltaGenerator]:
    """Places for `count` cards, three a row, all of one row as high as its highest."""
    return [place for _ in range(0, count, 3) for place in st.columns(3)][:count]


def examples(dataset: Dataset) -> tuple[Sample, ...]:
    """A picture each of the first classes; of two classes, a second one of the first."""
    by_class = [[sample for sample in dataset.samples if sample.label == label] for label in dataset.classes[:EXAMPLES]]
    turns = [samples[turn] for turn in range(EXAMPLES) for samples in by_class if turn < len(samples)]
    return tuple(turns[:EXAMPLES])


def described(found: Chosen) -> str:
    """How many pictures of which classes, fit for Markdown."""
    counts = found.dataset.counts()
    named = " · ".join(f"{plain(label)} {count:,}" for label, count in list(counts.items())[:MOST_CLASSES])
    more = f" · and {amount(len(counts) - MOST_CLASSES, 'more class')}" if len(counts) > MOST_CLASSES else ""
    return f"{amount(len(found.dataset.samples), 'picture')}: {named}{more.replace('classs', 'classes')}"


def _row(pictures: list[bytes], alt: str) -> None:
    with st.grid(EXAMPLES, min_column_width=NARROWEST, gap="xsmall"):
        for picture in pictures:
            st.image(picture, width="stretch", alt=alt)


def _bring_in(name: str) -> None:
    try:
        job = session.submit(BringIn(source=name, builtin=True, name=name))
    except PlaygroundError as error:
        told(error)
        return
    go("data", {"job": job.id})
