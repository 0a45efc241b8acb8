import errno
from pathlib import Path

import pytest
from pydantic import ValidationError

from core.cleaning.finding import DUPLICATES, REASONS, Finding, Findings
from core.cleaning.queue import WORTH
from core.errors import BadRun, DiskFull

FOUND = Findings(fingerprint="f", edits=3, pictures=9, silent=("tiny",), together=(("a", "b"),), findings=(
    Finding(sample="a", reason="label", score=0.25, label="Ёж 猫 قط", value=0.5),
    Finding(sample="b", reason="near_duplicate", score=1, others=("a",), value=1)))


def test_what_was_found_is_read_as_it_was_written(tmp_path: Path) -> None:
    FOUND.save(tmp_path)
    assert Findings.load(tmp_path) == FOUND
    assert [file.name for file in tmp_path.iterdir()] == ["findings.json"]


@pytest.mark.parametrize("content", [None, b"", b"{}", b"\xff\xfe", b'{"fingerprint": "f"', b"[]"])
def test_findings_that_are_gone_or_damaged_are_told_with_the_remedy(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "findings.json").write_bytes(content)
    with pytest.raises(BadRun) as told:
        Findings.load(tmp_path)
    assert "no longer be read" in told.value.problem and "again" in told.value.remedy


def test_a_full_disk_leaves_what_stood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    FOUND.save(tmp_path)

    def full(self: Path, *_: object, **__: object) -> int:
        self.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(DiskFull):
        FOUND.model_copy(update={"pictures": 1}).save(tmp_path)
    assert Findings.load(tmp_path) == FOUND
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("score", [-0.001, 1.0001, float("nan")])
def test_a_score_lies_between_nothing_and_certain(score: float) -> None:
    with pytest.raises(ValidationError):
        Finding(sample="a", reason="dark", score=score)


def test_every_reason_has_a_worth() -> None:
    assert set(WORTH) == set(REASONS)
    assert set(REASONS) > DUPLICATES
