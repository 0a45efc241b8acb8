"""The commands that go by a training's threshold and temperature: prediction and export have no page yet."""

import shlex

import streamlit as st

from core.jobs.entries import LOCAL
from core.runs.folder import RunFolder
from pages.ui import session

ELSEWHERE = "Prediction and export go by it. For now both are commands, for whoever runs this playground."


def show(run: RunFolder, key: str) -> None:
    """Behind a small button, ready to be copied. Visitors of a server get a word: its folders are not theirs."""
    with st.popover("Where it counts", icon=":material/terminal:", type="tertiary", key=f"commands {key}"):
        if session.visitor() != LOCAL:
            st.markdown(ELSEWHERE)
            return
        folder = shlex.quote(str(run.path))
        st.markdown("On this page, in prediction and in the export. Both are commands for now: type them in the "
                    "playground's folder.")
        st.caption("What it says of a picture, or of a folder of pictures")
        st.code(f"python -m core predict {folder} photo.jpg", language="bash", wrap_lines=True)
        st.caption("The network as a file to take home")
        st.code(f"python -m core export {folder} --out network.zip", language="bash", wrap_lines=True)
