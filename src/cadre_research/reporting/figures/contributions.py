"""Contributions of measures: what each adds to each target's share, a panel a target."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from cadre_research.reporting.figures import style
from cadre_research.reporting.figures.multiples import (
    PAPER,
    SAME_WITHIN,
    common_goal,
    goal_name,
    goals_of,
    horizon_colours,
    multiples,
    not_empty,
    title_panel,
)
from cadre_research.reporting.figures.reading import default_footer, of_population, the_only
from cadre_research.reporting.wording import HIDDEN, points, word

__all__ = ["contributions_chart"]

COLUMNS = [
    *("target", "horizon_years", "measure", "contribution", "contribution_se"),
    *("share_without", "share_with", "method", "scenario", "age_line"),
]
PANEL_WIDTH_IN, ROW_IN, AROUND_IN, TEXTS_IN = 3.1, 0.4, 0.95, 1.9
# Of a measure's row that its bars fill.
FILLED = 0.8
MINUS = "\N{MINUS SIGN}"
# Room at either side for the numbers, as a part of the reach of all bars.
ROOM_LEFT, ROOM_RIGHT = 0.2, 0.24


@style.in_house_style
def contributions_chart(
    contributions: pd.DataFrame,
    names: Mapping[str, str],
    language: str = "en",
    *,
    baseline_year: int,
    population: str = "level",
    goals: Mapping[str, float] | None = None,
    footer: str | None = None,
) -> Figure:
    """Draw what each measure adds to each target's share, in percentage points, a bar a horizon.

    Parameters
    ----------
    contributions : DataFrame
        As `findings.contributions.Contributions.shares`, of one age line, with a column scenario: the plan.
    names : mapping
        Display name of targets, measures and the plan.
    baseline_year : int
        Year that horizons are counted from.
    population : str
        level or posts, of a frame that holds both.
    goals : mapping, optional
        Share that each target asks for; one sixth where none is given.
    footer : str, optional
        Made from the frame if not given.

    Raises
    ------
    ParameterError
        When there is nothing to draw, or several plans.
    """
    frame = not_empty(
        of_population(not_empty(contributions, "contributions_chart", COLUMNS), population), "contributions_chart"
    )
    the_only(frame, "scenario")
    targets, measures = (list(dict.fromkeys(frame[column])) for column in ("target", "measure"))
    goals = goals_of(targets, goals)
    colours = horizon_colours(frame["horizon_years"])
    panel_in = (PANEL_WIDTH_IN, ROW_IN * len(measures) + AROUND_IN)
    figure, panels = multiples(language, len(targets), panel_in, TEXTS_IN, sharex=True, sharey=True)
    for axes, target in zip(panels, targets, strict=True):
        here = frame[frame["target"] == target]
        _bars(axes, here, measures, colours)
        title_panel(axes, _reached(here, names[target], goals[target], baseline_year, language), panel_in)
        told = [axes.get_title(loc="left"), *_changes(here, baseline_year, language)]
        axes.set_title("\n".join(told), linespacing=style.LINE_HEIGHT)
    _frame_axes(panels, frame, [names[measure] for measure in measures], language)
    title, subtitle = _title(frame, goals, names, language), _subtitle(frame, language)
    key = [Patch(color=colour, label=word("after_years", language, years=years)) for years, colour in colours.items()]
    style.frame_texts(figure, title, footer or default_footer(frame, names, language, population), subtitle, key=key)
    return figure


def _bars(axes: Axes, here: pd.DataFrame, measures: list[str], colours: Mapping[int, str]) -> None:
    """Draw each measure's bars, the nearest horizon on top, with their values at their ends."""
    height = FILLED / len(colours)
    for place, (horizon, colour) in enumerate(colours.items()):
        added = here[here["horizon_years"] == horizon].set_index("measure")["contribution"].reindex(measures)
        rows = np.arange(len(measures)) - FILLED / 2 + (place + 0.5) * height
        axes.barh(rows, 100 * added, height=height, color=colour, gid=f"contribution-{horizon}")
        for row, value in zip(rows, added, strict=True):
            # What is written as nought stands on one side, whatever the dust of sums.
            said = HIDDEN if np.isnan(value) else points(value)
            ahead = not said.startswith(MINUS)
            axes.annotate(
                said,
                (100 * value if said.startswith((MINUS, "+")) else 0.0, row),
                (3 if ahead else -3, 0),
                textcoords="offset points",
                ha="left" if ahead else "right",
                va="center",
                size=style.SMALL_SIZE - 0.5,
                bbox=PAPER,
                annotation_clip=False,
                gid="value",
            )


