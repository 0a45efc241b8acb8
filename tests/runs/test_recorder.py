import errno
import shutil
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from core.errors import BadSource, DiskFull, MachineFault
from core.events import BatchDone, Cancelled, Event, Failed, Finished, LrStep, Note, Progress
from core.runs import recorder
from core.runs.folder import RunFolder
from core.runs.recorder import Quiet, described, recorded
from tests.running import Heard, listen

FINISHED = Finished(1.0, 0.0, 4, 0, 0.1, "run")


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return RunFolder.create(tmp_path / "run")


class Work:
    """A stream of these events; an exception among them is raised in its place. It knows when it was closed."""

    def __init__(self, *steps: Event | BaseException) -> None:
        self.steps = steps
        self.closed = False

    def __call__(self) -> Generator[Event, None, None]:
        try:
            for step in self.steps:
                if isinstance(step, BaseException):
                    raise step
                yield step
        finally:
            self.closed = True


def record(run: RunFolder, *steps: Event | BaseException) -> Heard:
    return listen(recorded(run, Work(*steps)(), lambda: False), run)


def test_work_that_ends_well_finishes_the_run(run: RunFolder) -> None:
    heard = record(run, Note("hello"), FINISHED)
    assert heard.events == list(run.read_events()) == [Note("hello"), FINISHED]
    assert heard.code == 0
    assert run.read_status().state == "finished"


def test_an_event_stands_in_the_folder_before_it_is_told(run: RunFolder) -> None:
    for event in recorded(run, Work(Note("one"), Note("two"))(), lambda: False):
        assert list(run.read_events())[-1] == event


def test_a_mistake_of_the_user_ends_in_failed_with_code_2(run: RunFolder) -> None:
    heard = record(run, BadSource("No pictures.", remedy="Give some."))
    assert heard.events == list(run.read_events()) == [Failed("No pictures.", "Give some.")]
    assert heard.code == 2
    status = run.read_status()
    assert (status.state, status.problem, status.remedy) == ("failed", "No pictures.", "Give some.")


def test_a_fault_of_the_machine_ends_in_failed_with_code_1(run: RunFolder) -> None:
    assert record(run, MachineFault("It broke.", remedy="Repair it.")).code == 1


def test_a_fault_of_ours_is_told_in_words_and_its_traceback_kept(run: RunFolder) -> None:
    heard = record(run, Note("begun"), ZeroDivisionError("by nothing"))
    assert isinstance(heard.last, Failed)
    assert str(run.traceback) in heard.last.remedy
    assert heard.code == 1
    assert "ZeroDivisionError" in run.traceback.read_text()


def test_ctrl_c_inside_the_work_ends_in_cancelled(run: RunFolder) -> None:
    heard = record(run, Note("begun"), KeyboardInterrupt())
    assert heard.last == Cancelled(str(run.path))
    assert heard.code == 130
    assert run.read_status().state == "cancelled"


def test_a_wish_to_stop_closes_the_work(run: RunFolder) -> None:
    work = Work(Note("one"), Note("two"))
    heard = listen(recorded(run, work(), lambda: True), run)
    assert heard.events == [Note("one"), Cancelled(str(run.path))]
    assert heard.code == 130
    assert work.closed


def test_a_stop_file_closes_the_work(run: RunFolder) -> None:
    run.stop.touch()
    assert record(run, Note("one"), Note("two")).events == [Note("one"), Cancelled(str(run.path))]


def test_a_wish_to_stop_is_heard_at_ticks_that_are_not_told(run: RunFolder) -> None:
    ticks = [Progress("looking", done, 1000) for done in range(1, 900)]
    asked = iter([False] * 5 + [True] * 1000)
    work = Work(*ticks)
    heard = listen(recorded(run, work(), lambda: next(asked)), run)
    assert work.closed
    assert heard.kinds()[-1] == "Cancelled"


def test_a_wish_to_stop_comes_too_late_for_a_run_that_is_done(run: RunFolder) -> None:
    heard = listen(recorded(run, Work(FINISHED)(), lambda: True), run)
    assert heard.events == [FINISHED]
    assert heard.code == 0


def test_leaving_the_stream_closes_the_work_and_marks_the_run_cancelled(run: RunFolder) -> None:
    work = Work(Note("one"), Note("two"))
    stream = recorded(run, work(), lambda: False)
    next(stream)
    stream.close()
    assert work.closed
    assert list(run.read_events()) == [Note("one"), Cancelled(str(run.path))]
    assert run.read_status().state == "cancelled"


def test_leaving_the_stream_at_its_last_word_leaves_it_finished(run: RunFolder) -> None:
    stream = recorded(run, Work(FINISHED)(), lambda: False)
    next(stream)
    stream.close()
    assert list(run.read_events()) == [FINISHED]
    assert run.read_status().state == "finished"


def test_leaving_the_stream_at_cancelled_tells_of_it_once(run: RunFolder) -> None:
    stream = recorded(run, Work(Note("a"), Note("b"))(), lambda: True)
    for event in stream:
        if event.ends:
            break
    stream.close()
    assert [event for event in run.read_events() if event.ends] == [Cancelled(str(run.path))]


def test_a_disk_too_full_for_the_log_is_still_told(run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: RunFolder, *_: Any, **__: Any) -> None:
        raise DiskFull("The disk is full.", remedy="Free some space.")

    monkeypatch.setattr(RunFolder, "append", full)
    work = Work(Note("one"), Note("two"))
    heard = listen(recorded(run, work(), lambda: False), run)
    assert heard.events == [Failed("The disk is full.", "Free some space.")]
    assert heard.code == 1
    assert work.closed


def test_no_space_for_a_line_is_a_full_disk(run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_space(self: Path, *_: Any, **__: Any) -> Any:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "open", no_space)
    heard = record(run, Note("one"))
    monkeypatch.undo()
    assert isinstance(heard.last, Failed)
    assert "full" in heard.last.problem


def test_a_folder_that_was_deleted_under_the_run_is_told_in_words(run: RunFolder) -> None:
    def work() -> Generator[Event, None, None]:
        yield Note("one")
        shutil.rmtree(run.path)
        yield Note("two")

    heard = listen(recorded(run, work(), lambda: False), run)
    assert isinstance(heard.last, Failed)
    assert heard.code == 1


def batch(step: int) -> BatchDone:
    return BatchDone(0, 0, step, 1000, 0.5, 0.001, 0.9, 100.0)


def test_ticks_are_thinned_and_all_else_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    quiet = Quiet()
    assert quiet.lets_through(batch(1))
    assert not quiet.lets_through(batch(2))
    assert quiet.lets_through(LrStep(1, 100, 1e-7, 1.0, 1.0))      # each kind has its own clock
    assert all(quiet.lets_through(Note("always")) for _ in range(3))
    now[0] += 2 * recorder.SECONDS_BETWEEN_TICKS
    assert quiet.lets_through(batch(3))


def test_the_end_of_some_work_is_always_told() -> None:
    quiet = Quiet()
    assert quiet.lets_through(Progress("looking", 1, 2))
    assert quiet.lets_through(Progress("looking", 2, 2))


def test_the_status_says_in_words_what_is_happening(run: RunFolder) -> None:
    assert described(batch(3)) == "training: stage 1, epoch 1, step 3 of 1000"
    stream = recorded(run, Work(Progress("reading pictures", 3, 9))(), lambda: False)
    next(stream)
    assert run.read_status().doing == "reading pictures: 3 of 9 pictures"
