"""What a recipe will do, before it runs: its rates and momentum over the steps, how many, and how long."""

import plotly.graph_objects as go
import streamlit as st
from plotly.subplots import make_subplots

from core.jobs.conclusion import prepared_already
from core.jobs.orders import Prepare
from core.jobs.scheduler import gpus
from core.training.forecast import Forecast, Machine, forecast
from core.training.pace import known_pace, usual_rate
from core.training.recipe import Recipe
from core.training.stage import GROUPS, Stage
from core.training.timetable import rate_curve, timetable, total_steps
from core.training.words import explained
from core.training.work import Pictures
from core.vision.architectures import usual_size
from pages.ui import colours, live, session
from pages.ui.dataset_view import Division
from pages.ui.run_charts import ZOOM
from pages.ui.session import Chosen
from pages.ui.words import amount

HEIGHT = 360                 # pixels
STAND_IN = 1e-3              # drawn for a rate that is found later, where others are set
GROUP_COLOURS = {"early": "#6a5acd", "late": "#e69f00", "head": colours.LINE}
MOMENTUM_COLOUR = colours.UNSURE


def machine(chosen: Chosen) -> Machine:
    """What is known of the machine, and what open choices most likely become on it."""
    settings, weights = session.office().settings, chosen.recipe.model.weights
    gpu = _has_gpu()
    imagenet = weights == "imagenet" or (weights == "auto" and not settings.offline)
    return Machine(known_pace(settings), usual_rate(settings.threads, gpu),
                   "resnet34" if gpu and imagenet else "resnet18", usual_size(weights, settings.offline))


def forecast_of(chosen: Chosen, division: Division) -> Forecast | None:
    """None where the pictures cannot be divided."""
    pictures = _pictures(division)
    if pictures is None:
        return None
    first = chosen.recipe.stages[0]
    plain_head = all(stage.trains == "head" for stage in chosen.recipe.stages) and first.cached
    prepared = plain_head and prepared_already(session.office().settings, Prepare(
        dataset=chosen.entry.folder, recipe=chosen.recipe))
    return forecast(chosen.recipe, pictures, machine(chosen), prepared)


def length(chosen: Chosen, division: Division, expected: Forecast) -> str:
    """In words: how many steps, in how many epochs, how long; how sure that is."""
    planned = timetable(chosen.recipe, _counted(division))
    stages = chosen.recipe.stages
    at_most = "up to " if any(stage.patience for stage in stages) else ""
    epochs = amount(sum(stage.epochs for stage in stages), "epoch")
    return (f"**{at_most}{total_steps(planned):,} steps** in {epochs} · "
            f"**{at_most}about {live.time_in_words(expected.seconds)}**")


def plan(chosen: Chosen, division: Division, expected: Forecast) -> None:
    """The curves, and the recipe in whole sentences."""
    recipe = chosen.recipe
    with st.container(horizontal=True, horizontal_alignment="right"):
        logarithmic = st.toggle("Logarithmic rates", value=_spread_out(recipe), key=f"log rates {_spread_out(recipe)}",
                                help="Shows rates of very different size beside each other.")
    st.plotly_chart(_drawn(recipe.model_dump_json(include={"stages"}), recipe.stages, _counted(division), logarithmic),
                    key="plan", height=HEIGHT, config=ZOOM,
                    alt="Learning rate of each layer group, and momentum, over the planned steps.")
    st.caption(" ".join(_notes(recipe, expected, machine(chosen))))
    st.markdown(explained(recipe))


def _notes(recipe: Recipe, expected: Forecast, known: Machine) -> list[str]:
    open_rates = [stage.head_rate is None for stage in recipe.stages]
    notes = []
    if all(open_rates):
        notes.append("The rate is found first, so it is drawn as a multiple of what will be found.")
    elif any(open_rates):
        notes.append(f"Dotted: stages whose rate is found first, drawn as if {STAND_IN:g} were found.")
    if any(stage.patience for stage in recipe.stages):
        notes.append("A stage may end early, when it begins to over-fit.")
    notes.append("The time is what trainings on this machine have taken." if known.pace.measured else
                 "The time is a rough guess until something has been trained on this machine.")
    return notes


# Building a figure takes plotly 30 ms, and a page runs at every click. Shared: not to be changed.
@st.cache_resource(max_entries=64, show_spinner=False)
def _drawn(stages: str, _stages: tuple[Stage, ...], train_images: int, logarithmic: bool) -> go.Figure:
    """`stages` stands for `_stages`. Rates above, momentum below, stage after stage."""
    recipe = Recipe(stages=_stages)
    relative = all(stage.head_rate is None for stage in _stages)
    figure = make_subplots(rows=2, shared_xaxes=True, row_heights=[0.7, 0.3], vertical_spacing=0.06)
    named: set[str] = set()
    for place, planned in enumerate(timetable(recipe, train_images)):
        is_open = planned.stage.head_rate is None
        curve = rate_curve(planned, 1.0 if relative else STAND_IN)
        for rank, group in enumerate(GROUPS):        # the legend has them as the layers stand, whoever learns first
            if group not in curve.rates:
                continue
            figure.add_scatter(
                x=curve.steps, y=curve.rates[group], name=group, legendgroup=group, legendrank=rank,
                line={"color": GROUP_COLOURS[group], "width": 2, "dash": "dot" if is_open and not relative else None},
                showlegend=group not in named, mode="lines",
                hovertemplate=f"{group}: %{{y:.2g}}, step %{{x:,}}<extra></extra>", row=1, col=1)
            named.add(group)
        figure.add_scatter(x=curve.steps, y=curve.momentum, name="momentum", showlegend=False, mode="lines",
                           line={"color": MOMENTUM_COLOUR, "width": 2},
                           hovertemplate="momentum %{y:.2f}, step %{x:,}<extra></extra>", row=2, col=1)
        if place:
            figure.add_vline(x=planned.first_step, line={"color": colours.UNSURE, "width": 1, "dash": "dash"})
        if len(_stages) > 1:
            figure.add_annotation(x=(planned.first_step + planned.end) / 2, y=1, yref="paper", yanchor="bottom",
                                  text=f"stage {place + 1}" if len(_stages) < 7 else f"{place + 1}", showarrow=False)
    figure.update_layout(height=HEIGHT, margin={"l": 8, "r": 8, "t": 28, "b": 8}, hovermode="closest",
                         legend={"orientation": "h", "x": 1, "xanchor": "right", "y": 1.02, "yanchor": "bottom"}
                         if len(_stages) == 1 else {"x": 1.01, "y": 1})
    figure.update_yaxes(title="× the rate found" if relative else "learning rate", row=1, col=1, tickformat="~e",
                        **({"type": "log", "dtick": 1} if logarithmic else {"rangemode": "tozero"}))
    figure.update_yaxes(title="momentum", range=[0.83, 0.97], row=2, col=1)
    figure.update_xaxes(title="steps", row=2, col=1)
    return figure


def _spread_out(recipe: Recipe) -> bool:
    """Whether rates of one group would be too small to be seen beside another's."""
    peaks = [peak for stage in recipe.stages for peak in stage.peaks(STAND_IN)]
    return max(peaks) > 10 * min(peaks)


def _pictures(division: Division) -> Pictures | None:
    if division.split is None:
        return None
    return Pictures(len(division.split.train), len(division.split.valid), len(division.split.test))


def _counted(division: Division) -> int:
    pictures = _pictures(division)
    return pictures.train if pictures else 1


@st.cache_resource(show_spinner=False)
def _has_gpu() -> bool:
    return bool(gpus())
