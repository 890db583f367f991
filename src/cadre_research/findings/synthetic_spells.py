"""Persons and their spells, made up to agree with the flows that the yearly model drew on cells.

The model knows how many of a cell (group, rank, age, years in rank) take each way in a year, not who. Persons of one
cell are alike to it, so who they are is drawn by lot; so are the days within the year, and everything that the model
knows nothing of (unit, nationality, party, reserve list, entry route), which therefore has no effect on anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cadre_research.model.flows import Flow
from cadre_research.model.population import Population
from cadre_research.model.year import Year

__all__ = ["UNITS", "drawn_spells"]

# The eleven divisions and the municipal departments, with shares of the staff that nobody has published: made up.
UNITS = {
    "Lingling": 0.10,
    "Lengshuitan": 0.10,
    "Qiyang": 0.12,
    "Dong'an": 0.08,
    "Shuangpai": 0.04,
    "Dao": 0.09,
    "Jiangyong": 0.05,
    "Ningyuan": 0.10,
    "Lanshan": 0.06,
    "Xintian": 0.06,
    "Jianghua": 0.07,
    "Municipal departments": 0.13,
}
# Made up too, as is everything below.
MINORITY = {"no": 0.85, "yes": 0.15}
PARTY = {"yes": 0.85, "no": 0.15}
RESERVE_LIST = {"no": 0.88, "yes": 0.12}
ENTRY_ROUTES = {"examination": 0.75, "assigned graduate": 0.15, "demobilised officer": 0.10}
# A month of every length has these days.
SURE_DAYS = 28
DAYS = ("start", "end")


@dataclass
class _Roll:
    """Everybody who ever served, an array [person] each; where they stand now, and since when.

    `group`, `birth_year`, `birth_month` (0-11) stay; `rank` is -1 after a way out; `start` is a day.
    """

    group: np.ndarray
    birth_year: np.ndarray
    birth_month: np.ndarray
    rank: np.ndarray
    start: np.ndarray

    def extended(self, other: _Roll) -> _Roll:
        """Add persons at the end."""
        return _Roll(*(np.concatenate(both) for both in zip(vars(self).values(), vars(other).values(), strict=True)))


def drawn_spells(
    opening: Population, arrivals: np.ndarray, years: Sequence[Year], generator: np.random.Generator
) -> pd.DataFrame:
    """Draw the spells of persons whose yearly cells are exactly those of the model.

    Parameters
    ----------
    opening : Population
        Whole persons at 31 December before the first year, without leading axes, one unit and status.
    arrivals : array [group, rank, age]
        How common it was to come into a rank at an age: when those began who have been in rank for as long as is
        tracked, or longer.
    years : sequence of Year
        One after the other, taken in detail, of the same single population.
    generator : numpy.random.Generator

    Returns
    -------
    DataFrame
        One row a spell, by person and start: the columns of a register; birth as text (1978-05), start and end (NaT
        where it goes on) as days. A move or promotion starts the next spell on the day that ends the one before. Only
        spells that reach into the first year or later; their starts may lie before.
    """
    first = years[0].year - 1
    roll, ended = _opening_roll(opening, arrivals, first, generator), []
    for year in years:
        for flow, persons in _by_lot(roll, year, opening, generator):
            days = _days_of(flow, roll, persons, year.year, generator)
            into = -1 if flow.into is None else flow.into
            ended.append(_spells(roll, persons, days, _reason(flow)))
            roll.rank[persons], roll.start[persons] = into, days
        roll = roll.extended(_newcomers(year, opening, generator))
    still = np.flatnonzero(roll.rank >= 0)
    ended.append(_spells(roll, still, np.full(len(still), np.datetime64("NaT", "D")), ""))
    columns = [np.concatenate(parts) for parts in zip(*ended, strict=True)]
    order = np.lexsort((columns[2], columns[0]))
    return _described(*(column[order] for column in columns), roll, opening, generator)


def _opening_roll(opening: Population, arrivals: np.ndarray, year: int, generator: np.random.Generator) -> _Roll:
    """Everybody in service at 31 December."""
    cells = opening.headcount[0, :, 0]
    group, rank, age, years = _persons_of(cells, generator)
    longest = cells.shape[-1] - 1
    # Whoever has the longest time tracked may have come into the rank at any earlier age.
    upto = np.cumsum(arrivals, axis=-1)[group, rank]
    latest = age - longest
    lot = generator.random(len(age)) * np.take_along_axis(upto, np.maximum(latest, 0)[:, None], 1)[:, 0]
    began = np.where(years == longest, np.minimum((upto <= lot[:, None]).sum(-1), latest), age - years)
    return _roll(group, rank, age, year, year - (age - began), opening, generator)


def _newcomers(year: Year, opening: Population, generator: np.random.Generator) -> _Roll:
    joined = np.zeros(opening.headcount.shape[1:2] + opening.headcount.shape[3:5], int)
    for flow in year.flows:
        if flow.source is None:
            joined[:, flow.into] += flow.headcount[0, :, 0].astype(int)
    group, rank, age = _persons_of(joined, generator)
    return _roll(group, rank, age, year.year, np.full(len(age), year.year), opening, generator)


def _roll(group, rank, age, year: int, start_year: np.ndarray, opening: Population, generator) -> _Roll:
    """Persons of some places on the age axis at 31 December of `year`, in rank since some day of `start_year`."""
    birth_year = year - opening.ages_years[age]
    birth_month = generator.integers(12, size=len(age))
    # Nobody starts before the month in which they reach the youngest age.
    earliest = 12 * (birth_year + opening.ages_years[0]) + birth_month
    return _Roll(group, birth_year, birth_month, rank, _days_from(start_year, earliest, generator))


def _persons_of(cells: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Places of persons on the axes of cells, array [axis, person], in random order."""
    places = np.repeat(np.argwhere(cells > 0), cells[cells > 0].astype(int), axis=0)
    return places[generator.permutation(len(places))].T


