"""Share paths: how the young share of each target's group moves against the share that was promised."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MultipleLocator

from cadre_research.findings.study import BASELINE
from cadre_research.reporting.figures import style
from cadre_research.reporting.figures.looks import label_ends, looks_of, name_deadline, rate_of
from cadre_research.reporting.figures.reading import default_footer, of_population
from cadre_research.reporting.wording import percent, word

__all__ = ["share_paths"]

COLUMNS = 3
PANEL_IN = (3.35, 2.45)
# More paths than this need a key; two are told apart by the house style alone.
MOST_WITHOUT_KEY = 2
REACHED_WITHIN = 1e-9


@style.in_house_style
def share_paths(
    frame: pd.DataFrame | Iterable[pd.DataFrame],
    names: Mapping[str, str],
    language: str = "en",
    *,
    population: str = "level",
    footer: str | None = None,
) -> Figure:
    """Draw the share of each target's group that is young, a small panel a target.

    Parameters
    ----------
    frame : DataFrame or several
        As `findings.age_structure.target_shares` returns, of one age line, for one scenario or many. The status quo is
        grey and dashed beside others; of two paths the other one is the chosen one. Targets come in the frame's order,
        each with its own share to be reached and deadline.
    names : mapping
        Display name of targets and scenarios.
    population : str
        level or posts, of a frame that holds both.
    footer : str, optional
        Made from the frame if not given.
    """
    every = frame if isinstance(frame, pd.DataFrame) else pd.concat(frame, ignore_index=True)
    # The status quo may have been given twice, as itself and as the chosen scenario.
    every = of_population(every, population).drop_duplicates(["target", "scenario", "year", "share"])
    targets, scenarios = list(every["target"].unique()), list(every["scenario"].unique())
    looks = looks_of(scenarios)
    rows = -(-len(targets) // COLUMNS)
    many = len(scenarios) > MOST_WITHOUT_KEY
    figure = style.HouseFigure(
        language, figsize=(COLUMNS * PANEL_IN[0], rows * PANEL_IN[1] + 1.3 + (0.55 if many else 0.0))
    )
    grid = figure.subplots(rows, COLUMNS, squeeze=False, sharex=True, sharey=True).ravel()
    first, last = int(every["year"].min()), int(every["year"].max())
    top = 1.12 * max(every["share"].max(), every["threshold"].max())
    for position, (axes, target) in enumerate(zip(grid, targets, strict=False)):
        here = every[every["target"] == target]
        ends = _lines(axes, here, looks)
        threshold, deadline = float(here["threshold"].iloc[0]), int(here["deadline_year"].iloc[0])
        deadlines = [deadline] if first < deadline <= last else []
        named = position == 0 or here["threshold"].iloc[0] != every["threshold"].iloc[0]
        _marks(axes, threshold, deadlines, language if named else None)
        axes.set_title(names[target])
        axes.set(ylim=(0, 100 * top), xlim=(first - 0.2, last), xticks=sorted({first, last, *deadlines}))
        _label_ends(axes, ends, many, 100 * top)
        if here["share"].isna().all():
            style.say_hidden(axes, language)
    for axes in grid[len(targets) :]:
        axes.remove()
    for axes in grid[::COLUMNS]:
        axes.set_ylabel(word("axis_share_young", language))
    style.frame_texts(
        figure,
        _title(every, names, language),
        footer or default_footer(every, names, language, population),
        _subtitle(scenarios, int(every["year"].max()), names, language),
        key=_key(looks, names) if many else (),
    )
    return figure


def _lines(axes: Axes, here: pd.DataFrame, looks: Mapping[str, Mapping[str, object]]) -> dict[str, tuple[int, float]]:
    """Draw the paths and return where each ends."""
    ends = {}
    for scenario, look in looks.items():
        path = here[here["scenario"] == scenario].sort_values("year")
        axes.plot(path["year"], 100 * path["share"], label=scenario, **look)
        if len(path):
            ends[scenario] = (int(path["year"].iloc[-1]), 100 * float(path["share"].iloc[-1]))
    return ends


def _marks(axes: Axes, threshold: float, deadlines: list[int], language: str | None) -> None:
    """Mark the promised share and the deadline; words in one panel only, since all share their scales."""
    axes.axhline(100 * threshold, color=style.INK, linewidth=1.0)
    for year in deadlines:
        axes.axvline(year, color=style.QUIET, linewidth=0.8, linestyle=(0, (1, 2)))
    axes.grid(axis="y")
    axes.yaxis.set_major_locator(MultipleLocator(5))
    axes.tick_params(labelbottom=True)
    if language is None:
        return
    sixth = word("one_sixth", language) if abs(threshold - 1 / 6) < REACHED_WITHIN else percent(threshold, language)
    axes.annotate(
        sixth, (0, 100 * threshold), (2, 3), axes.get_yaxis_transform(), "offset points", size=style.SMALL_SIZE
    )
    for year in deadlines:
        name_deadline(axes, year, language)


def _label_ends(axes: Axes, ends: Mapping[str, tuple[int, float]], many: bool, top: float) -> None:
    """Write beside the end of a path its share, or among many paths the promotion rate it stands for."""
    texts = {
        scenario: (year, share, str(rate_of(scenario)) if many else f"{share:.1f}")
        for scenario, (year, share) in ends.items()
        if share == share and (not many or rate_of(scenario) is not None)
    }
    label_ends(axes, texts, top / (0.72 * 72 * PANEL_IN[1]))


def _key(looks: Mapping[str, Mapping[str, object]], names: Mapping[str, str]) -> list[Line2D]:
    """Sample lines of the paths that carry no label of their own."""
    return [
        Line2D([], [], label=names[scenario], **look) for scenario, look in looks.items() if rate_of(scenario) is None
    ]


def _subtitle(scenarios: list[str], year: int, names: Mapping[str, str], language: str) -> str:
    if len(scenarios) > MOST_WITHOUT_KEY:
        return word("key_rate", language) if any(rate_of(name) is not None for name in scenarios) else ""
    if len(scenarios) == 2 and BASELINE in scenarios:
        return word("key_paths_two", language, baseline=names[BASELINE], year=year)
    return word("key_paths_ends", language, year=year)


def _title(every: pd.DataFrame, names: Mapping[str, str], language: str) -> str:
    year = int(every["year"].max())
    # Of groups that are too small to be shown nothing is known here.
    at_end = every[every["year"] == year].dropna(subset="share")
    reached = at_end[at_end["share"] >= at_end["threshold"] - REACHED_WITHIN]
    scenarios = list(every["scenario"].unique())
    sixths = (every["threshold"] - 1 / 6).abs().max() < REACHED_WITHIN
    goal = word("one_sixth" if sixths else "the_target", language)
    if len(scenarios) > 2:
        reaching = reached["scenario"].nunique()
        return word("title_paths_many", language, year=year, reaching=reaching, all=len(scenarios), goal=goal)
    chosen = [name for name in scenarios if name != BASELINE] or scenarios
    return word(
        "title_paths_one",
        language,
        scenario=names[chosen[-1]],
        reached=int((reached["scenario"] == chosen[-1]).sum()),
        all=at_end["target"].nunique(),
        year=year,
        goal=goal,
    )
