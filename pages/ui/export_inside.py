"""What is in the zip, and what one does with it, in a beginner's words."""

import streamlit as st

INSIDE = (
    (":material/web:", "A page for the browser", "`app/`: drop a photo, and it says what it sees. With a Dockerfile, "
     "and a README that says how to put it on Streamlit Cloud, Render or Hugging Face."),
    (":material/terminal:", "A program for the command line", "`predict.py photo.jpg`: three small packages, and no "
     "playground."),
    (":material/hub:", "The network itself", "`model.onnx` for any program that reads ONNX, `model.safetensors` for "
     "PyTorch, `manifest.json` with all that is known of it."),
    (":material/menu_book:", "Honest words", "`MODEL_CARD.md`: how good it is, class by class, what it confuses, and "
     "when not to trust it."),
    (":material/verified:", "The proof", "`certificate.json`: that the files answer as your network did here."),
    (":material/replay:", "The way back", "`recipe.json` and `reproduce.py`: train the same network again."),
)


def show() -> None:
    st.markdown("**In the zip**")
    for icon, what, words in INSIDE:
        st.markdown(f"{icon} **{what}**  \n{words}")
