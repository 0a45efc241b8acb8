"""Starts queued jobs."""

from core.jobs.desk import Desk


class Scheduler:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def wake(self) -> None:
        pass

    def start(self) -> None:
        pass

    def stop(self) -> None:
        pass
