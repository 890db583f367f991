"""Fan charts: where each share may go over the worlds that agree with the evidence, and how sure the target is."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from cadre_research.errors import ParameterError
from cadre_research.reporting.figures import style
from cadre_research.reporting.figures.looks import label_ends, name_deadline
from cadre_research.reporting.figures.multiples import (
    PAPER,
    common_goal,
    goals_of,
    mark_goal,
    multiples,
    not_empty,
    title_panel,
)
from cadre_research.reporting.figures.reading import default_footer, of_population, the_only
from cadre_research.reporting.wording import probability, word

__all__ = ["fan_chart"]

PANEL_IN = (3.35, 2.55)
MEDIAN = 0.5
# Ends of the intervals, the widest first, and their colours.
BANDS = {95: (0.025, 0.975, "#DCEBF6"), 80: (0.1, 0.9, "#B3D4EB"), 50: (0.25, 0.75, "#7FB6DC")}
CENTRAL = {"color": style.INK, "linestyle": (0, (4, 2)), "linewidth": 1.3}
# Room for the probability above the fan.
STRIP = 1.17
LIKELY = 0.5


@style.in_house_style
def fan_chart(
    fan: pd.DataFrame,
    names: Mapping[str, str],
    language: str = "en",
    paths: pd.DataFrame | None = None,
    probabilities: pd.DataFrame | None = None,
    *,
    population: str = "level",
    goals: Mapping[str, float] | None = None,
    footer: str | None = None,
) -> Figure:
    """Draw bands of 50, 80 and 95 % around the median share, a panel a target.

    Parameters
    ----------
    fan : DataFrame
        As `findings.outlook.fan` returns, of one scenario and age line.
    names : mapping
        Display name of targets and scenario.
    paths : DataFrame, optional
        As `findings.age_structure.target_shares` returns: the forecast of the central assumptions, drawn as a dashed
        line. Rows of other scenarios and years are left out.
    probabilities : DataFrame, optional
        As `findings.outlook.probabilities` returns: the probability of reaching at the last year, printed in each
        panel with one standard error.
    population : str
        level or posts, of frames that hold both.
    goals : mapping, optional
        Target -> share asked for; that of `paths` if not given, else one sixth.
    footer : str, optional
        Made from the frame if not given.

    Raises
    ------
    ParameterError
        When there is nothing to draw, or `paths` has nothing of the scenario.
    """
    fan = not_empty(of_population(fan, population), "fan_chart", ["target", "year", "quantile", "share"])
    if not (fan["quantile"] == MEDIAN).any():
        raise ParameterError("fan of fan_chart: given without the quantile 0.5, expected the median too.")
    scenario, targets = the_only(fan, "scenario"), list(fan["target"].unique())
    first, last = int(fan["year"].min()), int(fan["year"].max())
    central = None if paths is None else _central(of_population(paths, population), scenario, (first, last))
    goals = goals_of(
        targets, goals or ({} if central is None else dict(central.groupby("target")["threshold"].first()))
    )
    chances = _chances(probabilities, population, last - first)
    figure, panels = multiples(language, len(targets), PANEL_IN, 1.75, sharex=True, sharey=True)
    top = 100 * STRIP * max(fan["share"].max(), *goals.values(), 0 if central is None else central["share"].max())
    likely = 0
    for axes, target in zip(panels, targets, strict=True):
        wide = fan[fan["target"] == target].pivot(index="year", columns="quantile", values="share")
        ends = _bands(axes, wide)
        if central is not None:
            ends |= _central_line(axes, central[central["target"] == target])
        mark_goal(axes, goals[target], language if axes is panels[0] else None)
        _mark_deadline(axes, central, target, (first, last), language if axes is panels[0] else None)
        axes.set(xlim=(first - 0.2, last), ylim=(0, top))
        title_panel(axes, names[target], PANEL_IN)
        _label_ends(axes, ends, top)
        if wide.isna().all(axis=None):
            style.say_hidden(axes, language)
        if target in chances.index:
            _print_chance(axes, chances.loc[target], last, language)
        # Without probabilities the median tells as much.
        above = float(wide[MEDIAN].iloc[-1] >= goals[target])
        likely += chances["probability"].get(target, above) > LIKELY
    style.frame_texts(
        figure,
        word(
            "title_fan",
            language,
            scenario=names[scenario],
            year=last,
            goal=common_goal(goals, language),
            likely=likely,
            all=len(targets),
        ),
        footer or _footer(fan, names, language, population, probabilities),
        _subtitle(central is not None, len(chances) > 0, last, language),
        key=_key(central is not None, language),
        key_columns=5,
    )
    for axes in panels[:: min(3, len(panels))]:
        axes.set_ylabel(word("axis_share_young", language))
    return figure


def _central(paths: pd.DataFrame, scenario: object, years: tuple[int, int]) -> pd.DataFrame:
    found = paths[(paths["scenario"] == scenario) & paths["year"].between(*years)]
    if found.empty:
        raise ParameterError(f"paths of fan_chart: given nothing of {scenario}, expected the scenario of the fan.")
    return found


def _chances(probabilities: pd.DataFrame | None, population: str, horizon_years: int) -> pd.DataFrame:
    """Rows of the last year by target; none where nothing is known."""
    if probabilities is None:
        return pd.DataFrame(columns=["probability", "probability_se"])
    frame = of_population(probabilities, population)
    return frame[frame["horizon_years"] == horizon_years].set_index("target")


def _bands(axes: Axes, wide: pd.DataFrame) -> dict[str, tuple[int, float]]:
    """Draw what quantiles there are and return where the median ends."""
    for width, (low, high, colour) in BANDS.items():
        if low in wide and high in wide:
            axes.fill_between(
                wide.index, 100 * wide[low], 100 * wide[high], color=colour, linewidth=0, gid=f"band-{width}"
            )
    axes.grid(axis="y")
    axes.set_axisbelow(True)
    axes.yaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.plot(wide.index, 100 * wide[MEDIAN], color=style.YOUNG, linewidth=2.0, label="median")
    return {"median": (int(wide.index[-1]), 100 * float(wide[MEDIAN].iloc[-1]))}


def _central_line(axes: Axes, here: pd.DataFrame) -> dict[str, tuple[int, float]]:
    here = here.sort_values("year")
    axes.plot(here["year"], 100 * here["share"], label="central", **CENTRAL)
    return {"central": (int(here["year"].iloc[-1]), 100 * float(here["share"].iloc[-1]))} if len(here) else {}


def _mark_deadline(
    axes: Axes, central: pd.DataFrame | None, target: str, years: tuple[int, int], language: str | None
) -> None:
    ticks = set(years)
    here = pd.DataFrame() if central is None else central[central["target"] == target]
    if (
        len(here)
        and "deadline_year" in here
        and years[0] < (deadline := int(here["deadline_year"].iloc[0])) <= years[1]
    ):
        ticks.add(deadline)
        axes.axvline(deadline, color=style.QUIET, linewidth=0.8, linestyle=(0, (1, 2)))
        if language is not None:
            name_deadline(axes, deadline, language)
    axes.set_xticks(sorted(ticks))


def _label_ends(axes: Axes, ends: Mapping[str, tuple[int, float]], top: float) -> None:
    texts = {name: (year, share, f"{share:.1f}") for name, (year, share) in ends.items() if np.isfinite(share)}
    label_ends(
        axes,
        texts,
        top / (0.68 * 72 * PANEL_IN[1]),
        lambda name: {"color": style.YOUNG if name == "median" else style.INK, "gid": name},
    )


def _print_chance(axes: Axes, row: pd.Series, year: int, language: str) -> None:
    chance, error = float(row["probability"]), float(row.get("probability_se", np.nan))
    text = probability(chance, error, language, row.get("draws")) if np.isfinite(chance) else "–"
    axes.text(
        0.02,
        0.985,
        word("fan_probability", language, year=year, probability=text),
        transform=axes.transAxes,
        va="top",
        size=style.SMALL_SIZE + 0.5,
        bbox=PAPER,
        gid="probability",
        zorder=6,
    )


def _key(central: bool, language: str) -> list[Artist]:
    bands = [
        Patch(color=colour, label=word("key_band", language, width=width)) for width, (*_, colour) in BANDS.items()
    ]
    lines = [Line2D([], [], color=style.YOUNG, linewidth=2.0, label=word("key_median", language))]
    if central:
        lines.append(Line2D([], [], label=word("key_central", language), **CENTRAL))
    return [*lines, *reversed(bands)]


def _subtitle(central: bool, chances: bool, year: int, language: str) -> str:
    parts = [word("key_paths_ends" if not central else "subtitle_fan_central", language, year=year)]
    parts += [word("subtitle_fan_error", language)] if chances else []
    return ("" if language == "zh" else " ").join(parts)


def _footer(
    fan: pd.DataFrame, names: Mapping[str, str], language: str, population: str, probabilities: pd.DataFrame | None
) -> str:
    known = probabilities is not None and {"draws", "replicates"} <= set(probabilities)
    worlds = (
        word(
            "footer_worlds_counted",
            language,
            draws=int(probabilities["draws"].max()),
            replicates=int(probabilities["replicates"].max()),
        )
        if known
        else word("footer_worlds", language)
    )
    return ("" if language == "zh" else " ").join([default_footer(fan, names, language, population), worlds])
