"""Whose picture is fetched next, on a clock of the test's."""

import pytest

from core.web import guard
from core.web.schedule import AT_ONCE, MOST_IN_VAIN, TRIES, Errand, Schedule


def schedule(*hosts: str, each: int = 1) -> Schedule:
    return Schedule(guard.parsed(f"http://{host}/{number}") for host in hosts for number in range(each))


def taken(schedule: Schedule, now: float = 0.0) -> list[Errand]:
    found = []
    while (errand := schedule.take(now)) is not None:
        found.append(errand)
    return found


def hosts(errands: list[Errand]) -> list[str]:
    return [errand.address.host for errand in errands]


def test_servers_take_turns() -> None:
    assert hosts(taken(schedule("a.org", "b.org", each=2))) == ["a.org", "b.org", "a.org", "b.org"]


def test_a_server_is_asked_for_few_at_once_and_for_the_next_when_one_is_there() -> None:
    busy = schedule("a.org", each=AT_ONCE + 2)
    first = taken(busy)
    assert len(first) == AT_ONCE
    busy.answered(first[0])
    assert len(taken(busy)) == 1
    assert not busy.over


def test_all_is_over_when_every_one_has_come_to_an_end() -> None:
    two = schedule("a.org", each=2)
    for errand in taken(two):
        assert not two.over
        two.answered(errand)
    assert two.over


def test_what_failed_for_a_while_comes_again_after_a_pause_until_its_tries_are_used_up(
        monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.web.schedule.PAUSE_SECONDS", (1.0, 4.0))
    one, now = schedule("a.org"), 0.0
    for again in range(TRIES - 1):
        (errand,) = taken(one, now)
        assert one.failed(errand, now) == ()
        assert not taken(one, now + (0.9, 3.9)[again])
        now += (1.0, 4.0)[again]
    (errand,) = taken(one, now)
    assert one.failed(errand, now) == (errand,)
    assert one.over


def test_a_pause_that_a_server_asks_for_holds_for_all_its_pictures_and_for_no_other_server() -> None:
    both = schedule("a.org", "b.org", each=10)
    first = both.take(0.0)
    assert first
    both.failed(first, 0.0, asked_seconds=20.0)
    assert set(hosts(taken(both, 19.0))) == {"b.org"}
    assert hosts(taken(both, 20.0)) == ["a.org"] * (AT_ONCE // 2), "and it is asked for fewer at once"


def test_a_server_that_never_answers_is_left_alone() -> None:
    dead = schedule("dead.org", each=20)
    given_up: list[Errand] = []
    now = 0.0
    while not dead.over:
        now += 10.0
        for errand in taken(dead, now):
            given_up += dead.failed(errand, now)
    assert len(given_up) == len({errand.address for errand in given_up}) == 20
    assert sum(errand.tries == TRIES - 1 for errand in given_up) <= MOST_IN_VAIN + AT_ONCE


def test_a_server_that_answers_now_and_then_is_not_left_alone() -> None:
    moody = schedule("moody.org", each=4 * MOST_IN_VAIN)
    given_up, now = 0, 0.0
    while not moody.over:
        now += 10.0
        for errand in taken(moody, now):
            if errand.address.target.endswith(("3", "6", "9")):
                moody.answered(errand)
            else:
                given_up += len(moody.failed(errand, now))
    assert given_up == sum(not str(number).endswith(("3", "6", "9")) for number in range(4 * MOST_IN_VAIN))
