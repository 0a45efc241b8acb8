"""The stage whose learning rate is looked for: which one, what is frozen in it, on which network it is measured."""

import streamlit as st

from core.jobs.entries import Job
from core.jobs.orders import FindLr, Train
from core.training.continuation import goes_on
from core.training.recipe import Recipe
from core.training.words import frozen_in_words, learns_in_words
from pages.ui import live, session, stage_place
from pages.ui.words import amount

WHICH = "lr stage"


def choose(recipe: Recipe, jobs: tuple[Job, ...]) -> int:
    """The place of the stage that the page is about, from 0: the address's, or that of the search it names."""
    named = next((job.order.stage for job in jobs
                  if job.id == st.query_params.get("job") and isinstance(job.order, FindLr)), 0)
    stages = recipe.stages
    place = stage_place.in_hand(len(stages), default=named) or 0
    if len(stages) > 1:
        st.session_state[WHICH] = place
        st.segmented_control("For which stage", range(len(stages)), key=WHICH, required=True, wrap=True,
                             format_func=lambda at: f"{at + 1} · {learns_in_words(stages[at])}",
                             on_change=_take, help="Every stage may have a learning rate of its own: what suits the "
                                                   "head alone is too much for a whole network.")
    return place


def told(recipe: Recipe, place: int, after: Job | None) -> None:
    """What is frozen while it is measured, and on which network."""
    words = [f"{frozen_in_words(recipe.stages[place])}."]
    if place:
        before = "stage 1" if place == 1 else f"stages 1 {'and' if place == 2 else 'to'} {place}"
        words.append(f"Measured on the network as {before} left it, in your training of these pictures." if after else
                     f"Measured on a fresh network: none of your trainings ends with {before} as set here. Train those "
                     "first, then search, then add the rest and go on: the curve will be truer.")
    st.caption(" ".join(words))


def newest_search(jobs: tuple[Job, ...], place: int) -> Job | None:
    """The last search for this stage."""
    return next((job for job in jobs if isinstance(job.order, FindLr) and job.order.stage == place), None)


def others_under_way(jobs: tuple[Job, ...], shown: Job | None) -> None:
    """Searches that are not over and not shown, for another stage or for one that the recipe no longer has."""
    for job in jobs:
        if not job.over and job != shown and isinstance(job.order, FindLr):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f":material/hourglass_empty: A search for stage {job.order.stage + 1} is under way.",
                            width="content")
                live.stop_button(job, "Stop", "The search ends, and nothing else changes.")


def trained_before(recipe: Recipe, place: int, dataset: str) -> Job | None:
    """The newest training that did just the stages before this one, and kept what it learned."""
    if not place:
        return None
    jobs = session.office().desk.jobs(session.visitor(), dataset=dataset, kind="train")
    return next((job for job in jobs if _did_just(job, recipe, place)), None)


def of_other_network(order: FindLr, recipe: Recipe, after: Job | None) -> str | None:
    """Why a curve was measured on another network than a search would be now; None where it was not."""
    if order.after == (after.id if after else None):
        return None
    if order.after is None:
        return (f"This curve was drawn on a fresh network. By now {amount(order.stage, 'stage')} before it "
                f"{'has' if order.stage == 1 else 'have'} been trained: find it again on that network.")
    return "This curve was drawn on the network of another training. Find it again before you choose."


def _did_just(job: Job, recipe: Recipe, place: int) -> bool:
    return (job.state in ("finished", "cancelled") and isinstance(job.order, Train)
            and len(job.order.recipe.stages) == place and goes_on(job.order.recipe, recipe)
            and job.order.recipe.stages == recipe.stages[:place] and job.run.weights.is_file())


def _take() -> None:
    stage_place.take(st.session_state[WHICH])
