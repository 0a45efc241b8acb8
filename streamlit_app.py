"""The server: `streamlit run streamlit_app.py`. Pages are routed by pages/_router.py."""

import asyncio
import gc
import importlib
import pkgutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
from starlette.middleware import Middleware

from core.errors import UserMistake
from core.jobs.office import office
from core.settings import from_environment
from pages import ui
from pages.ui import exported, hover_pictures, packed, session
from pages.ui.identity import VisitorCookie
from pages.ui.mishaps import failed
from pages.ui.upload_gate import UploadGate

try:
    settings = from_environment()
except UserMistake as error:
    raise SystemExit(f"{error.problem} {error.remedy}") from error


# What pages would import when they first need it, and make somebody wait for.
NEEDED_LATER = ("pandas", "pyarrow", "plotly.graph_objects", "sklearn.model_selection", "PIL.JpegImagePlugin")
SECONDS_BETWEEN_COLLECTIONS = 30.0


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """Jobs are started and ended beside the pages for as long as the server runs."""
    for name in (*NEEDED_LATER, *(part.name for part in pkgutil.iter_modules(ui.__path__, f"{ui.__name__}."))):
        importlib.import_module(name)
    at_work = office(settings)
    session.serve(at_work)
    at_work.open()
    tidying = asyncio.create_task(_keep_tidy())
    yield
    tidying.cancel()
    at_work.close()


async def _keep_tidy() -> None:
    """Streamlit collects garbage after every rerun: let it look at nothing but what is younger than half a minute.

    What stands (modules, the state of visitors) takes 20 to 80 ms to look through, each time and with everyone waiting.
    """
    while True:
        await asyncio.to_thread(_look_through_everything)
        await asyncio.sleep(SECONDS_BETWEEN_COLLECTIONS)


def _look_through_everything() -> None:
    gc.unfreeze()
    gc.collect()
    gc.freeze()


app = st.App("pages/_router.py", lifespan=lifespan, on_script_error=failed,
             routes=[packed.route(), exported.route(), hover_pictures.route()],
             middleware=[Middleware(VisitorCookie), Middleware(UploadGate, settings=settings)])
