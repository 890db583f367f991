"""Promotions and releases: what a scenario asks for every year, rank by rank."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from cadre_research.errors import ParameterError
from cadre_research.reporting.figures import style
from cadre_research.reporting.figures.reading import default_footer, the_only
from cadre_research.reporting.wording import number, word

__all__ = ["promotions_and_releases"]

COLUMNS = 2
PANEL_IN = (4.3, 2.3)
PROMOTED, RELEASED, EMPTY = "promotion-in", "release-out", "empty-posts"


@style.in_house_style
def promotions_and_releases(
    frame: pd.DataFrame,
    names: Mapping[str, str],
    language: str = "en",
    *,
    ranks: Sequence[str] | None = None,
    footer: str | None = None,
) -> Figure:
    """Draw promotions into each rank (up), holders released from it (down) and posts left empty (line), a panel a rank.

    Parameters
    ----------
    frame : DataFrame
        As `findings.turnover.turnover` returns, of one scenario and age line.
    names : mapping
        Display name of ranks and scenario.
    ranks : sequence, optional
        Ranks to show, in the order of the panels; if not given, all that anybody is promoted into, as they come.
    footer : str, optional
        Made from the frame if not given.

    Raises
    ------
    ParameterError
        When nobody is promoted and no ranks are named: there is nothing to draw.
    """
    ranks = list(ranks or frame.loc[frame["flow"] == PROMOTED, "rank"].unique())
    if not ranks:
        raise ParameterError("frame of promotions_and_releases: nobody is promoted in it; name the ranks to show.")
    years = pd.RangeIndex(int(frame["year"].min()), int(frame["year"].max()) + 1)
    tables = {rank: _by_year(frame, rank, years) for rank in ranks}
    columns = min(COLUMNS, len(ranks))
    rows = -(-len(ranks) // columns)
    figure = style.HouseFigure(language, figsize=(columns * PANEL_IN[0] + 0.4, rows * PANEL_IN[1] + 1.6))
    grid = figure.subplots(rows, columns, squeeze=False, sharex=True).ravel()
    for axes, (rank, table) in zip(grid, tables.items(), strict=False):
        _panel(axes, table)
        axes.set_title(names[rank])
        axes.tick_params(labelbottom=True)
    for axes in grid[len(ranks) :]:
        axes.remove()
    for axes in grid[::columns]:
        axes.set_ylabel(word("axis_flow", language))
    totals = sum(table.sum() for table in tables.values())
    title = word(
        "title_flows",
        language,
        scenario=names[the_only(frame, "scenario")],
        promotions=number(totals[PROMOTED]),
        releases=number(totals[RELEASED]),
        years=len(years),
    )
    shown = [flow for flow in (PROMOTED, RELEASED, EMPTY) if totals[flow] > 0]
    footer = footer or default_footer(frame, names, language, population=None)
    style.frame_texts(figure, title, footer, word("subtitle_flows", language), key=_key(shown, language))
    return figure


def _by_year(frame: pd.DataFrame, rank: str, years: pd.RangeIndex) -> pd.DataFrame:
    """Persons (posts, for empty ones) by year, a column each for what is drawn; zero where the frame has no row."""
    here = frame[(frame["rank"] == rank) & frame["flow"].isin([PROMOTED, RELEASED, EMPTY])]
    wide = here.pivot_table(index="year", columns="flow", values="headcount", aggfunc="sum")
    return wide.reindex(index=years, columns=[PROMOTED, RELEASED, EMPTY]).fillna(0.0).astype(float)


def _panel(axes: Axes, table: pd.DataFrame) -> None:
    axes.bar(table.index, table[PROMOTED], color=style.GAIN, width=0.72, gid=PROMOTED)
    axes.bar(table.index, -table[RELEASED], color=style.LOSS, width=0.72, hatch="////", edgecolor="white", gid=RELEASED)
    if table[EMPTY].any():
        axes.plot(table.index, table[EMPTY], color=style.INK, linewidth=1.3, marker="o", markersize=3, gid=EMPTY)
        axes.annotate(
            number(table[EMPTY].iloc[-1]),
            (table.index[-1] + 0.36, table[EMPTY].iloc[-1]),
            (3, 0),
            textcoords="offset points",
            va="center",
            size=style.SMALL_SIZE,
            annotation_clip=False,
        )
    axes.axhline(0, color=style.QUIET, linewidth=0.8)
    axes.grid(axis="y")
    axes.margins(y=0.08)
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: number(abs(value))))


def _key(shown: Sequence[str], language: str) -> list[Artist]:
    samples: dict[str, Artist] = {
        PROMOTED: Patch(color=style.GAIN, label=word("key_promotions", language)),
        RELEASED: Patch(facecolor=style.LOSS, hatch="////", edgecolor="white", label=word("key_releases", language)),
        EMPTY: Line2D([], [], color=style.INK, marker="o", markersize=3, label=word("key_empty_posts", language)),
    }
    return [samples[flow] for flow in shown]
