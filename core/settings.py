"""Limits and places, read from the environment once and passed on as a value."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import platformdirs
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from core.errors import UserMistake

PREFIX = "PLAYGROUND_"


def _listed(value: object) -> object:
    """Of "a, b" the parts; anything else as it is."""
    return tuple(part.strip() for part in value.split(",")) if isinstance(value, str) else value


class Settings(BaseModel):
    """Every limit and place; `PLAYGROUND_<NAME>` in the environment replaces a default.

    Bytes, counts and pixels are upper limits, inclusive.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    home: Path = Field(default_factory=lambda: Path(platformdirs.user_data_dir("image-playground")))
    offline: bool = False                       # never try the network
    download_timeout_seconds: float = Field(15.0, gt=0)
    max_files: int = Field(20_000, gt=0)        # files in one source
    max_unpacked_bytes: int = Field(2_000_000_000, gt=0)
    max_upload_bytes: int = Field(500_000_000, gt=0)  # a zip as it comes
    max_member_ratio: float = Field(100.0, gt=1)      # unpacked to packed, a member
    max_picture_pixels: int = Field(50_000_000, gt=0)
    max_addresses: int = Field(2_000, gt=0)     # pictures that are fetched from the web for one data set
    max_picture_bytes: int = Field(20_000_000, gt=0)  # of one that is fetched
    picture_seconds: float = Field(60.0, gt=0)  # that fetching one may take
    test_hosts: Annotated[tuple[str, ...], BeforeValidator(_listed)] = ()   # "localhost:8080": tests fetch from there
    threads: int = Field(default_factory=lambda: available_cores(), gt=0)
    sparing: bool | None = None                 # train with half the memory, a quarter slower; None: where it is short

    # The server. Limits a visitor hold for strangers; on one's own machine there is one identity without limits.
    hosted: bool | None = None                  # strangers use it; None: where it listens beyond this machine
    local_root: Path | None = None              # the folder from which pictures may be taken by their path
    slots: int | None = Field(None, gt=0)       # jobs that compute at a time; None: one a GPU, else one
    max_bytes_in_flight: int = Field(600_000_000, gt=0)   # uploads held in the server's memory
    min_free_bytes: int = Field(1_000_000_000, ge=0)      # of the disk, which pictures and caches leave
    visitor_bytes: int = Field(2_000_000_000, gt=0)
    visitor_datasets: int = Field(20, gt=0)
    visitor_jobs: int = Field(4, gt=0)          # queued and running
    job_minutes: float = Field(60.0, gt=0)
    keep_days: float = Field(14.0, gt=0)        # a visitor's data, after the last visit
    lease_minutes: float = Field(15.0, gt=0)    # so long a job goes on when its server is gone

    visitor: str = ""                           # whose room: "" is the home itself (command line, own machine)

    @property
    def room(self) -> Path:
        """Where this visitor's pictures and runs lie."""
        return self.home / "visitors" / self.visitor if self.visitor else self.home

    def of(self, visitor: str) -> "Settings":
        """The same settings in a visitor's own room."""
        return self.model_copy(update={"visitor": visitor})

    @property
    def datasets(self) -> Path:
        return self.room / "datasets"

    @property
    def cache(self) -> Path:
        return self.home / "cache"

    @property
    def runs(self) -> Path:
        return self.room / "runs"

    @property
    def jobs(self) -> Path:
        return self.room / "jobs"

    @property
    def uploads(self) -> Path:
        """Where an upload waits for the job that reads it."""
        return self.room / "uploads"


def available_cores() -> int:
    """Cores that this process may use (affinity and containers respected where the platform tells)."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def from_environment(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of this process. Raises UserMistake that names the variable at fault."""
    names = {PREFIX + name.upper(): name for name in Settings.model_fields if name != "visitor"}
    given = {names[key]: value for key, value in environment.items() if key in names and value}
    try:
        return Settings.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        variable = PREFIX + str(first["loc"][0]).upper()
        raise UserMistake(
            f"The setting {variable}={environment[variable]!r} cannot be used: {first['msg']}.",
            remedy=f"Correct {variable} or unset it.",
        ) from error
