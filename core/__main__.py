"""The command line: `python -m core train|lr-find|predict|export|recipes`. See docs/contract.md."""

import argparse
import json
import signal
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from rich.console import Console

from core.errors import PlaygroundError
from core.events import Cancelled, Event, Failed
from core.interpretation.views import Averaging
from core.runs.folder import RunFolder
from core.settings import Settings, from_environment

if TYPE_CHECKING:
    from core.training.recipe import Recipe

EXAMPLES = """examples:
  python -m core train coins                          the built-in coins, no network needed
  python -m core train photos.zip --recipe fine-tune  one folder of pictures a class, zipped
  python -m core predict RUN photo.jpg                what a trained run says of a picture
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code (0 done, 2 the user's mistake, 1 ours, 130 cancelled)."""
    options = _parser().parse_args(arguments)
    errors = Console(stderr=True, emoji=False)
    try:
        command: Callable[[argparse.Namespace, Settings], int] = options.command
        return command(options, from_environment())
    except PlaygroundError as error:
        from rich.markup import escape
        if options.json and options.command in (_train, _lr_find, _export):   # a stream always has its last line
            _write_line(Failed(error.problem, error.remedy).to_json() + "\n")
            return error.exit_code
        errors.print(f"[bold red]Problem:[/] {escape(error.problem)}\n[bold]Remedy:[/] {escape(error.remedy)}",
                     highlight=False, soft_wrap=True)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:      # `... | head`: whoever read has read enough
        sys.stderr.close()
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m core", description="Train an image classifier.",
                                     epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    train = commands.add_parser("train", help="train a classifier on a labelled folder or zip")
    train.set_defaults(command=_train)
    train.add_argument("source", nargs="?", metavar="SOURCE", help="a folder or zip, or coins, digits")
    train.add_argument("--epochs", type=int, metavar="N", help="of the last stage")
    train.add_argument("--lr", metavar="X|LOW:HIGH|A,B,C",
                       help="in place of lr_find's pick, in every stage; spread over layer groups, or one for each")
    train.add_argument("--resume", metavar="RUN",
                       help="go on with a run that was stopped, or with a longer --recipe or more --epochs")

    find = commands.add_parser("lr-find", help="find a learning rate")
    find.set_defaults(command=_lr_find)
    find.add_argument("source", metavar="SOURCE", help="a folder or zip, or coins, digits")

    find.add_argument("--stage", type=int, default=1, metavar="N",
                      help="of the recipe, from 1: searched on its own setting")
    find.add_argument("--after", metavar="RUN", help="start from what this run has learned")

    for command in (train, find):
        command.add_argument("--recipe", metavar="NAME|FILE", help="quick unless named")
        command.add_argument("--model", metavar="NAME", help="resnet18, resnet34, ...")
        command.add_argument("--weights", metavar="auto|imagenet|bundled|none|FILE")
        command.add_argument("--size", type=int, metavar="N", help="pixels a side, of the last stage")
        command.add_argument("--seed", type=int, metavar="N", help="of split, initialisation and order")
        command.add_argument("--out", metavar="RUN", help="the run's folder; new or empty")
        command.add_argument("--json", action="store_true", help="one JSON object a line")

    predict = commands.add_parser("predict", help="what a trained run says of pictures")
    predict.set_defaults(command=_predict)
    predict.add_argument("run", metavar="RUN")
    predict.add_argument("pictures", nargs="+", metavar="PICTURE|FOLDER|ZIP")
    predict.add_argument("--tta", action="store_true", help="look at each picture in several ways, and average")
    predict.add_argument("--views", type=int, metavar="K", help="drawn ones a picture; 4 unless given")
    predict.add_argument("--beta", type=float, metavar="B", help="the weight of the picture itself, 0 to 1; 0.25")
    predict.add_argument("--space", metavar="probability|log", help="what is averaged: probabilities, or their logs")
    predict.add_argument("--threshold", metavar="X|none",
                         help="answers less sure than, say, 0.7 or 70%% are \"I don't know\"; in place of the run's "
                              "own threshold, which was chosen without --tta")
    predict.add_argument("--json", action="store_true", help="one JSON object a line")

    export = commands.add_parser("export", help="take a trained network home as one zip")
    export.set_defaults(command=_export)
    export.add_argument("run", metavar="RUN")
    export.add_argument("--out", required=True, metavar="FILE.zip", help="must not exist")
    export.add_argument("--fp16", action="store_true",
                        help="weights of half the size; what that costs is measured and written down")
    export.add_argument("--no-pictures", action="store_true", help="no example pictures on the model card")
    export.add_argument("--json", action="store_true", help="one JSON object a line")

    recipes = commands.add_parser("recipes", help="the recipes that have a name")
    recipes.set_defaults(command=_recipes)
    recipes.add_argument("--json", action="store_true", help="one JSON object a line")
    return parser


