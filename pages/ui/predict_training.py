"""Which training answers: the one of the address, else the newest of the data set that is chosen, else the newest."""

from dataclasses import dataclass

import streamlit as st

from core.errors import PlaygroundError
from core.jobs.entries import Job
from core.runs.outcome import Outcome
from pages.ui import frame, result_choice, run_names, session, training_choice
from pages.ui.words import plain

MOST_TRAININGS = 60      # in the list
SHOWN = 6                # classes
NOTHING_YET = "Here you will show photos to your network, and it says what is on them. That needs a training first."


@dataclass(frozen=True, slots=True)
class Answering:
    """The training whose network answers."""

    job: Job
    outcome: Outcome

    @property
    def classes(self) -> tuple[str, ...]:
        return self.outcome.valid.classes


def require() -> Answering:
    """The training; without one the page ends here, with the way to get one."""
    try:
        named = session.job_of_address("train")
        jobs = session.office().desk.jobs(session.visitor(), kind="train")
        able = [job for job in jobs if job.over and job.run.weights.is_file()]
        if not able:
            frame.empty(NOTHING_YET, "Train", "train")
        chosen = _choose(able, named)
        return Answering(chosen, result_choice.outcome_of(chosen))
    except PlaygroundError as error:
        frame.told(error)
        if "job" in st.query_params and st.button("Choose another training"):
            st.query_params.clear()
            st.rerun()
        st.stop()


def _choose(able: list[Job], named: Job | None) -> Job:
    """From a list, where there are several; the address follows, so that a reload finds the same one."""
    here = session.office().desk.chosen(session.visitor())
    newest = next((job for job in able if here and job.dataset == here.id), able[0])
    current = next((job for job in able if named and job.id == named.id), newest)
    if named is not None and named.id != current.id:
        st.info("The training of this address has no network that could answer yet. Another one does.")
    if len(able) > 1:
        names = run_names.given()
        current = training_choice.from_list(able, current, lambda job: (
            result_choice.described(job, names.get(job.id, ""), with_dataset=True)), "Which training answers",
            MOST_TRAININGS)
    st.query_params["job"] = current.id      # also when other pictures are chosen, as after a correction
    return current


def told(answering: Answering) -> None:
    """One line on what it was taught."""
    classes = answering.classes
    more = f" and {len(classes) - SHOWN} more" if len(classes) > SHOWN else ""
    shown = f"{', '.join(plain(name) for name in classes[:SHOWN])}{more}"
    other = result_choice.of_other_pictures(answering.job, answering.outcome)
    st.caption(f"{other} It has learned {shown} from {plain(answering.outcome.document.name)}. It knows nothing else: "
               "whatever you show it, it answers with one of these.".strip())
