"""Lets go of uploads: by itself the server holds their bytes in memory until the session expires."""

from collections.abc import Sequence

from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner_utils.script_run_context import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile


def free(uploaded: Sequence[UploadedFile]) -> None:
    """Let go of the bytes of these uploads."""
    context = get_script_run_ctx()
    for upload in uploaded:
        if context is not None and isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
            context.uploaded_file_mgr.remove_file(context.session_id, upload.file_id)
        upload.close()      # the session's state still holds the object, until the page was run once more
