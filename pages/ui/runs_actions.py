"""What one does to a run: open it, name it, tag it, delete it and bring it back."""

from collections.abc import Callable, Sequence
from datetime import datetime

import streamlit as st

from core.errors import PlaygroundError
from core.jobs import shelf_of_runs
from core.jobs.shelf_of_runs import LONGEST_NAME, MOST_TAGS, Deleted
from pages.ui import frame, runs_list, session, training_live
from pages.ui.runs_list import Run
from pages.ui.words import amount, plain

DELETED = "run just deleted"     # session_state: the job's id, for the line with the way back


def card(run: Run, runs: Sequence[Run]) -> None:
    """The ticked run, with everything that one can do to it."""
    id = run.job.id
    with st.container(border=True, key=f"run-card-{id}"):
        reached = ""
        if run.reached:
            right, of = run.reached
            reached = f"{100 * right / of:.1f} % right · {right} of {of} · {runs_list.between(run)}"
        st.markdown(f"**{plain(run.name)}**" + (f" · {reached}" if reached else ""))
        st.caption(f"{plain(run.pictures)} · {run.recipe} · {run.state}")
        if run.job.problem:
            st.markdown(f":material/error: {plain(run.job.problem)} {plain(run.job.remedy)}")
        name, tags = st.columns(2, gap="medium")
        with name:
            st.session_state[f"name {id}"] = run.label.name
            st.text_input("Name", key=f"name {id}", max_chars=LONGEST_NAME, placeholder=run.name,
                          on_change=_rename, args=(id,))
        with tags:
            known = sorted({tag for each in runs for tag in each.label.tags})
            st.session_state[f"tags {id}"] = list(run.label.tags)
            st.multiselect("Tags", known, key=f"tags {id}", accept_new_options=True, max_selections=MOST_TAGS,
                           placeholder="Type a word and press Enter", on_change=_tag, args=(id,))
        with st.container(horizontal=True):
            _way(run)
            st.button("Delete", icon=":material/delete:", type="tertiary", key=f"delete-run {id}", on_click=_delete,
                      args=(id,), disabled=not run.job.over,
                      help="It is gone from every page at once, and can be brought back for a day."
                      if run.job.over else "Stop it first.")


def just_deleted(visitor: str) -> None:
    """A line on the run that was deleted a moment ago, with the way back."""
    id = st.session_state.get(DELETED)
    gone = next((each for each in shelf_of_runs.deleted(session.office().desk, visitor) if each.job.id == id), None)
    if gone is None:
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="just-deleted"):
        st.markdown(f":material/delete: Deleted: {plain(_name(gone))}", width="stretch")
        st.button("Undo", icon=":material/undo:", key="undo-delete", on_click=_restore, args=(gone.job.id,))


def bin_of(visitor: str) -> None:
    """Deleted runs, as long as they can be brought back."""
    gone = shelf_of_runs.deleted(session.office().desk, visitor)
    if not gone:
        return
    with st.expander(f"{amount(len(gone), 'deleted run')}", icon=":material/delete:"):
        st.caption("Each can be brought back for a day. Then its network and its results are removed from the disk.")
        for each in gone:
            with st.container(horizontal=True, vertical_alignment="center", key=f"deleted-{each.job.id}"):
                st.markdown(f"{plain(_name(each))} · {training_live.words_of(each.job)}", width="stretch")
                st.caption(f"until {datetime.fromtimestamp(each.gone_at):%d %b, %H:%M}", width="content")
                st.button("Bring back", icon=":material/undo:", key=f"restore {each.job.id}", on_click=_restore,
                          args=(each.job.id,))


def _name(gone: Deleted) -> str:
    return Run(gone.job, gone.label, "", "", None, "").name


def _way(run: Run) -> None:
    """The button to the page that shows it."""
    if not run.job.over:
        if st.button("Watch it", icon=":material/model_training:", key=f"watch {run.job.id}"):
            frame.go("train", {"job": run.job.id})
    elif run.reached and st.button("See the results", type="primary", icon=":material/arrow_forward:",
                                   key=f"see-run {run.job.id}"):
        training_live.to_results(run.job)


def _rename(id: str) -> None:
    _told(lambda: shelf_of_runs.rename(session.office().desk, session.visitor(), id, st.session_state[f"name {id}"]))


def _tag(id: str) -> None:
    _told(lambda: shelf_of_runs.tag(session.office().desk, session.visitor(), id, st.session_state[f"tags {id}"]))


def _delete(id: str) -> None:
    def delete() -> None:
        shelf_of_runs.delete(session.office().desk, session.visitor(), id)
        st.session_state[DELETED] = id

    _told(delete)


def _restore(id: str) -> None:
    shelf_of_runs.restore(session.office().desk, session.visitor(), id)
    st.session_state.pop(DELETED, None)


def _told(change: Callable[[], None]) -> None:
    """A refusal as a passing word: the page shows at once how it stands."""
    try:
        change()
    except PlaygroundError as error:
        st.toast(f"**{plain(error.problem)}** {plain(error.remedy)}", icon=":material/error:")
