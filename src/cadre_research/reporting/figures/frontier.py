"""Frontiers of two levers: which pairs of values bring each share to what is asked."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap, TwoSlopeNorm
from matplotlib.figure import Figure

from cadre_research.errors import ParameterError
from cadre_research.reporting.figures import style
from cadre_research.reporting.figures.matrix import REACHED, SHORT
from cadre_research.reporting.figures.multiples import (
    PAPER,
    common_goal,
    goal_name,
    goals_of,
    lever_axis,
    multiples,
    not_empty,
    title_panel,
)
from cadre_research.reporting.figures.reading import default_footer, of_population, the_only
from cadre_research.reporting.wording import percent, word

__all__ = ["lever_frontier"]

PANEL_IN = (3.35, 2.85)
COLUMNS = ["target", "horizon_years", "lever_x", "value_x", "lever_y", "value_y", "share", "reached"]
# As in the verdict matrix: vermilion short, blue reached, the paler the nearer to the line.
COLOURS = ListedColormap(np.concatenate([SHORT(np.linspace(1, 0, 128)), REACHED(np.linspace(0, 1, 128))]))
CONTOUR_STEP = 5
# A contour nearer to the goal's than this (points) would run into it.
CLEAR_OF_GOAL = 1.0
# A value written nearer to the edge than this part of the panel would be cut off.
EDGE = 0.03
YOUNG_SHARE, ONE_THIRD = "young-share", 1 / 3


@style.in_house_style
def lever_frontier(
    frontier: pd.DataFrame,
    names: Mapping[str, str],
    language: str = "en",
    *,
    population: str = "level",
    goals: Mapping[str, float] | None = None,
    footer: str | None = None,
) -> Figure:
    """Draw the share over two levers with the line along which it is what is asked, a panel a target.

    Parameters
    ----------
    frontier : DataFrame
        As `findings.frontier.frontier` returns, of one scenario, horizon, age line and pair of levers.
    names : mapping
        Display name of targets, ranks and scenario.
    population : str
        level or posts, of a frame that holds both.
    goals : mapping, optional
        Target -> share asked for; one sixth if not given.
    footer : str, optional
        Made from the frame if not given.

    Raises
    ------
    ParameterError
        When there is nothing to draw, or a lever has one value only.
    """
    frontier = not_empty(of_population(frontier, population), "lever_frontier", COLUMNS)
    scenario, horizon = names[the_only(frontier, "scenario")], the_only(frontier, "horizon_years")
    levers = the_only(frontier, "lever_x"), the_only(frontier, "lever_y")
    targets = list(frontier["target"].unique())
    goals = goals_of(targets, goals)
    highest = max(frontier["share"].max(), max(goals.values()) + 0.01)
    figure, panels = multiples(language, len(targets), PANEL_IN, 1.35, sharex=True, sharey=True)
    for axes, target in zip(panels, targets, strict=True):
        here = frontier[frontier["target"] == target]
        share = here.pivot(index="value_y", columns="value_x", values="share")
        if min(share.shape) < 2:
            raise ParameterError(f"frame of lever_frontier: given {share.shape} values, expected 2 of each lever.")
        _heat(axes, 100 * share, 100 * goals[target], 100 * highest)
        _goal_line(axes, 100 * share, goals[target], language, named=axes is panels[0])
        _mark_third(axes, levers, language if axes is panels[0] else None)
        title_panel(axes, names[target], PANEL_IN)
    columns = min(3, len(panels))
    for axes in panels[::columns]:
        axes.set_ylabel(lever_axis(levers[1], names, language))
    for axes in panels[-columns:]:
        axes.set_xlabel(lever_axis(levers[0], names, language))
    reaching = int(frontier.groupby("target")["reached"].any().sum())
    counts = {"scenario": scenario, "years": horizon, "reaching": reaching, "all": len(targets)}
    style.frame_texts(
        figure,
        word("title_frontier", language, goal=common_goal(goals, language), **counts),
        footer or default_footer(frontier, names, language, population),
        word("subtitle_frontier", language, goal=common_goal(goals, language)),
    )
    return figure


def _heat(axes: Axes, share: pd.DataFrame, goal: float, highest: float) -> None:
    """Colour the pairs; no colour where there is nobody. Thin contours every few points, with their value."""
    x, y, z = 100 * share.columns.to_numpy(), 100 * share.index.to_numpy(), np.ma.masked_invalid(share.to_numpy())
    norm = TwoSlopeNorm(vcenter=goal, vmin=min(0.0, goal - 0.01), vmax=max(highest, goal + 0.01))
    axes.set_facecolor(style.OTHER_AGES)
    axes.pcolormesh(x, y, z, cmap=COLOURS, norm=norm, shading="nearest", rasterized=True)
    axes.set(xlim=(x[0], x[-1]), ylim=(y[0], y[-1]))
    if z.count() == 0:
        return
    levels = [
        level
        for level in range(CONTOUR_STEP, 100, CONTOUR_STEP)
        if z.min() < level < z.max() and abs(level - goal) > CLEAR_OF_GOAL
    ]
    if levels:
        lines = axes.contour(x, y, z, levels=levels, colors=style.QUIET, linewidths=0.5)
        labels = axes.clabel(lines, fmt=lambda value: f"{value:.0f}", fontsize=style.SMALL_SIZE - 1, colors=style.INK)
        for label in labels:
            place = np.array(label.get_position())
            inside = (place - (x[0], y[0])) / (x[-1] - x[0], y[-1] - y[0])
            label.set_visible(bool((abs(inside - 0.5) < 0.5 - EDGE).all()))


def _goal_line(axes: Axes, share: pd.DataFrame, goal: float, language: str, named: bool) -> None:
    """Draw the line of what is asked, or say that there is none and why."""
    x, y, z = 100 * share.columns.to_numpy(), 100 * share.index.to_numpy(), np.ma.masked_invalid(share.to_numpy())
    if z.count() and z.min() < 100 * goal <= z.max():
        line = axes.contour(x, y, z, levels=[100 * goal], colors=style.INK, linewidths=2.0)
        if named:
            named = axes.clabel(
                line, fmt=lambda _: goal_name(goal, language), fontsize=style.SMALL_SIZE, colors=style.INK
            )
            if language == "zh":
                # Along the line, the last character of one sixth would pass for a part of it.
                for label in named:
                    label.set(rotation=0, bbox=PAPER, zorder=4)
        return
    if not z.count():
        text = word("frontier_nobody", language)
    elif z.max() < 100 * goal:
        text = word("frontier_none", language, share=percent(z.max() / 100, language))
    else:
        text = word("frontier_all", language, share=percent(z.min() / 100, language))
    axes.text(
        0.5,
        0.94,
        style.fold(text, 0.72 * PANEL_IN[0], style.SMALL_SIZE),
        transform=axes.transAxes,
        ha="center",
        va="top",
        size=style.SMALL_SIZE,
        bbox=PAPER,
        gid="no-line",
        zorder=6,
    )


def _mark_third(axes: Axes, levers: tuple[object, object], language: str | None) -> None:
    """Mark the rule that a third of each batch of promotions be young."""
    if YOUNG_SHARE not in levers:
        return
    along_y = levers[1] == YOUNG_SHARE
    low, high = axes.get_ylim() if along_y else axes.get_xlim()
    if not low <= 100 * ONE_THIRD <= high:
        return
    draw = axes.axhline if along_y else axes.axvline
    draw(100 * ONE_THIRD, color=style.INK, linewidth=1.0, linestyle=(0, (4, 2)), gid="one-third")
    if language is None:
        return
    axes.annotate(
        word("one_third_rule", language),
        (0.985, 100 * ONE_THIRD) if along_y else (100 * ONE_THIRD, 0.03),
        (0, 3) if along_y else (3, 0),
        axes.get_yaxis_transform() if along_y else axes.get_xaxis_transform(),
        "offset points",
        ha="right" if along_y else "left",
        size=style.SMALL_SIZE,
        bbox=PAPER,
        zorder=6,
    )
