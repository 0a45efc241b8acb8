"""Which training the results page shows: the one of the address, else the newest that has something to show."""

from pathlib import Path

import streamlit as st

from core.errors import PlaygroundError
from core.interpretation.predictions import Predictions
from core.jobs.entries import Job
from core.runs import outcome as outcomes
from core.runs.folder import RunFolder
from core.runs.outcome import Outcome
from pages.ui import frame, run_names, session, training_choice, training_live
from pages.ui.exhibit import Part
from pages.ui.explain import explain

PARTS: dict[Part, str] = {"valid": "Validation", "test": "Test", "train": "Training"}
WHY_APART: dict[Part, str] = {
    "test": "Test pictures played no part in training, nor in any choice: not the learning rate, not the epoch that "
            "was kept. Look at them last and seldom: whatever you change because of them makes them a little less "
            "honest.",
    "train": "The network has learned these pictures by heart: how many of them it gets right says nothing about how "
             "good it is."}
WRONG_ALL_THE_SAME = "Look at those that are wrong all the same: their labels are often wrong."
UNDER_WAY, QUEUED = "A training is under way.", "A training waits for its turn."
LEARNS = ("A training is under way. After its first epoch you will see here the pictures that your network gets right, "
          "gets wrong, and is unsure about.")
WAITS = ("A training waits for its turn. After its first epoch you will see here the pictures that your network gets "
         "right, gets wrong, and is unsure about.")
LAST = ("Keep the test pictures for last: whatever you change because of them makes them a little less "
        "honest.")
STANDS = {"running": "This training still goes on.", "cancelled": "This training was stopped.",
          "failed": "This training failed before its end.", "killed": "This training broke off before its end."}


def require_outcome() -> tuple[Job, Outcome]:
    """The training to show; without one the page ends here, with the way to get one."""
    try:
        named = session.job_of_address("train")
        dataset = named.dataset if named else training_choice.current_dataset()
        jobs = session.office().desk.jobs(session.visitor(), dataset=dataset, kind="train")
        standing = [job for job in jobs if outcomes.stands(job.run)]
        _tell_of_newest(jobs[0] if jobs else None, alone=not standing)
        if not standing and jobs and not jobs[0].over:
            frame.empty(WAITS if jobs[0].state == "queued" else LEARNS, "Watch it", "train")
        if not standing:
            frame.empty("Here you will see the pictures that your network gets right, gets wrong, and is unsure about. "
                        "That needs one finished epoch of training.", "Train", "train")
        shown = _choose(standing, named)
        st.query_params["job"] = shown.id       # so that a reload finds this one, or says that it is gone
        return shown, outcome_of(shown)
    except PlaygroundError as error:
        frame.told(error)
        frame.next_step("To the training", "train")
        st.stop()


def tell_where_it_stands(job: Job, outcome: Outcome) -> None:
    """A word on a training of other pictures than those chosen now, and on one that has not come to its good end."""
    if other := of_other_pictures(job, outcome):
        st.caption(other)
    tell_whether_final(job, outcome)


def of_other_pictures(job: Job, outcome: Outcome) -> str:
    """A word where the training is not of the pictures that the strip above names; "" elsewhere."""
    entry = session.office().desk.chosen(session.visitor())
    if job.grant is not None or (entry is not None and entry.id == job.dataset):
        return ""
    return f"This is a training of {frame.plain(outcome.document.name)}, not of the pictures chosen now."


def tell_whether_final(job: Job, outcome: Outcome) -> None:
    """A word on a training that has not come to its good end."""
    if not outcome.final:
        kept = "had kept by then" if job.over else "would keep so far"
        st.info(f"{STANDS.get(job.state, '')} You see the epoch that it {kept}, number {outcome.epoch + 1}, as "
                "measured while it trained.", icon=":material/hourglass_bottom:")


