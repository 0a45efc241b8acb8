"""What the server keeps while it runs: the desk, and what works beside it. One a process and home."""

import functools

from core.jobs.desk import Desk
from core.jobs.entries import Job
from core.jobs.explanations import Explanations
from core.jobs.orders import Order
from core.jobs.photo_answers import PhotoAnswers
from core.jobs.previews import Previews
from core.jobs.refits import Refits
from core.jobs.scheduler import Scheduler
from core.jobs.sweeper import Sweeper
from core.settings import Settings


class Office:
    """Pages submit jobs and read the desk; `open` starts what works beside them, `close` ends it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.desk = Desk(settings)
        self.scheduler = Scheduler(self.desk)
        self.sweeper = Sweeper(self.desk)
        self.previews = Previews(settings)
        self.refits = Refits(settings)
        self.explanations = Explanations(settings)
        self.photo_answers = PhotoAnswers(settings)

    def submit(self, visitor: str, order: Order, dataset: str | None = None) -> Job:
        """Into the queue, and the scheduler is told at once. Raises what `Desk.submit` raises."""
        job = self.desk.submit(visitor, order, dataset)
        self.scheduler.wake()
        return job

    def cancel(self, visitor: str, id: str) -> None:
        self.desk.cancel(visitor, id)
        self.scheduler.wake()

    def open(self) -> None:
        self.scheduler.start()
        self.sweeper.start()

    def close(self) -> None:
        """Jobs go on without us; the warm spare, and the processes that answer pages end."""
        self.scheduler.stop()
        self.sweeper.stop()
        self.previews.close()
        self.refits.close()
        self.explanations.close()
        self.photo_answers.close()


@functools.cache
def office(settings: Settings) -> Office:
    """The office of this process for these settings."""
    return Office(settings)
