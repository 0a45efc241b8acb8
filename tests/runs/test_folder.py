import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.errors import BadRun
from core.events import Note, Progress
from core.runs import folder
from core.runs.folder import RunFolder
from tests.running import Heard

ONCE = 1_000_000_000.0     # long before this machine started anything


def test_a_new_run_is_running_as_this_process(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / "deep" / "run")
    status = run.read_status()
    assert (status.state, status.pid) == ("running", os.getpid())
    assert run.predictions.is_dir()


def test_a_run_may_begin_in_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    assert RunFolder.create(tmp_path / "run").status.is_file()


def test_a_folder_with_anything_in_it_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").write_bytes(b"precious")
    with pytest.raises(BadRun, match="not empty") as refused:
        RunFolder.create(tmp_path)
    assert "--out" in refused.value.remedy and "--resume" in refused.value.remedy
    assert [file.name for file in tmp_path.iterdir() if file.is_file()] == ["holiday.jpg"]


def test_a_file_is_no_place_for_a_run(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(BadRun):
            RunFolder.create(path)


def test_a_name_that_no_file_system_takes_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(BadRun, match="cannot be written"):
        RunFolder.create(tmp_path / ("n" * 300))
    with pytest.raises(BadRun, match="no valid text"):
        RunFolder.create(tmp_path / "\udcff")


@pytest.mark.parametrize("name", ["nowhere", "empty", "n" * 300])
def test_what_is_no_run_cannot_be_opened(name: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadRun, match="no run folder"):
        RunFolder.open(tmp_path / name)


def test_a_running_process_that_is_gone_was_killed(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / "run")
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    claim(run, pid=gone.pid, started=ONCE)
    status = run.read_status()
    assert status.state == "killed"
    assert "killed" in status.problem
    assert "no checkpoint" in status.remedy
    run.checkpoint.touch()
    assert f"--resume {run.path}" in run.read_status().remedy


def test_a_process_number_that_was_given_out_again_is_not_taken_for_the_run(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / "run")
    claim(run, pid=os.getpid(), started=ONCE)
    assert run.read_status().state == "killed"


def claim(run: RunFolder, pid: int, started: float) -> None:
    values = json.loads(run.status.read_text()) | {"pid": pid, "pid_started": started}
    run.status.write_text(json.dumps(values))


@pytest.mark.parametrize("text", ["", "{", '{"state":"dancing"}', "\x00"])
def test_a_damaged_status_is_told_in_words(text: str, tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / "run")
    run.status.write_text(text)
    with pytest.raises(BadRun, match="cannot be read"):
        run.read_status()


def test_events_come_back_as_they_were_told(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / "run")
    told = [Note('a "class"\nwith\u2028lines and 猫'), Progress("reading pictures", 1, 2)]
    for event in told:
        run.append(event)
    assert list(run.read_events()) == told


def test_an_event_with_bytes_that_are_no_text_is_still_written(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / "run")
    run.append(Note("\udcff.jpg"))
    assert list(run.read_events()) == [Note("\udcff.jpg")]


def test_a_torn_last_line_is_left_out(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / "run")
    run.append(Note("whole"))
    with run.events.open("a") as lines:
        lines.write('{"event":"Note","te')
    assert list(run.read_events()) == [Note("whole")]


def test_a_torn_line_is_cut_off_before_the_next(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / "run")
    run.drop_torn_event()
    run.append(Note("whole"))
    run.drop_torn_event()
    with run.events.open("a") as lines:
        lines.write('{"event":"Note","te')
    run.drop_torn_event()
    run.append(Note("next"))
    assert list(run.read_events()) == [Note("whole"), Note("next")]


def test_a_run_that_has_told_nothing_yet_has_no_events(tmp_path: Path) -> None:
    assert list(RunFolder.create(tmp_path / "run").read_events()) == []


def test_a_missing_dataset_document_is_told_in_words(tmp_path: Path) -> None:
    with pytest.raises(BadRun, match=r"dataset\.json"):
        RunFolder.create(tmp_path / "run").read_dataset()


def test_predictions_that_are_not_there_are_told_by_name(quick_run: Heard) -> None:
    with pytest.raises(BadRun, match="valid-epoch-099"):
        quick_run.run.read_predictions("valid-epoch-099")


def test_a_status_is_replaced_whole(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / "run")
    before = run.status.stat().st_ino
    run.set_status("failed", problem="p", remedy="r")
    assert run.status.stat().st_ino != before
    assert sorted(file.name for file in run.path.iterdir()) == ["predictions", "status.json"]


def test_events_are_read_on_from_where_the_last_reading_ended(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / "run")
    assert run.read_events_from(0) == ([], 0)
    run.append(Note("Grüße"))
    first, offset = run.read_events_from(0)
    assert first == [Note("Grüße")]
    run.append(Note("two"))
    run.append(Note("three"))
    assert run.read_events_from(offset) == ([Note("two"), Note("three")], run.events.stat().st_size)


def test_a_line_in_the_writing_is_left_for_the_next_reading(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / "run")
    run.append(Note("whole"))
    line = Note("half").to_json()
    with run.events.open("a") as lines:
        lines.write(line[:9])
    told, offset = run.read_events_from(0)
    assert told == [Note("whole")]
    assert run.read_events_from(offset) == ([], offset)
    with run.events.open("a") as lines:
        lines.write(line[9:] + "\n")
    assert run.read_events_from(offset)[0] == [Note("half")]


def test_what_the_network_saw_is_found_by_the_picture_s_id(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / "run")
    assert run.seen_picture("0123456789abcdef") is None
    run.seen.mkdir()
    run.seen_file("0123456789abcdef").write_bytes(b"a square")
    assert run.seen_picture("0123456789abcdef") == b"a square"


@pytest.mark.parametrize("id", ["", "../../secret", "0123456789abcdef/..", "0123456789ABCDEF", "0123456789abcdef\n"])
def test_an_id_that_is_none_of_ours_names_no_file(id: str, tmp_path: Path) -> None:
    with pytest.raises(BadRun, match="no picture's id"):
        RunFolder(tmp_path).seen_picture(id)


def test_a_run_that_ends_between_two_looks_is_not_taken_for_killed(tmp_path: Path,
                                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    run = RunFolder.create(tmp_path / "run")

    def ends_meanwhile(pid: int, started: float) -> bool:
        run.set_status("finished")
        return False

    monkeypatch.setattr(folder, "process_lives", ends_meanwhile)
    assert run.read_status().state == "finished"


@pytest.mark.parametrize("line", ["{not json", '{"event":"FromTheFuture"}', '{"no":"event"}', "[]"])
def test_a_damaged_line_of_the_events_is_told_of(tmp_path: Path, line: str) -> None:
    run = RunFolder.create(tmp_path / "run")
    run.events.write_text(line + "\n")
    for reading in (lambda: list(run.read_events()), lambda: run.read_events_from(0)):
        with pytest.raises(BadRun, match="damaged"):
            reading()
