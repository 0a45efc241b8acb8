"""What went wrong, in words for a person."""

import logging
import secrets

import streamlit as st

from core.errors import PlaygroundError
from pages.ui.words import plain

log = logging.getLogger("playground")


def told(error: PlaygroundError) -> None:
    """Show problem and remedy."""
    st.error(f"**{plain(error.problem)}** {plain(error.remedy)}", icon=":material/error:")


def failed(error: Exception) -> bool:
    """Tell a person of an error that no page has caught; the answer says that nothing else need be shown.

    Streamlit has logged the traceback just before; the reference finds it there.
    """
    if isinstance(error, PlaygroundError):
        told(error)
        return True
    reference = secrets.token_hex(4)
    log.error("The error above was shown as reference %s.", reference)
    st.error(f"**Something went wrong on our side.** Your pictures and runs are safe. Reload the page to go on; if it "
             f"happens again, tell whoever runs this playground the reference {reference}.", icon=":material/error:")
    return True
