"""Work that threads do a little ahead of who asks for it, in order."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")


def ahead(work: Callable[[Task], Result], tasks: Iterable[Task], threads: int) -> Iterator[tuple[Task, Result]]:
    """Each task with what `work` makes of it. Closed early, it drops what has not begun."""
    with ThreadPoolExecutor(threads) as pool:
        under_way: deque[tuple[Task, Future[Result]]] = deque()
        try:
            for task in tasks:
                under_way.append((task, pool.submit(work, task)))
                if len(under_way) > threads + 1:
                    done, future = under_way.popleft()
                    yield done, future.result()
            while under_way:
                done, future = under_way.popleft()
                yield done, future.result()
        finally:
            pool.shutdown(cancel_futures=True)
