"""The way by which a packed data set leaves: from the disk to the browser, never whole in the server's memory."""

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route
from streamlit import config

from core.data.safe_names import safe_name
from core.errors import NotHere
from core.jobs.entries import Job
from core.runs.folder import PACKED
from pages.ui import identity, session

PATH = "packed-pictures"
GONE = "There is no such file here any longer. Go back to the page Data, and make the zip once more."


def address(job: Job) -> str:
    """Relative to any page's, so that it holds below whatever path the playground is served."""
    return f"{PATH}/{job.id}"


def route() -> Route:
    base = (config.get_option("server.baseUrlPath") or "").strip("/")
    return Route(f"/{base}/{PATH}/{{job}}" if base else f"/{PATH}/{{job}}", send)


def send(request: Request) -> Response:
    """The zip of the visitor's own job; another's is as unknown as one that never was."""
    office = session.office()
    visitor = identity.room_for(request.headers, office.settings)
    try:
        if visitor is None:
            return PlainTextResponse(GONE, 404)
        job = office.desk.job(visitor, request.path_params["job"])
        file = job.folder / PACKED
        if job.kind != "pack" or job.dataset is None or not file.is_file():
            return PlainTextResponse(GONE, 404)
        name = office.desk.dataset(visitor, job.dataset).name
    except NotHere:
        return PlainTextResponse(GONE, 404)
    return FileResponse(file, media_type="application/zip", filename=f"{safe_name(name)}.zip",
                        headers={"cache-control": "no-store"})
