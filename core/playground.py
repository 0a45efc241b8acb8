"""The three-line face: `run = playground.train("ants-bees.zip"); print(run.predict("photo.jpg"))`."""

from functools import cached_property
from pathlib import Path

from core import events
from core.errors import BadPicture, MachineFault, UserMistake
from core.events import Failed
from core.export import bundle
from core.export.contents import Wishes
from core.inference.answer import Answer
from core.inference.answers import answers
from core.inference.predictor import Predictor
from core.interpretation.predictions import Predictions
from core.interpretation.views import Averaging
from core.pipeline import train as jobs
from core.runs.folder import RunFolder
from core.settings import Settings, from_environment
from core.training import presets
from core.training.recipe import Recipe


class Run:
    """A finished run: its predictions, and answers for new pictures."""

    def __init__(self, path: str | Path, settings: Settings | None = None) -> None:
        self.folder = RunFolder.open(Path(path))
        self._settings = settings or from_environment()

    @cached_property
    def _predictor(self) -> Predictor:
        return Predictor.of(self.folder)

    @property
    def accuracy(self) -> float:
        """Share of the validation pictures that are right, 0 to 1, from the stored float32 predictions."""
        return self.predictions("valid").accuracy

    def predictions(self, part: str) -> Predictions:
        """Of "train", "valid", "test" or "valid-epoch-NNN". Raises BadRun where there are none."""
        return self.folder.read_predictions(part)

    def predict(self, picture: str | Path, tta: bool = False) -> dict[str, float]:
        """Probabilities by class of one picture, the most probable first, at the temperature that the run keeps.

        Raises BadPicture, BadSource.
        """
        pairs = self._said(picture, tta).to_dict()["probabilities"].items()
        return dict(sorted(pairs, key=lambda pair: -pair[1]))

    def answer(self, picture: str | Path, tta: bool = False) -> str | None:
        """The picture's class; None where the run keeps a threshold and is less sure. Raises as `predict` does."""
        answer = self._said(picture, tta)
        return None if answer.refused else answer.prediction

    def _said(self, picture: str | Path, tta: bool) -> Answer:
        answer = next(answers(self._predictor, [Path(picture)], self._settings, Averaging() if tta else None))
        if answer.probabilities is None:
            raise BadPicture(f"'{picture}': {answer.problem}", remedy="Give another picture.")
        return answer

    def export(self, path: str | Path, *, half: bool = False, pictures: bool = True) -> Path:
        """The network as one zip, with the proof that it answers as the run did. Raises what `bundle.export` raises.

        `half`: weights of half the size, and what that costs. `pictures`: a few examples on the model card.
        """
        events.drain(bundle.export(self.folder, Path(path), self._settings, Wishes(half, pictures)))
        return Path(path)

    def __repr__(self) -> str:
        status = self.folder.read_status()
        return f"Run({str(self.folder.path)!r}, {status.doing or status.state})"


def train(source: str | Path, recipe: str | Recipe = "quick", out: str | Path | None = None, *,
          architecture: str | None = None, weights: str | None = None, size: int | None = None,
          epochs: int | None = None, learning_rate: float | None = None, seed: int | None = None) -> Run:
    """Train on a labelled folder, a zip or a built-in set, to the end.

    `recipe` is a preset's name, a file or a Recipe; the other levers are the command line's. Raises the
    PlaygroundError that ended the run, and KeyboardInterrupt where it was stopped.
    """
    settings = from_environment()
    chosen = presets.load(recipe) if isinstance(recipe, str) else recipe
    chosen = chosen.changed(architecture=architecture, weights=weights, size=size, epochs=epochs,
                            learning_rate=learning_rate, seed=seed)
    folder = RunFolder.create(Path(out) if out else jobs.new_run_folder(settings))
    heard, code = events.drain(jobs.train(str(source), chosen, folder, settings))
    match heard[-1]:
        case Failed(problem, remedy):
            raise (UserMistake if code == UserMistake.exit_code else MachineFault)(problem, remedy=remedy)
        case events.Cancelled():
            raise KeyboardInterrupt
    return Run(folder.path, settings)
