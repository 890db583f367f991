"""Attainability curves: the best share that any lawful policy reaches, against the posts that may be freed for it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from cadre_research.reporting.figures import style
from cadre_research.reporting.figures.looks import apart
from cadre_research.reporting.figures.multiples import (
    PAPER,
    common_goal,
    crossing,
    goals_of,
    horizon_colours,
    mark_goal,
    multiples,
    not_empty,
    title_panel,
)
from cadre_research.reporting.figures.reading import default_footer, of_population, the_only
from cadre_research.reporting.wording import word

__all__ = ["attainability_curve"]

PANEL_IN = (3.1, 2.5)
ALL_TARGETS = "all-six"
COLUMNS = ["target", "horizon_years", "hold", "releases_per_100_posts", "best_share"]
ATTAINED, HELD = "solid", (0, (4, 1.6))
# Most of four panels side by side, where there are more than six.
WIDE = 4


@style.in_house_style
def attainability_curve(
    attainable: pd.DataFrame,
    names: Mapping[str, str],
    language: str = "en",
    *,
    population: str = "level",
    goals: Mapping[str, float] | None = None,
    footer: str | None = None,
) -> Figure:
    """Draw the best share against releases a year, a panel a target: solid to attain it, dashed to hold it as well.

    Where a curve comes up to what is asked, a dot with the releases per 100 posts that it takes, read off a straight
    line between the two neighbouring budgets.

    Parameters
    ----------
    attainable : DataFrame
        As `findings.attainable.attainable` returns, of one scenario and age line.
    names : mapping
        Display name of targets and scenario; `all-six` has its own.
    population : str
        level or posts, of a frame that holds both.
    goals : mapping, optional
        Target -> share asked for; one sixth if not given.
    footer : str, optional
        Made from the frame if not given.

    Raises
    ------
    ParameterError
        When there is nothing to draw.
    """
    attainable = not_empty(of_population(attainable, population), "attainability_curve", COLUMNS)
    ruled = attainable["candidates_per_post"].notna()
    # Of two readings of the rule on candidates, the one that has it.
    attainable = attainable[ruled] if ruled.any() else attainable
    scenario = names[the_only(attainable, "scenario")]
    targets = list(attainable["target"].unique())
    # All at once are judged by the smallest goal, which the frame's shares are measured in.
    goals = goals_of(targets, {ALL_TARGETS: min(goals.values()), **goals} if goals else None)
    names = {ALL_TARGETS: word("all_targets_at_once", language), **names}
    colours = horizon_colours(attainable["horizon_years"])
    columns = WIDE if len(targets) > 2 * 3 else 3
    figure, panels = multiples(language, len(targets), PANEL_IN, 1.65, columns, sharex=True, sharey=True)
    shares = attainable["best_share"]
    low, high = (float(edge) for edge in (np.nanmin([*shares, *goals.values()]), np.nanmax([*shares, *goals.values()])))
    room = 100 * max(high - low, 0.02)
    for axes, target in zip(panels, targets, strict=True):
        here = attainable[attainable["target"] == target]
        found = _curves(axes, here, colours, goals[target])
        if here["best_share"].isna().all():
            style.say_hidden(axes, language)
        mark_goal(axes, goals[target], language if axes is panels[0] else None)
        axes.set(ylim=(max(0.0, 100 * low - 0.12 * room), 100 * high + 0.08 * room))
        _label_crossings(axes, found, 100 * goals[target], attainable["releases_per_100_posts"].max())
        title_panel(axes, names[target], PANEL_IN)
        axes.grid(axis="y")
        axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        axes.yaxis.set_major_locator(MaxNLocator(6, integer=True))
    for axes in panels[:: min(columns, len(panels))]:
        axes.set_ylabel(word("axis_best_share", language))
    for axes in panels[-min(columns, len(panels)) :]:
        axes.set_xlabel(word("axis_releases", language))
    style.frame_texts(
        figure,
        _title(attainable, goals, scenario, language),
        footer or _footer(attainable, names, language, population),
        word("subtitle_attainability", language),
        key=_key(attainable, colours, language),
        key_columns=4,
    )
    return figure


def _curves(axes: Axes, here: pd.DataFrame, colours: Mapping[int, str], goal: float) -> list[tuple[float, str]]:
    """Draw the curves of a target and return where, and in which colour, they come up to what is asked."""
    found = []
    for (years, hold), curve in here.groupby(["horizon_years", "hold"], sort=True):
        curve = curve.sort_values("releases_per_100_posts")
        x, y = curve["releases_per_100_posts"].to_numpy(float), curve["best_share"].to_numpy(float)
        colour = colours[int(years)]
        look = {"linestyle": HELD, "marker": "o", "markersize": 4, "markerfacecolor": "white"} if hold else {}
        axes.plot(x, 100 * y, color=colour, linewidth=1.8, gid="curve", **look)
        at = crossing(x, y, goal)
        # A curve that starts above the line crosses it nowhere.
        if np.isfinite(at) and at > x[0]:
            face = "white" if hold else colour
            axes.plot(
                [at], [100 * goal], "o", color=colour, markerfacecolor=face, markersize=5, gid="crossing", zorder=5
            )
            found.append((at, colour))
    return found


def _label_crossings(axes: Axes, found: list[tuple[float, str]], goal: float, most: float) -> None:
    found = sorted(found)
    if not found:
        return
    texts = [f"{at:.1f}" for at, _ in found]
    width = most * style.SMALL_SIZE * 0.62 / (0.78 * 72 * PANEL_IN[0])
    widths = np.array([(len(text) + 0.6) * width for text in texts])
    places = apart(np.array([at for at, _ in found]), widths)
    places += max(0.0, widths[0] / 2 - places[0]) - max(0.0, places[-1] + widths[-1] / 2 - most)
    for (_, colour), text, place in zip(found, texts, places, strict=True):
        axes.annotate(
            text,
            (place, goal),
            (0, -6),
            textcoords="offset points",
            ha="center",
            va="top",
            size=style.SMALL_SIZE,
            color=style.YOUNG if colour == style.YOUNG_PALE else colour,
            bbox=PAPER,
            gid="crossing-value",
            zorder=6,
        )


def _key(frame: pd.DataFrame, colours: Mapping[int, str], language: str) -> list[Artist]:
    lines = [
        Line2D([], [], color=colour, linewidth=1.8, label=word("after_years", language, years=years))
        for years, colour in colours.items()
    ]
    dashes = [(ATTAINED, "key_attained"), (HELD, "key_held")] if frame["hold"].nunique() > 1 else []
    return lines + [
        Line2D([], [], color=style.QUIET, linestyle=dash, linewidth=1.8, label=word(key, language))
        for dash, key in dashes
    ]


def _title(frame: pd.DataFrame, goals: Mapping[str, float], scenario: str, language: str) -> str:
    """Say how many targets can be reached at the last horizon without freeing posts, and with the most."""
    years = frame["horizon_years"].max()
    hold = bool(frame["hold"].min())
    single = frame[(frame["horizon_years"] == years) & (frame["hold"] == hold) & (frame["target"] != ALL_TARGETS)]
    single = single if len(single) else frame[(frame["horizon_years"] == years) & (frame["hold"] == hold)]
    reached = single["reachable"]
    budgets = single["releases_per_100_posts"]
    with_least, with_most = (int(reached[budgets == budget].sum()) for budget in (budgets.min(), budgets.max()))
    return word(
        "title_attainability_same" if with_least == with_most else "title_attainability",
        language,
        scenario=scenario,
        years=years,
        goal=common_goal(goals, language),
        least=f"{budgets.min():g}",
        most=f"{budgets.max():g}",
        with_least=with_least,
        with_most=with_most,
        all=single["target"].nunique(),
    )


def _footer(frame: pd.DataFrame, names: Mapping[str, str], language: str, population: str) -> str:
    parts = [default_footer(frame, names, language, population), word("footer_lawful", language)]
    if "candidates_per_post" in frame:
        candidates = frame["candidates_per_post"].iloc[0]
        rule = pd.isna(candidates)
        parts.append(
            word("footer_no_candidates", language)
            if rule
            else word("footer_candidates", language, candidates=f"{candidates:g}")
        )
    return ("" if language == "zh" else " ").join(parts)
