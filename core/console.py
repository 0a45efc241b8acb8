"""How the command line shows a stream: a live table for people, one JSON object a line for programs."""

from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from rich.table import Table
from rich.text import Text

from core.events import (
    BatchDone,
    Cancelled,
    DatasetReady,
    EpochDone,
    Event,
    Exported,
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
    StageStopped,
)
from core.interpretation.confusion import confusion_matrix, most_confused
from core.interpretation.intervals import describe_accuracy
from core.interpretation.predictions import Predictions
from core.interpretation.rankings import most_uncertain
from core.runs.folder import RunFolder

SKIPPED_SHOWN = 5            # of the pictures that were left out, by name; the run folder has them all
CLASSES_SHOWN = 20           # a matrix with more columns does not fit a terminal
UNCERTAIN_SHOWN = 5
TRAINS = {"head": "the head", "late": "the late layers and the head", "all": "the whole network"}


class JsonLines:
    """Each event as one line of JSON."""

    def __init__(self, write: Callable[[str], object]) -> None:
        self._write = write

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def show(self, event: Event) -> None:
        self._write(event.to_json() + "\n")


class Terminal:
    """Live progress and the table of epochs; problems go to the error console with their remedy."""

    def __init__(self, console: Console, errors: Console) -> None:
        self._console, self._errors = console, errors
        self._bar = Bar(TextColumn("{task.description}"), BarColumn(bar_width=30), MofNCompleteColumn(),
                        TimeRemainingColumn(), console=console)
        self._task: TaskID | None = None
        self._work = ""
        self._epochs: Table | None = None
        self._skipped = 0
        self._live = Live(console=console, refresh_per_second=8, transient=True)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._settle_table()
        self._live.update(Text(""))
        self._live.stop()

    def show(self, event: Event) -> None:
        match event:
            case Progress(work, done, total, unit):
                self._advance(work, done, total, unit)
            case LrStep(step, steps):
                self._advance("finding the learning rate", step, steps, "steps")
            case BatchDone(step=step, steps=steps, images_per_second=speed):
                self._advance(f"training · {speed:,.0f} images/s", step, steps, "steps", work="training")
            case EpochDone():
                self._epoch(event)
            case PictureSkipped(name, problem):
                self._skip(name, problem)
            case Failed(problem, remedy):
                self._settle_table()
                self._errors.print(f"[bold red]Problem:[/] {escape(problem)}\n[bold]Remedy:[/] {escape(remedy)}",
                                   highlight=False, soft_wrap=True)
            case _:
                if event.ends:
                    self._settle_table()
                for line in told(event):
                    self._console.print(line, highlight=False, soft_wrap=True)
        self._live.update(Group(*([self._epochs] if self._epochs else []), self._bar))

    def _advance(self, description: str, done: int, total: int, unit: str, work: str = "") -> None:
        if (work or description) != self._work or self._task is None:
            if self._task is not None:
                self._bar.remove_task(self._task)
            self._work = work or description
            self._task = self._bar.add_task(description, total=total)
        self._bar.update(self._task, description=description, completed=done, total=total)

    def _epoch(self, event: EpochDone) -> None:
        if self._epochs is None:
            self._epochs = Table("epoch", "train_loss", "valid_loss", "accuracy", "error_rate", "time",
                                 box=None, header_style="bold", padding=(0, 2, 0, 0))
        self._epochs.add_row(f"{event.epoch}{' *' if event.kept else ''}", f"{event.train_loss:.4f}",
                             f"{event.valid_loss:.4f}", f"{event.accuracy:.4f}", f"{event.error_rate:.4f}",
                             _duration(event.seconds))

    def _skip(self, name: str, problem: str) -> None:
        self._skipped += 1
        if self._skipped <= SKIPPED_SHOWN:
            self._console.print(f"  left out: {escape(name)}: {escape(problem)}", highlight=False, soft_wrap=True)

    def _settle_table(self) -> None:
        if self._epochs is not None:
            self._console.print(self._epochs)
            self._epochs = None


