"""A recipe over its steps, before it runs."""

import pytest

from core.training import draft
from core.training.presets import presets
from core.training.recipe import Recipe
from core.training.timetable import rate_curve, timetable, total_steps

QUICK, EIGHT, FINE_TUNE, *_ = presets().values()


def test_stages_follow_one_another_and_a_short_last_batch_is_a_step_too() -> None:
    head, whole = timetable(draft.changed(FINE_TUNE, 0, {"batch_size": 10}), train_images=24)
    assert (head.steps_an_epoch, head.first_step, head.end) == (3, 0, 3)
    assert (whole.batch_size, whole.steps_an_epoch, whole.first_step, whole.end) == (8, 3, 3, 15)
    assert total_steps((head, whole)) == 15


def test_accumulated_batches_are_one_step() -> None:
    (planned,) = timetable(draft.changed(QUICK, 0, {"batch_size": 10, "accumulate": 2, "epochs": 2}), 50)
    assert planned.steps_an_epoch == 3
    assert planned.steps == 6


def test_every_group_that_learns_has_a_curve_over_all_steps() -> None:
    planned = timetable(draft.with_rate(EIGHT, 2, 0.01), 240)
    head, whole = rate_curve(planned[0]), rate_curve(planned[2])
    assert list(head.rates) == ["head"]
    assert list(whole.rates) == ["early", "late", "head"]
    assert (whole.steps[0], whole.steps[-1]) == (planned[2].first_step, planned[2].end - 1)
    assert max(whole.rates["head"]) == pytest.approx(0.01)
    assert max(whole.rates["early"]) == pytest.approx(0.0001)
    assert len(whole.momentum) == len(whole.steps)


def test_an_open_rate_is_drawn_beside_the_one_that_is_found() -> None:
    bold = rate_curve(timetable(FINE_TUNE, 240)[0])
    assert max(bold.rates["head"]) == pytest.approx(3, rel=0.01)
    assert max(rate_curve(timetable(FINE_TUNE, 240)[0], found=0.1).rates["head"]) == pytest.approx(0.3, rel=0.01)


def test_no_restart_is_lost_where_there_are_many_steps() -> None:
    many = draft.changed(EIGHT, 2, {"epochs": 63, "learning_rate": 1.0})
    curve = rate_curve(timetable(many, 20_000)[2])
    assert len(curve.steps) < 400
    assert sum(rate == pytest.approx(1.0) for rate in curve.rates["head"]) == 6      # 1 + 2 + 4 + 8 + 16 + 32


def test_a_stage_of_one_step_has_one_point() -> None:
    recipe = Recipe(stages=(QUICK.stages[0].model_copy(update={"epochs": 1, "batch_size": 64}),))
    assert rate_curve(timetable(recipe, 20)[0]).steps == (0,)
