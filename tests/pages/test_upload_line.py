"""Turns in the line of uploads, a look at a time."""

import pytest

from core.errors import BadSource
from pages.ui import upload_line
from pages.ui.upload_line import Limits, Line, Ticket

LIMITS = Limits(everybody=1000, session=800)
TOO_LARGE = BadSource("Too large.", remedy="Make it smaller.")


class Clock:
    """The seconds that the line sees."""

    now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(upload_line, "time", clock)
    return clock


@pytest.fixture
def line(clock: Clock) -> Line:
    return Line()


def came(line: Line, session: str, size_bytes: int, held: dict[str, int] | None = None) -> Ticket:
    ticket = Ticket(session, size_bytes)
    line.join(ticket, held or {})
    line.look(held or {}, LIMITS)
    return ticket


def arrived(line: Line, held: dict[str, int], session: str, size_bytes: int) -> None:
    """One that is sent, and whose bytes the server holds now."""
    line.leave(came(line, session, size_bytes, held))
    held[session] = held.get(session, 0) + size_bytes


def test_who_has_held_bytes_for_longest_goes_ahead_of_the_line_and_the_limit(line: Line) -> None:
    held: dict[str, int] = {}
    arrived(line, held, "anna", 500)
    arrived(line, held, "bert", 500)
    bert, carl, anna = came(line, "bert", 100, held), came(line, "carl", 100, held), came(line, "anna", 100, held)
    assert [line.turn(ticket) for ticket in (bert, carl, anna)] == ["wait", "wait", "go"]
    line.leave(anna)
    del held["anna"]
    line.look(held, LIMITS)
    assert [line.turn(ticket) for ticket in (bert, carl)] == ["go", "go"]


def test_only_one_session_at_a_time_goes_past_the_limit(line: Line) -> None:
    held: dict[str, int] = {}
    arrived(line, held, "anna", 500)
    arrived(line, held, "bert", 500)
    anna, bert = came(line, "anna", 100, held), came(line, "bert", 100, held)
    line.leave(anna)
    held["anna"] += 100
    line.look(held, LIMITS)
    assert line.turn(bert) == "wait"


def test_a_session_never_gets_more_than_its_own_limit(line: Line) -> None:
    held: dict[str, int] = {}
    arrived(line, held, "anna", 700)
    assert line.turn(came(line, "anna", 101, held)) == "too much"
    assert line.turn(came(line, "anna", 100, held)) == "go"


def test_what_a_session_sends_counts_before_it_has_arrived(line: Line) -> None:
    held: dict[str, int] = {}
    arrived(line, held, "anna", 500)
    first, second = came(line, "anna", 200, held), came(line, "anna", 200, held)
    assert (line.turn(first), line.turn(second)) == ("go", "wait")
    line.leave(first)                # it broke off: nothing of it is held
    line.look(held, LIMITS)
    assert line.turn(second) == "go"


def test_a_session_without_a_place_has_none_of_the_rights_of_one_that_began(line: Line) -> None:
    held: dict[str, int] = {}
    arrived(line, held, "anna", 700)
    del held["anna"]
    bert = came(line, "bert", 800, held)
    assert line.turn(bert) == "go"
    assert line.turn(came(line, "anna", 300, held)) == "wait"


def test_a_refusal_stays_while_the_rest_of_the_folder_comes(line: Line, clock: Clock) -> None:
    held: dict[str, int] = {}
    arrived(line, held, "anna", 500)
    line.refuse("anna", TOO_LARGE)
    clock.now += 600
    arrived(line, held, "anna", 100)
    assert line.refusal("anna") is TOO_LARGE


def test_a_refusal_of_the_first_file_stays_for_those_that_follow_at_once(line: Line, clock: Clock) -> None:
    line.refuse("anna", TOO_LARGE)
    clock.now += 1
    arrived(line, {}, "anna", 100)
    assert line.refusal("anna") is TOO_LARGE


def test_a_refusal_is_no_word_on_what_comes_later(line: Line, clock: Clock) -> None:
    line.refuse("anna", TOO_LARGE)
    clock.now += 30
    arrived(line, {}, "anna", 100)
    assert line.refusal("anna") is None


def test_a_refusal_that_nobody_asks_for_is_forgotten(line: Line, clock: Clock) -> None:
    line.refuse("anna", TOO_LARGE)
    clock.now += upload_line.REMEMBERED_SECONDS + 1
    line.refuse("bert", TOO_LARGE)
    assert line.refusal("anna") is None and line.refusal("bert") is TOO_LARGE


def test_what_lies_without_a_file_under_way_is_abandoned_after_a_while(line: Line, clock: Clock) -> None:
    held: dict[str, int] = {}
    arrived(line, held, "anna", 500)
    arrived(line, held, "bert", 100)
    assert line.abandoned(held) == []
    clock.now += upload_line.ABANDONED_SECONDS + 1
    came(line, "bert", 100, held)
    assert line.abandoned(held) == ["anna"]
