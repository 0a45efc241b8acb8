"""The way by which a packed data set leaves: from the disk to the browser, never whole in the server's memory."""

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from core.data.safe_names import safe_name
from core.jobs.entries import Job
from core.runs.folder import PACKED
from pages.ui import session
from pages.ui.own_route import own_route

PATH = "packed-pictures"
GONE = "There is no such file here any longer. Go back to the page Data, and make the zip once more."


def address(job: Job) -> str:
    """Relative to any page's, so that it holds below whatever path the playground is served."""
    return f"{PATH}/{job.id}"


def route() -> Route:
    return own_route(f"{PATH}/{{job}}", _zip, GONE)


def _zip(job: Job, request: Request) -> Response | None:
    """What the job has packed, under the data set's name. Raises NotHere where that is deleted."""
    file = job.folder / PACKED
    if job.kind != "pack" or job.dataset is None or not file.is_file():
        return None
    name = session.office().desk.dataset(job.owner, job.dataset).name
    return FileResponse(file, media_type="application/zip", filename=f"{safe_name(name)}.zip",
                        headers={"cache-control": "no-store"})
