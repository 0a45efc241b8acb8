from types import SimpleNamespace

import pytest
import torch

from core import machine


def test_what_was_met_names_device_threads_versions_and_what_else_was_found() -> None:
    met = machine.met(torch.device("cpu"), 2, weights_sha256="ab")
    assert (met["device"], met["threads"], met["weights_sha256"]) == ("cpu", 2, "ab")
    assert met["device_name"]
    assert met["versions"]["torch"].split("+")[0] == torch.__version__.split("+")[0]


def test_the_device_is_the_gpu_where_there_is_one() -> None:
    assert machine.device().type == ("cuda" if torch.cuda.is_available() else "cpu")


@pytest.mark.parametrize(("available", "short"), [(machine.ROOMY_BYTES - 1, True), (machine.ROOMY_BYTES, False)])
def test_memory_is_short_where_other_programs_leave_little(available: int, short: bool,
                                                           monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine.psutil, "virtual_memory", lambda: SimpleNamespace(available=available))
    assert machine.short_of_memory() == short


def test_freed_memory_is_kept_until_it_is_given_back() -> None:
    if machine._glibc() is None:
        pytest.skip("other allocators go their own ways")
    machine.settle(torch.get_num_threads())
    machine.give_back_memory()
    before = machine.psutil.Process().memory_info().rss
    blocks = [torch.ones(4 << 20) for _ in range(16)]       # 16 MB each
    del blocks
    kept = machine.psutil.Process().memory_info().rss - before
    machine.give_back_memory()
    given_back = machine.psutil.Process().memory_info().rss - before
    assert kept > 100e6 > given_back + 50e6
