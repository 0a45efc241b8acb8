import dataclasses
import inspect
import json
from collections.abc import Generator
from typing import Any, get_type_hints

import pytest

from core import events
from core.events import (
    BroughtIn,
    Cancelled,
    Event,
    Exported,
    Failed,
    Finished,
    Inspected,
    LookedAgain,
    LrFound,
    MadeReady,
    Mapped,
    Measured,
    Note,
    Packed,
    Prepared,
    Progress,
    ShortcutsChecked,
    drain,
    from_dict,
)

# A dataclass with slots is made anew, and its first make may still be among the subclasses.
KINDS = list({kind.__name__: kind for kind in Event.__subclasses__()}.values())
EXAMPLES: dict[str, Any] = {"int": 1, "float": 0.5, "str": "é", "bool": True, "float | None": None, "int | None": 1,
                            "tuple[str, ...]": ("a", "b"), "tuple[int, ...]": (1, 2), "tuple[float, ...]": (0.5,)}


def example(kind: type[Event]) -> Event:
    hints = get_type_hints(kind)
    return kind(**{field.name: EXAMPLES[_named(hints[field.name])] for field in dataclasses.fields(kind)})


def _named(hint: Any) -> str:
    return hint.__name__ if inspect.isclass(hint) and not hasattr(hint, "__args__") else str(hint)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_an_event_holds_scalars_and_tuples_and_comes_back_from_json(kind: type[Event]) -> None:
    event = example(kind)
    line = event.to_json()
    assert "\n" not in line
    assert json.loads(line)["event"] == kind.__name__
    assert from_dict(json.loads(line)) == event


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_an_event_cannot_be_changed(kind: type[Event]) -> None:
    event = example(kind)
    assert not hasattr(event, "__dict__")
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(event, dataclasses.fields(event)[0].name, 0)


def test_only_a_last_word_ends_a_stream() -> None:
    assert {kind for kind in KINDS if kind.ends} == {Finished, Exported, BroughtIn, Prepared, Measured, LookedAgain,
                                                     Mapped, ShortcutsChecked, MadeReady, Inspected, Packed,
                                                     Failed, Cancelled}
    assert not LrFound.ends


def test_the_last_line_of_a_run_is_as_the_contract_says() -> None:
    line = Finished(accuracy=0.9412, error_rate=0.0588, valid_images=153, best_epoch=3, seconds=9.1, run="r").to_json()
    assert line == ('{"event":"Finished","accuracy":0.9412,"error_rate":0.0588,"valid_images":153,"best_epoch":3,'
                    '"seconds":9.1,"run":"r"}')
    assert Failed("p", "r").to_json() == '{"event":"Failed","problem":"p","remedy":"r"}'
    assert Cancelled("r").to_json() == '{"event":"Cancelled","run":"r"}'


@pytest.mark.parametrize("values", [
    {"event": "Unheard"}, {"event": "Note"}, {"event": "Note", "text": "x", "tone": "y"}, {"text": "x"},
])
def test_what_is_no_event_is_an_error(values: dict[str, Any]) -> None:
    with pytest.raises(KeyError):
        from_dict(values)


def test_drain_gives_the_events_and_what_the_stream_returned() -> None:
    def stream() -> Generator[Event, None, str]:
        yield Note("first")
        yield Progress("work", 1, 1)
        return "made"

    assert drain(stream()) == ([Note("first"), Progress("work", 1, 1)], "made")


def test_drain_passes_errors_on() -> None:
    def stream() -> Generator[Event, None, None]:
        yield Note("first")
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        drain(stream())


def test_every_event_is_reachable_by_its_name() -> None:
    assert all(getattr(events, kind.__name__) is kind for kind in KINDS)
