"""Which training the export page takes home: the one of the address, else the newest that is finished."""

import streamlit as st

from core.errors import PlaygroundError
from core.jobs.entries import Job
from core.runs.outcome import Outcome
from pages.ui import frame, result_choice, run_names, session, training_choice, training_live

NOTHING = ("Here you take your network home: one zip that answers by itself, on your computer or on the web. That "
           "needs a finished training.")
NOT_FINISHED = "The training that you came for is not finished, so that another one is shown."


def require_training() -> tuple[Job, Outcome]:
    """The finished training to export; without one the page ends here, with the way to get one."""
    try:
        named = session.job_of_address("train")
        dataset = named.dataset if named else training_choice.current_dataset()
        jobs = session.office().desk.jobs(session.visitor(), dataset=dataset, kind="train")
        finished = [job for job in jobs if _is_whole(job)]
        if not finished:
            frame.empty(NOTHING, "Train", "train")
        if named is not None and named.id not in {job.id for job in finished}:
            st.info(NOT_FINISHED, icon=":material/hourglass_bottom:")
        shown = _choose(finished, named)
        return shown, result_choice.outcome_of(shown)
    except PlaygroundError as error:
        frame.told(error)
        frame.next_step("To the training", "train")
        st.stop()


def _is_whole(job: Job) -> bool:
    """Whether it has a network, and the final answers against which an export is checked."""
    return job.over and job.run.weights.is_file() and (job.run.predictions / "valid.npz").is_file()


def _choose(finished: list[Job], named: Job | None) -> Job:
    """From a list, where there are several; the address follows, so that a reload finds the same one."""
    current = next((job for job in finished if named and job.id == named.id), finished[0])
    names = run_names.given()
    if len(finished) == 1:
        st.caption(frame.plain(_described(current, None, names.get(current.id, ""))))
        return current
    chosen = training_choice.from_list(finished, current, lambda job: (
        _described(job, len(finished) - finished.index(job), names.get(job.id, ""))))
    if chosen.id != current.id:
        st.query_params["job"] = chosen.id
        st.rerun()
    return current


def _described(job: Job, number: int | None, name: str) -> str:
    parts = (str(number) if number else "", name, training_live.accuracy_of(job), training_live.words_of(job))
    return " · ".join(part for part in parts if part)