def _train(options: argparse.Namespace, settings: Settings) -> int:
    from core.errors import UserMistake

    if (options.source is None) == (options.resume is None):
        raise UserMistake("Give either a SOURCE to train on, or --resume RUN.",
                          remedy="For example: python -m core train coins")
    from core.pipeline import train as jobs
    from core.training import presets

    stop = _Stop()
    if options.resume:
        run = RunFolder.open(Path(options.resume))
        levers = ("model", "weights", "size", "lr", "seed", "out")
        if given := [f"--{lever}" for lever in levers if getattr(options, lever) is not None]:
            raise UserMistake(f"--resume goes on with what the run began: {', '.join(given)} would change nothing.",
                              remedy="Leave that out, or train anew without --resume.")
        return _shown(jobs.resume(run, settings, stop, _longer(run, options.recipe, options.epochs)), run,
                      options.json)
    rate, spread = _rates(options.lr)
    recipe = presets.load(options.recipe or "quick").changed(
        architecture=options.model, weights=options.weights, size=options.size, epochs=options.epochs,
        learning_rate=rate, spread=spread, seed=options.seed)
    run = RunFolder.create(Path(options.out) if options.out else jobs.new_run_folder(settings))
    return _shown(jobs.train(options.source, recipe, run, settings, stop), run, options.json)


def _longer(run: RunFolder, recipe: str | None, epochs: int | None) -> "Recipe | None":
    """The recipe to go on with: the one named, or the run's own with more epochs; None: the run's own."""
    from core.training import presets
    from core.training.continuation import epochs_of_last, with_more_epochs

    longer = presets.load(recipe) if recipe is not None else None
    if epochs is None:
        return longer
    own = longer or presets.load(str(run.recipe))
    if epochs == epochs_of_last(own) and run.read_status().state != "finished":
        return longer            # asked for before, and stopped on the way
    return with_more_epochs(own, epochs)


def _rates(text: str | None) -> tuple[float | tuple[float, ...] | None, float | None]:
    """--lr as a learning rate or one a group, and the spread: of "1e-3", "1e-5:1e-3" or "1e-5,1e-4,1e-3"."""
    from core.errors import BadRecipe
    from core.training.stage import GROUPS

    if text is None:
        return None, None
    try:
        if ":" in text:
            low, high = map(float, text.split(":"))
            if not 0 < low <= high:
                raise ValueError("the first of two rates is the lower one")
            return high, high / low
        rates = tuple(map(float, text.split(",")))
    except ValueError as error:
        raise BadRecipe(f"'--lr {text}' is no learning rate ({error}).",
                        remedy="Give one (1e-3), the lowest and the highest (1e-5:1e-3), or one a layer group "
                               f"({', '.join(GROUPS)}: 1e-5,1e-4,1e-3).") from error
    return (rates if len(rates) > 1 else rates[0]), None


