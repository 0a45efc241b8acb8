"""A recipe as a file: saved from the draft, or loaded into it, whatever pictures it was made for."""

import json
from collections.abc import Mapping
from functools import partial

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from core.errors import BadRecipe, PlaygroundError
from core.export.reproduce import OURS, portable
from core.training.recipe import Recipe, parse
from pages.ui import frame, recipe_draft, stage_place, upload_memory
from pages.ui.recipe_draft import Shown

FILE = "recipe.json"
MOST_MEGABYTES = 1
MOST_STAGES = 50
ROUND, REFUSED, TAKEN = "recipe file round", "recipe file refused", "recipe file taken"      # session_state
OTHER_SPLIT = ("It divides the pictures as its own training did, so other ones are set aside for validation now: "
               "trainings from before cannot be compared with those from now on, picture by picture.")
HELP = "A recipe.json: of the page Export, of another playground, or of `python -m core train`."


def show(shown: Shown) -> None:
    """The way out and the way in, behind one button."""
    with st.popover("As a file", icon=":material/description:", key="recipe-file"):
        st.download_button("Save this recipe", portable(shown.recipe).model_dump_json(indent=2) + "\n", FILE,
                           "application/json", icon=":material/download:", key="save-recipe", on_click="ignore")
        round_ = st.session_state.setdefault(ROUND, 0)      # another widget after each file: it is empty again
        st.file_uploader("Load a recipe", "json", key=f"recipe file {round_}", help=HELP, on_change=_take,
                         args=(shown, f"recipe file {round_}"), max_upload_size=MOST_MEGABYTES)


def told() -> None:
    """What became of the last file, once."""
    if (refused := st.session_state.pop(REFUSED, None)) is not None:
        frame.told(refused)
    if taken := st.session_state.pop(TAKEN, ""):
        st.success(taken, icon=":material/description:")


def read(content: bytes, name: str) -> Recipe:
    """The recipe of a file that somebody sent. Raises BadRecipe that names what is wrong with it."""
    called = f"the recipe '{name}'"
    try:
        values = json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise BadRecipe(f"'{name}' is no readable recipe ({error}).",
                        remedy="Choose a recipe.json that this page, the page Export or a run has written.") from error
    if not isinstance(values, Mapping) or "stages" not in values:
        raise BadRecipe(f"'{name}' holds no recipe: it says nothing of stages.",
                        remedy="Choose a recipe.json that this page, the page Export or a run has written.")
    recipe = parse(values, called)
    if len(recipe.stages) > MOST_STAGES:
        raise BadRecipe(f"The recipe '{name}' has {len(recipe.stages):,} stages; this page has room for {MOST_STAGES}.",
                        remedy="Join stages that differ in nothing, or train by it on the command line.")
    if recipe.model.weights not in OURS:     # a path of this server's, that a stranger may only guess
        raise BadRecipe(f"The recipe '{name}' begins with weights of somebody's own, '{recipe.model.weights}', which "
                        "are not here.",
                        remedy=f"Write one of {', '.join(OURS)} for the weights in the file, or train by it on the "
                               "command line, beside those weights.")
    return recipe


def onto(loaded: Recipe, draft: Recipe) -> Recipe:
    """The loaded recipe for the draft's pictures: which of them are alike is known of these alone, and what the file's
    run met says nothing of them."""
    split = loaded.split.model_copy(update={"together": draft.split.together})
    return loaded.model_copy(update={"split": split, "dataset": draft.dataset, "met": None})


def _take(shown: Shown, key: str) -> None:
    upload: UploadedFile | None = st.session_state[key]
    if upload is None:
        return
    try:
        loaded = read(upload.getvalue(), upload.name)
    except PlaygroundError as error:
        st.session_state[REFUSED] = error
    else:
        others = onto(loaded, shown.recipe).split != shown.recipe.split
        recipe_draft.edit(shown, partial(onto, loaded), "the recipe of a file")
        stage_place.take(None)
        st.session_state[TAKEN] = f"The recipe of {frame.plain(upload.name)} is loaded. Undo brings the last one back."
        if others:
            st.session_state[TAKEN] += f" {OTHER_SPLIT}"
    upload_memory.free([upload])
    st.session_state[ROUND] += 1
