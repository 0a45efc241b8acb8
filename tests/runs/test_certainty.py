from pathlib import Path

import pytest

from core.errors import BadRun, UserMistake
from core.interpretation.coverage import Standing
from core.interpretation.temperature import Judgement
from core.runs import certainty
from core.runs.certainty import Certainty, KeptTemperature, KeptThreshold
from core.runs.folder import RunFolder

STANDING = Standing(0.7, answered=131, right=128, refused=22, refused_right=9)
JUDGEMENT = Judgement(1.6, 77, 76, 0.9, 0.7, 0.1, 0.04, 0.05)


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return RunFolder.create(tmp_path / "run")


def test_what_was_kept_is_read_again_with_its_grounds(run: RunFolder) -> None:
    kept = Certainty(threshold=KeptThreshold.of(STANDING), temperature=KeptTemperature.of(JUDGEMENT))
    certainty.write(run, kept)
    found = certainty.read(run)
    assert found == kept
    assert (found.least, found.heat) == (0.7, 1.6)
    assert found.threshold is not None and (found.threshold.answered, found.threshold.refused_right) == (131, 9)
    assert found.temperature is not None and found.temperature.judged_on == 76
    assert [file.name for file in run.path.iterdir() if "certainty" in file.name] == ["certainty.json"]


def test_a_run_for_which_nothing_was_kept_has_neither(run: RunFolder) -> None:
    assert certainty.read(run) == Certainty()
    assert (certainty.read(run).least, certainty.read(run).heat) == (None, None)


def test_where_neither_is_kept_no_file_stays(run: RunFolder) -> None:
    certainty.write(run, Certainty(threshold=KeptThreshold.of(STANDING)))
    certainty.write(run, Certainty())
    certainty.write(run, Certainty())
    assert not run.certainty.exists()


@pytest.mark.parametrize("content", [
    "", "{", "[]", '{"threshold": 0.7}', '{"format_version": 2}', '{"temperature": {"value": 0}}', '{"more": 1}',
    certainty.Certainty(threshold=KeptThreshold.of(STANDING)).model_dump_json().replace("0.7", "1.7"),
    certainty.Certainty(temperature=KeptTemperature.of(JUDGEMENT)).model_dump_json().replace("1.6", "-1.6"),
])
def test_a_damaged_file_is_told_of_with_the_way_out(content: str, run: RunFolder) -> None:
    run.certainty.write_text(content)
    with pytest.raises(BadRun, match="cannot be read") as told:
        certainty.read(run)
    assert str(run.certainty) in told.value.remedy


def test_a_file_that_is_no_text_is_damaged(run: RunFolder) -> None:
    run.certainty.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadRun):
        certainty.read(run)


def test_a_failed_write_leaves_what_was_kept(run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Certainty(threshold=KeptThreshold.of(STANDING))
    certainty.write(run, kept)

    def refused(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "write_text", refused)
    with pytest.raises(BadRun, match="Permission denied") as told:
        certainty.write(run, Certainty(temperature=KeptTemperature.of(JUDGEMENT)))
    assert told.value.remedy
    monkeypatch.undo()
    assert certainty.read(run) == kept
    assert len([file for file in run.path.iterdir() if "certainty" in file.name]) == 1


def test_a_typed_threshold_is_a_share_or_none() -> None:
    assert certainty.threshold_in("0.7") == 0.7
    assert certainty.threshold_in(" None ") is None


@pytest.mark.parametrize(("typed", "value"), [("95%", 0.95), (" 95 % ", 0.95), ("99.9%", 0.999), ("0.5%", 0.005)])
def test_a_threshold_may_be_typed_as_the_page_writes_it(typed: str, value: float) -> None:
    assert certainty.threshold_in(typed) == value


@pytest.mark.parametrize(("content", "why"), [
    ('{"x": 1}', "it has 'x', which nothing here knows"), ("{", "it is damaged"), ("[]", "it is damaged"),
    ('{"format_version": 2}', "'format_version' cannot be 2"),
    ('{"temperature": {"value": -1}}', "'temperature.value' cannot be -1"),
    ('{"threshold": {"value": 0.5}}', "it lacks 'threshold.answered'")])
def test_what_is_damaged_is_told_in_plain_words_and_that_nothing_counts_without_it(
        content: str, why: str, run: RunFolder) -> None:
    run.certainty.write_text(content)
    with pytest.raises(BadRun) as told:
        certainty.read(run)
    assert f"({why})" in told.value.problem
    assert "every answer counts, at no temperature" in told.value.remedy


@pytest.mark.parametrize("typed", ["70", "0", "1", "-0.5", "nan", "", "high", "%", "0%", "100%", "9%5", "nan%"])
def test_what_is_no_threshold_is_named_with_what_to_type(typed: str) -> None:
    with pytest.raises(UserMistake, match="no threshold") as told:
        certainty.threshold_in(typed)
    assert f"'{typed}'" in told.value.problem
    assert "0.7" in told.value.remedy and "none" in told.value.remedy