def _lr_find(options: argparse.Namespace, settings: Settings) -> int:
    from core.pipeline import train as jobs
    from core.training import presets

    recipe = presets.load(options.recipe or "quick").changed(
        architecture=options.model, weights=options.weights, size=options.size, seed=options.seed)
    after = RunFolder.open(Path(options.after)) if options.after else None
    run = RunFolder.create(Path(options.out) if options.out else jobs.new_run_folder(settings))
    return _shown(jobs.lr_find(options.source, recipe, run, settings, _Stop(), options.stage - 1, after), run,
                  options.json)


def _predict(options: argparse.Namespace, settings: Settings) -> int:
    from core.inference.answers import answers
    from core.inference.predictor import Predictor
    from core.runs.certainty import threshold_in

    averaging = _averaging(options)
    threshold = threshold_in(options.threshold) if options.threshold is not None else None
    predictor = Predictor.of(RunFolder.open(Path(options.run)))
    if options.threshold is not None:
        predictor = predictor.with_threshold(threshold)
    elif options.tta and predictor.threshold is not None:
        print(f"Note: this run's threshold, {predictor.threshold:g}, was chosen on single looks; averaged answers are "
              "less or more sure. --threshold X or none takes its place.", file=sys.stderr)
    console = Console(soft_wrap=True, highlight=False, markup=False, emoji=False)
    for answer in answers(predictor, [Path(path) for path in options.pictures], settings, averaging):
        if options.json:
            print(json.dumps(answer.to_dict(), ensure_ascii=False), flush=True)
        else:
            console.print(answer.in_words)
    return 0


def _averaging(options: argparse.Namespace) -> Averaging | None:
    """How `predict --tta` averages. Raises UserMistake for what cannot be, or would change nothing."""
    from core.errors import UserMistake

    given = {name: getattr(options, name) for name in ("views", "beta", "space") if getattr(options, name) is not None}
    if options.tta:
        return Averaging(**given)
    if given:
        raise UserMistake(f"Without --tta, {', '.join(f'--{name}' for name in given)} would change nothing.",
                          remedy="Add --tta, or leave that out.")
    return None


def _export(options: argparse.Namespace, settings: Settings) -> int:
    from core.export.bundle import export
    from core.export.contents import Wishes

    wishes = Wishes(half=options.fp16, pictures=not options.no_pictures)
    signal.signal(signal.SIGTERM, signal.default_int_handler)   # so that a termination cleans up, as Ctrl-C does
    try:
        with closing(export(RunFolder.open(Path(options.run)), Path(options.out), settings, wishes)) as work:
            return _shown(work, None, options.json)
    except KeyboardInterrupt:
        _shown((event for event in (Cancelled(""),)), None, options.json)
        return 130


def _recipes(options: argparse.Namespace, settings: Settings) -> int:
    from core.training.presets import presets

    for recipe in presets().values():
        if options.json:
            print(recipe.model_dump_json())
        else:
            print(f"{recipe.name}\n    {recipe.sentence}")
    return 0


def _shown(stream: Generator[Event, None, int | None], run: RunFolder | None, as_json: bool) -> int:
    """Show a stream to its end, and what a run came to; the exit code."""
    from core import console

    if as_json:
        show: console.JsonLines | console.Terminal = console.JsonLines(_write_line)
    else:
        show = console.Terminal(out := Console(emoji=False), Console(stderr=True, emoji=False))
    with show:
        while True:
            try:
                show.show(next(stream))
            except StopIteration as end:
                code: int = end.value or 0
                break
    if code == 0 and not as_json and run and (run.predictions / "valid.npz").is_file():
        console.show_results(out, run)
    return code


def _write_line(line: str) -> None:
    sys.stdout.write(line)
    sys.stdout.flush()


class _Stop:
    """True once Ctrl-C or a termination was asked for; a second Ctrl-C interrupts at once."""

    def __init__(self) -> None:
        self._asked = False
        signal.signal(signal.SIGINT, self._ask)
        signal.signal(signal.SIGTERM, self._ask)

    def __call__(self) -> bool:
        return self._asked

    def _ask(self, number: int, frame: FrameType | None) -> None:
        if self._asked:
            raise KeyboardInterrupt
        self._asked = True


if __name__ == "__main__":
    raise SystemExit(main())
