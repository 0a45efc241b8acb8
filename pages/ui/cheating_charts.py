"""Figures of what was found of shortcuts."""

import plotly.graph_objects as go

from core.interpretation.estimates import Estimate
from core.interpretation.masked import Masked
from core.interpretation.shortcuts import Shortcuts
from core.interpretation.verdict import Verdict
from pages.ui.cheating_words import NAMES, percent
from pages.ui.colours import LINE, RIGHT, UNSURE, WRONG

ALONE_HEIGHT, MASK_HEIGHT = 300, 150       # pixels
COLOURS: dict[Verdict, str] = {"unknown": UNSURE, "fine": UNSURE, "look": WRONG, "cheating": WRONG}


def told_alone(found: Shortcuts) -> go.Figure:
    """A bar a clue, with its interval; lines for guessing and for the network itself."""
    clues = found.clues[::-1]                                    # a bar chart is filled from below
    figure = go.Figure(go.Bar(
        x=[clue.score for clue in clues], y=[NAMES[clue.name] for clue in clues], orientation="h",
        marker={"color": [COLOURS[found.of_clue(clue)] for clue in clues]},
        error_x={"type": "data", "symmetric": False, "array": [clue.high - clue.score for clue in clues],
                 "arrayminus": [clue.score - clue.low for clue in clues], "color": UNSURE, "thickness": 1.5},
        customdata=[str(Estimate(clue.score, clue.low, clue.high)) for clue in clues],
        hovertemplate="%{y}: %{customdata}<extra></extra>"))
    for value, word, colour, dash in ((found.chance, "guessing", UNSURE, "dash"),
                                      (found.balanced_accuracy, "your network", LINE, "solid")):
        figure.add_vline(x=value, line={"color": colour, "width": 2, "dash": dash})
        figure.add_annotation(x=value, y=1, yref="paper", text=f"{word} {percent(value)}", showarrow=False,
                              yanchor="bottom", xanchor="center")
    figure.update_xaxes(range=[0, 1.02], tickformat=".0%", title="right, every class counted the same", fixedrange=True)
    figure.update_yaxes(fixedrange=True, ticksuffix="  ")
    return figure.update_layout(height=ALONE_HEIGHT, margin={"l": 8, "r": 40, "t": 28, "b": 8}, dragmode=False,
                                bargap=0.4)


def with_and_without(masked: Masked, guessing: float) -> go.Figure:
    """Accuracy of the whole pictures and of the masked ones, with their intervals; a line for the largest class."""
    names, estimates = ("a part hidden", "whole"), [each for each in masked.estimates if each is not None]
    figure = go.Figure(go.Bar(
        x=[each.value for each in estimates], y=names, orientation="h", marker={"color": [UNSURE, RIGHT]},
        error_x={"type": "data", "symmetric": False, "color": UNSURE, "thickness": 1.5,
                 "array": [each.high - each.value for each in estimates],
                 "arrayminus": [each.value - each.low for each in estimates]},
        customdata=list(map(str, estimates)), hovertemplate="%{y}: %{customdata}<extra></extra>"))
    figure.add_vline(x=guessing, line={"color": UNSURE, "width": 2, "dash": "dash"})
    figure.add_annotation(x=guessing, y=1, yref="paper", text=f"always the largest class {percent(guessing)}",
                          showarrow=False, yanchor="bottom", xanchor="left" if guessing < 0.5 else "center")
    figure.update_xaxes(range=[0, 1.02], tickformat=".0%", fixedrange=True)
    figure.update_yaxes(fixedrange=True, ticksuffix="  ")
    return figure.update_layout(height=MASK_HEIGHT, margin={"l": 8, "r": 8, "t": 28, "b": 8}, dragmode=False,
                                bargap=0.35)
