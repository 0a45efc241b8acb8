"""The draft recipe as a tab shows it: every change is saved at once, the last ones can be undone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from core.errors import BadRecipe
from core.training.recipe import Recipe
from core.training.stage import Stage
from pages.ui import frame, session
from pages.ui.session import Chosen

STEPS = "draft steps"        # session_state: (data set, before, after, what was done), to be undone
MOST_STEPS = 20

Change = Callable[[Recipe], Recipe]


@dataclass(frozen=True, slots=True)
class Shown:
    """What this tab shows. By the next click another tab may have chosen another data set, or changed the draft."""

    dataset: str
    recipe: Recipe

    @classmethod
    def of(cls, chosen: Chosen) -> "Shown":
        return cls(chosen.entry.id, chosen.recipe)


def edit(shown: Shown, change: Change, words: str) -> None:
    """Change the draft where it still is the shown data set's, its stages in their places; what cannot be is told.

    `words`: what is done, as in "Undo: remove stage 2".
    """
    current = session.chosen()
    if current is None or current.entry.id != shown.dataset:
        return               # this tab will show the other data set too, after this run
    if _rearranged(shown.recipe.stages, current.recipe.stages):
        _changed_elsewhere()
        return
    try:
        after = change(current.recipe)
    except BadRecipe as error:
        st.toast(f"**{frame.plain(error.problem)}** {frame.plain(error.remedy)}", icon=":material/error:")
        return
    if after != current.recipe:
        session.save_recipe(after)
        _note(shown.dataset, current.recipe, after, words)


def rearrange(shown: Shown, change: Change, words: str) -> None:
    """As `edit`, where a place among the stages means something: only while the stages are those that are shown."""
    current = session.chosen()
    if current is not None and current.entry.id == shown.dataset and current.recipe.stages != shown.recipe.stages:
        _changed_elsewhere()
        return
    edit(shown, change, words)


def undo_button(shown: Shown) -> None:
    """Takes the last change back, as long as the draft is what that change made of it."""
    last = _last(shown)
    st.button("Undo", icon=":material/undo:", key="undo", type="tertiary", disabled=last is None, on_click=_undo,
              args=(shown,), help=f"Takes back: {last[3]}" if last else "Nothing to take back.")


def _undo(shown: Shown) -> None:
    last, current = _last(shown), session.chosen()
    if last is None or current is None or current.entry.id != shown.dataset:
        return
    if current.recipe != last[2]:
        _changed_elsewhere()
        return
    _steps().pop()
    session.save_recipe(last[1])


def _rearranged(shown: Sequence[Stage], now: Sequence[Stage]) -> bool:
    """Whether a place may mean another stage by now. A stage whose levers were moved is still the same."""
    return len(shown) != len(now) or any(
        one != other and (one in now or other in shown) for one, other in zip(shown, now, strict=True))


def _last(shown: Shown) -> tuple[str, Recipe, Recipe, str] | None:
    steps = _steps()
    return steps[-1] if steps and steps[-1][0] == shown.dataset and steps[-1][2] == shown.recipe else None


def _note(dataset: str, before: Recipe, after: Recipe, words: str) -> None:
    steps = _steps()
    steps.append((dataset, before, after, words))
    del steps[:-MOST_STEPS]


def _steps() -> list[tuple[str, Recipe, Recipe, str]]:
    steps: list[tuple[str, Recipe, Recipe, str]] = st.session_state.setdefault(STEPS, [])
    return steps


def _changed_elsewhere() -> None:
    st.toast("Another tab has changed this recipe: here it is as it stands now.", icon=":material/sync:")
