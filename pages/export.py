"""Export: the network as one zip to take home, the proof that it is the same, and the recipe to train it again."""

import streamlit as st

from pages.ui import (
    export_again,
    export_choice,
    export_inside,
    export_order,
    export_ready,
    exported,
    frame,
    shared_export,
    sharing,
)

if sharing.asked():
    shared_export.page()
    st.stop()

frame.header("Export", "Take your network home. It then answers without this playground, on your own computer or on "
                       "the web, and is proven to be the same.")
training, outcome = export_choice.require_training()
exports = exported.of_training(training)
work, inside = st.columns([3, 2], gap="large")
with inside:
    export_inside.show()
with work:
    export_ready.show(exports)
    export_order.show(training, exports)
    export_again.show(training, outcome)