def _by_lot(
    roll: _Roll, year: Year, opening: Population, generator: np.random.Generator
) -> list[tuple[Flow, np.ndarray]]:
    """Who takes each way of a year: as many of each cell as the flow says, no person twice."""
    shape = (*opening.headcount.shape[1:2], *opening.headcount.shape[3:])
    here = np.flatnonzero(roll.rank >= 0)
    age = year.year - 1 - roll.birth_year[here] - opening.ages_years[0]
    in_rank = year.year - 1 - roll.start[here].astype("datetime64[Y]").astype(int) - 1970
    place = (roll.group[here], roll.rank[here], age, np.minimum(in_rank, shape[-1] - 1))
    cell = np.ravel_multi_index(place, shape)
    order = np.lexsort((generator.random(len(here)), cell))
    queue = here[order]
    ahead = np.searchsorted(cell[order], np.arange(np.prod(shape))).reshape(shape)
    taken = []
    for flow in year.flows:
        if flow.source is None or not flow.headcount.any():
            continue
        wanted = flow.cells[0, :, 0].astype(int)
        starts, counts = ahead[:, flow.source][wanted > 0], wanted[wanted > 0]
        within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        taken.append((flow, queue[np.repeat(starts, counts) + within]))
        ahead[:, flow.source] += wanted
    return taken


def _days_of(flow: Flow, roll: _Roll, persons: np.ndarray, year: int, generator: np.random.Generator) -> np.ndarray:
    """Days of a year on which persons take a way; before 2025 the law retires in the month of the birthday."""
    if flow.name != "retired":
        return _days_from(np.full(len(persons), year), np.full(len(persons), 12 * year), generator)
    months = np.datetime64(str(year), "M") + roll.birth_month[persons]
    return months.astype("datetime64[D]") + generator.integers(SURE_DAYS, size=len(persons))


def _days_from(year: np.ndarray, earliest_month: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Days of some years, not before a month (counted from January of year 0)."""
    opens = (np.maximum(12 * year, earliest_month) - 12 * 1970).astype("datetime64[M]").astype("datetime64[D]")
    closes = (year + 1 - 1970).astype("datetime64[Y]").astype("datetime64[D]")
    return opens + np.floor(generator.random(len(year)) * (closes - opens).astype(int)).astype(int)


def _reason(flow: Flow) -> str:
    if flow.into is None:
        return flow.name
    return "promoted" if flow.name == "promotion" else "moved"


def _spells(roll: _Roll, persons: np.ndarray, end: np.ndarray, reason: str) -> tuple[np.ndarray, ...]:
    """Person, rank, start, end and reason of the spells that persons stand in."""
    return persons, roll.rank[persons], roll.start[persons], end, np.full(len(persons), reason)


def _described(person, rank, start, end, reason, roll: _Roll, opening: Population, generator) -> pd.DataFrame:
    """Rows as a register has them, in its order of columns."""
    everybody, ladder = len(roll.group), opening.ladder
    numbers = pd.Series(np.arange(1, everybody + 1)).astype("str").str.zfill(6)
    months = pd.Series(roll.birth_month + 1).astype("str").str.zfill(2)
    columns = {
        "id": ("SYN-" + numbers).take(person),
        "birth": (pd.Series(roll.birth_year).astype("str") + "-" + months).take(person),
        "sex": np.array([group.sex for group in ladder.groups])[roll.group[person]],
        "unit": _drawn(UNITS, everybody, generator)[person],
        "rank": np.array(ladder.rank_ids)[rank],
        "start": start.astype("datetime64[s]"),
        "end": end.astype("datetime64[s]"),
        "reason": pd.Series(reason, dtype="str").where(reason != ""),
        "minority": _drawn(MINORITY, everybody, generator)[person],
        "party": _drawn(PARTY, everybody, generator)[person],
        "reserve_list": _drawn(RESERVE_LIST, len(person), generator),
        "entry_route": _drawn(ENTRY_ROUTES, everybody, generator)[person],
    }
    return pd.DataFrame({name: pd.array(column, None if name in DAYS else "str") for name, column in columns.items()})


def _drawn(shares: Mapping[str, float], count: int, generator: np.random.Generator) -> np.ndarray:
    return np.array(list(shares))[generator.choice(len(shares), count, p=list(shares.values()))]
