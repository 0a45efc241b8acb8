"""Pictures beside the pointer while it rests on a dot, and clicks on dots: a few lines, and the pictures' way."""

import functools
from collections.abc import Callable
from pathlib import Path

import streamlit as st
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from core.errors import BadRun
from core.jobs.entries import Job
from pages.ui import share_address
from pages.ui.own_route import own_route

PATH = "seen-pictures"
SCRIPT = Path(__file__).parent / "snippets" / "hover.js"
GONE = "There is no such picture here."
KEPT_SECONDS = 3600              # by the browser alone: what a network saw of a picture never changes
STYLE = "<style>[class*='st-key-hover-'] {position: absolute; height: 0}</style>"


def show(training: Job, chart: str, clicked: Callable[[str], None]) -> None:
    """From now on a dot of the chart with this key, whose customdata is a picture's id, shows what the network saw.

    `clicked` is called with the id of a dot that was clicked; the browser may send any text.
    """
    key = f"hover-{chart}"

    def told() -> None:
        if id := st.session_state[key].clicked:
            clicked(str(id))

    st.html(STYLE)
    _component()(key=key, on_clicked_change=told, data={
        "chart": chart, "address": f"{PATH}/{training.id}", "behind": share_address.behind(training)})


def route() -> Route:
    return own_route(f"{PATH}/{{job}}/{{id}}", _picture, GONE, by_link=lambda training, id: training)


def _picture(job: Job, request: Request) -> Response | None:
    """What the network of a training saw of a picture."""
    try:
        picture = job.run.seen_picture(request.path_params["id"]) if job.kind == "train" else None
    except (BadRun, OSError):
        picture = None
    if not picture:
        return None
    kept = f"private, max-age={KEPT_SECONDS}" if job.grant is None else "no-store"       # a link can end
    return Response(picture, media_type="image/jpeg", headers={
        "cache-control": kept, "x-content-type-options": "nosniff"})


@functools.cache
def _component() -> Callable[..., object]:
    return st.components.v2.component("hover_pictures", js=SCRIPT.read_text(encoding="utf-8"))
