"""Share waterfall: what carried each share from the opening to the horizon."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cadre_research.errors import ParameterError
from cadre_research.reporting.figures import style
from cadre_research.reporting.figures.reading import default_footer, of_population, the_only
from cadre_research.reporting.wording import percent, points, word

__all__ = ["share_waterfall"]

# Gains before losses, so that no bar starts below zero; those who stayed move nothing.
ORDER = (
    "promoted_in",
    "joined",
    "left_old",
    "denominator",
    "moved_down",
    "left_young",
    "promoted_out",
    "grew_out",
)
MOVES_NOTHING = "stayed_young"
COLUMNS = 3
CLOSES_WITHIN = 1e-9
# Keeps a value readable where the threshold's line runs behind it.
PAPER = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}


@style.in_house_style
def share_waterfall(
    frame: pd.DataFrame,
    shares: pd.DataFrame,
    names: Mapping[str, str],
    language: str = "en",
    *,
    population: str = "level",
    footer: str | None = None,
) -> Figure:
    """Draw a share's way from the opening to the horizon, a panel a target.

    Parameters
    ----------
    frame : DataFrame
        As `findings.explain.share_change` returns, of one scenario, horizon and age line; one target or more.
    shares : DataFrame
        As `findings.age_structure.target_shares` returns for the same forecast: where each share starts and must end.
    names : mapping
        Display name of targets and scenario.
    population : str
        level or posts, of frames that hold both.
    footer : str, optional
        Made from the frame if not given.

    Raises
    ------
    ParameterError
        When the components do not lead from the opening to the share at the horizon: frames of two forecasts.
    """
    frame = of_population(frame, population)
    targets = list(frame["target"].unique())
    first = int(shares["year"].min())
    last = first + int(the_only(frame, "horizon_years"))
    changes = frame.pivot(index="target", columns="component", values="contribution").loc[targets]
    unknown = sorted(set(changes.columns) - {*ORDER, MOVES_NOTHING})
    if unknown:
        raise ParameterError(
            f"components of a change in a share: given {', '.join(unknown)}, known: {', '.join(ORDER)}."
        )
    # What moves no share anywhere would be an empty row.
    changes = changes[[name for name in ORDER if name in changes and changes[name].any()]]
    ends = _ends(of_population(shares, population), the_only(frame, "scenario"), first, last)
    columns = min(COLUMNS, len(targets))
    rows = -(-len(targets) // columns)
    figure = style.HouseFigure(language, figsize=(max(7.4, 1.9 + columns * 2.75), rows * 2.75 + 1.25))
    grid = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True).ravel()
    reach = []
    for axes, target in zip(grid, targets, strict=False):
        opening, horizon = (float(ends.loc[target, year]) for year in (first, last))
        threshold = float(ends.loc[target, "threshold"])
        _waterfall(axes, opening, horizon, changes.loc[target], threshold)
        axes.set_title(names[target])
        reach.append(max(threshold, opening + changes.loc[target].cumsum().max(), opening))
    grid[0].set_xlim(0, 116 * max(reach))
    _name_threshold(grid[0], float(ends.loc[targets[0], "threshold"]), language)
    for axes in grid[len(targets) :]:
        axes.remove()
    labels = [str(first), *(word(f"component_{name}", language) for name in changes.columns), str(last)]
    grid[0].set_yticks(range(len(labels)), labels)
    for axes in grid[max(0, len(targets) - columns) : len(targets)]:
        axes.set_xlabel(word("axis_share_young", language))
    style.frame_texts(figure, *_texts(frame, changes, names, language, (first, last), population, footer))
    return figure


def _ends(shares: pd.DataFrame, scenario: object, first: int, last: int) -> pd.DataFrame:
    here = shares[(shares["scenario"] == scenario) & shares["year"].isin([first, last])]
    wide = here.pivot(index="target", columns="year", values="share")
    wide["threshold"] = here.groupby("target")["threshold"].first()
    return wide


def _waterfall(axes: Axes, opening: float, horizon: float, changes: pd.Series, threshold: float) -> None:
    steps = changes.to_numpy()
    running = opening + np.concatenate([[0.0], np.cumsum(steps)])
    if abs(running[-1] - horizon) > CLOSES_WITHIN:
        raise ParameterError(
            f"waterfall of {changes.name}: the components lead to {running[-1]:.6f}, expected {horizon:.6f}, the share "
            "at the horizon. Give the changes and the shares of one forecast."
        )
    last_row = len(steps) + 1
    axes.barh([0, last_row], [100 * opening, 100 * horizon], color=style.YOUNG, height=0.72, gid="ends")
    colours = [style.GAIN if step > 0 else style.LOSS for step in steps]
    rows = np.arange(1, last_row)
    axes.barh(rows, 100 * steps, left=100 * running[:-1], color=colours, height=0.72, gid="steps")
    # A thin thread shows that each bar begins where the one above ends.
    starts = np.arange(last_row)
    axes.vlines(100 * running, starts - 0.36, starts + 1.36, color=style.QUIET, linewidth=0.6)
    texts = [f"{100 * opening:.1f}", *(points(step) for step in steps), f"{100 * horizon:.1f}"]
    right = 100 * np.concatenate([[opening], np.maximum(running[:-1], running[1:]), [horizon]])
    for row, (text, at) in enumerate(zip(texts, right, strict=True)):
        axes.annotate(
            text,
            (at, row),
            (3, 0),
            textcoords="offset points",
            va="center",
            size=style.SMALL_SIZE,
            bbox=PAPER,
            annotation_clip=False,
            # Within the axes, which need no more room for it.
            in_layout=False,
        )
    axes.axvline(100 * threshold, color=style.INK, linewidth=0.9, linestyle=(0, (1, 2)), zorder=0)
    axes.grid(axis="x")
    axes.set_ylim(last_row + 0.6, -0.6)
    axes.tick_params(axis="y", length=0)


def _name_threshold(axes: Axes, threshold: float, language: str) -> None:
    sixth = abs(threshold - 1 / 6) < CLOSES_WITHIN
    text = word("one_sixth", language) if sixth else percent(threshold, language)
    # Half-way down, where running shares are far to the right of any threshold.
    axes.annotate(
        text,
        (100 * threshold, 0.5),
        (3, 0),
        axes.get_xaxis_transform(),
        "offset points",
        va="center",
        size=style.SMALL_SIZE,
        bbox=PAPER,
    )


def _texts(
    frame: pd.DataFrame,
    changes: pd.DataFrame,
    names: Mapping[str, str],
    language: str,
    years: tuple[int, int],
    population: str,
    footer: str | None,
) -> tuple[str, str, str]:
    scenario = names[the_only(frame, "scenario")]
    title = word("title_waterfall", language, scenario=scenario, first=years[0], last=years[1])
    gaining = int((changes["promoted_in"] + changes["grew_out"] > 0).sum()) if len(changes) > 1 else None
    key = "subtitle_waterfall_one" if gaining is None else "subtitle_waterfall"
    subtitle = word(key, language, gaining=gaining, all=len(changes))
    return title, footer or default_footer(frame, names, language, population), subtitle
