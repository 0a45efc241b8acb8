"""The stages of a recipe as a row of cards: what learns, what is frozen, how long, in how big steps."""

from functools import partial

import streamlit as st

from core.training import draft
from core.training.stage import GROUPS, Stage
from core.training.words import SCHEDULES, frozen_in_words, learns_in_words, length_in_words, rates_in_words
from pages.ui import colours, live, recipe_draft, stage_place
from pages.ui.recipe_draft import Change, Shown

NARROWEST = 230              # pixels of a card
MOST_STAGES = 20             # added by hand; a recipe file may have more (`recipe_file`)
STYLE = f"""<style>
[class*="st-key-stage-card-"] {{ gap: 0.5rem; }}
[class*="st-key-stage-card-chosen"] {{ border-color: {colours.ACCENT}; box-shadow: 0 0 0 1px {colours.ACCENT}; }}
[class*="st-key-stage-card-"] p {{ line-height: 1.45; }}
.st-key-stage-add {{ border-style: dashed; }}
[class*="st-key-stage-tools-"] button {{ min-height: 2rem; padding: 0 0.35rem; }}
</style>"""


def cards(shown: Shown, chosen: int | None, seconds: tuple[float, ...]) -> None:
    """Every stage, and the way to one more; `seconds` of each, where they can be told."""
    stages = shown.recipe.stages
    st.html(STYLE)
    with st.grid(4, min_column_width=NARROWEST, gap="small", key="stage-cards"):
        for place in range(len(stages)):
            _card(shown, place, place == chosen, seconds[place] if seconds else None)
        if len(stages) < MOST_STAGES:
            _add(shown)


def _card(shown: Shown, place: int, chosen: bool, seconds: float | None) -> None:
    stage, number = shown.recipe.stages[place], place + 1
    with st.container(border=True, height="stretch", key=f"stage-card-{'chosen-' if chosen else ''}{number}"):
        st.markdown(f"**{number} · {learns_in_words(stage)}**")
        st.markdown(f"{_groups(stage)}  \n:small[:gray[{frozen_in_words(stage)}]]")
        about = f"  \n:small[:gray[about {live.time_in_words(seconds)}]]" if seconds is not None else ""
        size = f"{stage.size} × {stage.size} pixels" if stage.size else "usual size"
        drawn = "varied pictures" if stage.draws or (stage.cached and stage.views) else "plain pictures"
        st.markdown(f"{length_in_words(stage)}, {SCHEDULES[stage.schedule]}  \n"
                    f":small[:gray[learning rate:] {rates_in_words(shown.recipe, place)}]  \n"
                    f":small[:gray[{size} · {drawn}]]{about}")
        st.space("stretch")
        _tools(shown, place, chosen)


def _groups(stage: Stage) -> str:
    """The three layer groups: a lock on those that are frozen."""
    badges = [f":gray-badge[:material/lock: {group}]" if group in stage.frozen else f":primary-badge[{group}]"
              for group in GROUPS]
    return " ".join(badges)


def _tools(shown: Shown, place: int, chosen: bool) -> None:
    number, count = place + 1, len(shown.recipe.stages)
    with st.container(horizontal=True, gap="xxsmall", vertical_alignment="center", key=f"stage-tools-{number}"):
        st.button("Close" if chosen else "Change", key=f"open stage {number}", on_click=stage_place.take,
                  args=(None if chosen else place,), icon=":material/expand_less:" if chosen else ":material/tune:")
        st.space("stretch")
        _tool(shown, "arrow_back", f"Do it earlier: before stage {place}", f"earlier stage {number}",
              partial(draft.moved, place=place, by=-1), f"move stage {number}", place - 1, disabled=place == 0)
        _tool(shown, "arrow_forward", f"Do it later: after stage {number + 1}", f"later stage {number}",
              partial(draft.moved, place=place, by=1), f"move stage {number}", place + 1, disabled=number == count)
        _tool(shown, "content_copy", "Copy it: the same once more, right after it", f"copy stage {number}",
              partial(draft.copied, place=place), f"copy stage {number}", place + 1, disabled=count >= MOST_STAGES)
        _tool(shown, "delete", "Remove it" if count > 1 else "The only stage stays.", f"remove stage {number}",
              partial(draft.removed, place=place), f"remove stage {number}", None, disabled=count == 1)


def _tool(shown: Shown, icon: str, help_text: str, key: str, change: Change, words: str, then: int | None,
          disabled: bool) -> None:
    st.button("", icon=f":material/{icon}:", help=help_text, key=key, type="tertiary", disabled=disabled,
              on_click=_rearranged, args=(shown, change, words, then))


def _add(shown: Shown) -> None:
    with st.container(border=True, height="stretch", key="stage-add", vertical_alignment="center",
                      horizontal_alignment="center"):
        st.button("Add a stage", icon=":material/add:", key="add stage", on_click=_rearranged,
                  args=(shown, draft.added, "add a stage", len(shown.recipe.stages)), type="tertiary",
                  help="One more stretch of training after these. It begins as the usual next step: the whole network, "
                       "in small steps.")


def _rearranged(shown: Shown, change: Change, words: str, then: int | None) -> None:
    """`then`: the stage that is in hand afterwards, where one was."""
    before = stage_place.in_hand(len(shown.recipe.stages), None)
    recipe_draft.rearrange(shown, change, words)
    if before is not None or words == "add a stage":
        stage_place.take(then)
