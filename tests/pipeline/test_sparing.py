"""A training that spares memory gives what any other gives."""

from pathlib import Path

import pytest
from safetensors.torch import load_file

from core import machine
from core.events import Note
from core.training.recipe import ModelSpec, Recipe
from tests.running import HEAD, WHOLE, Heard, Workshop

RESIDUAL = Recipe(model=ModelSpec(architecture="resnet18", weights="none"), stages=(HEAD, WHOLE), precision="float32")


def spared(heard: Heard) -> bool:
    return any(isinstance(event, Note) and "only half as much in memory" in event.text for event in heard.events)


def train(workshop: Workshop, place: Path, recipe: Recipe, sparing: bool | None) -> Heard:
    own = Workshop(workshop.source, workshop.settings.model_copy(update={"sparing": sparing}),
                   Path("none"))                # random weights: the workshop's are another network's
    heard = own.train(recipe, place)
    assert heard.code == 0, heard.last
    return heard


def test_a_training_that_spares_memory_is_bit_equal_and_says_so(workshop: Workshop, tmp_path: Path) -> None:
    sparing, roomy = (train(workshop, tmp_path / str(each), RESIDUAL, each) for each in (True, False))
    assert spared(sparing) and not spared(roomy)
    one, other = (load_file(heard.run.weights) for heard in (sparing, roomy))
    assert one.keys() == other.keys() and all(one[name].equal(other[name]) for name in one)
    assert (sparing.run.read_predictions("valid").logits == roomy.run.read_predictions("valid").logits).all()


@pytest.mark.parametrize("short", [True, False])
def test_where_nothing_is_said_the_free_memory_decides(short: bool, workshop: Workshop, tmp_path: Path,
                                                       monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "short_of_memory", lambda: short)
    assert spared(train(workshop, tmp_path / "run", RESIDUAL, None)) == short


def test_a_head_alone_needs_little_and_spares_nothing(workshop: Workshop, tmp_path: Path) -> None:
    alone = RESIDUAL.model_copy(update={"stages": (HEAD,)})
    assert not spared(train(workshop, tmp_path / "run", alone, True))
