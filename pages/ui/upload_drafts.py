"""Whether a job has a draft in hand, and what becomes of the draft when that job is over."""

from core.errors import NotHere
from core.jobs.drafts import Draft
from pages.ui import session


def being_read(draft: Draft) -> bool:
    """Whether a job has it in hand. What has come in is let go of; where the job failed it stays for another try.

    A job that is gone did not bring it in, for then the draft had gone with its end: so it stays too.
    """
    id = draft.handed
    if id is None:
        return False
    try:
        job = session.office().desk.job(session.visitor(), id)
    except NotHere:
        draft.take_back()
        return False
    if job.over:
        draft.drop_all() if job.state == "finished" else draft.take_back()
    return not job.over
