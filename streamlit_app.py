"""The server: `streamlit run streamlit_app.py`. Pages are routed by pages/_router.py."""

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
from pages.ui.identity import VisitorCookie
from pages.ui.mishaps import failed
from pages.ui.upload_gate import UploadGate

try:
    settings = from_environment()
except UserMistake as error:
    raise SystemExit(f"{error.problem} {error.remedy}") from error


# What pages import when they first need it, and would then be looked through after every rerun: see `lifespan`.
NEEDED_LATER = ("pandas", "pyarrow", "plotly.graph_objects", "sklearn.model_selection", "PIL.JpegImagePlugin")


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """Jobs are started and ended beside the pages for as long as the server runs."""
    for name in (*NEEDED_LATER, *(part.name for part in pkgutil.iter_modules(ui.__path__, f"{ui.__name__}."))):
        importlib.import_module(name)
    # Streamlit collects garbage after every rerun: what stands from now on is not looked at each time (60 ms of 85).
    gc.collect()
    gc.freeze()
    at_work = office(settings)
    at_work.open()
    try:
        yield
    finally:
        at_work.close()


app = st.App("pages/_router.py", lifespan=lifespan, on_script_error=failed,
             middleware=[Middleware(VisitorCookie), Middleware(UploadGate, settings=settings)])
