"""What holds for the whole recipe: the preset it began with, the network, and what to do about rare classes."""

from functools import partial
from typing import Any

import streamlit as st

from core.training import draft
from core.training.presets import presets
from core.training.recipe import Recipe
from core.vision.architectures import ARCHITECTURES
from pages.ui import frame, recipe_draft, recipe_file, stage_place
from pages.ui.recipe_draft import Shown

PRESET, SMALL, LARGE = "preset", "progressive small", "progressive large"
TITLES = {"quick": "Quick", "eight-steps": "Eight steps", "fine-tune": "Fine-tune", "progressive": "Progressive",
          "from-scratch": "From scratch", draft.OWN: "Your own"}
OWN_SENTENCE = "A recipe of your own. A preset takes its place at once, and Undo brings it back."
SIZES = (64, 96, 128, 160, 192, 224, 256, 320, 384)

ARCHITECTURE, WEIGHTS, IMBALANCE = "recipe architecture", "recipe weights", "recipe imbalance"
PRECISION = "recipe precision"
PRECISIONS = {"auto": "what a short test finds to be fastest", "float32": "float32: exact, works everywhere",
              "bfloat16": "bfloat16: half the bits", "float16": "float16: half the bits, for GPUs alone"}
USUAL = "the usual one"
USUAL_SENTENCE = "The usual choice: resnet34 where there is a GPU, otherwise resnet18."
WEIGHTS_WORDS = {
    "auto": ("best available", "ImageNet's where they are here or can be downloaded, otherwise the small bundled "
                               "ones (resnet18 only)."),
    "imagenet": ("ImageNet", "Learned from 1.2 million photos of a thousand things; downloaded once."),
    "bundled": ("bundled", "Here already, learned from 100,000 tiny photos: fine for a first try."),
    "none": ("nothing", "Starts at random and learns all from your pictures: needs thousands of them, and hours."),
}
WEIGHTS_TERMS = ("What the network knows before your pictures (pretrained weights). ImageNet's terms, which hold for "
                 "the bundled weights too, are for non-commercial research and education: whether they allow your "
                 "use is for you to judge.")

UNEVEN = 3                   # so many times the rarest class: below, what is done about it changes little
REMEDIES = {
    "ignore": ("Leave it so", "Every picture counts the same, and rare classes are learned last."),
    "weighted_loss": ("Weigh mistakes", "A mistake on a rare class counts for more (weighted loss)."),
    "balanced_sampling": ("Show rare ones more often", "Each epoch shows every class equally often, rare pictures "
                          "several times (balanced sampling). Best with varied pictures."),
}


def preset_choice(shown: Shown) -> None:
    """The presets in a row, and the sentence that teaches the chosen one."""
    recipe = shown.recipe
    name = draft.preset_of(recipe) or draft.OWN
    options = [*presets(), *([draft.OWN] if name == draft.OWN else [])]
    st.session_state[PRESET] = name
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.segmented_control("How it learns (recipe)", options, format_func=TITLES.__getitem__, key=PRESET,
                             required=True, wrap=True, on_change=_take_preset, args=(shown,))
        st.space("stretch")
        recipe_draft.undo_button(shown)
        recipe_file.show(shown)
    recipe_file.told()
    st.markdown(OWN_SENTENCE if name == draft.OWN else presets()[name].sentence)
    if name == draft.SIZED:
        _sizes(shown)


def network(shown: Shown, usual: str) -> None:
    """Architecture and weights; `usual`: what an open choice of the architecture becomes here."""
    model = shown.recipe.model
    known = WEIGHTS_WORDS.get(model.weights, ("weights of your own", "Weights of your own."))
    with st.expander(f"Network: {model.architecture or f'{USUAL} ({usual})'} · knows: {known[0]}",
                     icon=":material/account_tree:", key="network"):
        left, right = st.columns(2, gap="medium")
        with left:
            st.session_state[ARCHITECTURE] = model.architecture or USUAL
            st.selectbox("Which network (model)", (USUAL, *ARCHITECTURES), key=ARCHITECTURE, on_change=_take_network,
                         args=(shown,), help="Larger networks see more and take longer. The usual one is a good start.")
            st.caption(ARCHITECTURES[model.architecture].sentence if model.architecture else USUAL_SENTENCE)
            _bigger(shown, usual)
        with right:
            fitting = draft.weights_for(model.architecture)
            options = fitting if model.weights in fitting else (*fitting, model.weights)
            st.session_state[WEIGHTS] = model.weights
            st.segmented_control("What it knows already (weights)", options, key=WEIGHTS, required=True, wrap=True,
                                 on_change=_take_network, args=(shown,), help=WEIGHTS_TERMS,
                                 format_func=lambda name: WEIGHTS_WORDS.get(name, (frame.plain(name),))[0])
            st.caption(known[1])
            st.session_state[PRECISION] = shown.recipe.precision
            st.selectbox("How exactly it counts (precision)", list(PRECISIONS), key=PRECISION,
                         format_func=PRECISIONS.__getitem__, on_change=_take_precision, args=(shown,),
                         help="Numbers of half the bits (bfloat16) make training up to twice as fast where the "
                              "processor has them. Final predictions are always counted in float32.")
            if model.weights == "none" and any(stage.frozen for stage in shown.recipe.stages):
                st.warning("It knows nothing yet, and what is frozen never learns: frozen layers stay as they were "
                           "drawn by chance. Choose the recipe From scratch, or let the whole network learn first.")


