import torch

from core import machine


def test_what_was_met_names_device_threads_versions_and_what_else_was_found() -> None:
    met = machine.met(torch.device("cpu"), 2, weights_sha256="ab")
    assert (met["device"], met["threads"], met["weights_sha256"]) == ("cpu", 2, "ab")
    assert met["device_name"]
    assert met["versions"]["torch"].split("+")[0] == torch.__version__.split("+")[0]


def test_the_device_is_the_gpu_where_there_is_one() -> None:
    assert machine.device().type == ("cuda" if torch.cuda.is_available() else "cpu")
