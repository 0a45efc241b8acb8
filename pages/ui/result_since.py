"""What was changed in a training's pictures after it: the network does not know of it yet."""

import streamlit as st

from core.jobs.entries import Job
from core.runs.outcome import Outcome
from pages.ui import closer_changes, frame, origin, session
from pages.ui.words import amount


def tell(job: Job, outcome: Outcome) -> None:
    """A line where pictures were relabelled or removed since, and the way to have the network learn of it."""
    st.session_state.pop(closer_changes.CHANGED, None)
    came_from = origin.origin(job, outcome)
    if came_from is None or not came_from.since:
        return
    labels = list(came_from.since.values())
    removed = labels.count(None)
    told = [f"{amount(count, 'picture')} {what}" for count, what in
            ((len(labels) - removed, "relabelled"), (removed, "removed")) if count]
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="since"):
        st.markdown(f":material/edit_note: {' and '.join(told)} since this training. The network has not learned from "
                    "that yet, and what you see below goes by the old labels.", width="stretch")
        if st.button("Train", key="since-train", icon=":material/arrow_forward:", icon_position="right"):
            session.office().desk.choose(job.owner, came_from.chosen.entry.id)
            frame.go("train")
