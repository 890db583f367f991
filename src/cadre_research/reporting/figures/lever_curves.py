"""Lever curves: how sure a target becomes as one lever is turned, and what value of it suffices."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from cadre_research.errors import ParameterError
from cadre_research.reporting.figures import style
from cadre_research.reporting.figures.looks import apart
from cadre_research.reporting.figures.multiples import (
    PAPER,
    common_goal,
    goals_of,
    horizon_colours,
    lever_axis,
    lever_name,
    multiples,
    not_empty,
    title_panel,
)
from cadre_research.reporting.figures.reading import default_footer, of_population, the_only
from cadre_research.reporting.wording import percent, word

__all__ = ["lever_curves"]

PANEL_IN = (3.35, 2.6)
SURE = 0.9
# Standard normal, 90 % two-sided, as `findings.required` takes it.
NORMAL_90 = 1.64
# Per cent: room for values below the axis of probabilities and above the line of 90 %.
BOTTOM, TOP = -17.0, 114.0
EXPECTED_AT, SURE_AT = -9.0, 107.0
KEYS = ["target", "horizon_years", "lever"]


@style.in_house_style
def lever_curves(
    curves: pd.DataFrame,
    required: pd.DataFrame | None,
    names: Mapping[str, str],
    language: str = "en",
    *,
    lever: str | None = None,
    population: str = "level",
    goals: Mapping[str, float] | None = None,
    footer: str | None = None,
) -> Figure:
    """Draw the probability of reaching over the values of one lever, a curve a horizon, a panel a target.

    Parameters
    ----------
    curves : DataFrame
        As `findings.levers.probability_curves` returns, of one scenario and age line.
    required : DataFrame or None
        As `findings.required.required` returns for the same: the value that suffices in expectation (triangles) and
        the one for 90 % probability (dots, with its interval). Rows of other levers are left out.
    names : mapping
        Display name of targets, ranks and scenario.
    lever : str, optional
        Which lever to show; not needed where `curves` has one only.
    population : str
        level or posts, of frames that hold both.
    goals : mapping, optional
        Target -> share asked for, for the title; one sixth if not given.
    footer : str, optional
        Made from the frame if not given.

    Raises
    ------
    ParameterError
        When there is nothing to draw, or several levers and none chosen.
    """
    curves = _of_lever(of_population(curves, population), lever)
    not_empty(curves, "lever_curves", [*KEYS, "value", "probability", "probability_se"])
    lever = str(the_only(curves, "lever"))
    marks = pd.DataFrame(columns=KEYS) if required is None else _of_lever(of_population(required, population), lever)
    targets = list(curves["target"].unique())
    colours = horizon_colours(curves["horizon_years"])
    figure, panels = multiples(language, len(targets), PANEL_IN, 1.65, sharex=True, sharey=True)
    highest = 100 * curves["value"].max()
    for axes, target in zip(panels, targets, strict=True):
        of_target = marks[marks["target"] == target].set_index("horizon_years")
        for years, colour in colours.items():
            here = curves[(curves["target"] == target) & (curves["horizon_years"] == years)]
            _curve(axes, here.sort_values("value"), colour)
        _mark_values(axes, of_target, colours, highest)
        _frame_panel(axes, highest, language if axes is panels[0] else None)
        title_panel(axes, names[target], PANEL_IN)
    columns = min(3, len(panels))
    for axes in panels[::columns]:
        axes.set_ylabel(word("axis_probability", language))
    for axes in panels[-columns:]:
        axes.set_xlabel(lever_axis(lever, names, language))
    title, subtitle = _texts(curves, marks, lever, common_goal(goals_of(targets, goals), language), names, language)
    style.frame_texts(
        figure,
        title,
        footer or _footer(curves, names, language, population),
        subtitle,
        key=_key(colours, marks, language),
        key_columns=5,
    )
    return figure


def _of_lever(frame: pd.DataFrame, lever: str | None) -> pd.DataFrame:
    found = frame if lever is None else frame[frame["lever"] == lever]
    if found["lever"].nunique() > 1 or (lever is not None and found.empty and len(frame)):
        given = ", ".join(map(str, frame["lever"].unique()))
        raise ParameterError(f"frame of lever_curves, levers: given {given}, expected one; choose it with `lever`.")
    return found


def _curve(axes: Axes, here: pd.DataFrame, colour: str) -> None:
    value, chance = 100 * here["value"], 100 * here["probability"]
    error = 100 * NORMAL_90 * here["probability_se"].fillna(0.0)
    axes.fill_between(value, (chance - error).clip(0), (chance + error).clip(upper=100), color=colour, alpha=0.18, lw=0)
    axes.plot(value, chance, color=colour, linewidth=1.9, gid="curve")


def _mark_values(axes: Axes, marks: pd.DataFrame, colours: Mapping[int, str], highest: float) -> None:
    """Mark the values of each horizon that suffice: on the line of 90 %, and below the axis in expectation."""
    marks = marks.reindex([years for years in colours if years in marks.index])
    for years, row in marks.iterrows():
        colour = colours[int(years)]
        ends = [row.get(f"value_for_90_percent_{end}", np.nan) for end in ("low", "high")]
        sure = row.get("value_for_90_percent", np.nan)
        if np.isfinite(sure):
            # An end that is missing lies beyond the values tried.
            low, high = ends[0] if np.isfinite(ends[0]) else sure, ends[1] if np.isfinite(ends[1]) else highest / 100
            axes.plot([100 * low, 100 * high], [100 * SURE] * 2, color=colour, linewidth=3.2, alpha=0.55, gid="range")
            axes.plot([100 * sure], [100 * SURE], "o", color=colour, markersize=5, gid="sure", zorder=5)
        if np.isfinite(row.get("value", np.nan)):
            axes.plot(
                [100 * row["value"]], [0], "^", color=colour, markersize=6, gid="expected", zorder=5, clip_on=False
            )
        if np.isfinite(row.get("fails_again_at", np.nan)):
            axes.plot([100 * row["fails_again_at"]], [0], "x", color=colour, markersize=5, gid="fails", zorder=5)
    for column, at in (("value_for_90_percent", SURE_AT), ("value", EXPECTED_AT)):
        if column in marks:
            _numbers(axes, 100 * marks[column].dropna().astype(float), at, colours, highest)


def _numbers(axes: Axes, values: pd.Series, at: float, colours: Mapping[int, str], highest: float) -> None:
    """Write values side by side without touching, each over its mark as nearly as can be."""
    values = values.sort_values()
    texts = [f"{value:.1f}" for value in values]
    per_character = highest * style.SMALL_SIZE * 0.62 / (0.78 * 72 * PANEL_IN[0])
    widths = np.array([(len(text) + 0.8) * per_character for text in texts])
    places = apart(values.to_numpy(), widths)
    if len(places):
        # Inside the panel at both ends.
        places += max(0.0, widths[0] / 2 - places[0]) - max(0.0, places[-1] + widths[-1] / 2 - highest)
    for years, text, place in zip(values.index, texts, places, strict=True):
        axes.text(
            place,
            at,
            text,
            ha="center",
            va="center",
            size=style.SMALL_SIZE,
            color=_readable(colours[int(years)]),
            bbox=PAPER,
            gid="sure-value" if at > 0 else "expected-value",
            zorder=6,
        )


def _readable(colour: str) -> str:
    """The palest curve's colour is too pale for small letters."""
    return style.YOUNG if colour == style.YOUNG_PALE else colour


