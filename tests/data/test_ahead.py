"""Work ahead of who asks: in order, never far ahead, and no thread is left behind."""

import threading
from collections.abc import Iterator

import pytest

from core.data.ahead import ahead


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("count", [0, 1, 2, 40])
def test_each_task_comes_with_what_was_made_of_it_in_order(threads: int, count: int) -> None:
    assert list(ahead(lambda task: task * task, range(count), threads)) == [(task, task * task)
                                                                            for task in range(count)]


def test_only_a_few_tasks_are_taken_ahead_of_what_was_asked_for() -> None:
    taken: list[int] = []

    def tasks() -> Iterator[int]:
        for task in range(100):
            taken.append(task)
            yield task

    stream = ahead(lambda task: task, tasks(), threads=2)
    for done in range(1, 6):
        next(stream)
        assert len(taken) <= done + 3
    stream.close()  # type: ignore[attr-defined] # the iterator is a generator


def test_work_is_done_while_nobody_asks() -> None:
    both = threading.Barrier(2, timeout=60)       # broken, unless two tasks are under way at once
    assert [task for task, _ in ahead(lambda task: both.wait(), range(4), threads=2)] == [0, 1, 2, 3]


def test_what_work_stumbles_over_is_raised_at_its_turn() -> None:
    def work(task: int) -> float:
        return 1 / (3 - task)

    before, got = set(threading.enumerate()), []
    with pytest.raises(ZeroDivisionError):
        for task, _ in ahead(work, range(10), threads=2):
            got.append(task)
    assert got == [0, 1, 2]
    assert set(threading.enumerate()) == before


def test_what_the_tasks_stumble_over_is_raised_and_leaves_no_thread() -> None:
    def tasks() -> Iterator[int]:
        yield 1
        raise OSError("no more rows")

    before = set(threading.enumerate())
    with pytest.raises(OSError, match="no more rows"):
        list(ahead(lambda task: task, tasks(), threads=2))
    assert set(threading.enumerate()) == before


def test_closed_early_it_drops_what_has_not_begun_and_leaves_no_thread() -> None:
    before, begun = set(threading.enumerate()), []
    stream = ahead(begun.append, range(100), threads=1)
    next(stream)
    stream.close()  # type: ignore[attr-defined] # the iterator is a generator
    assert len(begun) <= 4
    assert set(threading.enumerate()) == before
