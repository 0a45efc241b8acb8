"""Export, for whoever has a link that allows it: the zips that lie ready, and the recipe."""

import streamlit as st

from core.errors import PlaygroundError
from pages.ui import export_again, export_ready, exported, frame, sharing

NOT_ALLOWED = PlaygroundError("This link lets you look at the network and try it, but not take it home.",
                              remedy="Ask whoever sent it to allow that.")
NOTHING_READY = ("No zip of this network lies ready just now. Whoever shared it makes one on the page Export; it is "
                 "kept for a day.")


def page() -> None:
    frame.header("Export", "Take this network home. It then answers without this playground, on your own computer or "
                           "on the web.", with_strip=False)
    job, outcome = sharing.require("export")
    if not sharing.may_take(job):
        frame.told(NOT_ALLOWED)
        return
    exports = exported.of_training(job)
    if any(exported.parcel(export) for export in exports):
        export_ready.show(exports)
    else:
        st.info(NOTHING_READY, icon=":material/folder_zip:")
    export_again.show(job, outcome)
