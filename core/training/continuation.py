"""Going on with a run: which longer recipes begin with the very steps that it has taken. Needs no torch."""

from core.errors import BadRecipe
from core.training.recipe import Recipe
from core.training.stage import Stage

REMEDY = "Change or add only what comes after, or train anew."


def goes_on(done: Recipe, longer: Recipe) -> bool:
    """Whether a run by `done` can be gone on with to the end of `longer`, as if that had been its recipe all along.

    Its last stage may have grown, where its schedule allows it (`Stage.grows_into`), and stages may have been added.
    """
    return hindrance(done, longer) is None


def hindrance(done: Recipe, longer: Recipe) -> str | None:
    """Why a run by `done` cannot go on to the end of `longer`, as the end of a sentence; None where it can."""
    return _hindrance(done, resolved_as(done, longer))


def resolved_as(done: Recipe, longer: Recipe) -> Recipe:
    """The longer recipe with what it leaves open as the run resolved it: network, weights, sizes, batch sizes."""
    model = longer.model.model_copy(update={
        "architecture": longer.model.architecture or done.model.architecture,
        "weights": done.model.weights if longer.model.weights == "auto" else longer.model.weights})
    stages = [stage.model_copy(update={"size": stage.size or known.size,
                                       "batch_size": stage.batch_size or known.batch_size})
              for stage, known in zip(longer.stages, done.stages, strict=False)]
    return longer.model_copy(update={"model": model, "stages": (*stages, *longer.stages[len(stages):])})


def require_going_on(done: Recipe, longer: Recipe) -> Recipe:
    """The longer recipe, resolved as the run was. Raises BadRecipe that says what differs."""
    longer = resolved_as(done, longer)
    why = _hindrance(done, longer)
    if why is not None:
        raise BadRecipe(f"The run cannot go on with this recipe: {why}.", remedy=REMEDY)
    return longer


def begun(done: Recipe, stages: int) -> Recipe:
    """As much of a run's recipe as it has begun: its first `stages`. What comes after may still be changed."""
    return done.model_copy(update={"stages": done.stages[:max(1, stages)]})


def epochs_of_last(recipe: Recipe) -> int:
    """Epochs of the last stage, with those of the stages that it goes on with (see `with_more_epochs`)."""
    stages, count = recipe.stages, recipe.stages[-1].epochs
    for earlier, later in zip(reversed(stages[:-1]), reversed(stages), strict=False):
        if later != _more(earlier, later.epochs):
            break
        count += earlier.epochs
    return count


def with_more_epochs(done: Recipe, epochs: int) -> Recipe:
    """The recipe whose last stage has `epochs` in all; where its schedule would then have begun otherwise, as a stage
    of its own, which counts with it when more are asked for again. Raises BadRecipe where it has as many already."""
    have, last = epochs_of_last(done), done.stages[-1]
    if epochs <= have:
        raise BadRecipe(f"The last stage has {have} epochs already, and {epochs} are asked for.",
                        remedy="Ask for more epochs than that.")
    grown = last.model_copy(update={"epochs": last.epochs + epochs - have})
    if last.grows_into(grown):
        return done.model_copy(update={"stages": (*done.stages[:-1], grown)})
    return done.model_copy(update={"stages": (*done.stages, _more(last, epochs - have))})


def _more(stage: Stage, epochs: int) -> Stage:
    """So many epochs more of a stage, as one of their own."""
    return stage.model_copy(update={"epochs": epochs, "find_lr": False})


def _hindrance(done: Recipe, longer: Recipe) -> str | None:
    named = {"name", "sentence", "stages", "met", "dataset"}
    if not any(stage.draws or stage.views for stage in done.stages):
        named |= {"augmentation"}           # it has had no effect yet, and may be chosen for what comes
    ours, theirs = done.model_dump(exclude=named), longer.model_dump(exclude=named)
    if differing := [name for name in ours if ours[name] != theirs[name]]:
        words = ", ".join(differing)
        return f"{words} {'differs' if len(differing) == 1 else 'differ'} from what it was trained with"
    if len(longer.stages) < len(done.stages):
        return "it has fewer stages than the run"
    for number, (stage, same) in enumerate(zip(done.stages[:-1], longer.stages, strict=False), start=1):
        if stage != same:
            return f"its stage {number} differs from the run's"
    if not done.stages[-1].grows_into(longer.stages[len(done.stages) - 1]):
        return f"its stage {len(done.stages)} differs from the run's, or is no longer the same from its first step on"
    return None
