"""Results, how sure: whether what the network says of itself is true, and what to do about it."""

import streamlit as st

from core.interpretation import calibration
from core.interpretation.calibration import Bin, Cut
from core.interpretation.predictions import Predictions
from core.interpretation.temperature import A_HALF, Judgement
from pages.ui import (
    certainty_commands,
    result_certainty,
    result_dont_know,
    shared_sure,
    sure_bars,
    sure_charts,
    sure_words,
)
from pages.ui.exhibit import Exhibit
from pages.ui.explain import explain
from pages.ui.words import amount

CUTS: dict[str, Cut] = {"equally wide groups": "width", "groups of as many pictures": "count"}
NO_BAR = {"displayModeBar": False}
TRAINING = ("The network has learned these very pictures, so it is surer of them than it may be of any other. Whether "
            "its sureness is true, and how sure is sure enough, the validation pictures tell.")
AVERAGED = "This view goes by one look at each picture, as prediction and export do."
RAW = "Shown as the network says it, before it is {}."
NOT_DONE = "Once the training has come to its end, a temperature and a threshold can be kept here."


def show(exhibit: Exhibit) -> None:
    """The top probability held against what is right, a temperature where it helps, and the threshold."""
    result_certainty.tell()
    heat = result_certainty.kept(exhibit.outcome).heat if exhibit.part != "train" else None
    if exhibit.part == "train":
        st.info(TRAINING)
    _sureness(exhibit, heat)
    if exhibit.part == "train":
        return
    if exhibit.job.grant is not None:
        shared_sure.told(exhibit)
        return
    if not exhibit.outcome.final:
        st.caption(NOT_DONE)
        return
    _temperature(exhibit, heat)
    result_dont_know.show(exhibit)


@st.fragment
def _sureness(exhibit: Exhibit, heat: float | None) -> None:
    """What it says of itself beside what is true; a click on a bar runs this alone."""
    if not shared_sure.stands(exhibit):
        return
    once = result_certainty.single_looks(exhibit)
    bins = calibration.reliability(once)
    if exhibit.part == "train":
        st.markdown(sure_words.no_verdict(bins))
    else:
        st.markdown(f"{sure_words.verdict(bins, result_certainty.by_chance(exhibit))} {sure_words.largest_group(bins)}")
    for words in (AVERAGED if exhibit.averaged else "",
                  RAW.format(sure_words.softened_by(heat)) if heat is not None else ""):
        if words:
            st.caption(words)
    sure, honest = st.columns(2, gap="large")
    with sure:
        asked = sure_bars.chart(once, f"{exhibit.outcome.run.path.name}-{exhibit.part}")
    with honest:
        _reliability(exhibit, once, heat)
    sure_bars.gallery(result_certainty.of_single_looks(exhibit), asked)


def _reliability(exhibit: Exhibit, once: Predictions, heat: float | None) -> None:
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.markdown("Is that true?", width="content")
        explain("reliability diagram", "calibration", "ECE", "MCE")
    shown = CUTS[st.session_state.get("sure-cut") or next(iter(CUTS))]
    softer: tuple[Bin, ...] = ()
    if heat is not None:
        softer = calibration.reliability(result_certainty.in_use(exhibit), cut=shown)
    figure = sure_charts.reliability(calibration.reliability(once, cut=shown), softer,
                                     sure_words.softened_by(heat) if heat is not None else "")
    st.plotly_chart(figure, config=NO_BAR, key="reliability", height=sure_charts.HEIGHT,
                    alt="How many of the pictures are right, over how sure the network said it was")
    st.segmented_control("Pictures put together in", list(CUTS), default=next(iter(CUTS)), required=True,
                         key="sure-cut", label_visibility="collapsed", persist_state="session")
    bins = calibration.reliability(once)
    chance = ""
    if exhibit.part != "train":
        chance = f" (chance alone: up to {100 * result_certainty.by_chance(exhibit):.1f})"
    st.markdown(f"ECE **{sure_words.points(calibration.expected_calibration_error(bins))}**{chance} · "
                f"{sure_words.worst_group(bins)}")
    if shown != "width":
        st.caption("Both are of equally wide groups.")


def _temperature(exhibit: Exhibit, heat: float | None) -> None:
    """The offer, what is in use, or why nothing is offered."""
    outcome, found = exhibit.outcome, result_certainty.judgement(exhibit.outcome)
    with st.container(border=True, key="temperature"):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            st.markdown("**More honest probabilities** (temperature)", width="content")
            explain("temperature", "log loss", "logits", "softmax")
        if heat is not None:
            _in_use(exhibit, heat)
        elif exhibit.part == "test":
            st.caption("Whether to use a temperature is decided by the validation pictures; the test pictures only "
                       "confirm.")
        elif found is None:
            st.caption(f"To find one and to judge it takes {2 * A_HALF} validation pictures; there are "
                       f"{len(outcome.valid)}.")
        elif not found.helps:
            st.caption(sure_words.no_help(found))
        else:
            _offered(exhibit, found)


def _offered(exhibit: Exhibit, found: Judgement) -> None:
    _before_and_after(found.temperature, (found.ece_before, found.ece_after), (found.loss_before, found.loss_after),
                      found.judged_on)
    st.caption(sure_words.help_found(found))
    if st.button("Use it", type="primary", icon=":material/thermostat:", key="use temperature"):
        result_certainty.use_temperature(exhibit.outcome, found)
        st.rerun()


def _in_use(exhibit: Exhibit, heat: float) -> None:
    temperature = result_certainty.kept(exhibit.outcome).temperature
    if exhibit.part == "test":
        once, softer = result_certainty.single_looks(exhibit), result_certainty.in_use(exhibit)
        errors = tuple(calibration.expected_calibration_error(calibration.reliability(one)) for one in (once, softer))
        _before_and_after(heat, (errors[0], errors[1]), (float(once.losses.mean()), float(softer.losses.mean())),
                          len(once))
        st.caption("On the test pictures, which had no part in finding it: they only confirm.")
    elif temperature is not None:
        _before_and_after(heat, (temperature.ece_before, temperature.ece_after),
                          (temperature.loss_before, temperature.loss_after), temperature.judged_on)
        st.caption(f"Found on {amount(temperature.fitted_on, 'validation picture')}. Each picture is judged at a "
                   "temperature that was found without it.")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f":material/check: **In use: {heat:.2f}** on this page, in prediction and in the export",
                    width="content")
        certainty_commands.show(exhibit.outcome.run, "temperature")
        if st.button("Stop using it", key="stop temperature"):
            result_certainty.use_temperature(exhibit.outcome, None)
            st.rerun()


def _before_and_after(temperature: float, errors: tuple[float, float], losses: tuple[float, float], pictures: int
                      ) -> None:
    for column, words, error, loss in zip(
            st.columns(2, gap="large"), ("as it is", sure_words.softened_by(temperature)), errors, losses, strict=True):
        column.markdown(f"{words}, on {amount(pictures, 'picture')}  \nECE **{sure_words.points(error)}** · log loss "
                        f"**{loss:.3f}**")