def imbalance(shown: Shown, counts: dict[str, int]) -> None:
    """Where the training pictures a class differ much: why that matters, and what can be done. `counts` by class."""
    if not counts or not 0 < UNEVEN * min(counts.values()) < max(counts.values()):
        return
    most, rarest = max(counts, key=lambda label: counts[label]), min(counts, key=lambda label: counts[label])
    with st.container(border=True, key="imbalance"):
        st.markdown(f":material/balance: **{counts[most]:,} pictures of {frame.plain(most)}, and only "
                    f"{counts[rarest]:,} of {frame.plain(rarest)}** to learn from (class imbalance). A network is "
                    "right most often by saying what is common, so it would learn the rare one last.")
        st.session_state[IMBALANCE] = shown.recipe.imbalance
        st.segmented_control("What to do about it", list(REMEDIES), key=IMBALANCE, required=True, wrap=True,
                             format_func=lambda name: REMEDIES[name][0], on_change=_take_imbalance, args=(shown,))
        st.caption(REMEDIES[shown.recipe.imbalance][1])


def _sizes(shown: Shown) -> None:
    small, large = draft.sizes_of(shown.recipe)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for key, label, now in ((SMALL, "First on (pixels a side)", small), (LARGE, "Then on (pixels a side)", large)):
            st.session_state[key] = now
            st.selectbox(label, sorted({*SIZES, now}), key=key, on_change=_take_sizes, args=(shown,), width=200)
    if small >= large:
        st.caption("Progressive means from small to large: choose a larger second size.")


def _bigger(shown: Shown, usual: str) -> None:
    recipe = shown.recipe
    bigger = draft.on_bigger(recipe, usual)
    if bigger is None:
        return
    st.button(f"Copy this recipe to {bigger.model.architecture}", icon=":material/content_copy:", key="bigger",
              on_click=recipe_draft.edit, args=(shown, partial(_on_bigger, usual), "the bigger network"),
              help="The next bigger network, with all stages as they are.")
    if bigger.model.weights != recipe.model.weights:
        weights = "Its weights become the best available: those chosen now fit only the network they are of."
    else:
        weights = f"It starts from its own weights ({WEIGHTS_WORDS.get(bigger.model.weights, ('your own',))[0]})."
    set_by_hand = any(stage.head_rate is not None for stage in recipe.stages)
    st.caption(f"{weights} What this network has learned is not taken along."
               + (" Rates that you set stay: find them again for it." if set_by_hand else ""))


def _on_bigger(usual: str, recipe: Recipe) -> Recipe:
    return draft.on_bigger(recipe, usual) or recipe


def _take_preset(shown: Shown) -> None:
    name = st.session_state[PRESET]
    if name in presets():
        recipe_draft.edit(shown, partial(_preset, name), f"the recipe {TITLES[name]}")
        if stage_place.in_hand(len(shown.recipe.stages), None) is not None:
            stage_place.take(0)


def _preset(name: str, recipe: Recipe) -> Recipe:
    return draft.taken(recipe, name)


def _take_sizes(shown: Shown) -> None:
    sizes: tuple[Any, Any] = st.session_state[SMALL], st.session_state[LARGE]
    recipe_draft.edit(shown, lambda recipe: draft.taken(recipe, draft.SIZED, sizes), "the sizes")


def _take_network(shown: Shown) -> None:
    name, weights = st.session_state[ARCHITECTURE], st.session_state[WEIGHTS]
    if weights in (*draft.weights_for(shown.recipe.model.architecture), shown.recipe.model.weights):
        recipe_draft.edit(shown, lambda recipe: draft.with_network(recipe, None if name == USUAL else name, weights),
                          "the network")


def _take_precision(shown: Shown) -> None:
    name = st.session_state[PRECISION]
    recipe_draft.edit(shown, lambda recipe: recipe.model_copy(update={"precision": name}), "the precision")


def _take_imbalance(shown: Shown) -> None:
    remedy = st.session_state[IMBALANCE]
    recipe_draft.edit(shown, lambda recipe: recipe.model_copy(update={"imbalance": remedy}), "rare classes")
