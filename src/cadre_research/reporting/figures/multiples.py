"""Small multiples: a panel for each of several groups, and the marks and words that figures of findings share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cadre_research.errors import ParameterError
from cadre_research.reporting.figures import style
from cadre_research.reporting.wording import percent, word

__all__ = [
    "GOAL",
    "PAPER",
    "common_goal",
    "crossing",
    "goal_name",
    "goals_of",
    "horizon_colours",
    "lever_axis",
    "lever_name",
    "mark_goal",
    "multiples",
    "not_empty",
    "title_panel",
]

# What every target of the plan asks for, unless the caller says otherwise.
GOAL = 1 / 6
SAME_WITHIN = 1e-9
# Narrower, and titles fold into a column.
LEAST_WIDTH_IN = 7.4
# The nearest horizon first; light and dark, so that they differ in grey too.
HORIZON_COLOURS = (style.YOUNG_PALE, "#08305A", style.EMPTY, style.GAIN)
# Part of a panel's width that its axes take.
TITLE_PART = 0.85
# Keeps words readable where lines run behind them.
PAPER = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}


def multiples(
    language: str, count: int, panel_in: tuple[float, float], extra_in: float, columns: int = 3, **shared: Any
) -> tuple[style.HouseFigure, list[Axes]]:
    """Make a figure with a panel each for `count` groups, and `extra_in` inches of height for the texts."""
    columns = min(columns, count)
    rows = -(-count // columns)
    width = max(LEAST_WIDTH_IN, columns * panel_in[0])
    figure = style.HouseFigure(language, figsize=(width, rows * panel_in[1] + extra_in))
    grid = figure.subplots(rows, columns, squeeze=False, **shared)
    panels = list(grid.ravel())
    for axes in panels[count:]:
        axes.remove()
    for axes in panels[:count]:
        axes.tick_params(labelbottom=True)
    return figure, panels[:count]


def title_panel(axes: Axes, text: str, panel_in: tuple[float, float], beside_in: float = 0.0) -> None:
    """Set a panel's title, folded to its width less what stands beside it."""
    axes.set_title(style.fold(text, TITLE_PART * panel_in[0] - beside_in, style.TEXT_SIZE + 0.5))


def not_empty(frame: pd.DataFrame, figure: str, columns: Iterable[str] = ()) -> pd.DataFrame:
    """Return a frame that has rows and columns to draw.

    Raises
    ------
    ParameterError
        When it has not.
    """
    missing = [column for column in columns if column not in frame]
    if missing:
        raise ParameterError(f"frame of {figure}: given without {', '.join(missing)}, expected these columns too.")
    if frame.empty:
        raise ParameterError(f"frame of {figure}: given without rows to draw, expected at least one.")
    return frame


def goals_of(targets: Iterable[str], goals: Mapping[str, float] | None) -> dict[str, float]:
    """Share that each target asks for; one sixth where none is given."""
    return {target: float((goals or {}).get(target, GOAL)) for target in targets}


def goal_name(goal: float, language: str) -> str:
    """Name a share that is asked for.

    >>> goal_name(1 / 6, "en"), goal_name(0.2, "zh")
    ('one sixth', '20.0%')
    """
    return word("one_sixth", language) if abs(goal - GOAL) < SAME_WITHIN else percent(goal, language)


def common_goal(goals: Mapping[str, float], language: str) -> str:
    """Name what all targets ask for where it is the same, else say that it is the target's."""
    different = max(goals.values()) - min(goals.values()) > SAME_WITHIN
    return word("the_target", language) if different else goal_name(next(iter(goals.values())), language)


def mark_goal(axes: Axes, goal: float, language: str | None) -> None:
    """Draw the line of the share asked for, on a vertical axis in per cent, named where a language is given."""
    axes.axhline(100 * goal, color=style.INK, linewidth=1.0, gid="goal")
    if language is not None:
        axes.annotate(
            goal_name(goal, language),
            (0, 100 * goal),
            (2, 3),
            axes.get_yaxis_transform(),
            "offset points",
            size=style.SMALL_SIZE,
            zorder=5,
        )


def horizon_colours(horizons: Iterable[int]) -> dict[int, str]:
    """Colour of each horizon, the nearest the palest."""
    ordered = sorted(int(years) for years in set(horizons))
    alone = HORIZON_COLOURS[1:2] if len(ordered) == 1 else HORIZON_COLOURS
    return {years: alone[place % len(alone)] for place, years in enumerate(ordered)}


def lever_name(lever: str, names: Mapping[str, str], language: str) -> str:
    """Say what a lever of `findings.levers` turns.

    >>> lever_name("promotion-rate:section-chief", {"section-chief": "Section chiefs"}, "en")
    'promotion rate (Section chiefs)'
    """
    kind, _, rank = lever.partition(":")
    key = f"lever_{kind.replace('-', '_')}"
    name = word(key, language)
    return word("lever_of_rank", language, lever=name, rank=names.get(rank, rank)) if rank else name


def lever_axis(lever: str, names: Mapping[str, str], language: str) -> str:
    """Label of an axis on which a lever runs from 0 to 100, with its unit."""
    kind, _, rank = lever.partition(":")
    name = word(f"axis_{kind.replace('-', '_')}", language)
    return word("lever_of_rank", language, lever=name, rank=names.get(rank, rank)) if rank else name


def crossing(x: np.ndarray, y: np.ndarray, level: float) -> float:
    """First x at which straight lines between points get up to a level, missing when they never do.

    >>> crossing(np.array([0.0, 2.0]), np.array([0.1, 0.3]), 0.2)
    1.0
    """
    there = np.flatnonzero(y >= level - SAME_WITHIN)
    if not there.size:
        return float("nan")
    at = int(there[0])
    if at == 0 or not np.isfinite(y[at - 1]):
        return float(x[at])
    return float(np.interp(level, y[at - 1 : at + 1], x[at - 1 : at + 1]))
