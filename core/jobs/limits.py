"""What a stranger may have at a time: jobs, data sets and bytes. On one's own machine there are no such limits."""

from collections.abc import Sequence

from core.errors import LimitReached
from core.jobs.entries import DatasetEntry, Job
from core.jobs.orders import UNASKED, BringIn, FetchAddresses, Order
from core.settings import Settings

WEB_PICTURE_BYTES = 200_000      # a guess, while it is not there yet


def require_room_for(order: Order, jobs: Sequence[Job], shelved: Sequence[DatasetEntry], limits: Settings) -> None:
    """Raises LimitReached where a visitor who has these jobs and data sets may not have this one more."""
    unfinished = [job for job in jobs if not job.over and job.kind not in UNASKED]
    if order.kind not in UNASKED and len(unfinished) >= limits.visitor_jobs:
        raise LimitReached(f"You have {len(unfinished)} jobs waiting or running already.",
                           remedy="Wait for one of them to end, or stop one.")
    if not isinstance(order, BringIn | FetchAddresses):
        return
    coming = [job.order for job in unfinished if isinstance(job.order, BringIn | FetchAddresses)]
    counted = ", with those that are coming in" if coming else ""
    if (sets := len(shelved) + len(coming)) >= limits.visitor_datasets:
        raise LimitReached(f"You have {sets} data sets already{counted}.", remedy="Delete one that you no longer need.")
    held_bytes = sum(entry.bytes for entry in shelved) + sum(map(_upload_bytes, coming))
    if held_bytes >= limits.visitor_bytes:
        raise LimitReached(f"Your pictures{counted} take {held_bytes / 1e6:,.0f} MB of the "
                           f"{limits.visitor_bytes / 1e6:,.0f} MB that a visitor may use.",
                           remedy="Delete a data set that you no longer need.")


def _upload_bytes(order: BringIn | FetchAddresses) -> int:
    """Pictures in a zip are hardly smaller than on the shelf. A built-in set is shared, and takes nothing."""
    if isinstance(order, FetchAddresses):
        return order.addresses * WEB_PICTURE_BYTES
    try:
        return sum(file.stat().st_size for file in order.uploads)
    except OSError:         # read to its end meanwhile
        return 0
