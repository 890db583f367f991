"""Tornado charts: which assumptions move a share the most, and whether one alone turns the verdict."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from cadre_research.errors import ParameterError
from cadre_research.reporting.figures import style
from cadre_research.reporting.figures.multiples import GOAL, PAPER, goal_name, not_empty
from cadre_research.reporting.figures.reading import default_footer, of_population, the_only
from cadre_research.reporting.wording import percent, word

__all__ = ["tornado_chart"]

WIDTH_IN, ROW_IN = 9.4, 0.42
NAME_IN = 2.9
COLUMNS = ["target", "horizon_years", "assumption", "share_at_low", "share_at_central", "share_at_high", "swing"]
LOW_COLOUR, HIGH_COLOUR = style.YOUNG_PALE, "#08305A"
# Below this a share has not moved.
MOVES_NOTHING = 1e-6
# A goal farther off than this many times the reach of all bars would press the bars together.
IN_VIEW = 1.0
PAD = 0.16


@style.in_house_style
def tornado_chart(
    sensitivity: pd.DataFrame,
    names: Mapping[str, str],
    language: str = "en",
    *,
    target: str,
    horizon_years: int,
    titles: Mapping[str, Mapping[str, str]] | None = None,
    scenario: str | None = None,
    population: str = "level",
    goal: float = GOAL,
    top: int = 10,
    footer: str | None = None,
) -> Figure:
    """Draw how far each assumption, moved alone to the ends of its range, moves one share; the widest swing on top.

    Parameters
    ----------
    sensitivity : DataFrame
        As `findings.sensitivity.tornado` or `sensitivity` returns; the latter knows where a verdict turns too.
    names : mapping
        Display name of targets and scenarios.
    target : str
    horizon_years : int
    titles : mapping, optional
        Assumption -> its title by language; its id where there is none.
    scenario : str, optional
        Not needed where the frame has one only.
    population : str
        level or posts, of a frame that holds both.
    goal : float
        Share asked for.
    top : int
        Bars at most. Assumptions that move nothing have none.
    footer : str, optional
        Made from the frame if not given.

    Raises
    ------
    ParameterError
        When there is nothing to draw.
    """
    if isinstance(top, bool) or not isinstance(top, int) or top < 1:
        raise ParameterError(f"top: given {top!r}, expected a whole number of bars from 1.")
    here = of_population(not_empty(sensitivity, "tornado_chart", COLUMNS), population)
    here = here[(here["target"] == target) & (here["horizon_years"] == horizon_years)]
    here = not_empty(here if scenario is None else here[here["scenario"] == scenario], "tornado_chart")
    here = here.sort_values("swing", ascending=False, kind="stable")
    the_only(here, "scenario")
    bars = here[here["swing"] > MOVES_NOTHING].head(top)
    central = float(here["share_at_central"].iloc[0])
    footer = footer or default_footer(here, names, language, population)
    figure = style.HouseFigure(language, figsize=(WIDTH_IN, max(3, len(bars) + 1) * ROW_IN + 1.9))
    axes = figure.subplots()
    if not np.isfinite(central):
        # Under disclosure control the shares of a small group are missing.
        style.say_hidden(axes, language)
        axes.set(xticks=[], yticks=[])
        style.frame_texts(figure, names[target], footer)
        return figure
    for row, bar in enumerate(bars.to_dict("records")):
        _bar(axes, row, bar, central, language)
    _frame_axes(axes, bars, central, goal, language)
    known = titles or {}
    labels = [
        style.fold(known[name][language] if name in known else names.get(name, name), NAME_IN, style.SMALL_SIZE + 0.5)
        for name in bars["assumption"]
    ]
    axes.set_yticks(range(len(labels)), labels)
    style.frame_texts(
        figure,
        _title(here, bars, central, labels, names, language),
        footer,
        _subtitle(here, bars, language),
        key=_key(language),
    )
    return figure


def _bar(axes: Axes, row: int, bar: Mapping[str, object], central: float, language: str) -> None:
    """Draw a bar to each end; where both lie on one side of the centre, one above the other."""
    ends = {"low": (float(bar["share_at_low"]), LOW_COLOUR), "high": (float(bar["share_at_high"]), HIGH_COLOUR)}
    moves = [share - central for share, _ in ends.values() if np.isfinite(share)]
    one_side = len(moves) == 2 and moves[0] * moves[1] > 0
    for end, (share, colour) in ends.items():
        if not np.isfinite(share) or abs(share - central) < MOVES_NOTHING:
            continue
        at, height = (row + (-0.18 if end == "low" else 0.18), 0.34) if one_side else (row, 0.68)
        axes.barh(at, 100 * (share - central), left=100 * central, height=height, color=colour, gid=f"end-{end}")
        right = share > central
        if end in bar and pd.notna(bar[end]):
            axes.annotate(
                plain(float(bar[end])),
                (100 * share, at),
                (4 if right else -4, 0),
                textcoords="offset points",
                ha="left" if right else "right",
                va="center",
                size=style.SMALL_SIZE - (1 if one_side else 0),
                color=style.QUIET,
                bbox=PAPER,
                gid=f"value-{end}",
            )
    if bar.get("turns") is True or bar.get("turns") is np.True_:
        axes.annotate(
            word("tornado_turns", language, value=plain(float(bar["turning_value"]))),
            (1, row),
            (4, 0),
            axes.get_yaxis_transform(),
            "offset points",
            va="center",
            size=style.SMALL_SIZE,
            annotation_clip=False,
            gid="turns",
        )


def plain(value: float) -> str:
    """Write a value of an assumption with three digits, larger ones whole.

    >>> plain(13000.0), plain(0.0015), plain(42.0)
    ('13,000', '0.0015', '42')
    """
    text = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return text.replace("-", "\N{MINUS SIGN}")


def _frame_axes(axes: Axes, bars: pd.DataFrame, central: float, goal: float, language: str) -> None:
    shares = 100 * np.array([central, *bars["share_at_low"], *bars["share_at_high"]], float)
    low, high = np.nanmin(shares), np.nanmax(shares)
    swing = max(high - low, 0.5)
    in_view = low - IN_VIEW * swing <= 100 * goal <= high + IN_VIEW * swing
    if in_view:
        low, high = min(low, 100 * goal), max(high, 100 * goal)
    pad = PAD * max(high - low, 0.5)
    axes.set(xlim=(low - pad, high + pad), ylim=(max(len(bars), 1) + 0.05, -1.1))
    axes.axvline(100 * central, color=style.QUIET, linewidth=0.9)
    axes.text(
        100 * central,
        -0.55,
        word("tornado_central", language, share=percent(central, language)),
        ha="center",
        va="bottom",
        size=style.SMALL_SIZE,
        color=style.QUIET,
        bbox=PAPER,
        gid="central",
        zorder=5,
    )
    if in_view:
        axes.axvline(100 * goal, color=style.INK, linewidth=1.2, gid="goal")
        right = 100 * goal >= 100 * central
        axes.annotate(
            goal_name(goal, language),
            (100 * goal, len(bars)),
            (-3 if right else 3, 0),
            textcoords="offset points",
            ha="right" if right else "left",
            va="bottom",
            size=style.SMALL_SIZE,
            bbox=PAPER,
            gid="goal-name",
        )
    else:
        above = goal > central
        text = word("tornado_goal_beyond", language, share=percent(goal, language))
        axes.annotate(
            f"{text} →" if above else f"← {text}",
            (1.0 if above else 0.0, -0.55),
            (0, 0),
            axes.get_yaxis_transform(),
            "offset points",
            ha="right" if above else "left",
            va="bottom",
            size=style.SMALL_SIZE,
            gid="goal-name",
        )
    axes.grid(axis="x")
    axes.xaxis.set_major_locator(MaxNLocator(7))
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel(word("axis_share_young", language))


def _title(
    here: pd.DataFrame,
    bars: pd.DataFrame,
    central: float,
    labels: list[str],
    names: Mapping[str, str],
    language: str,
) -> str:
    what = {
        "target": names[the_only(here, "target")],
        "scenario": names[the_only(here, "scenario")],
        "years": the_only(here, "horizon_years"),
    }
    if bars.empty:
        return word("title_tornado_nothing", language, **what)
    first = bars.iloc[0]
    ends = [first["share_at_low"], first["share_at_high"], central]
    edges = {"low": percent(np.nanmin(ends), language), "high": percent(np.nanmax(ends), language)}
    joined = labels[0].replace("\n", "" if language == "zh" else " ")
    return word("title_tornado", language, assumption=joined, **edges, **what)


def _subtitle(here: pd.DataFrame, bars: pd.DataFrame, language: str) -> str:
    parts = [word("subtitle_tornado", language, shown=len(bars), all=len(here))]
    if "turns" in here:
        within = here["turns_within_range"].fillna(False).astype(bool)
        turns = here["turns"].fillna(False).astype(bool)
        parts.append(
            word("subtitle_tornado_turns", language, turns=int(turns.sum()), within=int((turns & within).sum()))
        )
    return ("" if language == "zh" else " ").join(parts)


def _key(language: str) -> list[Artist]:
    return [
        Patch(color=LOW_COLOUR, label=word("key_low_end", language)),
        Patch(color=HIGH_COLOUR, label=word("key_high_end", language)),
    ]