def choose_part(job: Job, outcome: Outcome) -> tuple[Part, Predictions]:
    """The validation pictures, or those that the visitor asks for; the address keeps it.

    What was said of training pictures is large, and read when they are asked for; where it is damaged the page ends.
    """
    file = job.run.predictions / "train.npz"
    parts: list[Part] = ["valid"]
    if outcome.test is not None:
        parts.append("test")
    if outcome.final and file.is_file() and job.grant is None:       # of these no squares are kept to show to others
        parts.append("train")
    if len(parts) == 1:
        return "valid", outcome.valid
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        part: Part = st.segmented_control("Pictures", parts, default="valid", required=True, key="part",
                                          format_func=PARTS.__getitem__, label_visibility="collapsed",
                                          bind="query-params")
        explain("validation set", "test set", "training set")
        if part == "valid" and "test" in parts:
            st.caption(LAST, width="content")
    why = st.empty()
    if part != "valid":
        why.caption(WHY_APART[part])
    if part == "test" and outcome.test is not None:
        return part, outcome.test
    if part == "train":
        try:
            learned = _read_part(file, file.stat().st_mtime_ns)
        except PlaygroundError as error:        # the others can still be chosen
            frame.told(error)
            st.stop()
        if not learned.correct.all():
            why.caption(f"{WHY_APART[part]} {WRONG_ALL_THE_SAME}")
        return part, learned
    return part, outcome.valid


def outcome_of(job: Job) -> Outcome:
    """Read once for each state of its folder. Raises BadRun."""
    files = (job.run.events, job.run.predictions / "valid.npz", job.run.predictions / "test.npz")
    return _read(job.folder, tuple(file.stat().st_mtime_ns if file.is_file() else 0 for file in files))


# Shared between visitors only by a job's id that nobody guesses, and never changed.
@st.cache_resource(max_entries=8, show_spinner=False)
def _read_part(file: Path, changed: int) -> Predictions:
    return Predictions.load(file)


@st.cache_resource(max_entries=64, show_spinner=False)
def _read(folder: Path, changed: tuple[int, ...]) -> Outcome:
    return outcomes.outcome(RunFolder(folder))


def _tell_of_newest(newest: Job | None, alone: bool) -> None:
    """Of a training at work, unless it is all that there is to tell of (`alone`), and of one that failed."""
    if newest is None:
        return
    if not newest.over:
        if alone:
            return
        words, way = st.columns([4, 1], vertical_alignment="center")
        words.markdown(f":material/model_training: {QUEUED if newest.state == 'queued' else UNDER_WAY}")
        if way.button("Watch it", width="stretch"):
            frame.go("train")
    elif newest.state in ("failed", "killed") and newest.problem and not outcomes.stands(newest.run):
        st.warning(f"The last training failed. {frame.plain(newest.problem)} {frame.plain(newest.remedy)}")


def _choose(standing: list[Job], named: Job | None) -> Job:
    """From a list, where there are several; the address follows, so that a reload finds the same one."""
    newest = next((job for job in standing if job.over), standing[0])
    current = next((job for job in standing if named and job.id == named.id), newest)
    if len(standing) == 1:
        return current
    names = run_names.given()
    chosen = training_choice.from_list(standing, current, lambda job: (
        f"{len(standing) - standing.index(job)} · {described(job, names.get(job.id, ''))}"))
    if chosen.id != current.id:
        st.query_params["job"] = chosen.id
        st.rerun()
    return current


def described(job: Job, name: str, with_dataset: bool = False) -> str:
    """The name that it was given, if any, how much is right, and what was trained."""
    try:
        outcome = outcome_of(job)
        words = f"{f'{outcome.document.name} · ' if with_dataset else ''}{100 * outcome.valid.accuracy:.1f} % right"
    except PlaygroundError:
        words = "damaged"
    state = "" if job.state == "finished" else f" · {training_live.STATES.get(job.state, job.state)}"
    return f"{f'{name} · ' if name else ''}{words} · {training_live.words_of(job)}{state}"
