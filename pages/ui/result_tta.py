"""Results, test-time augmentation: each picture looked at in several ways, what that changes, whether to go by it."""

from dataclasses import replace
from pathlib import Path

import streamlit as st

from core.errors import PlaygroundError
from core.interpretation.comparison import compared, could_be_chance
from core.interpretation.intervals import describe_accuracy
from core.interpretation.predictions import Predictions
from core.interpretation.views import Averaging, Space, Views, averaged
from core.jobs.entries import Job
from core.jobs.orders import LookAgain, Train
from core.runs.outcome import Outcome
from core.runs.story import Story
from core.vision.views import varies
from pages.ui import frame, live, result_changes, session
from pages.ui.exhibit import Exhibit, Part
from pages.ui.explain import meaning
from pages.ui.words import amount

HOW_MANY = (2, 4, 8)         # drawn views a picture, as offered; the first ones are the same in each
SPACES: dict[Space, str] = {"probability": "probabilities", "log": "their logarithms"}
TITLE = "**Look at each picture in several ways** (test-time augmentation)"
WHETHER = "The validation pictures say whether it helps here."
TEST = "Decide by the validation pictures whether to use it; the test pictures only confirm."
NO_VARIETY = ("Looking at each picture in several ways (test-time augmentation) needs an augmentation, and this "
              "training has none: every copy would be the same.")
VIEWS = "How many of the varied copies of a picture are averaged, besides the picture itself."
BETA = ("How much the picture itself counts (beta); its copies share the rest. At 1 only the picture counts, at 0 "
        "only its copies. 0.25 is usual.")
SPACE = ("What is averaged. With logarithms, one look that is sure that it is not a class counts for more.")
EVERYTHING = "Pictures, confusion matrix, table and CSV go by the averaged answers. The address of this page keeps it."


def several_looks(job: Job, outcome: Outcome, part: Part, once: Predictions) -> Predictions:
    """The block of test-time augmentation in any of its states; the predictions that the rest of the page shows."""
    if not outcome.final:
        return once
    assert isinstance(job.order, Train)
    if not varies(job.order.recipe.augmentation):
        st.caption(NO_VARIETY)
        return once
    newest, views = session.newest_of(job, "tta"), _views(outcome, part, once)
    if newest is None and views is None:
        _first_time(job)
        return once
    with st.container(border=True, key="several-looks"):
        st.markdown(TITLE, help=meaning("test-time augmentation"))
        if newest is not None and not newest.over:
            live.watch(newest, _progress)
            return once
        if newest is not None and newest.state != "finished":
            live.told_end(newest, live.story_of(newest))
        if views is None:
            _ask(job, "Look again", alone=True)
            return once
        return _comparison(Exhibit(job, outcome, once, part=part), views)


def _progress(job: Job, story: Story) -> None:
    st.progress(story.fraction_in_hand, text=live.doing(job, story))
    live.stop_button(job, "Stop", "It stops within a batch, and nothing changes.")


def _first_time(job: Job) -> None:
    """A line: what the page is about stays in sight."""
    with st.container(border=True, key="several-looks", horizontal=True, vertical_alignment="center",
                      horizontal_alignment="distribute"):
        st.markdown(TITLE, help=meaning("test-time augmentation"), width="content")
        _ask(job, "Look again", alone=True)


def _ask(training: Job, label: str, alone: bool = False) -> None:
    """How many copies, and the button that sends the job; `alone`: in a line, without a label above."""
    with st.container(horizontal=True, vertical_alignment="center" if alone else "bottom",
                      width="content" if alone else "stretch"):
        views = st.segmented_control("Copies of each picture", HOW_MANY, default=HOW_MANY[1], required=True,
                                     key="copies", help=None if alone else VIEWS, format_func="{} copies".format,
                                     label_visibility="collapsed" if alone else "visible")
        asked = st.button(label, icon=":material/visibility:")
    if asked:
        assert isinstance(training.order, Train)
        try:
            session.submit(LookAgain(dataset=training.order.dataset, training=training.id, views=views),
                           training.dataset)
            st.rerun()
        except PlaygroundError as error:
            frame.told(error)


def _views(outcome: Outcome, part: Part, once: Predictions) -> Views | None:
    """What was said of the views; None where there is none yet, or none of this very network."""
    file = outcome.run.views_file(part)
    if not file.is_file():
        return None
    try:
        views = _read(file, file.stat().st_mtime_ns)
    except PlaygroundError as error:
        frame.told(error)
        return None
    if not views.belong_to(once):
        st.caption("The copies that were looked at here were shown to another network: look again.")
        return None
    return views


def _comparison(exhibit: Exhibit, views: Views) -> Predictions:
    """Without and with, what it changed, and the levers; the predictions that the page goes by.

    All but the figures is folded away: the page is about the pictures below.
    """
    once, figures, ways = exhibit.predictions, st.container(gap="xsmall"), st.container()
    details = st.expander("What it changed, and how the looks are averaged", key="several-looks-details")
    with details:
        averaging = _levers(views)
    file = exhibit.outcome.run.views_file(exhibit.part)
    mixed = _averaged(file, file.stat().st_mtime_ns, averaging.views, averaging.beta, averaging.space)
    comparison = compared(once, mixed)
    with figures:
        without, with_it, words = st.columns(3, gap="large")
        without.markdown(f"each picture once  \n**{describe_accuracy(once)}**")
        with_it.markdown(f"in several ways, averaged  \n**{describe_accuracy(mixed)}**")
        words.markdown(_changes(len(comparison.won), len(comparison.lost)))
        st.caption(f"{could_be_chance(comparison)} {TEST if exhibit.part == 'test' else WHETHER}")
    with ways.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        everything = st.toggle("Show everything on this page with it", key="tta", help=EVERYTHING, bind="query-params")
        with st.popover("Look again"):
            _ask(exhibit.job, "Look again")
    if comparison.won or comparison.lost:
        with details:
            shown = replace(exhibit, predictions=mixed, averaged=True)
            result_changes.galleries(shown, views, comparison, averaging.views)
    return mixed if everything else once


def _levers(views: Views) -> Averaging:
    """Copies, weight and space, each kept in the address."""
    copies, weight, space = st.columns(3, gap="large")
    count = 1
    if views.drawn > 1:
        count = copies.slider("Copies that count", 1, views.drawn, views.drawn, key="views", help=VIEWS,
                              bind="query-params")
    beta = weight.slider("Weight of the picture itself", 0.0, 1.0, Averaging().beta, 0.05, key="beta", help=BETA,
                         bind="query-params")
    averaged_in = space.segmented_control("Averaged are", list(SPACES), default=Averaging().space, required=True,
                                          format_func=SPACES.__getitem__, key="space", help=SPACE, bind="query-params")
    return Averaging(count, beta, averaged_in)


def _changes(won: int, lost: int) -> str:
    if not won and not lost:
        return "No picture became right or wrong by it."
    return f"{amount(won, 'picture')} became right by it, and {lost:,} became wrong."


# Shared between visitors only by a run's folder that nobody guesses, and never changed.
@st.cache_resource(max_entries=32, show_spinner=False)
def _read(file: Path, changed: int) -> Views:
    return Views.load(file)


@st.cache_resource(max_entries=64, show_spinner=False)
def _averaged(file: Path, changed: int, views: int, beta: float, space: Space) -> Predictions:
    return averaged(_read(file, changed), Averaging(views, beta, space))
