"""The way by which a zip of a job's leaves: from the disk to the browser, never whole in the server's memory."""

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route
from streamlit import config

from core.data.safe_names import safe_name
from core.errors import NotHere
from core.jobs.entries import Job
from core.jobs.orders import Kind
from core.runs.folder import PACKED
from pages.ui import identity, session

PATH = "packed-pictures"
GONE = "There is no such file here any longer. Go back to the page Data, and make the zip once more."


def address(job: Job) -> str:
    """Relative to any page's, so that it holds below whatever path the playground is served."""
    return f"{PATH}/{job.id}"


def route() -> Route:
    return Route(below_base(PATH), send)


def below_base(path: str) -> str:
    """Where the server answers for a job under this path, below that under which it is served itself."""
    base = (config.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{base}/{path}/{{job}}" if base else f"/{path}/{{job}}"


def send(request: Request) -> Response:
    """The packed pictures of the visitor's own job."""
    return sent(request, "pack", PACKED, "", GONE)


def sent(request: Request, kind: Kind, file_name: str, behind: str, gone: str) -> Response:
    """The file of the visitor's own job of this kind; another's is as unknown as one that never was.

    It is called by its data set's name, with `behind` at the end. `gone`: what is said where there is none.
    """
    office = session.office()
    visitor = identity.room_for(request.headers, office.settings)
    try:
        if visitor is None:
            return PlainTextResponse(gone, 404)
        job = office.desk.job(visitor, request.path_params["job"])
        file = job.folder / file_name
        if job.kind != kind or job.dataset is None or not file.is_file():
            return PlainTextResponse(gone, 404)
        name = office.desk.dataset(visitor, job.dataset).name
    except NotHere:
        return PlainTextResponse(gone, 404)
    return FileResponse(file, media_type="application/zip", filename=f"{safe_name(name + behind)}.zip",
                        headers={"cache-control": "no-store"})
