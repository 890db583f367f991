"""Age pyramids: men and women of each level by single years or bands of age, the young in their colour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from cadre_research.evidence.targets import AgeLine
from cadre_research.findings.study import Study
from cadre_research.reporting.age_bands import AGE_BANDS, BAND_YEARS, band_ages
from cadre_research.reporting.figures import style
from cadre_research.reporting.figures.reading import default_footer, the_only
from cadre_research.reporting.wording import number, percent, word

__all__ = ["age_pyramid", "opening_pyramid", "pyramid_lines"]

COLUMNS = 2
PANEL_IN = (4.6, 3.1)
SIDES = {"male": -1, "female": 1}
# Room for the women's side where few are women.
LEAST_SIDE = 0.4


def pyramid_lines(study: Study, age_line: AgeLine) -> dict[str, dict[str, int]]:
    """Oldest completed age that still counts as young in each level that has an age line, bottom first.

    Returned as keyword arguments of the pyramids: age_pyramid(frame, names, **pyramid_lines(study, "strict")).
    """
    less = 0 if age_line == "inclusive" else 1
    lines = {level: study.evidence.target_age_years(level) for level in study.evidence.ladder.levels}
    return {"oldest_young_age_years": {level: line - less for level, line in lines.items() if line is not None}}


@style.in_house_style
def age_pyramid(
    frame: pd.DataFrame,
    names: Mapping[str, str],
    language: str = "en",
    *,
    oldest_young_age_years: Mapping[str, int],
    horizon_year: int | None = None,
    footer: str | None = None,
    young_shares: Mapping[str, Sequence[float]] | None = None,
) -> Figure:
    """Draw how each level's age structure at the horizon differs from the opening's.

    Parameters
    ----------
    frame : DataFrame
        As `findings.age_structure.age_structure` returns, of one scenario and age line; filter on `holds_post` to see
        post-holders. The opening is its first year. With a column `age_band` in the place of `age_years`, as under
        disclosure control, bars are bands and missing headcounts are left out; an open band is as wide as the others.
    names : mapping
        Display name of levels and scenario.
    oldest_young_age_years : mapping
        Level -> oldest completed age that counts as young, from the bottom of the ladder; see `pyramid_lines`. Levels
        not named are left out.
    horizon_year : int, optional
        The frame's last year if not given.
    footer : str, optional
        Made from the frame if not given.
    young_shares : mapping, optional
        Level -> shares of young in the first and last year. To be given with bands, of which some may be hidden; from
        the frame otherwise.
    """
    frame = _with_ages(frame)
    first, last = int(frame["year"].min()), int(horizon_year or frame["year"].max())
    shares = young_shares or {
        level: [_share_young(frame, level, oldest, year) for year in (first, last)]
        for level, oldest in oldest_young_age_years.items()
    }
    told = _told(shares)
    title = word(
        "title_pyramid" if len(told) == len(shares) else "title_pyramid_shown",
        language,
        scenario=names[the_only(frame, "scenario")],
        first=first,
        last=last,
        risen=sum(after > before for before, after in told),
        all=len(told),
    )
    texts = (
        title,
        footer or default_footer(frame, names, language),
        word("key_pyramid", language, first=first, last=last),
    )
    return _panels(frame, names, language, oldest_young_age_years, (first, last), shares, texts)


@style.in_house_style
def opening_pyramid(
    frame: pd.DataFrame,
    names: Mapping[str, str],
    language: str = "en",
    *,
    oldest_young_age_years: Mapping[str, int],
    footer: str | None = None,
    young_shares: Mapping[str, Sequence[float]] | None = None,
) -> Figure:
    """Draw the age structure of each level in the first year of a frame of `age_structure`, as in `age_pyramid`."""
    frame = _with_ages(frame)
    first = int(frame["year"].min())
    shares = young_shares or {
        level: [_share_young(frame, level, oldest, first)] for level, oldest in oldest_young_age_years.items()
    }
    told = _told(shares)
    found = [share[0] for share in told] or [float("nan")]
    title = word(
        "title_opening" if len(told) == len(shares) else "title_opening_shown",
        language,
        year=first,
        low=percent(min(found), language),
        high=percent(max(found), language),
    )
    texts = (title, footer or default_footer(frame, names, language), word("key_opening", language))
    return _panels(frame, names, language, oldest_young_age_years, (first,), shares, texts)


def _panels(
    frame: pd.DataFrame,
    names: Mapping[str, str],
    language: str,
    oldest_young: Mapping[str, int],
    years: tuple[int, ...],
    shares: Mapping[str, Sequence[float]],
    texts: tuple[str, str, str],
) -> Figure:
    rows = -(-len(oldest_young) // COLUMNS)
    figure = style.HouseFigure(language, figsize=(COLUMNS * PANEL_IN[0], rows * PANEL_IN[1] + 1.2))
    grid = figure.subplots(rows, COLUMNS, squeeze=False, sharey=True).ravel()
    # The top of the ladder comes first, as on an organisation chart.
    for axes, level in zip(grid, reversed(oldest_young), strict=False):
        here = frame[(frame["level"] == level) & frame["year"].isin(years)]
        if here.empty:
            style.say_hidden(axes, language)
            axes.set_xticks([])
        else:
            _pyramid(axes, here, oldest_young[level], years, language)
        line = word("line_of_age", language, age=oldest_young[level])
        share = " → ".join(percent(value, language) for value in shares[level])
        axes.set_title(names[level], pad=20)
        axes.annotate(
            word("young_of_line", language, line=line, share=share),
            (0, 1),
            xytext=(0, 5),
            xycoords="axes fraction",
            textcoords="offset points",
            color=style.YOUNG,
        )
    for axes in grid[len(oldest_young) :]:
        axes.remove()
    for axes in grid[::COLUMNS]:
        axes.set_ylabel(word("axis_age", language))
    for axes in grid[max(0, len(oldest_young) - COLUMNS) : len(oldest_young)]:
        axes.set_xlabel(word("axis_persons_by_band" if "age_band" in frame else "axis_persons_by_age", language))
    # All panels share their ages; the strip above the oldest is for the words.
    shown = frame[frame["level"].isin(list(oldest_young)) & frame["year"].isin(years)]
    if len(shown):
        grid[0].set_ylim(shown["age_years"].min() - _width(frame), shown["age_years"].max() + 4)
    title, footer, subtitle = texts
    style.frame_texts(figure, title, footer, subtitle)
    return figure


def _pyramid(axes: Axes, here: pd.DataFrame, oldest_young: int, years: tuple[int, ...], language: str) -> None:
    width = _width(here)
    by_age = here.pivot_table(index="age_years", columns=["year", "sex"], values="headcount", aggfunc="sum")
    by_age = by_age.reindex(range(by_age.index.min(), by_age.index.max() + 1, width)).fillna(0.0)
    widest = by_age.max().groupby("sex").max()
    for sex, side in SIDES.items():
        filled = by_age.get((years[-1], sex), 0.0 * by_age.iloc[:, 0])
        for colour, of_colour in filled.groupby(np.where(filled.index <= oldest_young, style.YOUNG, style.OTHER_AGES)):
            _bars(axes, side * of_colour, width, colour, sex)
        if len(years) > 1 and (years[0], sex) in by_age:
            edges = [by_age.index[0] - width + 0.5, *(by_age.index + 0.5)]
            outline = {"orientation": "horizontal", "baseline": 0, "color": style.INK, "linewidth": 0.9}
            axes.stairs(side * by_age[years[0], sex], edges, gid="opening", **outline)
    axes.axhline(oldest_young + 0.5, color=style.YOUNG, linewidth=0.9, linestyle=(0, (4, 3)))
    axes.axvline(0, color="white", linewidth=1.4)
    axes.grid(axis="x")
    reach = {sex: max(widest.get(sex, 0.0), LEAST_SIDE * widest.max()) * 1.05 for sex in SIDES}
    axes.set_xlim(-reach["male"], reach["female"])
    axes.xaxis.set_major_locator(MaxNLocator(7, integer=True))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: number(abs(value))))
    for text, at, alignment in (("men", 0.0, "left"), ("women", 1.0, "right")):
        axes.text(at, 0.99, word(text, language), transform=axes.transAxes, ha=alignment, va="top", color=style.QUIET)


def _told(shares: Mapping[str, Sequence[float]]) -> list[Sequence[float]]:
    """Shares of the levels of which all are known; under disclosure control some may be missing."""
    return [of_level for of_level in shares.values() if all(share == share for share in of_level)]


def _with_ages(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with the oldest age of each band as its age, so that a band is young where all of it is."""
    if "age_band" not in frame:
        return frame
    oldest = frame["age_band"].map({band: band_ages(band)[1] for band in AGE_BANDS})
    return frame.assign(age_years=oldest).dropna(subset="headcount")


def _width(frame: pd.DataFrame) -> int:
    """Years of age that a bar stands for."""
    return BAND_YEARS if "age_band" in frame else 1


def _bars(axes: Axes, lengths: pd.Series, width: int, colour: str, sex: str) -> None:
    """Draw a bar for each age as one patch, with steps of no length between the bars: a patch each takes long."""
    middles = lengths.index.to_numpy() - (width - 1) / 2
    edges = np.column_stack([middles - 0.43 * width, middles + 0.43 * width]).ravel()
    steps = np.zeros(len(edges) - 1)
    steps[::2] = lengths
    axes.stairs(steps, edges, orientation="horizontal", fill=True, color=colour, gid=sex)


def _share_young(frame: pd.DataFrame, level: str, oldest_young: int, year: int) -> float:
    here = frame[(frame["level"] == level) & (frame["year"] == year)]
    return float(here.loc[here["age_years"] <= oldest_young, "headcount"].sum() / here["headcount"].sum())
