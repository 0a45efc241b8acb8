import io
import json

import pytest
from rich.console import Console

from core.console import SKIPPED_SHOWN, JsonLines, Terminal, show_results
from core.events import (
    BatchDone,
    Cancelled,
    DatasetReady,
    EpochDone,
    Event,
    Failed,
    Finished,
    LrFound,
    LrStep,
    ModelReady,
    Note,
    PictureSkipped,
    Progress,
    Resumed,
    SplitReady,
    StageStarted,
    from_dict,
)
from tests.running import Heard

ODD = '[bold]cat[/bold] :dog: "naïve" 猫 \\'


def shown(*events: Event) -> tuple[str, str]:
    """What a terminal of 120 columns shows on its two streams."""
    out, errors = io.StringIO(), io.StringIO()
    with Terminal(Console(file=out, width=120, emoji=False), Console(file=errors, width=120, emoji=False)) as terminal:
        for event in events:
            terminal.show(event)
    return out.getvalue(), errors.getvalue()


def epoch(number: int, kept: bool = False) -> EpochDone:
    return EpochDone(0, number, 0.51234, 0.61234, 0.9412, 0.0588, 1.25, kept)


FINISHED = Finished(0.9412, 0.0588, 153, 1, 9.1, "/runs/1")


@pytest.mark.parametrize("event", [
    DatasetReady(ODD, (ODD, "dog"), (3, 4), 0, 0, "f"),
    PictureSkipped(ODD, "It is damaged."),
    PictureSkipped("1.jpg", ODD),
    Note(ODD),
    Cancelled(ODD),
    Finished(1.0, 0.0, 4, 0, 1.0, ODD),
    ModelReady("resnet18", ODD, "", 11_000_000, 32, "cpu", "float32", 2),
], ids=lambda event: type(event).__name__)
def test_words_of_the_user_are_shown_literally(event: Event) -> None:
    assert ODD in shown(event)[0]


def test_a_failure_is_told_on_the_error_stream_with_its_remedy_literally() -> None:
    out, errors = shown(Failed(f"Class '{ODD}' is odd.", f"Rename {ODD}"))
    assert f"Problem: Class '{ODD}' is odd." in errors
    assert f"Remedy: Rename {ODD}" in errors
    assert "odd" not in out


def test_the_table_has_a_row_an_epoch_and_stands_once_at_the_end() -> None:
    out, _ = shown(epoch(0), epoch(1, kept=True), FINISHED)
    assert out.count("train_loss") == out.count("valid_loss") == 1
    rows = [line.split() for line in out.splitlines() if "0.5123" in line]
    assert rows == [["0", "0.5123", "0.6123", "0.9412", "0.0588", "1.2", "s"],
                    ["1", "*", "0.5123", "0.6123", "0.9412", "0.0588", "1.2", "s"]]


def test_a_table_of_a_run_that_failed_stands_before_the_failure() -> None:
    assert "0.5123" in shown(epoch(0), Failed("p", "r"))[0]


def test_a_table_is_left_where_the_listener_was_interrupted() -> None:
    out = io.StringIO()
    with pytest.raises(KeyboardInterrupt), Terminal(Console(file=out, width=120), Console(file=out)) as terminal:
        terminal.show(epoch(0))
        raise KeyboardInterrupt
    assert "0.5123" in out.getvalue()


def test_few_of_many_skipped_pictures_are_named() -> None:
    out, _ = shown(*(PictureSkipped(f"{number}.jpg", "torn") for number in range(SKIPPED_SHOWN + 3)))
    assert out.count("left out") == SKIPPED_SHOWN


def test_every_kind_of_event_can_be_shown() -> None:
    out, errors = shown(
        Progress("reading pictures", 1, 2), LrStep(1, 100, 1e-7, 1.0, 1.0),
        LrFound(0.01, None, 0.02, 0.03, (0.1,), (1.0,), (1.0,), 0.01, "valley"),
        LrFound(None, None, None, None, (0.1,), (1.0,), (1.0,), 0.001, "default"),
        SplitReady(8, 2, 1, "drawn", 42), SplitReady(8, 2, 0, "folders", 42), Resumed(0, 2),
        StageStarted(1, 2, "all", 4, 0, 12, (1e-5, 1e-4, 1e-3), 32, 8),
        BatchDone(0, 0, 1, 12, 0.5, 0.001, 0.9, 100.0), FINISHED)
    for words in ("valley 0.01", "minimum/10 0.03", "no usable valley", "1 kept for a test", "drawn with seed 42",
                  "as they came divided", "after 2 epochs", "stage 2 of 2", "1e-05 to 0.001", "epoch 1 kept"):
        assert words in out
    assert errors == ""


def test_json_lines_read_back_as_the_events() -> None:
    lines: list[str] = []
    told: list[Event] = [Note(f"{ODD}\nsecond line"), DatasetReady("a\u2028b", ('"quo\nte"', "b"), (1, 2), 0, 0, "f")]
    with JsonLines(lines.append) as show:
        for event in told:
            show.show(event)
    assert all(line.count("\n") == 1 and line.endswith("\n") for line in lines)
    assert [from_dict(json.loads(line)) for line in lines] == told


def test_the_closing_words_tell_accuracy_matrix_and_uncertain_pictures(quick_run: Heard) -> None:
    out = io.StringIO()
    show_results(Console(file=out, width=120), quick_run.run)
    text = out.getvalue()
    assert "validation:" in text and "test:" in text
    assert "actual \\ predicted" in text
    document = quick_run.run.read_dataset()
    valid = set(document.split["valid"])
    names = [name for id_, name in zip(document.ids, document.names, strict=True) if id_ in valid]
    assert all(f"{name}:" in text for name in names)      # four pictures: all are among the five most uncertain
