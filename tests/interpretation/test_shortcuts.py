"""The verdicts on what was found, and their file."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.errors import BadRun
from core.interpretation.predictions import Predictions
from core.interpretation.shortcuts import Beside, Clue, ClueName, Shortcuts, named
from core.interpretation.verdict import Verdict
from tests.interpretation.test_masked import masks

# Right on 90 of 91 pictures on which the rule is right, and on 1 of 9 others; or right on both alike; or never asked.
ALONG = Beside(both_right=90, only_rule=1, only_network=1, both_wrong=8, p=1e-6)
APART = Beside(both_right=82, only_rule=9, only_network=8, both_wrong=1, p=0.6)
NOBODY = Beside(both_right=90, only_rule=10, only_network=0, both_wrong=0, p=1)


def clue(name: ClueName = "brightness", low: float = 0.5, p: float = 0.001, beside: Beside = APART) -> Clue:
    return Clue(name=name, score=min(1.0, low + 0.05), low=low, high=min(1.0, low + 0.1), p=p, beside=beside)


def found(*clues: Clue, smallest: int = 50, centre: int = 60, border: int = 85, highest: float = 0.94) -> Shortcuts:
    """Of a network that is right on 90 of 100 pictures, on so many without their centre or border."""
    return Shortcuts(network="n", pictures=400, smallest_class=smallest, classes=2, balanced_accuracy=0.9,
                     highest=highest, clues=clues or (clue(p=0.5),), masks=masks(centre, border))


@pytest.mark.parametrize(("low", "p", "verdict"), [
    (0.95, 0.001, "cheating"), (0.7, 0.001, "look"), (0.55, 0.001, "fine"), (0.95, 0.05, "fine")])
def test_a_clue_that_the_network_goes_along_with_is_as_bad_as_the_way_that_it_surely_goes(
        low: float, p: float, verdict: Verdict) -> None:
    only = clue(low=low, p=p, beside=ALONG)
    assert found(only).of_clue(only) == verdict
    assert found(only).verdict == verdict


@pytest.mark.parametrize("beside", [APART, NOBODY, ALONG.model_copy(update={"p": 0.05})])
def test_pictures_that_could_be_told_by_a_clue_do_not_make_the_network_a_cheat(beside: Beside) -> None:
    only = clue("size", low=1.0, beside=beside)
    assert found(only).gives_away(only)
    assert found(only).of_clue(only) == "look"


def test_a_large_set_s_slight_agreement_is_no_cheating() -> None:
    """It is no luck, and yet the network is right on most pictures on which the rule is wrong."""
    only = clue(low=1.0, beside=Beside(both_right=4500, only_rule=50, only_network=380, both_wrong=70, p=1e-9))
    assert found(only).of_clue(only) == "look"


def test_a_network_that_is_less_often_right_than_a_clue_does_not_go_by_it_alone() -> None:
    only = clue(low=0.98)
    assert found(only, highest=0.86).beaten_by(only)
    assert not found(only, highest=0.99).beaten_by(only)


def test_a_clue_that_is_no_luck_and_little_is_told_apart_from_luck() -> None:
    little, luck, much = clue(low=0.55), clue(low=0.55, p=0.2), clue(low=0.8)
    told = found(little, luck, much)
    assert [told.tells_a_little(each) for each in told.clues] == [True, False, False]


@pytest.mark.parametrize("name", ["colour", "together"])
def test_colour_may_be_the_thing_itself_so_it_is_only_worth_a_look(name: ClueName) -> None:
    only = clue(name, low=1.0, beside=ALONG)
    assert found(only).of_clue(only) == "look"


def test_of_few_pictures_a_clue_says_nothing() -> None:
    only = clue(low=1.0, beside=ALONG)
    assert found(only, smallest=3).of_clue(only) == "unknown"


def test_the_worst_of_clues_and_masks_is_the_verdict() -> None:
    assert found().verdict == "fine"
    assert found(centre=90, border=52).verdict == "cheating"
    assert found(clue(low=0.95), centre=80, border=65).verdict == "look"


def test_without_its_network_the_clues_stand_and_the_masks_say_nothing() -> None:
    told = found(clue(low=0.95)).model_copy(update={"masks": None})
    assert (told.of_centre, told.of_border, told.verdict) == ("unknown", "unknown", "look")


def test_it_is_found_again_as_it_was(tmp_path: Path) -> None:
    told = found(clue(), clue("size", 0.9))
    told.save(tmp_path / "shortcuts.json")
    assert Shortcuts.load(tmp_path / "shortcuts.json") == told


@pytest.mark.parametrize("text", [None, "", "{}", '{"version": 1}'])
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
