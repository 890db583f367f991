"""Person-years of a register: who was where on each 31 December, and what became of them within the year, in cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cadre_research.errors import InputError
from cadre_research.evidence.ladder import Ladder
from cadre_research.evidence.register import Register
from cadre_research.evidence.register_checks import STAYING

__all__ = ["PersonYears", "person_years"]

NOBODY = -1
WAYS = ("promotion", "step-aside", "demotion", "move")
CELL = ["unit", "rank", "group", "age_years", "years_in_rank"]


@dataclass(frozen=True)
class PersonYears:
    """Yearly cells of a register, without persons. Year t leads from 31 December t-1 to 31 December t.

    Parameters
    ----------
    transitions : DataFrame
        year, unit, rank, group, age_years, years_in_rank (all at the opening; years capped as on the ladder), outcome
        ("stay", "retired", "retired-early", "other", an exit's id, "promotion", "step-aside", "demotion" or "move"),
        into (rank reached, else ""), into_unit (unit at the close, "" for who left), persons.
    entries : DataFrame
        year, unit, rank, group, age_years (all at the close), kind ("recruitment" at the ladder's rank of entry, else
        "lateral"), persons.
    stocks : DataFrame
        year, unit, rank, group, age_years, years_in_rank, persons on 31 December of the year.
    first_year, last_year : int
        First and last calendar year with transitions; stocks begin a year earlier.
    """

    transitions: pd.DataFrame
    entries: pd.DataFrame
    stocks: pd.DataFrame
    first_year: int
    last_year: int

    def __repr__(self) -> str:
        """Say which years; cells stand in no message and no log."""
        return f"PersonYears({self.first_year} to {self.last_year})"

    def stock(self, year: int) -> pd.Series:
        """Persons on 31 December of a year, by unit, rank, group, age_years and years_in_rank."""
        return _by_cell(self.stocks[self.stocks["year"] == year])

    def replayed(self, year: int, longest_tracked_years_in_rank: int) -> pd.Series:
        """Persons on 31 December of a year as the flows of that year say; the same as `stock(year)`."""
        flows = self.transitions[self.transitions["year"] == year]
        kept = flows[flows["into_unit"] != ""]
        moved = (kept["into"] != "").to_numpy()
        older = np.minimum(kept["years_in_rank"] + 1, longest_tracked_years_in_rank)
        kept = kept.assign(
            unit=kept["into_unit"].astype(object),
            rank=np.where(moved, kept["into"], kept["rank"]),
            age_years=kept["age_years"] + 1,
            years_in_rank=np.where(moved, 0, older),
        )
        joined = self.entries[self.entries["year"] == year].assign(years_in_rank=0)
        return _by_cell(pd.concat([kept, joined], ignore_index=True))


def person_years(register: Register, ladder: Ladder) -> PersonYears:
    """Compare each 31 December with the next: a person who moves twice within a year is counted once.

    Ages are completed years on 31 December. Years in rank are those completed on 31 December in the rank, whatever the
    unit; who is in the same rank on two 31 Decembers has stayed in it. A spell that ended by "promoted" or "moved"
    lasts until the next one begins. The last year is the last calendar year complete on the as-of date.

    Raises
    ------
    InputError
        When there is no complete calendar year in which leavers are recorded, or no group of the ladder for a sex.
    """
    first, last = register.observed_from_year, _last_complete_year(register)
    if last < first:
        raise InputError(
            f"register: leavers are recorded from {first} and the last complete calendar year is {last}; expected at "
            "least one year. Give a later as-of date, or an earlier first year if leavers were recorded before."
        )
    spells = _Spells(register, ladder)
    here = spells.on_31_december(first - 1)
    years_in_rank = np.where(here >= 0, first - 1 - spells.rank_year[here], 0)
    stocks, transitions, entries = [spells.stock(first - 1, here, years_in_rank)], [], []
    for year in range(first, last + 1):
        then, here = here, spells.on_31_december(year)
        transitions.append(spells.transitions(year, then, here, years_in_rank))
        entries.append(spells.entries(year, then, here))
        same = (then >= 0) & (here >= 0) & (spells.rank[then] == spells.rank[here])
        years_in_rank = np.where(same, years_in_rank + 1, 0)
        stocks.append(spells.stock(year, here, years_in_rank))
    return PersonYears(
        spells.named(transitions), spells.named(entries), spells.named(stocks), first_year=first, last_year=last
    )


class _Spells:
    """A register's spells as arrays by spell, and the names that their numbers stand for."""

    def __init__(self, register: Register, ladder: Ladder) -> None:
        frame = register.spells
        self.person = frame["person"].to_numpy()
        self.birth_year = frame["birth_year"].to_numpy()
        self.unit, self.rank, self.reason = (frame[name].cat.codes.to_numpy() for name in ("unit", "rank", "reason"))
        self.start = frame["start"].to_numpy().astype("datetime64[D]")
        self.group = _groups(frame["sex"], ladder)
        self.first = np.diff(self.person, prepend=NOBODY) > 0
        self.last = np.flatnonzero(np.append(self.first[1:], True))
        end = frame["end"].to_numpy().astype("datetime64[D]")
        until = np.where(np.append(self.first[1:], True), end, np.append(self.start[1:], end[-1:]))
        self.until = np.where(np.isnat(until), np.datetime64("9999-12-31"), until)
        changes = self.first | (np.diff(self.rank, prepend=self.rank[:1]) != 0)
        self.rank_year = self.start[np.maximum.accumulate(np.where(changes, np.arange(len(frame)), 0))]
        self.rank_year = self.rank_year.astype("datetime64[Y]").astype(int) + 1970
        self.longest = ladder.ages.longest_tracked_years_in_rank
        self.ways = _ways(ladder)
        reasons = list(frame["reason"].cat.categories)
        units, ranks = list(frame["unit"].cat.categories), list(ladder.rank_ids)
        outcomes = ["stay", *WAYS, *(reason for reason in reasons if reason not in STAYING)]
        self.out = np.array([NOBODY if reason in STAYING else outcomes.index(reason) for reason in reasons])
        self.entry_rank = ladder.index(ladder.entry.rank) if ladder.entry else NOBODY
        self.names = {
            "unit": units,
            "rank": ranks,
            "group": [group.id for group in ladder.groups],
            "outcome": outcomes,
            "into": [*ranks, ""],
            "into_unit": [*units, ""],
            "kind": ["recruitment", "lateral"],
        }

    def on_31_december(self, year: int) -> np.ndarray:
        """Spell of each person on 31 December; NOBODY where the person is not in the service."""
        day = np.datetime64(f"{year:04}-12-31")
        there = np.flatnonzero((self.start <= day) & (self.until > day))
        found = np.full(len(self.last), NOBODY)
        found[self.person[there]] = there
        return found

    def stock(self, year: int, here: np.ndarray, years_in_rank: np.ndarray) -> pd.DataFrame:
        """Persons by cell on 31 December."""
        return _counted(year, self._cells(year, here[here >= 0], years_in_rank[here >= 0]))

    def transitions(self, year: int, then: np.ndarray, here: np.ndarray, years_in_rank: np.ndarray) -> pd.DataFrame:
        """Persons by cell at the opening and by what became of them."""
        among = then >= 0
        then, here, last = then[among], here[among], self.last[among]
        stays = here >= 0
        moves = stays & (self.rank[then] != self.rank[here])
        outcome = np.where(stays, self.ways[self.rank[then], self.rank[here]], self.out[self.reason[last]])
        cells = self._cells(year - 1, then, years_in_rank[among])
        cells["outcome"] = outcome
        cells["into"] = np.where(moves, self.rank[here], len(self.names["rank"]))
        cells["into_unit"] = np.where(stays, self.unit[here], len(self.names["unit"]))
        return _counted(year, cells)

    def entries(self, year: int, then: np.ndarray, here: np.ndarray) -> pd.DataFrame:
        """Persons new on 31 December."""
        new = here[(then < 0) & (here >= 0)]
        cells = self._cells(year, new, np.zeros(len(new), int))
        cells["kind"] = (self.rank[new] != self.entry_rank).astype(int)
        del cells["years_in_rank"]
        return _counted(year, cells)

    def _cells(self, year: int, spells: np.ndarray, years_in_rank: np.ndarray) -> dict[str, np.ndarray]:
        values = (self.unit[spells], self.rank[spells], self.group[spells], year - self.birth_year[spells])
        return dict(zip(CELL, (*values, np.minimum(years_in_rank, self.longest)), strict=True))

    def named(self, yearly: Sequence[pd.DataFrame]) -> pd.DataFrame:
        """Years one below the other, with names for numbers."""
        frame = pd.concat(yearly, ignore_index=True)
        categories = {
            name: pd.Categorical.from_codes(frame[name], self.names[name]) for name in frame if name in self.names
        }
        return frame.assign(**categories)


def _ways(ladder: Ladder) -> np.ndarray:
    """Outcome of being in one rank and then in another, array [rank, rank]: 0 for the same, then as in WAYS."""
    size = len(ladder.ranks)
    ways = np.where(np.eye(size, dtype=bool), 0, 1 + WAYS.index("move"))
    for move in ladder.moves:
        ways[ladder.index(move.source), ladder.index(move.into)] = 1 + WAYS.index(move.kind)
    for way in ladder.promotions:
        ways[ladder.index(way.source), ladder.index(way.into)] = 1 + WAYS.index("promotion")
    return ways


def _groups(sex: pd.Series, ladder: Ladder) -> np.ndarray:
    """First group of the ladder for each person's sex; a group of sex "any" takes everybody."""
    found = []
    for name in sex.cat.categories:
        fitting = [place for place, group in enumerate(ladder.groups) if group.sex in (name, "any")]
        if not fitting and (sex == name).any():
            raise InputError(
                f"ladder {ladder.id}: no group for sex {name!r}, which occurs in the register. Add a group of it."
            )
        found.append(fitting[0] if fitting else NOBODY)
    return np.array(found)[sex.cat.codes.to_numpy()]


def _last_complete_year(register: Register) -> int:
    as_of = register.as_of
    return as_of.year if (as_of.month, as_of.day) == (12, 31) else as_of.year - 1


def _counted(year: int, cells: dict[str, np.ndarray]) -> pd.DataFrame:
    names = list(cells)
    counted = pd.DataFrame(cells).groupby(names).size().reset_index(name="persons")
    counted.insert(0, "year", year)
    return counted


def _by_cell(frame: pd.DataFrame) -> pd.Series:
    frame = frame.astype(dict.fromkeys(("unit", "rank", "group"), object))
    return frame.groupby(CELL)["persons"].sum()
