"""A closer look, its look-alikes: the training pictures that are most alike to this one in the network's eyes."""

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from core.errors import PlaygroundError
from core.interpretation.landscape import Landscape, Neighbour, nearest
from core.jobs.entries import Job
from core.runs.story import Story
from pages.ui import frame, landscapes, live, session
from pages.ui.exhibit import Exhibit
from pages.ui.explain import explain
from pages.ui.origin import Origin, origin

HOW_MANY = 6
REFUSED = "look-alikes refused"      # session_state: why the map could not be asked for
LEARNED = ("Of all training pictures these are the most alike to it in the network's eyes. It has learned what they "
           "are called; what it says of this picture rests on pictures like them.")
# What it takes to find them is the map's job; here nobody need know of a map.
NEEDS = ("The training pictures that are most alike to this one in the network's eyes show what its answer rests on. "
         "Finding them takes the network a look at every picture, once.")
STYLE = """<style>
.st-key-look-alikes img {aspect-ratio: 1; object-fit: cover; width: 100%; border-radius: .3rem}
.st-key-look-alikes [data-testid="stElementToolbar"] {display: none}
.st-key-look-alikes p {overflow: hidden; text-overflow: ellipsis; white-space: nowrap}
</style>"""


def section(exhibit: Exhibit, row: int) -> None:
    """The most alike training pictures with their labels; where they are not known yet, the button that finds them."""
    try:
        here = standing(exhibit)
        if here is None:
            first(exhibit)
        elif exhibit.predictions.ids[row] not in here.ids:
            st.caption("There were too many pictures to keep what the network makes of each: this one was left out.")
        else:
            _alikes(exhibit, row, here)
    except PlaygroundError as error:
        frame.told(error)
        _button(exhibit.job, "Find them again")


def standing(exhibit: Exhibit) -> Landscape | None:
    """The landscape of the very network whose results are shown; None where there is none yet."""
    here = landscapes.standing(exhibit.outcome)
    return here if here is not None and here.belongs_to(exhibit.outcome.valid) else None


def first(exhibit: Exhibit) -> None:
    """Why there is none yet, and the button that has it made."""
    if not exhibit.outcome.final:
        st.caption("Look-alikes can be found once the training is finished.")
        return
    st.markdown(NEEDS)
    if refused := st.session_state.pop(REFUSED, None):
        frame.told(refused)
    job = session.newest_of(exhibit.job, "map")
    if job is not None and job.state != "finished":
        live.watch(job, _progress)
    if job is None or job.over:
        _button(exhibit.job, "Find look-alikes")


def _progress(job: Job, story: Story) -> None:
    landscapes.progress(job, story, "Finding look-alikes")


def _button(training: Job, label: str) -> None:
    st.button(label, icon=":material/image_search:", key="find-look-alikes", on_click=_ask, args=(training,))


def _ask(training: Job) -> None:
    try:
        landscapes.ask(training)
    except PlaygroundError as error:
        st.session_state[REFUSED] = error


def _alikes(exhibit: Exhibit, row: int, here: Landscape) -> None:
    predictions, document = exhibit.predictions, exhibit.outcome.document
    found = nearest(here, predictions.ids[row], document.split["train"], HOW_MANY)
    if not found:
        st.caption("There are no training pictures to compare it with.")
        return
    names = dict(zip(document.ids, document.labels, strict=True))
    labels = [document.classes[names[each.id]] for each in found]
    own = predictions.classes[int(predictions.labels[row])]
    if doubt := doubted(own, labels):
        st.info(doubt, icon=":material/label:")
    pictures(exhibit, found, own)


def pictures(exhibit: Exhibit, found: Sequence[Neighbour], own: str) -> None:
    """Training pictures in a row, with their labels and how alike they are; a label other than `own` is marked."""
    document = exhibit.outcome.document
    names = dict(zip(document.ids, document.labels, strict=True))
    st.html(STYLE)
    came_from = origin(exhibit.job, exhibit.outcome)
    with st.container(key="look-alikes"):
        for place, each in zip(st.columns(HOW_MANY, gap="small"), found, strict=False):
            with place:
                label = document.classes[names[each.id]]
                _picture(exhibit, came_from, each, label, label == own)
    st.caption(LEARNED)
    explain("nearest neighbours", "cosine similarity", "activations", label="How are they found?")


def doubted(own: str, labels: list[str]) -> str:
    """A word, as Markdown, where most of the labels are one other than the picture's own; "" else."""
    (other, count), = Counter(labels).most_common(1)
    if other == own or 2 * count <= len(labels):
        return ""
    return (f"This picture is labelled **{frame.plain(own)}**, but {count} of the {len(labels)} pictures most alike to "
            f"it are **{frame.plain(other)}**. Either its label is wrong, or the network goes by something else that "
            "they share, such as the background.")


def _picture(exhibit: Exhibit, came_from: Origin | None, each: Neighbour, label: str, same: bool) -> None:
    """The whole picture, while its data set stands; else what the network saw of it, where the run keeps that."""
    picture = (came_from and came_from.thumbnail(each.id)) or exhibit.outcome.run.seen_picture(each.id)
    if picture is None:
        st.caption("not kept")
    else:
        st.image(picture, width="stretch", alt=f"a training picture of {label}")
    icon = "" if same else ":orange[:material/label:] "
    st.markdown(f"{icon}**{frame.plain(label)}**  \n:small[:gray[similarity {each.similarity:.2f}]]")
