"""Which number format is fastest: measured once, remembered, and without a trace on the network."""

from pathlib import Path

import pytest
import torch

from core.settings import Settings
from core.vision import precision
from core.vision.classifier import Classifier
from core.vision.fast import Precision
from core.vision.precision import for_looking, for_training
from tests.tiny import CPU, same, tiny_classifier

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def probes(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, int]]:
    """What was measured, in place of measuring it: bfloat16 takes half the time."""
    measured: list[tuple[str, str, int]] = []

    def seconds(use: str) -> object:
        def told(classifier: Classifier, size: int, number_format: Precision) -> float:
            measured.append((use, number_format, size))
            return 0.5 if number_format == "bfloat16" else 1.0
        return told

    monkeypatch.setattr(precision, "_training_seconds", seconds("training"))
    monkeypatch.setattr(precision, "_looking_seconds", seconds("looking"))
    monkeypatch.setattr(precision, "_imitated", lambda *_: False)
    return measured


def memory(settings: Settings) -> Path:
    return settings.cache / "precision.json"


def test_it_is_measured_once_for_each_use_and_size(settings: Settings, probes: list[tuple[str, str, int]]) -> None:
    for _ in range(3):
        assert for_training(tiny_classifier(), 16, CPU, settings) == "bfloat16"
        assert for_looking(tiny_classifier(), 16, CPU, settings) == "bfloat16"
        assert for_training(tiny_classifier(), 32, CPU, settings) == "bfloat16"
    assert probes == [("training", "float32", 16), ("training", "bfloat16", 16), ("looking", "float32", 16),
                      ("looking", "bfloat16", 16), ("training", "float32", 32), ("training", "bfloat16", 32)]


def test_large_pictures_are_judged_by_smaller_ones_and_once_for_all(settings: Settings,
                                                                    probes: list[tuple[str, str, int]]) -> None:
    for size in (224, 299, 512):
        for_training(tiny_classifier(), size, CPU, settings)
    assert [size for _, _, size in probes] == [precision.PROBE_SIZE] * 2


def test_another_network_number_of_threads_or_machine_is_measured_anew(
        settings: Settings, probes: list[tuple[str, str, int]], monkeypatch: pytest.MonkeyPatch) -> None:
    for_training(tiny_classifier(), 16, CPU, settings)
    named_otherwise = tiny_classifier()
    named_otherwise.architecture = "resnet34"
    for_training(named_otherwise, 16, CPU, settings)
    for_training(tiny_classifier(), 16, CPU, settings.model_copy(update={"threads": 77}))
    monkeypatch.setattr(precision, "_processor", lambda: "another")
    for_training(tiny_classifier(), 16, CPU, settings)
    assert len(probes) == 4 * 2


@pytest.mark.parametrize(("seconds", "chosen"), [(0.5, "bfloat16"), (0.9, "float32"), (1.0, "float32"),
                                                 (3.0, "float32")])
def test_bfloat16_must_win_clearly(seconds: float, chosen: str, settings: Settings,
                                   monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precision, "_training_seconds", lambda _c, _s, name: seconds if name == "bfloat16" else 1.0)
    monkeypatch.setattr(precision, "_imitated", lambda *_: False)
    assert for_training(tiny_classifier(), 16, CPU, settings) == chosen


def test_a_processor_that_only_imitates_bfloat16_is_asked_for_no_training_step_in_it(
        settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    glances: list[int] = []

    def looking(classifier: Classifier, size: int, number_format: Precision) -> float:
        glances.append(size)
        return 5.0 if number_format == "bfloat16" else 1.0

    def training(*_: object) -> float:
        raise AssertionError("a training step was probed")

    monkeypatch.setattr(precision, "_looking_seconds", looking)
    monkeypatch.setattr(precision, "_training_seconds", training)
    assert for_training(tiny_classifier(), 224, CPU, settings) == "float32"
    assert glances == [precision.GLANCE_SIZE] * 2


@pytest.mark.parametrize("content", [b"", b"{", b"[1, 2]", b"null", b"\xff\xfe\x00", b'"bfloat16"'])
def test_a_damaged_memory_is_measured_anew_and_mended(content: bytes, settings: Settings,
                                                      probes: list[tuple[str, str, int]]) -> None:
    memory(settings).parent.mkdir(parents=True)
    memory(settings).write_bytes(content)
    for _ in range(2):
        assert for_training(tiny_classifier(), 16, CPU, settings) == "bfloat16"
    assert len(probes) == 2


@pytest.mark.parametrize("value", ['"int4"', "null", "[]", "{}", "7"])
def test_a_remembered_value_that_is_no_format_is_measured_anew(value: str, settings: Settings,
                                                               probes: list[tuple[str, str, int]]) -> None:
    for_training(tiny_classifier(), 16, CPU, settings)
    memory(settings).write_text(memory(settings).read_text().replace('"bfloat16"', value))
    assert for_training(tiny_classifier(), 16, CPU, settings) == "bfloat16"
    assert len(probes) == 4


def test_what_was_remembered_before_stays(settings: Settings, probes: list[tuple[str, str, int]]) -> None:
    for_training(tiny_classifier(), 16, CPU, settings)
    for_looking(tiny_classifier(), 16, CPU, settings)
    for_training(tiny_classifier(), 16, CPU, settings)
    assert len(probes) == 4
    assert [file.name for file in settings.cache.iterdir()] == ["precision.json"]


def test_a_real_measurement_leaves_network_and_randomness_bit_equal(settings: Settings) -> None:
    classifier = tiny_classifier().eval()
    classifier.freeze(("early", "late"))
    before = {name: tensor.clone() for name, tensor in classifier.state_dict().items()}
    flags = [parameter.requires_grad for parameter in classifier.parameters()]
    random = torch.get_rng_state()
    assert for_training(classifier, 32, CPU, settings) in ("float32", "bfloat16")
    assert for_looking(classifier, 32, CPU, settings) in ("float32", "bfloat16")
    assert same(torch.get_rng_state(), random)
    assert same(classifier.state_dict(), before)
    assert [parameter.requires_grad for parameter in classifier.parameters()] == flags
    assert all(parameter.grad is None for parameter in classifier.parameters())
    assert not any(module.training for module in classifier.modules())
