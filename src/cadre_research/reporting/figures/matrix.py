"""Verdict matrix: every target under every scenario at every horizon, readable without colour."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from cadre_research.reporting.figures import style
from cadre_research.reporting.figures.reading import default_footer, of_population
from cadre_research.reporting.fonts import SYMBOLS
from cadre_research.reporting.wording import HIDDEN, word

__all__ = ["verdict_matrix"]

CELL_IN = (0.86, 0.56)
NAMES_IN = 2.0
GROUP_GAP = 0.55
ROW_GAP = 0.08
# Vermilion short, blue reached; the paler, the nearer to the line. A step between the two, since reaching is one.
SHORT = LinearSegmentedColormap.from_list("short", ["#FDF0E7", "#E8894A"])
REACHED = LinearSegmentedColormap.from_list("reached", ["#BFDFF2", style.YOUNG_PALE])
FULL_COLOUR_AT = 0.10


@style.in_house_style
def verdict_matrix(
    frame: pd.DataFrame,
    names: Mapping[str, str],
    language: str = "en",
    *,
    population: str = "level",
    footer: str | None = None,
) -> Figure:
    """Draw the verdicts: a row a target, a column a scenario, in each cell the horizons from the nearest down.

    Every part of a cell shows the share, a mark (✓ reached, ✗ not) and a colour by the margin. Targets that are
    anchored in the survey stand above those that are assumed.

    Parameters
    ----------
    frame : DataFrame
        As `findings.verdict.verdicts` returns, of one age line, for any scenarios and horizons.
    names : mapping
        Display name of targets and scenarios.
    population : str
        level or posts, of a frame that holds both.
    footer : str, optional
        Made from the frame if not given.
    """
    frame = of_population(frame, population)
    targets = frame.drop_duplicates("target").set_index("target")["provenance"]
    scenarios, horizons = list(frame["scenario"].unique()), sorted(frame["horizon_years"].unique())
    tops = _tops(targets)
    high = max(tops.values()) + 1
    width = max(7.2, NAMES_IN + 0.5 + len(scenarios) * CELL_IN[0] + 2 * style.MARGIN_IN)
    headings = [style.fold(names[scenario], 0.88 * CELL_IN[0], style.SMALL_SIZE) for scenario in scenarios]
    heading_in = (max(text.count("\n") for text in headings) + 1) * style.SMALL_SIZE * 1.25 / 72 - 0.2
    figure = style.HouseFigure(language, figsize=(width, high * CELL_IN[1] + heading_in + 1.3))
    axes = figure.subplots()
    for row in frame.itertuples():
        corner = (scenarios.index(row.scenario), tops[row.target] + horizons.index(row.horizon_years) / len(horizons))
        _part(axes, corner, 1 / len(horizons), row)
    for place, text in enumerate(headings):
        axes.text(place + 0.5, GROUP_GAP - 0.12, text, ha="center", va="bottom", size=style.SMALL_SIZE)
    _row_names(axes, tops, targets, horizons, names, language)
    axes.set_xlim(-(NAMES_IN + 0.5) / CELL_IN[0], (width - 2 * style.MARGIN_IN - NAMES_IN - 0.5) / CELL_IN[0])
    axes.set_ylim(high + 0.05, -heading_in / CELL_IN[1])
    axes.set_axis_off()
    title = word("title_matrix", language, reached=int(frame["reached"].sum()), all=len(frame))
    years = (" / " if language == "en" else "、").join(str(years) for years in horizons)
    style.frame_texts(
        figure,
        title,
        footer or default_footer(frame, names, language, population),
        word("subtitle_matrix", language, years=years),
    )
    return figure


def _tops(targets: pd.Series) -> dict[str, float]:
    """Where each target's row begins: the anchored ones together, then the others, each group under a heading."""
    tops: dict[str, float] = {}
    at = 0.0
    for anchored in (True, False):
        group = [target for target, kind in targets.items() if (kind == "seed") is anchored]
        at += GROUP_GAP if group else 0.0
        for target in group:
            tops[target] = at
            at += 1.0 + ROW_GAP
    return tops


def _part(axes: Axes, corner: tuple[float, float], height: float, row: object) -> None:
    """Draw the part of a cell that belongs to one horizon."""
    scale = REACHED if row.reached else SHORT
    # Under disclosure control the shares of a small group are missing.
    margin, share = (0.0, HIDDEN) if np.isnan(row.share) else (row.margin, f"{100 * row.share:.1f}")
    left, top = corner
    gap = 0.025
    middle = top + gap / 2 + height / 2
    axes.add_patch(
        Rectangle(
            (left + gap, top + gap),
            1 - 2 * gap,
            height - gap,
            facecolor=scale(min(1.0, abs(margin) / FULL_COLOUR_AT)),
            edgecolor=style.INK if row.reached else "white",
            linewidth=1.2 if row.reached else 0.6,
            zorder=2 if row.reached else 1,
        )
    )
    # One font for both marks: the Chinese one has a tick and no cross.
    mark = "✓" if row.reached else "✗"
    axes.text(left + 0.6, middle, share, ha="right", va="center", gid="share", zorder=3)
    axes.text(left + 0.68, middle, mark, va="center", family=SYMBOLS, size=style.TEXT_SIZE, gid="mark", zorder=3)


def _row_names(
    axes: Axes,
    tops: Mapping[str, float],
    targets: pd.Series,
    horizons: list[int],
    names: Mapping[str, str],
    language: str,
) -> None:
    """Name the rows, their horizons, and the two groups of targets."""
    left = -(NAMES_IN + 0.5) / CELL_IN[0]
    for target, top in tops.items():
        axes.text(left, top + 0.5, names[target], va="center")
        for place, years in enumerate(horizons):
            axes.text(
                -0.08,
                top + (place + 0.5) / len(horizons),
                word("after_years", language, years=years),
                ha="right",
                va="center",
                size=style.SMALL_SIZE,
                color=style.QUIET,
            )
    for anchored, key in ((True, "anchored"), (False, "assumed")):
        group = [tops[target] for target, kind in targets.items() if (kind == "seed") is anchored]
        if group:
            axes.text(
                left, min(group) - 0.12, word(key, language), va="bottom", size=style.SMALL_SIZE, color=style.QUIET
            )
