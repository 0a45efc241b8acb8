"""What a replay on this machine may have otherwise."""

from typing import Any

import pytest

from core.training.replay import may_differ

HERE: dict[str, Any] = {"device": "cpu", "device_name": "x86_64", "threads": 2, "weights_sha256": "aa",
                        "versions": {"torch": "2.14.1", "numpy": "2.4.6"}}


@pytest.mark.parametrize("met", [None, {}, HERE, {"threads": 2}, {"precision": {}}, {"versions": {"numpy": "2.4.6"}},
                                 {"versions": {"gone": "1"}}, {"versions": "odd"}])
def test_the_same_machine_says_nothing(met: dict[str, Any] | None) -> None:
    assert may_differ(met, HERE) == ""


@pytest.mark.parametrize(("change", "words"), [
    ({"device": "cuda"}, "the device (cuda then, cpu now)"),
    ({"device_name": "arm64"}, "the processor (arm64 then, x86_64 now)"),
    ({"threads": 8}, "the number of threads (8 then, 2 now)"),
    ({"versions": {"torch": "2.11.0", "numpy": "2.4.6"}}, "torch (2.11.0 then, 2.14.1 now)"),
    ({"weights_sha256": "bb"}, "the weights that it begins with"),
])
def test_what_is_otherwise_is_named(change: dict[str, Any], words: str) -> None:
    said = may_differ(HERE | change, HERE)
    assert words in said and "may differ" in said
    assert said.count(" then, ") == words.count(" then, ")
