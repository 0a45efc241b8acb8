"""What a person does to a draft: presets, stages that are added, copied, moved and removed, rates that are picked."""

import pytest

from core.errors import BadRecipe
from core.training import draft
from core.training.presets import presets
from core.training.recipe import Cut, Recipe, SplitSpec
from core.vision.augmentation import preset

QUICK, EIGHT, FINE_TUNE, PROGRESSIVE, FROM_SCRATCH = presets().values()
DRAFT = QUICK.model_copy(update={"split": SplitSpec(valid_share=0.3, seed=7), "augmentation": preset("text"),
                                 "preprocessing": Cut(how="pad"), "seed": 9, "met": {"threads": 2}})


@pytest.mark.parametrize("name", presets())
def test_a_preset_brings_its_stages_and_leaves_all_else_as_it_was(name: str) -> None:
    taken = draft.taken(DRAFT, name)
    assert taken.stages == presets()[name].stages
    assert (taken.name, taken.sentence) == (name, presets()[name].sentence)
    assert draft.preset_of(taken) == name
    for part in ("split", "augmentation", "preprocessing", "seed"):
        assert getattr(taken, part) == getattr(DRAFT, part)


def test_from_scratch_forgets_the_weights_and_the_next_preset_brings_them_back() -> None:
    scratch = draft.taken(DRAFT, "from-scratch")
    assert scratch.model.weights == "none"
    assert draft.taken(scratch, "fine-tune").model.weights == "auto"
    own = DRAFT.model_copy(update={"model": DRAFT.model.model_copy(update={"weights": "bundled"})})
    assert draft.taken(own, "fine-tune").model.weights == "bundled"


def test_the_progressive_preset_takes_the_sizes_that_were_chosen() -> None:
    taken = draft.taken(DRAFT, "progressive", (96, 192))
    assert [stage.size for stage in taken.stages] == [96, 96, 192]
    assert draft.sizes_of(taken) == (96, 192)
    assert draft.preset_of(taken) == "progressive"


def test_a_rate_that_was_set_stays_where_the_first_stage_is_the_same() -> None:
    found = draft.with_rate(DRAFT, 0, 0.002)
    assert draft.preset_of(found) == "quick"
    assert [stage.learning_rate for stage in draft.taken(found, "fine-tune").stages] == [0.002, None]
    assert draft.taken(found, "from-scratch").stages[0].learning_rate is None
    assert draft.taken(found, "progressive").stages[0].learning_rate is None      # of another size


def test_a_changed_stage_makes_the_recipe_ones_own() -> None:
    changed = draft.changed(EIGHT, 1, {"epochs": 4})
    assert [stage.epochs for stage in changed.stages] == [2, 4, 15]
    assert (changed.name, changed.sentence) == (draft.OWN, "")
    assert draft.changed(changed, 1, {"epochs": 3}).name == "eight-steps"


def test_stages_are_added_copied_moved_and_removed() -> None:
    assert [stage.trains for stage in draft.added(DRAFT).stages] == ["head", "all"]
    assert draft.copied(EIGHT, 1).stages == (*EIGHT.stages[:2], *EIGHT.stages[1:])
    assert draft.moved(EIGHT, 2, -1).stages == (EIGHT.stages[0], EIGHT.stages[2], EIGHT.stages[1])
    assert draft.moved(EIGHT, 2, 1).stages == EIGHT.stages
    assert draft.moved(EIGHT, 0, -1).stages == EIGHT.stages
    assert draft.removed(EIGHT, 0).stages == EIGHT.stages[1:]


def test_an_added_stage_sees_what_the_last_one_saw() -> None:
    sized = draft.changed(DRAFT, 0, {"size": 96, "batch_size": 16})
    assert (draft.added(sized).stages[1].size, draft.added(sized).stages[1].batch_size) == (96, 16)


def test_what_cannot_be_is_refused_with_its_name() -> None:
    with pytest.raises(BadRecipe, match="stages"):
        draft.removed(DRAFT, 0)
    with pytest.raises(BadRecipe, match="epochs"):
        draft.changed(DRAFT, 0, {"epochs": 0})
    with pytest.raises(BadRecipe, match="learning_rate"):
        draft.with_rate(DRAFT, 0, -1.0)
    with pytest.raises(BadRecipe, match="resnet99"):
        draft.with_network(DRAFT, "resnet99", "auto")


def test_what_a_run_met_does_not_go_into_the_next_recipe() -> None:
    assert draft.changed(DRAFT, 0, {"epochs": 3}).met is None
    assert draft.taken(DRAFT, "fine-tune").met is None


def test_a_picked_rate_goes_into_its_stage_alone() -> None:
    assert [stage.learning_rate for stage in draft.with_rate(EIGHT, 2, 0.01).stages] == [None, None, 0.01]
    assert draft.with_rate(EIGHT, 2, 0.01).stages[2].spread == 100
    assert draft.with_rate(draft.with_rate(EIGHT, 2, 0.01), 2, None).stages == EIGHT.stages


