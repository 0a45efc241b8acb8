"""The threshold and the temperature that a training's network goes by: read, changed, undone."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import streamlit as st

from core.errors import PlaygroundError
from core.interpretation.calibration import error_by_chance
from core.interpretation.coverage import Standing, moved, standing
from core.interpretation.predictions import Predictions
from core.interpretation.temperature import Judgement, judged, tempered
from core.runs import certainty
from core.runs.certainty import Certainty, KeptTemperature, KeptThreshold
from core.runs.outcome import Outcome
from pages.ui import frame
from pages.ui.exhibit import Exhibit
from pages.ui.sure_words import at_threshold, softened_by, went_along

BEFORE, SAID, TROUBLE = "certainty-before", "certainty-said", "certainty-trouble"
DECIDED = "certainty-decided"    # session_state: the page outside the view that is being drawn does not know it yet


def as_decided(exhibit: Exhibit) -> Exhibit:
    """What the page goes by: softer or sharper where a temperature is in use, and a threshold; with a word on both."""
    try:
        now = certainty.read(exhibit.outcome.run)
    except PlaygroundError as error:
        frame.told(error)
        return exhibit
    exhibit, told = under(now, exhibit)
    if told:
        st.caption(f"{told} “How sure” tells why, and changes it.")
    return exhibit


def under(now: Certainty, exhibit: Exhibit) -> tuple[Exhibit, str]:
    """The exhibit at a temperature and under a threshold, and a word on both; "" where there is neither."""
    told = []
    if now.heat is not None:
        told.append(f"Probabilities {softened_by(now.heat)}.")
        exhibit = replace(exhibit, predictions=tempered(exhibit.predictions, now.heat), heat=now.heat)
    if now.least is not None and exhibit.part != "train":
        told.append(at_threshold(standing(exhibit.predictions, now.least)))
        exhibit = replace(exhibit, least=now.least)
    return exhibit, " ".join(told)


def kept(outcome: Outcome) -> Certainty:
    """What the training goes by; nothing where its file is damaged, of which the top of the page tells."""
    try:
        return certainty.read(outcome.run)
    except PlaygroundError:
        return Certainty()


def single_looks(exhibit: Exhibit) -> Predictions:
    """What was said of one look at each picture, without a temperature: what both are found on."""
    return exhibit.once if exhibit.once is not None else exhibit.predictions


def in_use(exhibit: Exhibit) -> Predictions:
    """Single looks at the temperature in use, which a threshold is held against."""
    heat = kept(exhibit.outcome).heat
    once = single_looks(exhibit)
    return once if heat is None else softened(exhibit.outcome, exhibit.part, once, heat)


def of_single_looks(exhibit: Exhibit) -> Exhibit:
    """The exhibit of what `single_looks` gives."""
    return replace(exhibit, predictions=single_looks(exhibit), averaged=False, heat=None, least=None)


def of_in_use(exhibit: Exhibit) -> Exhibit:
    """The exhibit of what `in_use` gives, held against no threshold yet."""
    return replace(exhibit, predictions=in_use(exhibit), averaged=False, heat=kept(exhibit.outcome).heat, least=None)


def softened(outcome: Outcome, part: str, once: Predictions, temperature: float) -> Predictions:
    """Stored predictions of a part at a temperature; made once."""
    return _softened(*_stamp(outcome, part), temperature, once)


def judgement(outcome: Outcome) -> Judgement | None:
    """Of the validation pictures; made once. None where there are too few of them."""
    return _judged(*_stamp(outcome, "valid"), outcome.valid)


def by_chance(exhibit: Exhibit) -> float:
    """The calibration error that chance alone gives so many pictures; made once."""
    return _by_chance(*_stamp(exhibit.outcome, exhibit.part), single_looks(exhibit))


def use_threshold(outcome: Outcome, chosen: Standing | None) -> None:
    """From now on prediction and export go by it; None: by none. For a button's callback, so errors are told later."""
    before = kept(outcome)
    if _change(outcome, lambda now: now.model_copy(update={
            "threshold": None if chosen is None else KeptThreshold.of(chosen)})) is not None:
        st.session_state[BEFORE] = (outcome.run.path, before)
        st.session_state[DECIDED] = True


