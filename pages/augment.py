"""Augment: see what training may do to the pictures, on the visitor's own."""

import streamlit as st

from core.errors import PlaygroundError
from pages.ui import augment_board, augment_controls, augment_view, frame, session


def page() -> None:
    chosen = session.require_dataset()
    current = augment_view.picture(chosen)
    preset, effect = st.columns([3, 2], gap="large")
    with preset:
        augment_controls.preset_choice(chosen)
    with effect:
        augment_controls.effect(chosen.recipe)
    augment_controls.warnings(chosen)
    with st.container(key=augment_board.KEY):
        left, right = st.columns([2, 3], gap="medium")
        with left:
            original = st.empty()
            augment_view.new_draw(chosen)
            augment_controls.controls(chosen)
        with right:
            variants = st.empty()
            augment_view.picture_choice(chosen, current)
    frame.next_step("Find the learning rate", "learning_rate")
    # Last, so that everything else stands while the pictures are drawn.
    augment_view.show(chosen, current, original, variants)


frame.header("Augment", "In every round of training the network sees each picture a little differently, so that it "
                        "learns the thing and not the photo. Choose what still looks like your pictures.")
try:
    page()
except PlaygroundError as error:
    frame.told(error)
