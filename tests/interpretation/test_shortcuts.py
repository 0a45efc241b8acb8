"""The verdicts on what was found, and their file."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.errors import BadRun
from core.interpretation.predictions import Predictions
from core.interpretation.shortcuts import Clue, ClueName, Masked, Shortcuts, Verdict, named


def clue(name: ClueName = "brightness", low: float = 0.5, p: float = 0.001) -> Clue:
    return Clue(name=name, score=min(1.0, low + 0.05), low=low, high=min(1.0, low + 0.1), p=p)


def masked(right: int, whole: int, total: int) -> Masked:
    """As few answers changed as can be."""
    both = min(right, whole)
    return Masked(both_right=both, won=right - both, lost=whole - both, both_wrong=total - max(right, whole),
                  same=total - abs(right - whole))


def found(*clues: Clue, centre: int = 60, border: int = 85, whole: int = 90, total: int = 100,
          smallest: int = 50, guessing: float = 0.5) -> Shortcuts:
    """By default of a network that is right on 90 of 100 pictures, on 60 without their centre, on 85 without border."""
    beats = (max(0, centre - border), max(0, border - centre))
    return Shortcuts(network="n", pictures=400, smallest_class=smallest, classes=2, balanced_accuracy=0.9,
                     guessing=guessing, clues=clues or (clue(p=0.5),), centre_hidden=masked(centre, whole, total),
                     border_hidden=masked(border, whole, total), centre_beats_border=beats)


@pytest.mark.parametrize(("low", "p", "verdict"), [
    (0.95, 0.001, "cheating"), (0.7, 0.001, "look"), (0.55, 0.001, "fine"), (0.95, 0.05, "fine")])
def test_a_clue_is_as_bad_as_the_way_that_it_surely_goes(low: float, p: float, verdict: Verdict) -> None:
    only = clue(low=low, p=p)
    assert found(only).of_clue(only) == verdict
    assert found(only).verdict == verdict


@pytest.mark.parametrize("name", ["colour", "together"])
def test_colour_may_be_the_thing_itself_so_it_is_only_worth_a_look(name: ClueName) -> None:
    only = clue(name, low=1.0)
    assert found(only).of_clue(only) == "look"


def test_of_few_pictures_a_clue_says_nothing() -> None:
    only = clue(low=1.0)
    assert found(only, smallest=3).of_clue(only) == "unknown"


def test_a_network_that_needs_the_centre_most_is_fine() -> None:
    told = found()
    assert (told.of_centre, told.of_border, told.verdict) == ("fine", "fine", "fine")


def test_a_network_that_misses_no_centre_but_the_border_is_probably_cheating() -> None:
    assert found(centre=90, border=52).of_centre == "cheating"
    assert found(centre=90, border=52).of_border == "look"


def test_a_network_that_misses_neither_is_worth_a_look() -> None:
    """What it goes by is everywhere, such as the light."""
    assert found(centre=89, border=89).of_centre == "look"


def test_a_network_that_needs_the_border_more_than_the_centre_is_worth_a_look() -> None:
    assert found(centre=80, border=65).of_centre == "look"


@pytest.mark.parametrize("values", [{"whole": 9, "centre": 9, "border": 5, "total": 10},
                                    {"whole": 55, "centre": 55, "border": 50}])
def test_of_few_pictures_or_of_a_network_that_knows_nothing_a_mask_says_nothing(values: dict[str, int]) -> None:
    told = found(**values)
    assert (told.of_centre, told.of_border) == ("unknown", "unknown")


def test_a_network_that_is_thrown_off_by_either_mask_cannot_be_told_about() -> None:
    """The paint is bright: all dark pictures are taken for bright ones, whichever half is painted."""
    told = found(centre=52, border=53)
    assert told.thrown_off
    assert (told.of_centre, told.of_border) == ("unknown", "unknown")
    assert not found(centre=52, border=66).thrown_off


def test_what_a_mask_leaves_is_measured_from_guessing() -> None:
    mask = masked(70, 90, 100)
    assert mask.knows(0.5) == pytest.approx(0.5)
    assert masked(50, 50, 100).knows(0.5) == 0
    low, high = mask.interval
    assert low < 0.7 < high


def test_it_is_found_again_as_it_was(tmp_path: Path) -> None:
    told = found(clue(), clue("size", 0.9))
    told.save(tmp_path / "shortcuts.json")
    assert Shortcuts.load(tmp_path / "shortcuts.json") == told


@pytest.mark.parametrize("text", [None, "", "{}", '{"version": 2}'])
def test_a_damaged_or_missing_file_is_told_in_words(text: str | None, tmp_path: Path) -> None:
    file = tmp_path / "shortcuts.json"
    if text is not None:
        file.write_text(text)
    with pytest.raises(BadRun, match="can no longer be read"):
        Shortcuts.load(file)


def test_other_weights_are_another_network() -> None:
    ids, labels = ("a", "b"), np.array([0, 1])
    logits = np.array([[1, 0], [0, 1]], dtype=np.float32)
    one = Predictions(ids, labels, logits, ("x", "y"))
    assert named(one) == named(Predictions(ids, labels, logits, ("x", "y")))
    for other in (replace(one, logits=logits + 1e-3), replace(one, classes=("x", "z")), replace(one, ids=("a", "c")),
                  replace(one, labels=1 - labels)):
        assert named(other) != named(one)
        assert not found().model_copy(update={"network": named(one)}).belongs_to(other)