def _frame_panel(axes: Axes, highest: float, language: str | None) -> None:
    axes.axhline(100 * SURE, color=style.INK, linewidth=0.9, linestyle=(0, (1, 2)), zorder=1)
    axes.axhline(0, color=style.QUIET, linewidth=0.6, zorder=1)
    axes.grid(axis="y")
    axes.set(xlim=(0, highest), ylim=(BOTTOM, TOP), yticks=[0, 25, 50, 75, 100])
    if language is not None:
        axes.annotate(
            percent(SURE, language, 0),
            (0, 100 * SURE),
            (2, -9),
            axes.get_yaxis_transform(),
            "offset points",
            size=style.SMALL_SIZE,
        )


def _key(colours: Mapping[int, str], marks: pd.DataFrame, language: str) -> list[Artist]:
    lines = [
        Line2D([], [], color=colour, linewidth=1.9, label=word("after_years", language, years=years))
        for years, colour in colours.items()
    ]
    samples = {
        "value": ("^", "key_suffices_expected"),
        "value_for_90_percent": ("o", "key_suffices_surely"),
        "fails_again_at": ("x", "key_fails_again"),
    }
    return lines + [
        Line2D([], [], color=style.QUIET, marker=marker, linestyle="none", markersize=5, label=word(key, language))
        for column, (marker, key) in samples.items()
        if column in marks and marks[column].notna().any()
    ]


def _texts(
    curves: pd.DataFrame,
    marks: pd.DataFrame,
    lever: str,
    goal: str,
    names: Mapping[str, str],
    language: str,
) -> tuple[str, str]:
    years = int(curves["horizon_years"].max())
    best = curves[curves["horizon_years"] == years].groupby("target")["probability"].max()
    counts = {"lever": lever_name(lever, names, language), "years": years, "goal": goal, "all": len(best)}
    title = word("title_lever_curves", language, sure=int((best >= SURE - 1e-12).sum()), **counts)
    subtitle = word("subtitle_lever_curves", language)
    if "value" in marks:
        there = marks[(marks["horizon_years"] == years) & marks["value"].notna()]
        sentence = word("subtitle_lever_expected", language, years=years, reaching=len(there), all=len(best))
        subtitle += ("" if language == "zh" else " ") + sentence
    return title, subtitle


def _footer(curves: pd.DataFrame, names: Mapping[str, str], language: str, population: str) -> str:
    parts = [default_footer(curves, names, language, population), word("footer_worlds", language)]
    return ("" if language == "zh" else " ").join(parts)