def test_a_picked_rate_keeps_what_the_other_groups_are_beside_the_head() -> None:
    each = draft.changed(EIGHT, 2, {"learning_rate": [1e-5, 1e-4, 1e-3]})
    assert draft.with_rate(each, 2, 1e-2).stages[2].learning_rate == pytest.approx((1e-4, 1e-3, 1e-2))


def test_two_bounds_become_the_rate_and_what_the_lower_one_is_of_it() -> None:
    swinging = draft.changed(DRAFT, 0, {"schedule": "triangular"})
    stage = draft.with_bounds(swinging, 0, 1e-4, 5e-4).stages[0]
    assert stage.learning_rate == 5e-4
    assert stage.bound_ratio == pytest.approx(5)


def test_another_network_lets_go_of_weights_that_do_not_fit_it() -> None:
    bundled = draft.with_network(DRAFT, "resnet18", "bundled")
    assert bundled.model.weights == "bundled"
    assert draft.with_network(bundled, "resnet34", "bundled").model.weights == "auto"
    assert draft.with_network(bundled, "resnet34", "none").model.weights == "none"


def test_the_bigger_network_has_all_stages_and_weights_that_fit() -> None:
    bundled = draft.with_network(EIGHT, "resnet18", "bundled")
    bigger = draft.on_bigger(bundled, "resnet18")
    assert bigger is not None
    assert (bigger.model.architecture, bigger.model.weights) == ("resnet34", "auto")
    assert bigger.stages == EIGHT.stages
    usual = draft.on_bigger(EIGHT, "resnet34")
    assert usual is not None and usual.model.architecture == "resnet50"
    assert draft.on_bigger(draft.with_network(EIGHT, "convnext_tiny", "imagenet"), "resnet18") is None


def test_a_wild_rate_does_not_outlive_the_experiment_that_it_was() -> None:
    assert draft.taken(draft.with_rate(DRAFT, 0, 10.0), "quick").stages[0].learning_rate is None
    assert draft.taken(draft.with_rate(DRAFT, 0, draft.BOLDEST), "quick").stages[0].learning_rate == draft.BOLDEST


def test_a_rate_is_searched_before_the_first_open_stage_and_where_it_is_asked_for() -> None:
    assert [draft.searches(EIGHT, place) for place in range(3)] == [True, False, True]
    assert [draft.searches(FINE_TUNE, place) for place in range(2)] == [True, False]
    assert [draft.searches(draft.with_rate(FINE_TUNE, 0, 0.01), place) for place in range(2)] == [False, True]
    assert not draft.searches(draft.with_rate(EIGHT, 2, 0.01), 2)


def test_bundled_weights_are_offered_only_where_they_fit() -> None:
    assert "bundled" in draft.weights_for("resnet18")
    assert "bundled" in draft.weights_for(None)
    assert "bundled" not in draft.weights_for("resnet34")


SEEN_ALIKE = [
    draft.with_rate(DRAFT, 0, 0.5), draft.changed(DRAFT, 0, {"epochs": 3}),
    draft.changed(DRAFT, 0, {"schedule": "sgdr", "cycle_mult": 2}), draft.changed(DRAFT, 0, {"patience": 3}),
    DRAFT.model_copy(update={"augmentation": preset("none")}), draft.added(DRAFT)]
SEEN_OTHERWISE = [
    draft.changed(DRAFT, 0, {"size": 64}), draft.with_network(DRAFT, "resnet34", "auto"),
    draft.changed(DRAFT, 0, {"batch_size": 8}), DRAFT.model_copy(update={"split": SplitSpec()}),
    draft.taken(DRAFT, "from-scratch"), DRAFT.model_copy(update={"imbalance": "weighted_loss"}),
    draft.changed(DRAFT, 0, {"mixup": 0.4}), draft.changed(DRAFT, 0, {"optimizer": "sgd"})]


@pytest.mark.parametrize("other", SEEN_ALIKE)
def test_what_the_finder_does_not_see_makes_no_other_curve(other: Recipe) -> None:
    assert draft.searches_alike(DRAFT, other)


@pytest.mark.parametrize("other", SEEN_OTHERWISE)
def test_what_the_finder_sees_makes_another_curve(other: Recipe) -> None:
    assert not draft.searches_alike(DRAFT, other)


def test_curves_of_a_later_stage_are_compared_by_that_stage() -> None:
    assert draft.searches_alike(EIGHT, draft.changed(EIGHT, 0, {"mixup": 0.4}), 2)
    assert not draft.searches_alike(EIGHT, draft.changed(EIGHT, 2, {"spread": 10}), 2)
    assert not draft.searches_alike(EIGHT, FINE_TUNE, 2)
    drawn = EIGHT.model_copy(update={"augmentation": preset("none")})
    assert not draft.searches_alike(EIGHT, drawn, 2)
