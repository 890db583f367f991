"""Funnel plot: each unit's share young against its size, within what chance alone would do."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter
from matplotlib.transforms import Bbox

from cadre_research.findings.funnel import LIMITS, funnel_limits
from cadre_research.reporting.figures import style
from cadre_research.reporting.figures.looks import label_ends
from cadre_research.reporting.figures.multiples import GOAL, PAPER, goal_name, not_empty
from cadre_research.reporting.figures.reading import default_footer, the_only
from cadre_research.reporting.wording import number, percent, word

__all__ = ["funnel_plot"]

SIZE_IN = (7.4, 5.0)
POINTS_OF_CURVE = 200
DOT_RADIUS_PT = 3.0
COLUMNS = ("unit", "target", "year", "headcount", "share", "city_share", "outside", *LIMITS)
LOOKS = {"95": {"linestyle": (0, (4, 2)), "linewidth": 1.0}, "998": {"linestyle": "solid", "linewidth": 0.8}}
RING = {"linestyle": "none", "marker": "o", "markersize": 11, "markerfacecolor": "none", "markeredgecolor": style.INK}
# Places of a name about its point, in points of type: (right, up, horizontal alignment).
PLACES = [
    (side * away, up, "left" if side > 0 else "right")
    for away in (8, 12, 24)
    for up in (0, 9, -9, 18, -18, 28, -28)
    for side in (1, -1)
]


@style.in_house_style
def funnel_plot(
    frame: pd.DataFrame,
    names: Mapping[str, str],
    language: str = "en",
    *,
    goal: float = GOAL,
    unit: str | None = None,
    footer: str | None = None,
    sizes: str = "",
) -> Figure:
    """Draw the units of one target in one year; those outside the limits of 95 % are named.

    Every unit stands at its exact share and size: not for a register that `unit_sheets.banded_at_hand` protects.

    Parameters
    ----------
    frame : DataFrame
        As `findings.funnel.funnel` returns.
    names : mapping
        Display name of targets, scenarios and units.
    goal : float
        Share asked for.
    unit : str, optional
        Ringed and named wherever it lies, for its own sheet.
    footer : str, optional
        Made from the frame if not given.
    sizes : str
        Where the units' sizes come from, said after the footer.

    Raises
    ------
    ParameterError
        When there is nothing to draw, or more than one target or year.
    """
    frame = not_empty(frame, "funnel_plot", COLUMNS).sort_values("headcount")
    target, year = the_only(frame, "target"), int(the_only(frame, "year"))
    outside = frame[frame["outside"] != ""]
    figure = style.HouseFigure(language, figsize=SIZE_IN)
    axes = figure.subplots()
    ends = _lines(axes, frame, goal, language)
    colours = np.where(frame["outside"] == "", style.QUIET, np.where(frame["share"] > frame["city_share"], "H", "L"))
    colours = [{"H": style.GAIN, "L": style.LOSS}.get(colour, colour) for colour in colours]
    axes.scatter(frame["headcount"], 100 * frame["share"], s=30, c=colours, zorder=4, gid="units")
    named = frame[(frame["outside"] != "") | (frame["unit"] == unit)]
    own = frame[frame["unit"] == unit]
    axes.plot(own["headcount"], 100 * own["share"], **RING, gid="own")
    population = str(the_only(frame, "population"))
    style.frame_texts(
        figure,
        word("title_funnel", language, target=names[target], year=year, outside=len(outside), all=len(frame)),
        (footer or default_footer(frame, names, language, population)) + sizes,
        word("subtitle_funnel", language),
        key=_key(language),
        key_columns=2 if language == "en" else 4,
    )
    _settle(figure, axes)
    _, top = axes.get_ylim()
    height_pt = axes.get_position().height * SIZE_IN[1] * 72
    label_ends(axes, ends, top / height_pt)
    _name(axes, named, names)
    return figure


def _lines(axes: Axes, frame: pd.DataFrame, goal: float, language: str) -> dict[str, tuple[float, float, str]]:
    """Limits, the city and the goal; returns what stands at the right end of the last two."""
    city = float(the_only(frame, "city_share"))
    low, high = 0.8 * frame["headcount"].min(), 1.25 * frame["headcount"].max()
    persons = np.unique(np.rint(np.geomspace(max(1.0, low), high, POINTS_OF_CURVE)))
    limits = funnel_limits(persons, city)
    for name, values in limits.items():
        width = name.rpartition("_")[2]
        axes.plot(persons, 100 * values, color=style.QUIET, gid=f"limit-{name}", **LOOKS[width])
    axes.fill_between(
        persons, 100 * limits["low_95"], 100 * limits["high_95"], color=style.GRID, alpha=0.6, linewidth=0
    )
    axes.axhline(100 * city, color=style.YOUNG, linewidth=1.4, gid="city")
    axes.axhline(100 * goal, color=style.INK, linewidth=1.0, gid="goal")
    highest = max(frame["share"].max(), goal, float(limits["high_95"][persons >= frame["headcount"].min()].max()))
    axes.set(
        xscale="log",
        xlim=(persons[0], persons[-1]),
        ylim=(0, min(100.0, 112 * highest)),
        xlabel=word("axis_group_size", language),
        ylabel=word("axis_share_young", language),
    )
    axes.xaxis.set_major_locator(LogLocator(10, subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.grid(axis="y")
    return {
        "city": (persons[-1], 100 * city, word("city_at", language, share=percent(city, language))),
        "goal": (persons[-1], 100 * goal, goal_name(goal, language)),
    }


def _key(language: str) -> list[Line2D]:
    lines = [
        Line2D([], [], color=style.QUIET, label=word(f"funnel_{width}", language), **LOOKS[width]) for width in LOOKS
    ]
    dots = [
        Line2D([], [], color=colour, marker="o", linestyle="none", markersize=5, label=word(key, language))
        for key, colour in (("funnel_above", style.GAIN), ("funnel_below", style.LOSS))
    ]
    return [*lines, *dots]


def _settle(figure: style.HouseFigure, axes: Axes) -> None:
    """Leave room for what stands at the ends of the lines, and round the places that the layout has found."""
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    left, bottom, width, height = axes.get_position().bounds
    axes.set_position(np.round((left, bottom, width - 0.09, height), 6))


def _name(axes: Axes, named: pd.DataFrame, names: Mapping[str, str]) -> None:
    """Name units at their points, each in the first place where it touches no other name, no point and no edge."""
    frame = axes.get_window_extent()
    radius = DOT_RADIUS_PT / 72 * axes.figure.dpi
    dots = [axes.transData.transform(offset) for offset in axes.collections[-1].get_offsets()]
    taken = [Bbox.from_extents(x - radius, y - radius, x + radius, y + radius) for x, y in dots]
    taken += [text.get_window_extent() for text in axes.texts]
    for row in named.itertuples():
        text = axes.annotate(
            names[row.unit],
            (row.headcount, 100 * row.share),
            PLACES[0][:2],
            textcoords="offset points",
            va="center",
            size=style.SMALL_SIZE,
            zorder=5,
            gid="unit",
            bbox=PAPER,
        )
        for right, up, side in PLACES:
            text.set(position=(right, up), ha=side)
            box = text.get_window_extent()
            if not any(box.overlaps(other) for other in taken) and _within(box, frame):
                break
        taken.append(text.get_window_extent())


def _within(box: Bbox, frame: Bbox) -> bool:
    return frame.x0 <= box.x0 and box.x1 <= frame.x1 and frame.y0 <= box.y0 and box.y1 <= frame.y1
