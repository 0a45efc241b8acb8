"""The levers of the training page, each with a sentence. The draft recipe is the truth: widgets only show it."""

import dataclasses
from typing import Any

import streamlit as st

from core.training.levers import Levers, along, levers_of, preset_of, pulled, weights_for
from core.training.recipe import Recipe
from core.vision.architectures import ARCHITECTURES
from pages.ui import frame, session

SIZES = (64, 96, 128, 160, 192, 224)       # pixels a side
BATCH_SIZES = (8, 16, 32, 64, 128, 256)
MOST_EPOCHS = 500
SHOWN = "levers shown for"
LEARNING_RATES = (1e-7, 10.0)                    # as far as the finder looks

# What a lever shows where the choice is left open: widgets take None for "nothing chosen yet".
OPEN: dict[str, Any] = {"architecture": "the usual one", "size": 0, "batch_size": 0}
USUAL_SENTENCE = "The usual choice: resnet34 where there is a GPU, otherwise resnet18."
WEIGHTS = {
    "auto": ("best available", "ImageNet's where they are here or can be downloaded, otherwise the small bundled "
                                   "ones (resnet18 only)."),
    "imagenet": ("ImageNet", "Learned from 1.2 million photos of a thousand things; downloaded once."),
    "bundled": ("bundled", "Here already, learned from 100,000 tiny photos: fine for a first try."),
    "none": ("nothing", "Starts at random and learns all from your pictures: needs thousands of them, and hours."),
}
WEIGHTS_TERMS = ("What the network knows before your pictures (pretrained weights). ImageNet's terms, which hold for "
                 "the bundled weights too, are for non-commercial research and education: whether they allow your "
                 "use is for you to judge.")
PARTS = {
    False: ("last layers (head)", "Quick, and often most of the accuracy: every picture is looked at once."),
    True: ("whole network", "Slower, and often more accurate where there are enough pictures."),
}


def training_form(recipe: Recipe, dataset: str) -> None:
    """Every lever of a data set's draft; what is moved is saved at once."""
    st.session_state[SHOWN] = dataset
    levers = levers_of(recipe)
    for field in dataclasses.fields(levers):
        value = getattr(levers, field.name)
        st.session_state[_key(field.name)] = OPEN.get(field.name) if value is None else value
    left, right = st.columns(2, gap="medium")
    with left:
        _architecture(levers)
        _choice("weights", "What it knows already (weights)", weights_for(levers.architecture), levers.weights,
                {name: label for name, (label, _) in WEIGHTS.items()}, WEIGHTS_TERMS)
        st.caption(WEIGHTS[levers.weights][1] if levers.weights in WEIGHTS else "Weights of your own.")
        _slider("size", "How large it sees the pictures (image size)", SIZES, levers.size,
                "what suits its weights", " × {0} pixels")
        st.caption("Larger shows more detail and takes longer: twice the side is four times the work.")
        _slider("batch_size", "How many pictures at a time (batch size)", BATCH_SIZES, levers.batch_size,
                "automatic", "")
        st.caption("Automatic is 64, or fewer where there are few pictures.")
    with right:
        _choice("whole_network", "What learns", tuple(PARTS), levers.whole_network,
                {part: label for part, (label, _) in PARTS.items()},
                "A network sees edges and textures in its first layers, and things in its last. "
                "Often only the last ones have to learn anew.")
        st.caption(PARTS[levers.whole_network][1])
        _augmentation(levers)
        _epochs(levers)
        _learning_rate(levers)


def _architecture(levers: Levers) -> None:
    options = (OPEN["architecture"], *ARCHITECTURES)
    st.selectbox("Which network (model)", options, key=_key("architecture"), on_change=take_lever,
                 args=("architecture", options),
                 help="Larger networks see more and take longer. The usual one is a good start.")
    st.caption(ARCHITECTURES[levers.architecture].sentence if levers.architecture else USUAL_SENTENCE)


def _augmentation(levers: Levers) -> None:
    st.toggle("Show it varied pictures (augmentation)", key=_key("augment"), on_change=take_lever, args=("augment",),
              disabled=not levers.whole_network,
              help="Each time it meets a picture, it is cropped, turned and lit a little differently, "
                   "so that the network learns the thing and not the photo. How, you choose on the page Augment.")
    if levers.whole_network:
        st.caption("As you chose on the page Augment.")
    else:
        st.caption("Only where the whole network learns: its last layers see every picture just once.")


def _epochs(levers: Levers) -> None:
    usual = preset_of(levers.whole_network, levers.weights).stages[-1].epochs
    st.number_input("How often it goes over the pictures (epochs)", 1, MOST_EPOCHS, step=1, key=_key("epochs"),
                    on_change=take_lever, args=("epochs",))
    st.caption(f"{usual} is a good start. Too few: it has not learned enough; too many: it learns by heart.")


def _learning_rate(levers: Levers) -> None:
    st.number_input("How big a step (learning rate)", *LEARNING_RATES, value=None, step=1e-4, format="%.2e",
                    key=_key("learning_rate"), on_change=take_lever, args=("learning_rate",),
                    placeholder="empty: found just before training")
    if levers.learning_rate is None:
        st.caption("Empty: it is found automatically just before training.")
    else:
        st.caption("From the page Learning rate, or your own. Empty it to have it found automatically.")


def _choice(name: str, label: str, options: tuple[Any, ...], now: Any, words: dict[Any, str], help_text: str) -> None:
    options = options if now in options else (*options, now)     # a recipe file may name weights of its own
    st.segmented_control(label, options, key=_key(name), on_change=take_lever, args=(name, options), required=True,
                         format_func=lambda option: words.get(option, frame.plain(str(option))), help=help_text,
                         wrap=True)


def _slider(name: str, label: str, given: tuple[int, ...], now: int | None, left_open: str, unit: str) -> None:
    options = sorted({OPEN[name], *given, now or OPEN[name]})        # a recipe file may name a value of its own
    st.select_slider(label, options, key=_key(name), on_change=take_lever, args=(name,),
                     format_func=lambda option: left_open if option == OPEN[name] else f"{option}{unit.format(option)}")


def take_lever(name: str, options: tuple[Any, ...] | None = None) -> None:
    """Save the lever that was moved. What no option offered is not taken, whatever a browser sends."""
    chosen, value = session.chosen(), st.session_state[_key(name)]
    if chosen is None or chosen.entry.id != st.session_state.get(SHOWN):
        return               # another tab shows another data set by now; this one will too, after this run
    if options is not None and value not in options:
        return
    if name in OPEN and value == OPEN[name]:
        value = None
    before = levers_of(chosen.recipe)
    session.save_recipe(pulled(chosen.recipe, along(before, dataclasses.replace(before, **{name: value}))))


def _key(name: str) -> str:
    return f"lever {name}"
