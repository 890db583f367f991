"""Backtest: what was forecast from past years beside what came, and the errors of each method."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from cadre_research.evidence.targets import AgeLine
from cadre_research.findings.backtest import BACKTEST_COLUMNS, METHODS
from cadre_research.findings.panel_intake import INTAKES
from cadre_research.reporting.figures import style
from cadre_research.reporting.figures.multiples import not_empty
from cadre_research.reporting.figures.reading import the_only
from cadre_research.reporting.wording import age_phrase, word

__all__ = ["backtest_chart"]

PANEL_IN = (2.75, 2.5)
LOOKS = {
    "model": {"color": style.YOUNG, "marker": "o", "markersize": 4.0},
    "persistence": {"color": style.OTHERS_COLOURS[0], "marker": "s", "markersize": 3.2},
    "trend": {"color": style.OTHERS_COLOURS[2], "marker": "^", "markersize": 3.6},
}


@style.in_house_style
def backtest_chart(
    frame: pd.DataFrame,
    scores: pd.DataFrame,
    language: str = "en",
    *,
    rank: str = "all",
    age_line: AgeLine = "inclusive",
    synthetic: bool = False,
) -> Figure:
    """Draw forecasts against what came, a row a horizon, and the errors of the methods at the end of each row.

    Parameters
    ----------
    frame : DataFrame
        Of `findings.backtest.backtest`.
    scores : DataFrame
        As `findings.backtest_scores.backtest_scores` returns.
    rank : str
        A rank, or "all" for the whole workforce. Errors are those of the whole workforce, or of all ranks.
    synthetic : bool
        Whether the panel is made up, which the footer then says.

    Raises
    ------
    ParameterError
        When there is nothing to draw.
    """
    frame = not_empty(frame[frame["rank"] == rank], "backtest_chart", BACKTEST_COLUMNS)
    scores = scores[scores["scope"] == ("whole" if rank == "all" else "ranks")]
    horizons = sorted(frame["horizon_years"].unique())
    intakes = [intake for intake in INTAKES if (frame["intake"] == intake).any()]
    columns = len(intakes) + 1
    figure = style.HouseFigure(language, figsize=(columns * PANEL_IN[0] + 0.3, len(horizons) * PANEL_IN[1] + 1.55))
    grid = figure.subplots(len(horizons), columns, squeeze=False, sharex="col")
    top = 112 * frame[["forecast_share", "actual_share", "upper_80"]].max(axis=None)
    bottom = 88 * frame[["forecast_share", "actual_share", "lower_80"]].min(axis=None)
    for row, horizon in zip(grid, horizons, strict=True):
        ahead = frame[frame["horizon_years"] == horizon]
        for axes, intake in zip(row, intakes, strict=False):
            _forecasts(axes, ahead[ahead["intake"] == intake], int(horizon))
            axes.set(ylim=(bottom, min(top, 100)))
            axes.set_title(word("backtest_panel", language, years=horizon, intake=word(f"intake_{intake}", language)))
        row[0].set_ylabel(word("axis_share_young", language))
        _errors(row[-1], scores[scores["horizon_years"] == horizon], intakes, language)
    grid[0, -1].set_xlim(0, 1.08 * scores["error_high"].fillna(scores["error_points"]).max())
    counted = word("backtest_whole", language) if rank == "all" else rank
    line = age_phrase(int(the_only(frame, "young_line")), age_line, language)
    style.frame_texts(
        figure,
        word("backtest_title", language, group=counted),
        ("" if language == "zh" else " ").join(
            word(key, language) for key in ["backtest_footer"] + ["backtest_synthetic"] * synthetic
        ),
        word("backtest_subtitle", language, line=line),
        key=_key(language),
        key_columns=4,
    )
    _settle(figure)
    return figure


def _settle(figure: style.HouseFigure) -> None:
    """Round the places that the layout has found: its solver differs in the last digit from run to run."""
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    for axes in figure.axes:
        axes.set_position(np.round(axes.get_position().bounds, 6))


def _forecasts(axes: Axes, ahead: pd.DataFrame, horizon_years: int) -> None:
    """What came as a line; forecasts at the year they are for, those of the methods a little apart."""
    came = ahead[ahead["method"] == "model"].sort_values("origin_year")
    axes.plot(came["origin_year"] + horizon_years, 100 * came["actual_share"], color=style.INK, linewidth=1.6, zorder=3)
    for place, method in enumerate(METHODS):
        here = ahead[ahead["method"] == method]
        years = here["origin_year"] + horizon_years + 0.22 * (place - 1)
        axes.vlines(
            years,
            100 * here["lower_80"],
            100 * here["upper_80"],
            color=LOOKS[method]["color"],
            linewidth=0.9,
            alpha=0.55,
        )
        axes.plot(years, 100 * here["forecast_share"], linestyle="none", zorder=4, gid=method, **LOOKS[method])
    axes.grid(axis="y")
    axes.tick_params(labelbottom=True)
    axes.xaxis.get_major_locator().set_params(integer=True, nbins=5)


def _errors(axes: Axes, scores: pd.DataFrame, intakes: list[str], language: str) -> None:
    """Mean absolute errors with their intervals: the model under each intake, then the benchmarks."""
    rows = [("model", intake) for intake in intakes] + [(method, intakes[-1]) for method in METHODS[1:]]
    names = [word(f"intake_{i}", language) if m == "model" else word(f"method_{m}", language) for m, i in rows]
    for place, (method, intake) in enumerate(rows):
        score = scores[(scores["method"] == method) & (scores["intake"] == intake)]
        if score.empty:
            continue
        axes.hlines(place, score["error_low"], score["error_high"], color=LOOKS[method]["color"], linewidth=1.4)
        axes.plot(score["error_points"], [place], linestyle="none", gid=f"error {method} {intake}", **LOOKS[method])
    axes.set(yticks=range(len(rows)), yticklabels=names, ylim=(len(rows) - 0.5, -0.5))
    axes.set_title(word("backtest_error", language))
    axes.tick_params(labelbottom=True, length=0)
    axes.grid(axis="x")


def _key(language: str) -> list[Line2D]:
    came = Line2D([], [], color=style.INK, linewidth=1.6, label=word("backtest_actual", language))
    return [came] + [
        Line2D([], [], linestyle="none", label=word(f"method_{method}", language), **look)
        for method, look in LOOKS.items()
    ]
