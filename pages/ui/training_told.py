"""What a training that is over tells: its whole course, what each stage has gained, and what to try next."""

from functools import partial

import streamlit as st

from core.errors import PlaygroundError
from core.events import Finished
from core.jobs.entries import Job
from core.runs.ladder import Rung, ladder
from core.runs.story import Story
from core.training import draft
from core.training.diagnosis import LEAST_EPOCHS, Diagnosis, Kind, diagnose
from core.training.recipe import Recipe
from core.training.words import rate_in_words
from pages.ui import recipe_draft, run_charts, session
from pages.ui.recipe_draft import Shown
from pages.ui.words import plain

TRAINED = {"head": "head", "late": "late layers and head", "all": "whole network"}
ICONS: dict[Kind, str] = {
    "healthy": ":green[:material/check_circle:]", "over-fitting": ":orange[:material/psychology_alt:]",
    "under-fitting": ":orange[:material/hourglass_bottom:]", "rate too high": ":orange[:material/speed:]",
    "rate too low": ":orange[:material/slow_motion_video:]", "too few images": ":gray[:material/filter_9_plus:]"}
GAIN = ("Pictures more that are right than before the stage; in brackets, between which numbers the true gain lies, "
        "19 times out of 20. Where that goes from minus to plus, it may be luck.")


def history(job: Job, story: Story) -> None:
    """Losses, error rate and learning rates over all steps, to zoom into."""
    words, way = st.columns([3, 1], vertical_alignment="center")
    words.caption("Drag over a part to look closer, double-click to come back.")
    with way, st.container(horizontal_alignment="right"):
        logarithmic = st.toggle("Logarithmic", key=f"logarithmic {job.id}", width="content",
                                help="Equal ratios as equal distances: small losses and rates can be told apart.")
    st.plotly_chart(run_charts.whole_run(story, logarithmic), config=run_charts.ZOOM, key=f"history {job.id}",
                    alt="Training and validation loss, error rate and learning rate over the steps")


def said_of(job: Job, story: Story, recipe: Recipe) -> None:
    """The ladder and the diagnosis, side by side where there are both."""
    if story.stage is None:
        return
    rungs = _rungs(job, len(story.epochs))
    found = diagnose(story, recipe.stages[min(story.stage.stage, len(recipe.stages) - 1)], _images(story, rungs))
    if not rungs and not found:
        return
    left, right = st.columns(2, gap="medium")
    with left.container(border=True, height="stretch"):
        st.markdown("**What each stage gained**", help=GAIN)
        _ladder(rungs)
    with right.container(border=True, height="stretch"):
        st.markdown("**What its course says**", help="Rules of thumb on how the losses moved; the numbers are beside.")
        if not found:
            st.caption(f"Too early to say: that takes {LEAST_EPOCHS} epochs." if len(story.epochs) < LEAST_EPOCHS
                       else "Nothing: it did not come to its end.")
        for each in found:
            _diagnosis(job, story, recipe, each)


def _ladder(rungs: tuple[Rung, ...]) -> None:
    if not rungs:
        st.caption("Nothing can be counted before the first epoch is done.")
        return
    images = rungs[0].pictures
    st.dataframe(
        {"stage": [_named(rung) for rung in rungs],
         "right": [rung.right for rung in rungs],
         "gain": [rung.gain.short if rung.gain else "" for rung in rungs]},
        hide_index=True, height="content", column_config={
            "stage": st.column_config.TextColumn("after"),
            "right": st.column_config.ProgressColumn(f"right, of {images:,}", format="%d", min_value=0,
                                                     max_value=images),
            "gain": st.column_config.TextColumn("gained", help=GAIN)})
    last = rungs[-1]
    if last.gain is not None and last.stage:
        chance = ", which may be luck" if last.gain.could_be_luck else ""
        st.caption(f"Stage {last.stage + 1} gained {last.gain}{chance}.")


def _named(rung: Rung) -> str:
    if rung.stage is None:
        return f"always “{rung.trains}”"
    return f"{rung.stage + 1} · {TRAINED[rung.trains]}" + ("" if rung.kept else " (not kept)")


def _diagnosis(job: Job, story: Story, recipe: Recipe, found: Diagnosis) -> None:
    with st.container(gap="xsmall"):
        st.markdown(f"{ICONS[found.kind]} **{plain(found.says)}**")
        st.caption(plain(found.evidence))
        st.markdown(plain(found.advice))
    entry = session.office().desk.chosen(session.visitor())
    if entry is None or entry.id != job.dataset or story.stage is None:
        return                       # the draft is of other pictures
    shown, place = Shown(entry.id, entry.recipe), story.stage.stage
    if found.stage is not None:
        stage = found.stage
        added = entry.recipe.stages[len(recipe.stages):]
        if stage in added:
            number = len(recipe.stages) + added.index(stage) + 1
            st.caption(f":material/check: It is stage {number} of your recipe now: go on with it by the button below "
                       "the recipe.")
            return
        st.button("Put it into a new stage", icon=":material/add:", key=f"next {found.kind} {job.id}",
                  on_click=recipe_draft.edit, help="Adds it at the end of your recipe, where you can still change it.",
                  args=(shown, partial(_with_stage, values=stage.model_dump()), "the stage that was suggested"))
    elif found.rate is not None and place < len(entry.recipe.stages):
        words = rate_in_words(found.rate)
        if entry.recipe.stages[place].head_rate == found.rate:
            st.caption(f":material/check: Stage {place + 1} of your recipe has the rate {words} now.")
            return
        st.button(f"Use {words} in stage {place + 1}", icon=":material/slow_motion_video:",
                  key=f"rate {job.id}", on_click=recipe_draft.edit,
                  args=(shown, partial(draft.with_rate, place=place, rate=found.rate), "the rate that was suggested"))


def _with_stage(recipe: Recipe, values: dict[str, object]) -> Recipe:
    return draft.changed(draft.added(recipe), len(recipe.stages), values)


def _images(story: Story, rungs: tuple[Rung, ...]) -> int:
    """Validation pictures; 0 where nobody has told."""
    if story.split is not None:
        return story.split.valid
    return story.end.valid_images if isinstance(story.end, Finished) else rungs[0].pictures if rungs else 0


def _rungs(job: Job, epochs: int) -> tuple[Rung, ...]:
    """Empty where there is none, or where predictions were damaged."""
    try:
        return _read(job.id, epochs, job)
    except PlaygroundError:
        return ()


# Kept by an id that nobody guesses; a job that is over never changes.
@st.cache_data(max_entries=128, show_spinner=False)
def _read(id: str, epochs: int, _job: Job) -> tuple[Rung, ...]:
    return ladder(_job.run)
