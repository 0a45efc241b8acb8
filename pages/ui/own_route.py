"""Ways beside the pages by which what a job holds reaches the browser: its owner's, and where a way says so, that of
whoever has a link to the training."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from streamlit import config

from core.errors import NotHere
from core.jobs import shares
from core.jobs.entries import Job
from pages.ui import identity, session
from pages.ui.share_address import LINK

Answer = Callable[[Job, Request], Response | None]
ByLink = Callable[[Job, str], Job]       # a shared training and a job's id: the job, if it is the one or goes with it


def own_route(path: str, answer: Answer, gone: str, by_link: ByLink | None = None) -> Route:
    """A route at this path, which names a `{job}`, below whatever path the playground is served.

    `answer` is asked about the visitor's own job alone: another's is as unknown as one that never was. Where it gives
    None, or raises NotHere, `gone` is said. A request that names a link to a training is asked about that alone, and
    only where there is `by_link`.
    """
    def send(request: Request) -> Response:
        try:
            found = answer(_job(request, by_link), request)
        except NotHere:
            found = None
        return found or PlainTextResponse(gone, 404)

    base = (config.get_option("server.baseUrlPath") or "").strip("/")
    return Route(f"/{base}/{path}" if base else f"/{path}", send)


def _job(request: Request, by_link: ByLink | None) -> Job:
    """Raises NotHere for whatever the visitor has no right to."""
    token, wanted = request.query_params.get(LINK), request.path_params["job"]
    if token is None:
        return _own_job(request)
    if by_link is None:
        raise NotHere("This is not shared by a link.", remedy="Ask whoever sent it.")
    job = by_link(shares.shared(session.office().desk, token), wanted)
    if job.id != wanted:
        raise NotHere("The link leads to something else.", remedy="Open the page by its link again.")
    return job


def _own_job(request: Request) -> Job:
    """Raises NotHere where the path names none of the visitor's jobs, and for a browser without a cookie."""
    office = session.office()
    visitor = identity.room_for(request.headers, office.settings)
    if visitor is None:
        raise NotHere("Nobody is known by this request.", remedy="Allow cookies for this address.")
    return office.desk.job(visitor, request.path_params["job"])
