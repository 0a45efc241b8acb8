"""What shall happen to training pictures: the preset, its strengths, what to think of. The draft recipe holds it."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import streamlit as st

from core.training.recipe import Recipe
from core.vision.augmentation import DESCRIPTIONS, LIMITS, PRESETS, AugmentationSpec, Cut, PresetName, meaning_changes
from pages.ui import frame, session
from pages.ui.session import Chosen

TITLES: dict[PresetName, str] = {"none": "None", "side-on": "Side-on", "top-down": "Top-down", "text": "Text"}
CUTS: dict[Cut, str] = {
    "random-resized-crop": "A random part (random resized crop)",
    "centre": "The middle (centre crop)",
    "squish": "All of it, pressed into a square (squish)",
    "pad": "All of it, black beside it (pad)",
}
@dataclass(frozen=True, slots=True)
class Control:
    """A slider or, without a step, a switch for one field of the spec."""

    field: str
    label: str
    help: str
    step: float | None = None
    format: str = "percent"


CONTROLS = (
    Control("flip_horizontal", "Mirror left and right (horizontal flip)",
            "Half of the variants. Right where a mirrored picture still shows the same thing, as an ant does."),
    Control("flip_vertical", "Turn upside down (vertical flip)",
            "Half of the variants. Right for what is seen from above, and for little else."),
    Control("quarter_turns", "Quarter turns",
            "By 0, 90, 180 or 270 degrees, each as often. Right where there is no up and down."),
    Control("rotate_degrees", "Turn by up to (rotation)",
            "Either way. People hold a camera straight within some ten degrees.", 1, "%.0f°"),
    Control("max_zoom", "Zoom in by up to (zoom)",
            "Makes the network expect things nearer and farther away.", 0.05, "%.2f×"),
    Control("warp", "Tilt by up to (perspective warp)",
            "As if the camera stood a little to the side. The far edge becomes this much shorter.", 0.01),
    Control("lighting", "Change the light by up to (contrast, brightness)",
            "Contrast changes by up to this much, brightness by half of it.", 0.05),
    Control("blur_share", "Blur this share (Gaussian blur)",
            "Makes the network rely less on the finest detail, as in photos out of focus.", 0.05),
    Control("erase_share", "Cover a patch in this share (random erasing)",
            "Makes the network look at the whole thing instead of one telling spot.", 0.05),
)
MIN_SCALE = Control("min_scale", "Keep at least this share of the picture (scale)",
                    "The less is kept, the more varied, and the more often the thing itself is cut off.", 0.05)


def preset_choice(chosen: Chosen) -> None:
    """The presets, and when the chosen one is right."""
    spec, key = chosen.recipe.augmentation, f"augment-preset-{chosen.entry.id}"
    st.session_state[key] = spec.preset
    st.segmented_control("What your pictures are like", list(TITLES), format_func=TITLES.__getitem__, required=True,
                         key=key, on_change=_take_preset, args=(chosen.entry.id,))
    st.markdown(DESCRIPTIONS[spec.preset] + (" Changed by you under More controls." if _changed(spec) else ""))


def controls(chosen: Chosen) -> None:
    """Every strength of the spec, in plain words."""
    spec = chosen.recipe.augmentation
    with st.expander("More controls", icon=":material/tune:"):
        for control in CONTROLS:
            _control(control, chosen)
        key = _bound("cut", chosen)
        st.selectbox("How the square is cut (crop)", list(CUTS), format_func=CUTS.__getitem__, key=key,
                     on_change=_take, args=("cut", chosen.entry.id),
                     help="The network sees squares. A random part differs in every epoch; the others never do.")
        _control(MIN_SCALE, chosen, disabled=spec.cut != "random-resized-crop")
        st.button(f"Back to {TITLES[spec.preset]}", icon=":material/undo:", disabled=not _changed(spec),
                  on_click=_set_preset, args=(spec.preset, chosen.entry.id), key="augment-reset")


def warnings(chosen: Chosen) -> None:
    """Where a variant would mean something else, and what would suit better."""
    spec, classes = chosen.recipe.augmentation, chosen.dataset.classes
    changes = meaning_changes(spec, classes)
    characters = all(len(name) == 1 and name.isalnum() for name in classes) and spec.preset != "text"
    if changes or characters:
        with st.container(horizontal=True, wrap=False, vertical_alignment="center"):
            with st.container():
                for sentence in changes:
                    st.warning(frame.plain(sentence), icon=":material/warning:")
                if not changes:
                    st.info("Your classes are single characters: if the pictures show them, the preset Text fits.")
            if characters:
                st.button("Use the preset Text", on_click=_set_preset, args=("text", chosen.entry.id),
                          key="augment-text")
    if spec.may_turn_over and not changes:
        st.caption(":material/visibility: Variants stand on their head or lie on their side. Look whether they still "
                   "look real: things seen from above do, photos taken standing do not.")


def effect(recipe: Recipe) -> None:
    """When these variants are seen at all."""
    if any(stage.draws for stage in recipe.stages):
        numbers = [f"{place + 1}" for place, stage in enumerate(recipe.stages) if stage.draws]
        where = "" if len(recipe.stages) == 1 else (
            f" in stage {numbers[0]}" if len(numbers) == 1 else f" in the stages {', '.join(numbers)}")
        st.caption(f"The network meets these variants{where}, each picture in another one in every epoch.")
        return
    views = max(stage.views for stage in recipe.stages if stage.cached) if any(
        stage.cached for stage in recipe.stages) else 0
    if views:
        st.caption(f"Each picture is looked through once as it is, and in {views} of these variants.")
        return
    st.caption(":material/info: " + (
        "Your recipe trains on plain pictures: augmentation is switched off." if any(
            not stage.cached for stage in recipe.stages) else
        "Your recipe trains the head on what was seen once: every picture as it is tested. These variants act as soon "
        "as a stage sees the pictures anew."))
    if st.button("Change that on Train", type="tertiary", icon=":material/arrow_forward:", key="augment-to-train"):
        frame.go("train")


def _control(control: Control, chosen: Chosen, disabled: bool = False) -> None:
    key, then = _bound(control.field, chosen), (control.field, chosen.entry.id)
    if control.step is None:
        st.toggle(control.label, key=key, help=control.help, on_change=_take, args=then)
        return
    low, high = LIMITS[control.field]
    st.slider(control.label, float(low), float(high), step=float(control.step), format=control.format, key=key,
              help=control.help, on_change=_take, args=then, disabled=disabled)


def _bound(field: str, chosen: Chosen) -> str:
    """The key of a field's widget, which shows the recipe's value: another tab may have changed it."""
    key = f"augment-{field}-{chosen.entry.id}"
    st.session_state[key] = getattr(chosen.recipe.augmentation, field)
    return key


def _take(field: str, id: str) -> None:
    _change(id, lambda spec: replace(spec, **{field: st.session_state[f"augment-{field}-{id}"]}))


def _take_preset(id: str) -> None:
    _set_preset(st.session_state[f"augment-preset-{id}"], id)


def _set_preset(name: PresetName, id: str) -> None:
    _change(id, lambda spec: replace(PRESETS[name], seed=spec.seed))


def _change(id: str, change: Callable[[AugmentationSpec], AugmentationSpec]) -> None:
    """Keep the changed spec, unless another tab shows another data set by now."""
    current = session.chosen()
    if current is not None and current.entry.id == id:
        spec = change(current.recipe.augmentation)
        session.save_recipe(current.recipe.model_copy(update={"augmentation": spec}))


def _changed(spec: AugmentationSpec) -> bool:
    return spec != replace(PRESETS[spec.preset], seed=spec.seed)