def use_temperature(outcome: Outcome, found: Judgement | None) -> None:
    """The same for a temperature. A threshold goes along, so that as many validation pictures stay below it."""
    before = kept(outcome)
    after = KeptTemperature.of(found) if found else None
    now = _change(outcome, lambda now: now.model_copy(update={
        "temperature": after, "threshold": _carried(outcome, now, after.value if after else None)}))
    st.session_state.pop(BEFORE, None)
    if before.least is not None and now is not None and now.least is not None:
        old, new = (standing(_at(outcome, one.heat), one.least) for one in (before, now) if one.least is not None)
        st.session_state[SAID] = went_along(old, new)


def undo(outcome: Outcome) -> None:
    """Back to the threshold that was in use before the last change of this visit, at the temperature in use now."""
    earlier = st.session_state.get(BEFORE)
    if earlier is not None and earlier[0] == outcome.run.path:
        _change(outcome, lambda now: now.model_copy(update={"threshold": _carried(outcome, earlier[1], now.heat)}))
        st.session_state.pop(BEFORE, None)
        st.session_state[DECIDED] = True


def redraw_all() -> None:
    """Once after a threshold was changed, run the whole page: its summary and every card go by it."""
    if st.session_state.pop(DECIDED, False):
        st.rerun()


def _carried(outcome: Outcome, decided: Certainty, heat: float | None) -> KeptThreshold | None:
    """The threshold that was decided, for probabilities at another temperature."""
    if decided.threshold is None or decided.heat == heat:
        return decided.threshold
    old, new = _at(outcome, decided.heat), _at(outcome, heat)
    return KeptThreshold.of(standing(new, moved(old, new, decided.threshold.value)))


def _at(outcome: Outcome, heat: float | None) -> Predictions:
    """The validation pictures at a temperature; None: at none."""
    return outcome.valid if heat is None else softened(outcome, "valid", outcome.valid, heat)


def can_undo(outcome: Outcome) -> bool:
    earlier = st.session_state.get(BEFORE)
    return earlier is not None and earlier[0] == outcome.run.path


def tried(outcome: Outcome) -> str:
    """The key of the slider with the threshold that is tried."""
    return f"sure-threshold-{outcome.run.path.name}"


def tell() -> None:
    """What a change that was just made has to say, once."""
    if (trouble := st.session_state.pop(TROUBLE, None)) is not None:
        frame.told(trouble)
    if (said := st.session_state.pop(SAID, None)) is not None:
        st.info(said)


def _change(outcome: Outcome, change: Callable[[Certainty], Certainty]) -> Certainty | None:
    try:
        after = change(kept(outcome))
        certainty.write(outcome.run, after)
    except PlaygroundError as error:
        st.session_state[TROUBLE] = error
        return None
    st.session_state.pop(tried(outcome), None)      # the slider shows what is in use again
    return after


def _stamp(outcome: Outcome, part: str) -> tuple[Path, int]:
    file = outcome.run.predictions / f"{part}.npz"
    return file, file.stat().st_mtime_ns if file.is_file() else 0


# Shared between visitors only by a run's folder that nobody guesses, and never changed.
@st.cache_resource(max_entries=32, show_spinner=False)
def _softened(file: Path, changed: int, temperature: float, _once: Predictions) -> Predictions:
    return tempered(_once, temperature)


@st.cache_resource(max_entries=64, show_spinner=False)
def _by_chance(file: Path, changed: int, _once: Predictions) -> float:
    return error_by_chance(_once)


@st.cache_resource(max_entries=64, show_spinner=False)
def _judged(file: Path, changed: int, _valid: Predictions) -> Judgement | None:
    return judged(_valid)
