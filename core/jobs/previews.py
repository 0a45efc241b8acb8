"""Augmented previews from a worker process of their own."""

from core.settings import Settings


class Previews:
    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def close(self) -> None:
        pass
