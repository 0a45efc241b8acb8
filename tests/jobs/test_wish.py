"""When a worker stops by itself: how long its server may be gone, by a clock that a test turns."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.jobs.orders import Assignment, BringIn
from core.jobs.wish import Wish
from core.settings import Settings


class Machine:
    """A clock that a test turns, and a server that renews its lease or does not."""

    def __init__(self, lease: Path) -> None:
        self.lease, self.now, self._renewals = lease, 1000.0, 0
        self.renew()

    def monotonic(self) -> float:
        return self.now

    def renew(self) -> None:
        self._renewals += 1
        self.lease.touch()
        os.utime(self.lease, (self._renewals, self._renewals))      # long ago by the wall clock, each time another

    def passes(self, minutes: float, wish: Wish, server: bool) -> bool:
        """Whether the worker, which looks every ten seconds, wants to stop at the end of this time."""
        for _ in range(round(minutes * 6)):
            self.now += 10
            if server:
                self.renew()
            wish()
        return wish()


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine(tmp_path / "lease")
    monkeypatch.setattr("core.jobs.wish.time", machine)
    return machine


@pytest.fixture
def wish(settings: Settings, machine: Machine) -> Iterator[Wish]:
    before = signal.getsignal(signal.SIGTERM)
    (settings.jobs / "job").mkdir(parents=True)
    yield Wish(Assignment(job="job", order=BringIn(source="x", name="x"), settings=settings, lease=str(machine.lease)))
    signal.signal(signal.SIGTERM, before)


def test_work_goes_on_without_a_server_until_it_has_been_gone_for_too_long(settings: Settings, machine: Machine,
                                                                           wish: Wish) -> None:
    stop = settings.jobs / "job" / "STOP"
    assert not machine.passes(settings.lease_minutes * 3, wish, server=True)
    assert not machine.passes(settings.lease_minutes - 1, wish, server=False)
    assert not stop.exists()
    assert machine.passes(2, wish, server=False)
    assert stop.read_text() == "The server was gone for 15 minutes."


def test_a_server_that_comes_back_in_time_finds_its_job_at_work(settings: Settings, machine: Machine,
                                                                wish: Wish) -> None:
    for _ in range(3):
        assert not machine.passes(settings.lease_minutes - 1, wish, server=False)
        assert not machine.passes(1, wish, server=True)


def test_a_machine_that_slept_goes_on_with_its_work(settings: Settings, machine: Machine, wish: Wish) -> None:
    """Its server slept too. On Linux this clock stands meanwhile, on Windows it goes on."""
    assert not machine.passes(1, wish, server=True)
    machine.now += 100 * 3600
    assert not wish()
    assert not machine.passes(5, wish, server=True)


def test_work_for_a_home_that_was_deleted_stops(machine: Machine, wish: Wish) -> None:
    machine.lease.unlink()
    assert machine.passes(1, wish, server=False)
