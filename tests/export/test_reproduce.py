"""The recipe as a readable script."""

import ast
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.export.reproduce import script
from core.training import presets
from core.training.recipe import ModelSpec, Recipe, SplitSpec
from core.training.stage import Stage
from core.vision.augmentation import preset
from tests.export.conftest import Taken

ROOT = Path(__file__).parents[2]


def run_of(text: str, folder: Path) -> dict[str, Any]:
    """What the script defines when it is imported, which trains nothing."""
    (folder / "reproduce.py").write_text(text, encoding="utf-8")
    return runpy.run_path(str(folder / "reproduce.py"))


def bare(recipe: Recipe) -> Recipe:
    """Without what nothing is computed of."""
    met = {name: value for name, value in (recipe.met or {}).items()
           if name in ("device", "threads", "versions", "precision")}
    return recipe.model_copy(update={"name": "quick", "sentence": "", "dataset": None, "met": met or None})


MANY = Recipe(split=SplitSpec(valid_share=0.3, seed=5, together=(("a" * 16, "b" * 16),)), augmentation=preset("text"),
              model=ModelSpec(architecture="resnet34", weights="imagenet", dropout=0.1), imbalance="weighted_loss",
              stages=(Stage(trains="head", epochs=2, learning_rate=1e-3), Stage(trains="all", views=0, patience=3,
                      learning_rate=(1e-5, 1e-4, 1e-3), schedule="sgdr", cycle_mult=2, optimizer="sgd")),
              precision="bfloat16", seed=9)


@pytest.mark.parametrize("recipe", [*presets.presets().values(), MANY], ids=lambda recipe: recipe.name)
def test_the_script_makes_the_recipe_anew(recipe: Recipe, tmp_path: Path) -> None:
    assert run_of(script(recipe, "f", 1, 2), tmp_path)["RECIPE"] == bare(recipe)


def test_the_recipe_of_a_run_is_made_anew_with_what_it_met(taken: Taken, tmp_path: Path) -> None:
    recipe = presets.load(str(taken.run.recipe))
    made = run_of((taken.folder / "reproduce.py").read_text(encoding="utf-8"), tmp_path)
    assert made["RECIPE"] == bare(recipe)
    assert made["PICTURES_FINGERPRINT"] == taken.run.read_dataset().fingerprint


def test_words_of_a_person_are_in_no_line_of_it(tmp_path: Path) -> None:
    evil = '"""\nimport os; os.system("x")\n"""'
    recipe = presets.load("quick").model_copy(update={
        "name": evil, "sentence": evil, "model": ModelSpec(architecture="resnet18", weights=f"/home/me/{evil}.pth")})
    text = script(recipe, "f", 1, 2)
    ast.parse(text)
    assert "os.system" not in text and "/home/me" not in text
    made = run_of(text, tmp_path)
    assert made["RECIPE"].model.weights == made["WEIGHTS"]


def test_it_trains_to_the_last_bit_what_the_run_was(taken: Taken, tmp_path: Path) -> None:
    said = subprocess.run([sys.executable, taken.folder / "reproduce.py", taken.source, tmp_path / "again"],
                          capture_output=True, text=True, check=True, cwd=tmp_path,
                          env={"PYTHONPATH": str(ROOT), "PLAYGROUND_HOME": str(tmp_path / "home"), "PATH": "/usr/bin",
                               "PLAYGROUND_OFFLINE": "1"}).stdout
    from core.runs.folder import RunFolder
    again, before = (run.read_predictions("valid") for run in (RunFolder(tmp_path / "again"), taken.run))
    assert again.ids == before.ids and np.array_equal(again.logits, before.logits)
    right = int(before.correct.sum())
    assert f"{right} of 18 validation pictures are right; of the run it was {right} of 18." in said
    assert "not the same pictures" not in said


def test_without_pictures_it_says_what_it_needs(taken: Taken, tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, taken.folder / "reproduce.py"], capture_output=True, text=True, check=False,
                          cwd=tmp_path, env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin"})
    assert done.returncode == 1 and "python reproduce.py PICTURES" in done.stderr
