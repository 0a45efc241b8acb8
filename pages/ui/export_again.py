"""The recipe of a training as a file and as a script, to train by it again here, elsewhere, or on other pictures."""

import streamlit as st

from core.errors import PlaygroundError
from core.export.reproduce import portable, script
from core.jobs.entries import Job
from core.runs.outcome import Outcome
from core.training import presets
from pages.ui import frame

FILE, SCRIPT = "recipe.json", "reproduce.py"


def show(training: Job, outcome: Outcome) -> None:
    st.subheader("Train it again", anchor=False)
    st.markdown("The recipe holds everything that was chosen. On the same pictures, computer and versions it gives the "
                "same network to the last bit; on other pictures, the same way of training: load it on the page Train.")
    try:
        recipe = portable(presets.load(str(training.run.recipe)))
    except PlaygroundError as error:
        frame.told(error)
        return
    right = int(outcome.valid.correct.sum())
    with st.container(horizontal=True):
        st.download_button("Recipe", recipe.model_dump_json(indent=2) + "\n", FILE, "application/json",
                           icon=":material/download:", key="download-recipe", on_click="ignore")
        st.download_button("Python script", script(recipe, outcome.document.fingerprint, right, len(outcome.valid)),
                           SCRIPT, "text/x-python", icon=":material/download:", key="download-script",
                           on_click="ignore")
    st.code(f"python -m core train PICTURES --recipe {FILE}", language="bash")
