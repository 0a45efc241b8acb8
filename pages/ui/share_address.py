"""The part of an address that lets somebody look at a training of another's."""

from core.jobs.entries import Job

LINK = "share"               # behind the `?`; its value is the token


def query(job: Job) -> dict[str, str]:
    """What the address of another page says, so that it shows the same training by the same link."""
    return {LINK: job.grant.token} if job.grant is not None else {}


def behind(job: Job) -> str:
    """The same at the end of an address."""
    return f"?{LINK}={job.grant.token}" if job.grant is not None else ""
