"""Learning rate: search, look at the curve, click."""

import streamlit as st

from core.errors import PlaygroundError
from core.jobs.entries import Job
from core.jobs.orders import FindLr
from core.runs.story import Story
from core.training.draft import searches_alike
from pages.ui import charts, frame, live, lr_choice, lr_stage, session
from pages.ui.recipe_draft import Shown

HOW_TO_READ = ("Click where the curve falls steeply and smoothly: a big step that is still safe. "
               "Right of its lowest point the loss blows up.")
HOW_TO_READ_A_RANGE = ("Drag over the stretch where the curve falls: its left end becomes the lower bound of the "
                       "cycles, its right end the upper one.")
WHY = """
A network learns in steps: after each few pictures it turns all its knobs a little in the direction that makes its
mistakes (its **loss**) smaller. The **learning rate** says how far. Too small, and it learns for hours; too big, and
it jumps over every good place and unlearns what it knew.

The search tries both ends. On a copy of the network it makes a hundred steps, each bigger than the one before, and
notes the loss at each. On the left nothing happens, then the loss falls, then it blows up. The network itself is not
changed by this.

Read more: [Smith 2015, Cyclical learning rates](https://arxiv.org/abs/1506.01186), where the idea comes from, and
[fastai](https://docs.fast.ai/callback.schedule.html#learner.lr_find), which made it usual and named the suggestions.
"""


def search(job: Job, story: Story) -> None:
    """The newest search: its bar, its curve, or why there is none."""
    if not job.over:
        st.progress(story.fraction_in_hand, text=live.doing(job, story))
        live.stop_button(job, "Stop", "The search ends, and nothing else changes.")
        lr_choice.sketch()
    elif story.curve is not None:
        lr_choice.curve(story.curve, shown, place)
    else:
        live.told_end(job, story)
        lr_choice.sketch()


frame.header("Learning rate", "How big a step the network takes each time it learns something: "
                              "the one number that matters most. A quick search shows which ones work.")
session.follow_address("find-lr")
chosen = session.require_dataset()
shown = Shown.of(chosen)
searches = session.office().desk.jobs(session.visitor(), dataset=chosen.entry.id, kind="find-lr")
place = lr_stage.choose(chosen.recipe, searches)
after = lr_stage.trained_before(chosen.recipe, place, chosen.entry.id)
lr_stage.told(chosen.recipe, place, after)
job = lr_stage.newest_search(searches, place)
story = live.story_of(job) if job else Story()
busy = job is not None and not job.over

button, words = st.columns([1, 3], vertical_alignment="center")
find = button.button("Find the learning rate" if story.curve is None else "Find it again", disabled=busy,
                     type="primary" if story.curve is None else "secondary", icon=":material/search:", width="stretch",
                     key=f"find {chosen.entry.id}")
words.caption(HOW_TO_READ_A_RANGE if lr_choice.is_range(chosen.recipe.stages[place]) else HOW_TO_READ)
if find:
    try:
        session.submit(FindLr(dataset=chosen.entry.folder, recipe=chosen.recipe, stage=place,
                              after=after.id if after else None), chosen.entry.id)
        st.rerun()
    except PlaygroundError as error:
        frame.told(error)
lr_stage.others_under_way(searches, job)
if job and isinstance(job.order, FindLr) and story.curve:
    if not searches_alike(job.order.recipe, chosen.recipe, place):
        st.warning("The settings have changed since this curve was drawn. Find it again before you choose.")
    elif another := lr_stage.of_other_network(job.order, chosen.recipe, after):
        st.warning(another)
if story.curve and story.curve.valley is None:
    st.warning(f"{frame.plain(story.curve.why[:1].upper() + story.curve.why[1:])}. "
               "The pictures may be too few, or too much alike.")

with st.container(height=charts.LR_CURVE_HEIGHT + 34, border=True, vertical_alignment="center"):
    if job:
        live.watch(job, search)
    else:
        lr_choice.sketch()
lr_choice.panel(story.curve, shown, place)
with st.expander("What is a learning rate, and why this curve?"):
    st.markdown(WHY)
frame.next_step("Go on to training", "train", primary=story.curve is not None)