def told(event: Event) -> Sequence[str]:
    """An event in lines of rich markup; none for those that are shown otherwise, or not at all."""
    match event:
        case DatasetReady(name, classes, counts, skipped, ignored):
            shown = ", ".join(f"{escape(c)} {n}" for c, n in
                              list(zip(classes, counts, strict=True))[:CLASSES_SHOWN])
            more = f" and {len(classes) - CLASSES_SHOWN} more classes" if len(classes) > CLASSES_SHOWN else ""
            left = f" · {skipped} left out" if skipped else ""
            others = f" · {ignored} other file{'s' if ignored > 1 else ''} ignored" if ignored else ""
            return (f"[bold]{escape(name)}[/]: {shown}{more}{left}{others}",)
        case SplitReady(train, valid, test, source, seed):
            how = "as they came divided" if source == "folders" else f"drawn with seed {seed}"
            kept = f", {test} kept for a test" if test else ""
            return (f"{train} pictures to train, {valid} to validate{kept} ({how})",)
        case ModelReady(architecture, weights, _, parameters, size, device, precision, threads):
            where = f"CPU, {threads} threads" if device == "cpu" else "GPU"
            return (f"[bold]{architecture}[/] · weights: {escape(weights)} · {parameters / 1e6:.1f} M parameters · "
                    f"{size} px · {precision} · {where}",)
        case StageStarted(stage, stages, trains, epochs, _, _, rates, size):
            spread = " to ".join(f"{rate:.2g}" for rate in dict.fromkeys((rates[0], rates[-1])))
            return (f"stage {stage + 1} of {stages}: {TRAINS[trains]} · {epochs} epochs · learning rate {spread} · "
                    f"{size} px",)
        case LrFound(valley=valley, slide=slide, steep=steep, minimum=minimum):
            named = {"valley": valley, "slide": slide, "steep": steep, "minimum/10": minimum}
            return ("lr_find: " + " · ".join(f"{name} {rate:.2g}" for name, rate in named.items() if rate),) \
                if any(named.values()) else ("lr_find: no usable valley",)
        case Resumed(stage, epoch):
            return (f"going on in stage {stage + 1} after {epoch} epochs",)
        case StageStopped(stage, epochs, why):
            return (f"stage {stage + 1} stopped after {epochs} epoch{'s' if epochs > 1 else ''}: {escape(why)}",)
        case Note(text):
            return (f"[dim]{escape(text)}[/]",)
        case Finished(valid_images=images, seconds=seconds, best_epoch=best, run=run):
            return (f"epoch {best} kept: the latest that is as good as the best, as far as {images} pictures can tell",
                    f"{_duration(seconds)} · {escape(run)}")
        case Exported(file, pictures, difference, seconds, half=True, changed=changed):
            return (f"[bold]{escape(file)}[/] has weights of half the size: of {pictures} validation pictures "
                    f"{changed} are given to another class (largest difference {difference:.1g}) · "
                    f"{_duration(seconds)}",)
        case Exported(file, pictures, difference, seconds):
            return (f"[bold]{escape(file)}[/] answers as the run does for all {pictures} validation pictures "
                    f"(largest difference {difference:.1g}) · {_duration(seconds)}",)
        case Cancelled(""):      # an export, which has learned nothing
            return ("[bold]Stopped.[/] Nothing was written.",)
        case Cancelled(run):
            learned = (Path(run) / "weights.safetensors").is_file()
            onward = f" Go on with: --resume {escape(run)}" if (Path(run) / "checkpoint.pt").is_file() else ""
            kept = "What it has learned so far is kept" if learned else "Nothing was learned yet"
            return (f"[bold]Stopped.[/] {kept} ({escape(run)}).{onward}",)
        case _:
            return ()


def show_results(console: Console, run: RunFolder) -> None:
    """The closing words of a training: accuracy, confusion matrix, most confused, most uncertain pictures."""
    valid = run.read_predictions("valid")
    document = run.read_dataset()
    names = dict(zip(document.ids, document.names, strict=True))
    console.print(f"\nvalidation: [bold]{describe_accuracy(valid)}[/]", highlight=False)
    if (run.predictions / "test.npz").is_file():
        console.print(f"test: {describe_accuracy(run.read_predictions('test'))}", highlight=False)
    if len(valid.classes) <= CLASSES_SHOWN:
        console.print(_matrix(valid))
    confused = most_confused(valid)[:UNCERTAIN_SHOWN]
    if confused:
        console.print("most confused: " + " · ".join(
            f"{escape(pair.actual)} taken for {escape(pair.predicted)} {pair.count}x"
            for pair in confused), highlight=False, soft_wrap=True)
    console.print("most uncertain:", highlight=False)
    for row in most_uncertain(valid, UNCERTAIN_SHOWN):
        first, second = valid.probabilities[row].argsort()[::-1][:2]
        console.print(f"  {escape(names[valid.ids[row]])}: {escape(valid.classes[first])} "
                      f"{valid.probabilities[row, first]:.2f}, {escape(valid.classes[second])} "
                      f"{valid.probabilities[row, second]:.2f}", highlight=False, soft_wrap=True)


def _matrix(predictions: Predictions) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="")
    table.add_column("actual \\ predicted", header_style="dim")
    for name in predictions.classes:
        table.add_column(escape(name), justify="right")
    for index, counts in enumerate(confusion_matrix(predictions)):
        cells = [f"[bold]{count}[/]" if column == index else f"[yellow]{count}[/]" if count else "[dim]·[/]"
                 for column, count in enumerate(counts)]
        table.add_row(escape(predictions.classes[index]), *cells)
    return table


def _duration(seconds: float) -> str:
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    return f"{seconds:.1f} s" if seconds < 60 else f"{int(seconds // 60)}:{int(seconds % 60):02d} min"
