"""The way through: every page by its address, in the order in which a newcomer needs them."""

from pathlib import Path

import streamlit as st

from pages.ui.ways import PAGES

HERE = Path(__file__).parent

st.set_page_config("Classifier playground", (HERE / "ui" / "pictures" / "icon.svg").read_text(encoding="utf-8"), "wide")
st.html(HERE / "ui" / "frame.css")
st.navigation([st.Page(file, title=title, icon=icon, default=name == "home")
               for name, (file, title, icon) in PAGES.items()], position="top").run()