def _frame_axes(panels: list[Axes], frame: pd.DataFrame, labels: list[str], language: str) -> None:
    values = 100 * frame["contribution"].fillna(0.0)
    low, high = min(values.min(), 0.0), max(values.max(), 0.0)
    reach = max(high - low, 0.5)
    first = panels[0]
    first.set(xlim=(low - ROOM_LEFT * reach, high + ROOM_RIGHT * reach), ylim=(len(labels) - 0.45, -0.55))
    first.set_yticks(range(len(labels)), labels)
    first.xaxis.set_major_locator(MaxNLocator(5))
    columns = first.get_subplotspec().get_gridspec().ncols
    for axes in panels:
        axes.axvline(0, color=style.QUIET, linewidth=0.9)
        axes.grid(axis="x")
        axes.tick_params(axis="y", length=0)
    for axes in panels[-columns:]:
        axes.set_xlabel(word("axis_contribution", language))


def _ends(here: pd.DataFrame) -> pd.DataFrame:
    """Share without any measure and with all of them, by horizon."""
    return here.groupby("horizon_years")[["share_without", "share_with"]].first()


def _reached(here: pd.DataFrame, target: str, goal: float, baseline_year: int, language: str) -> str:
    ends = _ends(here)
    reached = [baseline_year + int(years) for years in ends.index[ends["share_with"] >= goal - SAME_WITHIN]]
    kind = "all" if len(reached) == len(ends) else "some" if reached else "none"
    years = word("comma", language).join(map(str, reached))
    return word(f"panel_reached_{kind}", language, target=target, goal=goal_name(goal, language), years=years)


def _changes(here: pd.DataFrame, baseline_year: int, language: str) -> list[str]:
    """A line for each horizon: the share without any measure and with all of them."""
    return [
        word(
            "panel_shares",
            language,
            year=baseline_year + int(row.Index),
            before=_number(row.share_without),
            after=_number(row.share_with),
        )
        for row in _ends(here).itertuples()
    ]


def _number(share: float) -> str:
    return HIDDEN if share != share else f"{100 * share:.1f}"


def _title(frame: pd.DataFrame, goals: Mapping[str, float], names: Mapping[str, str], language: str) -> str:
    """Name the measure that adds most in most groups at the last horizon, and how many reach their target."""
    years = int(frame["horizon_years"].max())
    last = frame[frame["horizon_years"] == years]
    told = last.dropna(subset="contribution")
    most = told.loc[told.groupby("target", sort=False)["contribution"].idxmax(), "measure"].value_counts()
    ends = last.groupby("target")["share_with"].first()
    return word(
        "title_contributions",
        language,
        scenario=names[the_only(frame, "scenario")],
        measure=names[most.index[0]] if len(most) else HIDDEN,
        most=int(most.iloc[0]) if len(most) else 0,
        all=len(goals),
        years=years,
        reached=sum(ends[target] >= goal - SAME_WITHIN for target, goal in goals.items()),
        goal=common_goal(goals, language),
    )


def _subtitle(frame: pd.DataFrame, language: str) -> str:
    if (frame["method"] == "exact").all():
        return word("subtitle_contributions", language)
    return word("subtitle_contributions_sampled", language, error=f"{200 * frame['contribution_se'].max():.1f}")
