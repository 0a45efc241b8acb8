"""The presets are what they are named for."""

import pytest

from core.training.presets import presets
from core.training.recipe import Recipe
from core.training.stage import Stage


def stages(name: str) -> tuple[Stage, ...]:
    return presets()[name].stages


def test_five_recipes_have_a_name_and_the_default_is_first() -> None:
    assert list(presets()) == ["quick", "eight-steps", "fine-tune", "progressive", "from-scratch"]


@pytest.mark.parametrize("recipe", presets().values(), ids=lambda recipe: recipe.name)
def test_a_preset_leaves_rate_network_and_batch_to_the_pictures(recipe: Recipe) -> None:
    assert {stage.learning_rate for stage in recipe.stages} == {None}
    assert {stage.batch_size for stage in recipe.stages} == {None}
    assert recipe.model.architecture is None


def test_quick_teaches_the_head_alone_on_what_was_seen_once() -> None:
    (stage,) = stages("quick")
    assert stage.cached and stage.frozen == ("early", "late")


def test_eight_steps_are_fast_ais() -> None:
    cached, drawn, whole = stages("eight-steps")
    assert cached.cached and cached.epochs in (1, 2)
    assert (drawn.trains, drawn.draws) == ("head", True)
    assert (drawn.schedule, drawn.cycle_len, drawn.cycles) == ("sgdr", 1, (1, 1, 1))
    assert (whole.trains, whole.draws, whole.find_lr) == ("all", True, True)
    assert (whole.schedule, whole.cycle_mult, whole.cycles) == ("sgdr", 2, (1, 2, 4, 8))
    assert whole.patience is not None                             # until it over-fits
    early, late, head = whole.peaks(1.0)
    assert 3 <= late / early <= 10.001 and 3 <= head / late <= 10.001


def test_fine_tune_begins_with_the_head_and_ends_with_everything() -> None:
    assert [stage.trains for stage in stages("fine-tune")] == ["head", "all"]
    assert stages("fine-tune")[1].spread == 100


def test_progressive_grows_from_small_pictures_to_large_ones() -> None:
    sizes = [stage.size for stage in stages("progressive")]
    assert sizes == sorted(sizes, key=lambda size: size or 0) and (sizes[0], sizes[-1]) == (128, 224)
    assert [stage.size for stage in presets()["progressive"].changed(size=112).stages] == [64, 64, 112]


def test_from_scratch_starts_from_nothing_and_trains_everything() -> None:
    assert presets()["from-scratch"].model.weights == "none"
    assert {stage.trains for stage in stages("from-scratch")} == {"all"}
