"""Who draws the batches: threads beside a CPU's network, processes beside a GPU's where there are many cores."""

import subprocess
import sys

import numpy as np
import psutil
import pytest
import torch

from core.training.drawing import MANY_CORES, Cutter, Processes, Threads, drawing, killed_told
from core.vision.augmentation import build, preset
from tests.tiny import CPU, noise, packed, same

# What torch says to more processes than this machine has cores, as a machine with a GPU has.
pytestmark = pytest.mark.filterwarnings("ignore:This DataLoader will create")

GPU = torch.device("cuda")
TASKS = [(np.array([0, 2]), 1), (np.array([1]), 1)]


def cutter() -> Cutter:
    pictures = packed([noise(1, side=20 + row, seed=row)[0] for row in range(3)])
    return Cutter(pictures, pictures, build(preset("side-on"), 16))


@pytest.mark.parametrize("cores", [1, 2, 64])
def test_one_thread_keeps_ahead_of_a_cpus_network_however_many_cores_there_are(cores: int) -> None:
    helpers = drawing(cutter(), CPU, cores)
    assert isinstance(helpers, Threads) and helpers._threads == 1


@pytest.mark.skipif(sys.platform != "linux", reason="other systems cannot fork safely")
@pytest.mark.parametrize("cores", [1, 2, MANY_CORES - 1, MANY_CORES, 16])
def test_beside_a_gpu_one_core_is_the_networks(cores: int) -> None:
    helpers = drawing(cutter(), GPU, cores)
    assert isinstance(helpers, Processes) == (cores >= MANY_CORES)
    count = helpers._loader.num_workers if isinstance(helpers, Processes) else helpers._threads
    assert count == max(1, cores - 1)


def test_where_nothing_can_be_forked_threads_draw(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    assert isinstance(drawing(cutter(), GPU, 16), Threads)


def test_a_batch_holds_the_draws_of_its_epoch() -> None:
    first, again, later = (cutter().batch((np.array([0, 1]), epoch)) for epoch in (1, 1, 2))
    assert first.shape == (2, 16, 16, 3) and first.dtype == np.uint8
    assert same(first, again) and not same(first, later)


def test_processes_stay_for_the_next_epoch_and_end_with_their_object() -> None:
    before = children()
    processes = Processes(cutter(), 2)
    list(processes.batches(TASKS))
    working = children() - before
    assert len(working) == 2
    list(processes.batches(TASKS))
    assert children() - before == working
    del processes
    psutil.wait_procs([psutil.Process(pid) for pid in working if psutil.pid_exists(pid)], timeout=10)
    assert not children() & working


def test_a_fault_in_a_process_is_told() -> None:
    with pytest.raises(IndexError):
        list(Processes(cutter(), 1).batches([(np.array([99]), 1)]))


def children() -> set[int]:
    return {child.pid for child in psutil.Process().children() if child.status() != psutil.STATUS_ZOMBIE
            and "resource_tracker" not in " ".join(child.cmdline())}


KILLED = """
import numpy as np, os, psutil
from core.errors import MachineFault
from core.training.drawing import Processes, killed_told
from tests.training.test_drawing import children, cutter

batches = Processes(cutter(), 1).batches([(np.array([0]), epoch) for epoch in range(500)])
try:
    with killed_told():
        next(batches)
        for pid in children():
            psutil.Process(pid).kill()
        list(batches)
except MachineFault as error:
    print(error.problem, error.remedy, flush=True)
    os._exit(0)
"""


def test_a_process_that_is_killed_is_told_with_a_remedy() -> None:
    """In a process of its own: the library tells of it from a signal's handler, which would strike other tests."""
    done = subprocess.run([sys.executable, "-c", KILLED], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert "was killed" in done.stdout and "smaller batches" in done.stdout


@pytest.mark.parametrize("error", [RuntimeError("shapes do not match"), OSError("the disk is gone")], ids=repr)
def test_a_fault_of_another_kind_stays_its_own(error: Exception) -> None:
    with pytest.raises(type(error), match=str(error)), killed_told():
        raise error
