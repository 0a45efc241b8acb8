"""Ways beside the pages by which what a visitor's own job holds reaches the browser."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from streamlit import config

from core.errors import NotHere
from core.jobs.entries import Job
from pages.ui import identity, session

Answer = Callable[[Job, Request], Response | None]


def own_route(path: str, answer: Answer, gone: str) -> Route:
    """A route at this path, which names a `{job}`, below whatever path the playground is served.

    `answer` is asked about the visitor's own job alone: another's is as unknown as one that never was. Where it gives
    None, or raises NotHere, `gone` is said.
    """
    def send(request: Request) -> Response:
        try:
            found = answer(_own_job(request), request)
        except NotHere:
            found = None
        return found or PlainTextResponse(gone, 404)

    base = (config.get_option("server.baseUrlPath") or "").strip("/")
    return Route(f"/{base}/{path}" if base else f"/{path}", send)


def _own_job(request: Request) -> Job:
    """Raises NotHere where the path names none of the visitor's jobs, and for a browser without a cookie."""
    office = session.office()
    visitor = identity.room_for(request.headers, office.settings)
    if visitor is None:
        raise NotHere("Nobody is known by this request.", remedy="Allow cookies for this address.")
    return office.desk.job(visitor, request.path_params["job"])
