"""The optimal plan: whom to promote, when and at what age, and whom to release for it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from cadre_research.reporting.figures import style
from cadre_research.reporting.figures.multiples import multiples, not_empty, title_panel
from cadre_research.reporting.wording import figure_footer, number, word

__all__ = ["optimal_plan_picture"]

PANEL_IN = (4.6, 3.0)
# Width of the words beside a panel's title.
DARKEST_IN = 1.25
COLUMNS = ["year", "kind", "to_rank", "age_years", "persons"]
PROMOTED, RELEASED, RECRUITED = "promotion", "release", "recruitment"
# From few persons to many.
COLOURS = {
    PROMOTED: LinearSegmentedColormap.from_list("promoted", ["#CDEBE0", style.GAIN, "#00402F"]),
    RELEASED: LinearSegmentedColormap.from_list("released", ["#FADCC8", style.LOSS, "#6B2E00"]),
    RECRUITED: LinearSegmentedColormap.from_list("recruited", ["#D6ECF9", style.YOUNG_PALE, "#1F5F8B"]),
}
# Width of a cell, of a year's 1, alone and beside another.
ALONE, BESIDE = 0.86, 0.43
# Cells with less than this part of the fullest are not worth a colour.
FAINT = 0.01
# Years of age above and below the bars, for the totals.
ROOM_YEARS = 4.5


@style.in_house_style
def optimal_plan_picture(
    plan: pd.DataFrame,
    names: Mapping[str, str],
    language: str = "en",
    *,
    scenario: str | None = None,
    young_age_years: Mapping[str, float] | None = None,
    footer: str | None = None,
) -> Figure:
    """Draw a plan's decisions by year and age, a panel a rank: in each year promotions right and releases left.

    A cell is the darker, the more persons of that age are moved; the fullest cell of a panel is its darkest, and cells
    of less than a hundredth of it are left out. The number above a year is how many are promoted into the rank (or
    recruited), the one below how many are released from it.

    Parameters
    ----------
    plan : DataFrame
        As `findings.optimal_plan.OptimalPlan.to_frame` returns: year, kind (promotion, release or recruitment),
        from_rank, to_rank, age_years, persons; groups are added up.
    names : mapping
        Display name of ranks, and of the scenario if given.
    scenario : str, optional
        The scenario whose rules the plan keeps, for the footer.
    young_age_years : mapping, optional
        Rank -> oldest age of the young; drawn as a dotted line.
    footer : str, optional
        Made if not given.

    Raises
    ------
    ParameterError
        When the plan has no decision.
    """
    plan = not_empty(plan[plan["persons"] > 0], "optimal_plan_picture", COLUMNS)
    years = range(int(plan["year"].min()), int(plan["year"].max()) + 1)
    sides = {rank: _sides(plan, rank) for rank in _ranks(plan)}
    figure, panels = multiples(language, len(sides), PANEL_IN, 1.6, 2)
    for axes, (rank, bars) in zip(panels, sides.items(), strict=True):
        _panel(axes, bars, years)
        recruits = word("panel_recruits", language, rank=names[rank]) if RECRUITED in bars else names[rank]
        title_panel(axes, recruits, PANEL_IN, DARKEST_IN)
        most = max(float(table.to_numpy().max()) for table in bars.values())
        darkest = word("plan_darkest", language, persons=f"{most:,.0f}" if most >= 10 else f"{most:.1f}")
        axes.set_title(darkest, loc="right", size=style.SMALL_SIZE, color=style.QUIET)
        if young_age_years and rank in young_age_years:
            axes.axhline(
                young_age_years[rank] + 0.5, color=style.INK, linewidth=0.9, linestyle=(0, (1, 2)), gid="young"
            )
    for axes in panels[::2]:
        axes.set_ylabel(word("axis_age", language))
    shown = [kind for kind in (PROMOTED, RELEASED, RECRUITED) if (plan["kind"] == kind).any()]
    footer = footer or figure_footer(language, scenario=names[scenario] if scenario else None, population=None)
    subtitle = word("subtitle_plan_young" if young_age_years else "subtitle_plan", language)
    style.frame_texts(figure, _title(plan, len(years), language), footer, subtitle, key=_key(shown, language))
    return figure


def _ranks(plan: pd.DataFrame) -> list[str]:
    """Ranks that anybody comes into by the plan or is released from, in the plan's order; recruits' rank last."""
    promoted = plan.loc[plan["kind"] == PROMOTED, "to_rank"]
    released = plan.loc[plan["kind"] == RELEASED, "from_rank"] if "from_rank" in plan else pd.Series(dtype=object)
    recruited = plan.loc[plan["kind"] == RECRUITED, "to_rank"]
    return list(dict.fromkeys([*promoted, *released.dropna(), *recruited]))


def _sides(plan: pd.DataFrame, rank: str) -> dict[str, pd.DataFrame]:
    """Persons [age, year] of each kind of decision about a rank; kinds that it has none of are left out."""
    rows = {
        PROMOTED: (plan["kind"] == PROMOTED) & (plan["to_rank"] == rank),
        RECRUITED: (plan["kind"] == RECRUITED) & (plan["to_rank"] == rank),
    }
    if "from_rank" in plan:
        rows[RELEASED] = (plan["kind"] == RELEASED) & (plan["from_rank"] == rank)
    return {
        kind: plan[here].pivot_table(index="age_years", columns="year", values="persons", aggfunc="sum").fillna(0.0)
        for kind, here in rows.items()
        if here.any()
    }


def _panel(axes: Axes, bars: Mapping[str, pd.DataFrame], years: range) -> None:
    most = max(float(table.to_numpy().max()) for table in bars.values())
    ages = np.concatenate([table.index.to_numpy(float) for table in bars.values()])
    low, high = ages.min() - ROOM_YEARS, ages.max() + ROOM_YEARS
    two_sided = RELEASED in bars and len(bars) > 1
    width = BESIDE if two_sided else ALONE
    for kind, table in bars.items():
        left = kind == RELEASED
        start = -ALONE / 2 if left or not two_sided else 0.0
        for year, persons in table.items():
            seen = persons[persons >= FAINT * most]
            # By the root, so that a tenth of the fullest is still told from nothing.
            colours = COLOURS[kind](np.sqrt(seen.to_numpy() / most))
            axes.barh(seen.index, width, left=year + start, height=1.0, color=colours, gid=kind)
            axes.text(
                year,
                low + 0.5 if left else high - 0.5,
                ("\N{MINUS SIGN}" if left else "+") + number(float(persons.sum())),
                ha="center",
                va="bottom" if left else "top",
                size=style.SMALL_SIZE - 0.5,
                color=style.LOSS if left else style.INK,
                gid=f"total-{kind}",
            )
    for year in years:
        axes.axvline(year + 0.5, color=style.GRID, linewidth=0.8, zorder=0)
    axes.grid(axis="y")
    axes.set(xlim=(years[0] - 0.6, years[-1] + 0.6), ylim=(low, high), xticks=_ticks(years))
    axes.yaxis.set_major_locator(MaxNLocator(6, integer=True))


def _ticks(years: range) -> list[int]:
    """Every year where there is room for their names, else every second, the last included."""
    step = 1 if len(years) <= 8 else 2
    return list(years[::-1][::step][::-1])


def _title(plan: pd.DataFrame, years: int, language: str) -> str:
    totals = plan.groupby("kind")["persons"].sum().reindex([PROMOTED, RELEASED]).fillna(0.0)
    counts = {"years": years, "promotions": number(totals[PROMOTED]), "releases": number(totals[RELEASED])}
    promoted = plan[plan["kind"] == PROMOTED].groupby("age_years")["persons"].sum().sort_index()
    if promoted.empty:
        return word("title_plan_nobody", language, **counts)
    half = promoted.cumsum() >= promoted.sum() / 2
    return word("title_plan", language, age=int(half.idxmax()), **counts)


def _key(shown: list[str], language: str) -> list[Artist]:
    return [Patch(color=COLOURS[kind](0.5), label=word(f"key_plan_{kind}", language)) for kind in shown]
