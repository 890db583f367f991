"""Revisions: shares before and now, where one report differs from the one before it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import blended_transform_factory

from cadre_research.findings.study import BASELINE
from cadre_research.reporting.figures import style
from cadre_research.reporting.figures.multiples import common_goal, goal_name
from cadre_research.reporting.figures.reading import default_footer, of_population
from cadre_research.reporting.fonts import SYMBOLS
from cadre_research.reporting.wording import word

__all__ = ["revisions", "rows_revised"]

ROW_IN, LINE_IN, HEADING_IN = 0.235, 0.135, 0.3
WIDTH_IN, NAMES_IN, NUMBERS_IN, INDENT_IN = 7.4, 2.95, 1.4, 0.12
# Rows of one target: those of the status quo, and as many turned verdicts of other scenarios.
MOST_TURNED = 5
# A revision of fewer points is printed as none.
LEAST_POINTS = 0.05
MARKER_PT = 5.5
COLUMNS = ["target", "scenario", "horizon_years", "change", "threshold", "share_before", "share_after"]


def rows_revised(numbers: pd.DataFrame) -> pd.DataFrame:
    """Rows that the figure draws: revised shares of the status quo, and turned verdicts of every scenario.

    Parameters
    ----------
    numbers : DataFrame
        As `number_changes` returns, of one reading.
    """
    status_quo = (numbers["scenario"] == BASELINE) & (numbers["change"] != "added") & (numbers["change"] != "removed")
    return numbers[(numbers["change"] == "turned") | (status_quo & (numbers["revision_points"].abs() >= LEAST_POINTS))]


@style.in_house_style
def revisions(
    numbers: pd.DataFrame,
    names: Mapping[str, str],
    language: str = "en",
    *,
    age_line: str = "inclusive",
    population: str = "level",
    footer: str | None = None,
) -> Figure:
    """Draw each revised share of the status quo and each turned verdict, before (ring) and now (dot), under its target.

    Parameters
    ----------
    numbers : DataFrame
        As `number_changes` returns.
    names : mapping
        Display names of targets and scenarios; an id that has none stands for itself.
    age_line, population : str
        Reading to draw, of a frame that holds several.
    footer : str, optional
        Made from the frame if not given.

    Notes
    -----
    A row whose share is not shown has its marks and no dots. Of more than `MOST_TURNED` turned verdicts of a target the
    others are counted. Where nothing moved, the figure says so.
    """
    numbers = of_population(numbers[numbers["age_line"] == age_line], population)
    drawn = rows_revised(numbers)
    names = {**{one: one for column in ("target", "scenario") for one in numbers[column]}, **names}
    drawn = drawn.assign(label=[_label(row, names, language) for row in drawn.to_dict("records")])
    order = [target for target in numbers["target"].unique() if (drawn["target"] == target).any()]
    groups = {target: _of_target(drawn, target) for target in order}
    goals = dict(numbers.drop_duplicates("target")[["target", "threshold"]].itertuples(index=False))
    height = sum(
        HEADING_IN + rows["label"].map(_height_in).sum() + ROW_IN * (more > 0) for rows, more in groups.values()
    )
    figure = style.HouseFigure(language, figsize=(WIDTH_IN, max(height, 0.5) + 1.95))
    axes = figure.subplots()
    if groups:
        _draw(axes, groups, names, language, height)
    else:
        axes.text(0.5, 0.5, word("revisions_none", language), ha="center", va="center", color=style.QUIET, gid="none")
        axes.set_axis_off()
    style.frame_texts(
        figure,
        _title(numbers, drawn, language),
        footer or default_footer(numbers, names, language, population),
        word("subtitle_revisions", language, goal=common_goal(goals, language)) if groups else "",
    )
    return figure


def _of_target(drawn: pd.DataFrame, target: str) -> tuple[pd.DataFrame, int]:
    """Rows of a target, those of the status quo first, and how many turned verdicts were left out."""
    here = drawn[drawn["target"] == target]
    own = here[here["scenario"] == BASELINE].sort_values("horizon_years")
    others = here[here["scenario"] != BASELINE]
    return pd.concat([own, others.head(MOST_TURNED)]), max(0, len(others) - MOST_TURNED)


def _draw(
    axes: Axes,
    groups: Mapping[str, tuple[pd.DataFrame, int]],
    names: Mapping[str, str],
    language: str,
    height: float,
) -> None:
    # y counts inches down from the top, so that rows and headings have their own heights.
    at, named = 0.0, np.nan
    for target, (rows, left_out) in groups.items():
        _text(axes, -NAMES_IN, at + HEADING_IN * 0.62, names[target], gid="target", size=style.TEXT_SIZE + 0.5)
        at += HEADING_IN
        top = at
        for row in rows.to_dict("records"):
            high = _height_in(row["label"])
            _row(axes, at + high / 2, row, language)
            at += high
        goal = 100 * float(rows["threshold"].iloc[0])
        axes.plot([goal, goal], [top, at], color=style.INK, linewidth=1.0, gid="goal", zorder=1)
        if goal != named:
            look = {"ha": "center", "size": style.SMALL_SIZE, "gid": "goal-name"}
            axes.annotate(goal_name(goal / 100, language), (goal, top), (0, 3), textcoords="offset points", **look)
            named = goal
        if left_out:
            more = word("revisions_more", language, count=left_out)
            _text(axes, INDENT_IN - NAMES_IN, at + ROW_IN / 2, more, color=style.QUIET, size=style.SMALL_SIZE)
            at += ROW_IN
    every = pd.concat([rows for rows, _ in groups.values()])
    ends = 100 * every[["share_before", "share_after", "threshold"]].to_numpy(float)
    low, high = float(np.nanmin(ends)), float(np.nanmax(ends))
    room = max(1.0, 0.08 * (high - low))
    axes.set(xlim=(max(0.0, low - room), high + room), ylim=(height, 0), yticks=[])
    axes.set_xlabel(word("axis_share_young", language))
    axes.grid(axis="x")
    axes.spines["left"].set_visible(False)


def _label(row: Mapping[str, object], names: Mapping[str, str], language: str) -> str:
    """Scenario and horizon, in as many lines as they need."""
    years = word("after_years", language, years=int(row["horizon_years"]))
    label = word("comma", language).join([names[str(row["scenario"])], years])
    return style.fold(label, NAMES_IN - INDENT_IN - 0.1, style.SMALL_SIZE)


def _height_in(label: str) -> float:
    return ROW_IN + LINE_IN * label.count("\n")


def _row(axes: Axes, y: float, row: Mapping[str, object], language: str) -> None:
    """Draw one verdict: its name, its dots, and its numbers and marks at the right."""
    before, after = (100 * float(row[f"share_{end}"]) for end in ("before", "after"))
    _text(axes, INDENT_IN - NAMES_IN, y, str(row["label"]), size=style.SMALL_SIZE, linespacing=1.1, gid="name")
    if np.isfinite(before) and np.isfinite(after):
        axes.plot([before, after], [y, y], color=style.YOUNG, linewidth=1.4, zorder=2, solid_capstyle="butt")
        ring = {"markerfacecolor": "white", "markeredgecolor": style.YOUNG, "markeredgewidth": 1.3}
        axes.plot([before], [y], "o", markersize=MARKER_PT, zorder=3, gid="before", **ring)
    if np.isfinite(after):
        axes.plot([after], [y], "o", markersize=MARKER_PT, color=style.YOUNG, zorder=4, gid="after")
    hidden = word("changed_not_shown", language)
    shares = [f"{share:.1f}" if np.isfinite(share) else hidden for share in (before, after)]
    text = hidden if shares == [hidden, hidden] else f"{shares[0]} → {shares[1]}"
    beside = blended_transform_factory(axes.transAxes, axes.transData)
    axes.annotate(
        text,
        (1, y),
        (8, 0),
        beside,
        "offset points",
        va="center",
        size=style.SMALL_SIZE,
        gid="share",
        annotation_clip=False,
    )
    marks = ["✓" if row[f"reached_{end}"] else "✗" for end in ("before", "after")]
    turned = row["change"] == "turned"
    axes.annotate(
        f"{marks[0]} → {marks[1]}" if turned else marks[1],
        (1, y),
        (72 * NUMBERS_IN, 0),
        beside,
        "offset points",
        ha="right",
        va="center",
        family=SYMBOLS,
        size=style.SMALL_SIZE,
        gid="mark",
        annotation_clip=False,
    )


def _text(axes: Axes, left_in: float, y: float, text: str, **look: object) -> None:
    """Write at inches from the left edge of the axes."""
    axes.annotate(
        text,
        (0, y),
        (72 * left_in, 0),
        blended_transform_factory(axes.transAxes, axes.transData),
        "offset points",
        va="center",
        annotation_clip=False,
        **look,
    )


def _title(numbers: pd.DataFrame, drawn: pd.DataFrame, language: str) -> str:
    turned = int((drawn["change"] == "turned").sum())
    own = numbers[(numbers["scenario"] == BASELINE) & numbers["turned"].notna()]
    moved = int((own["revision_points"].abs() >= LEAST_POINTS).sum())
    if not turned and not moved:
        return word("title_revisions_none", language)
    return word(
        "title_revisions",
        language,
        turned=turned,
        all=int(numbers["turned"].notna().sum()),
        moved=moved,
        shares=len(own),
    )
