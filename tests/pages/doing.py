"""What page tests do before they look: put pictures on the shelf, jobs into a state, and open a page.

No worker and no scheduler runs: a job of the desk gets its folder and its row as they would leave them.
"""

import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from streamlit.testing.v1 import AppTest

from core.data.ingest import ingest
from core.events import Event, Failed, drain
from core.jobs.desk import Desk
from core.jobs.entries import LOCAL, DatasetEntry, Job, State
from core.jobs.office import office
from core.runs.folder import RunFolder
from core.runs.recorder import described
from core.settings import Settings, from_environment
from core.training import presets
from tests.fakes import labelled_folder

PAGES = Path(__file__).parents[2] / "pages"
COUNTS = {"blue": 12, "red": 12}
PATIENCE_SECONDS = 60     # for a run of a page, on a machine that others use as well


def the_desk() -> Desk:
    """The desk that pages use, of the home that `PLAYGROUND_HOME` names."""
    return office(from_environment()).desk


def shelved(settings: Settings, tmp: Path, *, confirmed: bool = True, counts: Mapping[str, int] = COUNTS,
            name: str = "colours", visitor: str = LOCAL) -> DatasetEntry:
    """A visitor's data set of tiny pictures, chosen; `counts` may name split folders: {"train/red": 8, ...}."""
    room = settings.of(visitor)
    source = labelled_folder(tmp / name, counts)
    _, stored = drain(ingest(source, room, name))
    desk = the_desk()
    desk.saw(visitor)
    entry = desk.shelve(visitor, stored.path.name, name, 1000, presets.load("quick"))
    if confirmed:
        desk.confirm(visitor, entry.id)
    return desk.dataset(visitor, entry.id)


def begin(job: Job, events: Iterable[Event] = ()) -> Job:
    """A queued job, or one that runs, now running; its folder tells of these events too."""
    run = _told(job, events)
    if not run.status.is_file():
        run.set_status("running", "starting")
    return _marked(job, "running")


def finish(job: Job, events: Iterable[Event] = (), dataset: str | None = None) -> Job:
    """The job at a good end. `dataset` is the entry's id that a bring-in job made."""
    run = _told(job, events)
    run.set_status("finished", "done")
    if dataset is not None:
        the_desk().database.change("UPDATE jobs SET dataset = ? WHERE id = ?", dataset, job.id)
    return _marked(job, "finished")


def fail(job: Job, problem: str, remedy: str) -> Job:
    run = _told(job, [Failed(problem, remedy)])
    run.set_status("failed", problem=problem, remedy=remedy)
    return _marked(job, "failed", problem, remedy)


def opened(page: str, **query: str) -> AppTest:
    """The page (its file's name without .py) as a visitor finds it under this address. Other pages can be gone to."""
    test = AppTest.from_file(PAGES / "_router.py", default_timeout=PATIENCE_SECONDS)
    if page != "home":                # the default page has the empty address
        test.switch_page(f"{page}.py")
    for key, value in query.items():
        test.query_params[key] = value
    return test.run()


def _told(job: Job, events: Iterable[Event]) -> RunFolder:
    run = job.run
    job.folder.mkdir(parents=True, exist_ok=True)
    run.predictions.mkdir(exist_ok=True)
    for event in events:
        run.append(event)
        run.set_status("running", described(event))
    return run


def _marked(job: Job, state: State, problem: str = "", remedy: str = "") -> Job:
    now = time.time()
    desk = the_desk()
    desk.database.change(
        "UPDATE jobs SET state = ?, started = COALESCE(started, ?), ended = ?, problem = ?, remedy = ? WHERE id = ?",
        state, now, None if state == "running" else now, problem, remedy, job.id)
    return desk.job(job.owner, job.id)
