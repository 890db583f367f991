"""After the horizon: what becomes of the shares, and of promotions, once a programme ends."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator

from cadre_research.reporting.figures import style
from cadre_research.reporting.figures.looks import label_ends
from cadre_research.reporting.figures.multiples import common_goal, mark_goal, multiples, not_empty, title_panel
from cadre_research.reporting.figures.reading import default_footer, of_population, the_only
from cadre_research.reporting.wording import number, word

__all__ = ["after_the_horizon_chart"]

PANEL_IN = (3.35, 2.25)
WIDE = 4
KEPT, RETURNED, STATUS_QUO = "kept", "returned", "status-quo"
# Dashes last: they let lines below them be seen where courses are the same.
LOOKS = {
    KEPT: {"color": style.YOUNG, "linestyle": "solid", "linewidth": 2.0},
    RETURNED: {"color": style.LOSS, "linestyle": "solid", "linewidth": 2.0},
    STATUS_QUO: {"color": style.QUIET, "linestyle": (0, (4, 2)), "linewidth": 1.4},
}
SAME_WITHIN = 1e-9


@style.in_house_style
def after_the_horizon_chart(
    after_shares: pd.DataFrame,
    after_promotions: pd.DataFrame | None,
    names: Mapping[str, str],
    language: str = "en",
    *,
    switch_year: int | None = None,
    population: str = "level",
    footer: str | None = None,
) -> Figure:
    """Draw each share under the courses kept, returned and status quo, and below it promotions into each rank a year.

    Parameters
    ----------
    after_shares, after_promotions : DataFrame
        As the fields shares and promotions of `findings.after.After`, of one scenario; without promotions there are
        panels of shares only.
    names : mapping
        Display name of targets, ranks and scenario.
    switch_year : int, optional
        Last year of the programme; if not given, the last year in which the courses kept and returned are the same.
    population : str
        level or posts, of a frame that holds both.
    footer : str, optional
        Made from the frame if not given.

    Raises
    ------
    ParameterError
        When there is nothing to draw.
    """
    columns = ["course", "year", "target", "share", "threshold"]
    shares = not_empty(of_population(after_shares, population), "after_the_horizon_chart", columns)
    targets = list(shares["target"].unique())
    flows = shares.iloc[:0].assign(rank="", promotions=0.0) if after_promotions is None else after_promotions
    ranks = list(flows["rank"].unique())
    switch_year = _switch(shares) if switch_year is None else switch_year
    columns = WIDE if len(ranks) >= WIDE and len(targets) > 3 else 3
    # Ranks begin in a row of their own.
    below = -(-len(targets) // columns) * columns
    figure, panels = multiples(language, below + len(ranks), PANEL_IN, 1.75, columns)
    for axes in panels[len(targets) : below]:
        axes.remove()
    top = 112 * max(np.nanmax(shares["share"]), shares["threshold"].max())
    for axes, target in zip(panels, targets, strict=False):
        here = shares[shares["target"] == target]
        _lines(axes, here, "share", 100.0, top, ".1f")
        mark_goal(axes, float(here["threshold"].iloc[0]), language if axes is panels[0] else None)
        axes.set(ylim=(0, top))
        title_panel(axes, names[target], PANEL_IN)
    for axes, rank in zip(panels[below:], ranks, strict=True):
        here = flows[flows["rank"] == rank]
        room = 1.12 * max(float(np.nanmax(here["promotions"])), 1e-9)
        _lines(axes, here, "promotions", 1.0, room, ",.0f")
        axes.set(ylim=(0, room))
        title_panel(axes, word("panel_promotions", language, rank=names[rank]), PANEL_IN)
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))
    years = int(shares["year"].min()), int(shares["year"].max())
    shown = [*panels[: len(targets)], *panels[below:]]
    for axes in shown:
        _frame_panel(axes, years, switch_year, language if axes is shown[0] else None)
    for axes in panels[: len(targets) : columns]:
        axes.set_ylabel(word("axis_share_young", language))
    for axes in panels[below::columns]:
        axes.set_ylabel(word("axis_flow", language))
    style.frame_texts(
        figure,
        _title(shares, flows, switch_year, names, language),
        footer or default_footer(shares, names, language, population),
        word("subtitle_after", language, year=years[1]),
        key=_key(shares, names, language),
    )
    return figure


def _switch(shares: pd.DataFrame) -> int | None:
    """Last year in which the programme still runs in the course that returns; None where the courses never part."""
    wide = shares.pivot_table(index="year", columns=["course", "target"], values="share")
    if not {KEPT, RETURNED} <= set(shares["course"]):
        return None
    apart_by = (wide[KEPT] - wide[RETURNED]).abs().max(axis=1) > SAME_WITHIN
    return int(apart_by.idxmax()) - 1 if apart_by.any() else None


def _lines(axes: Axes, here: pd.DataFrame, column: str, unit: float, top: float, form: str) -> None:
    """Draw a line a course, and its last value beside its end."""
    ends = {}
    for course, look in LOOKS.items():
        path = here[here["course"] == course].sort_values("year")
        axes.plot(path["year"], unit * path[column], label=course, **look)
        if len(path) and np.isfinite(path[column].iloc[-1]):
            ends[course] = (int(path["year"].iloc[-1]), unit * float(path[column].iloc[-1]))
    ends = _distinct({course: ends[course] for course in sorted(ends, key=lambda course: ends[course][1])}, form)
    texts = {course: (year, value, f"{value:{form}}") for course, (year, value) in ends.items()}
    label_ends(
        axes,
        texts,
        top / (0.66 * 72 * PANEL_IN[1]),
        lambda course: {"color": LOOKS[course]["color"], "gid": f"end-{course}"},
    )


def _distinct(ends: Mapping[str, tuple[int, float]], form: str) -> dict[str, tuple[int, float]]:
    """Ends of lines without those that another has on its place: courses that never part need one number."""
    found: dict[str, tuple[int, float]] = {}
    for course, (year, value) in ends.items():
        if all(abs(value - other) > SAME_WITHIN for _, other in found.values()):
            found[course] = (year, value)
    return found


def _frame_panel(axes: Axes, years: tuple[int, int], switch_year: int | None, language: str | None) -> None:
    axes.grid(axis="y")
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    ticks = set(years)
    if switch_year is not None and years[0] < switch_year < years[1]:
        ticks.add(switch_year)
        axes.axvline(switch_year, color=style.QUIET, linewidth=0.8, linestyle=(0, (1, 2)), gid="switch")
        if language is not None:
            axes.annotate(
                word("after_switch", language),
                (switch_year, 0),
                (3, 4),
                axes.get_xaxis_transform(),
                "offset points",
                size=style.SMALL_SIZE,
                color=style.QUIET,
            )
    axes.set(xlim=(years[0] - 0.3, years[1]), xticks=sorted(ticks))


def _key(shares: pd.DataFrame, names: Mapping[str, str], language: str) -> list[Artist]:
    courses = set(shares["course"])
    return [
        Line2D([], [], label=word(f"course_{course.replace('-', '_')}", language), **look)
        for course, look in LOOKS.items()
        if course in courses
    ]


def _title(
    shares: pd.DataFrame, flows: pd.DataFrame, switch_year: int | None, names: Mapping[str, str], language: str
) -> str:
    last = int(shares["year"].max())
    scenario = names[the_only(shares, "scenario")]
    if switch_year is None:
        return word("title_after_same", language, scenario=scenario, year=last)
    at_end = shares[shares["year"] == last]
    reached = at_end[at_end["share"] >= at_end["threshold"] - SAME_WITHIN].groupby("course").size()
    goals = dict(shares.groupby("target")["threshold"].first())
    promoted = flows[flows["course"] == RETURNED].groupby("year")["promotions"].sum()
    told = {switch_year, switch_year + 1} <= set(promoted.index)
    counts = {"before": number(promoted[switch_year]), "after": number(promoted[switch_year + 1])} if told else {}
    return word(
        "title_after_promotions" if told else "title_after",
        language,
        **counts,
        scenario=scenario,
        year=last,
        switch=switch_year,
        goal=common_goal(goals, language),
        kept=int(reached.get(KEPT, 0)),
        returned=int(reached.get(RETURNED, 0)),
        all=len(goals),
    )
