"""Payoffs through a real process; where it must misbehave, through a small script in its place."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import psutil
import pytest

from core.cleaning.payoff import Labelled, PayoffRequest, State, payoff
from core.errors import MachineFault
from core.jobs import resident
from core.jobs.refits import PayoffAnswer, Refits
from core.jobs.refitter import MEMORY_BYTES
from core.settings import Settings
from tests.cleaning.made import clusters

COUNT, WIDTH = 80, 32


@pytest.fixture(scope="module")
def refits(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Refits]:
    shared = Refits(Settings(home=tmp_path_factory.mktemp("home"), threads=1))
    yield shared
    shared.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    np.save(tmp_path / "activations.npy", clusters([40, 40], WIDTH, spread=12)[0])
    return tmp_path / "activations.npy"


def asked(file: Path, wrong: int = 0, pictures: int = COUNT) -> PayoffRequest:
    """The first `wrong` pictures of the first class are labelled as the second in the state before."""
    rows = tuple(range(COUNT))
    numbers = tuple(int(row >= 40) for row in rows)
    train, valid = [row for row in rows if row % 4], [row for row in rows if not row % 4]

    def state(labels: tuple[int, ...]) -> State:
        return State(train=Labelled(rows=tuple(train), labels=tuple(labels[row] for row in train)),
                     valid=Labelled(rows=tuple(valid), labels=tuple(numbers[row] for row in valid)))

    before = tuple(1 if row < wrong else number for row, number in zip(rows, numbers, strict=True))
    return PayoffRequest(activations=file, pictures=pictures, width=WIDTH, before=state(before), now=state(numbers))


def test_the_process_answers_what_is_computed_here(refits: Refits, file: Path) -> None:
    request = asked(file, wrong=30)
    told = refits.payoff(request)
    assert told == payoff(request)
    assert told.now.wrong < told.before.wrong and told.now.total == 20


def test_activations_that_are_gone_are_told_and_the_next_request_is_answered(refits: Refits, file: Path) -> None:
    with pytest.raises(MachineFault) as told:
        refits.payoff(asked(file.with_name("gone.npy")))
    assert "no longer there" in told.value.problem and "again" in told.value.remedy
    with pytest.raises(MachineFault):
        refits.payoff(asked(file, pictures=COUNT + 1))
    assert refits.payoff(asked(file)).now.total == 20


def test_activations_that_were_replaced_are_read_anew(refits: Refits, file: Path) -> None:
    request = asked(file)
    assert refits.payoff(request).now.wrong < 4
    np.save(file.with_name("other.npy"), np.random.default_rng(0).normal(size=(COUNT, WIDTH)).astype(np.float32))
    file.with_name("other.npy").replace(file)
    assert refits.payoff(request).now.wrong > 4


def test_nothing_to_learn_from_is_told_in_words(refits: Refits, file: Path) -> None:
    request = asked(file)
    empty = request.model_copy(update={"now": State(train=Labelled(rows=(), labels=()), valid=request.now.valid)})
    with pytest.raises(MachineFault, match="learn from"):
        refits.payoff(empty)


def test_the_process_loads_no_torch_and_steps_back(refits: Refits, file: Path) -> None:
    refits.payoff(asked(file))
    process = psutil.Process(refits.pid)
    assert not any("torch" in part.path for part in process.memory_maps())
    assert process.nice() >= 5
    assert process.rlimit(psutil.RLIMIT_AS) == (MEMORY_BYTES, MEMORY_BYTES)


def test_two_who_ask_at_once_wait_for_their_turn_and_get_their_own_answer(refits: Refits, file: Path) -> None:
    def checked(count: int) -> PayoffRequest:
        request = asked(file)
        valid = Labelled(rows=request.now.valid.rows[:count], labels=request.now.valid.labels[:count])
        return request.model_copy(update={"now": State(train=request.now.train, valid=valid)})

    with ThreadPoolExecutor(4) as threads:
        told = list(threads.map(lambda count: refits.payoff(checked(count)), range(1, 13)))
    assert [found.now.total for found in told] == list(range(1, 13))


def test_a_process_that_was_killed_is_started_again_unnoticed(refits: Refits, file: Path) -> None:
    first = refits.payoff(asked(file, 20))
    before = refits.pid
    assert before is not None
    psutil.Process(before).kill()
    assert refits.payoff(asked(file, 20)) == first
    assert refits.pid not in (None, before)


def test_nothing_runs_before_the_first_request_and_after_the_end(settings: Settings, file: Path) -> None:
    own = Refits(settings)
    assert own.pid is None
    own.close()
    assert own.payoff(asked(file)).now.total == 20
    pid = own.pid
    own.close()
    assert own.pid is None and pid is not None and not psutil.pid_exists(pid)


def test_an_idle_process_ends_and_the_next_request_starts_another(settings: Settings, file: Path) -> None:
    own = Refits(settings, idle_seconds=0.2)
    first = own.payoff(asked(file))
    patience = time.monotonic() + 60
    while own.pid is not None and time.monotonic() < patience:
        time.sleep(0.05)
    assert own.pid is None
    assert own.payoff(asked(file)) == first
    own.close()


def test_the_process_ends_when_the_server_closes_the_pipe() -> None:
    ended = subprocess.run([sys.executable, "-m", "core.jobs.refitter"], input=b"", timeout=60, check=False)
    assert ended.returncode == 0


def test_what_a_library_prints_goes_between_no_answers(settings: Settings, file: Path) -> None:
    code = ("from core.jobs import refitter; from core.jobs.answering import serve\n"
            "def loud(line):\n print('noise'); import os; os.write(1, b'more noise\\n'); return refitter.answer(line)\n"
            "serve(loud, 60, 6 << 30)")
    own = Refits(settings, command=script(code))
    assert own.payoff(asked(file)) == payoff(asked(file))
    own.close()


def test_a_request_that_kills_the_process_twice_is_given_up(settings: Settings, file: Path) -> None:
    starts = file.with_name("starts")
    own = Refits(settings, command=script(f"open({str(starts)!r}, 'a').write('.'); input()"))
    with pytest.raises(MachineFault, match="failed twice") as told:
        own.payoff(asked(file))
    assert "changes are kept" in told.value.remedy
    assert starts.read_text() == ".." and own.pid is None


def test_half_an_answer_is_none(settings: Settings, file: Path) -> None:
    own = Refits(settings, command=script("input(); print('{\"payoff\": {', end='', flush=True)"))
    with pytest.raises(MachineFault, match="failed twice"):
        own.payoff(asked(file))
    assert own.pid is None


def test_a_process_that_takes_too_long_is_ended(settings: Settings, file: Path,
                                                monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resident, "START_SECONDS", 0.0)
    own = Refits(settings, command=script("import time; input(); time.sleep(600)"), patience_seconds=0.1)
    with pytest.raises(MachineFault, match="new fit took longer than") as told:
        own.payoff(asked(file))
    assert told.value.remedy and own.pid is None


def test_a_process_that_cannot_start_is_told(settings: Settings, file: Path) -> None:
    with pytest.raises(MachineFault, match="new fit could not be started"):
        Refits(settings, command=(str(file.with_name("no-such-program")),)).payoff(asked(file))


def test_an_answer_is_a_payoff_or_words(file: Path) -> None:
    line = PayoffAnswer(problem="Something is gone.", remedy="Look again.").model_dump_json()
    assert json.loads(line) == {"payoff": None, "problem": "Something is gone.", "remedy": "Look again."}


def script(code: str) -> tuple[str, ...]:
    return sys.executable, "-c", code
