"""A panel: yearly stocks of a service by rank and age, and the flows that lead from each year's to the next.

A flow of year t leads from the stock of t to that of t + 1. Ages are those at the start, so whoever is still there
stands in the stock of t + 1 a year older, newcomers too. Everybody in a stock stays, moves or exits:

    stock(t, rank, age) = stay + moves out + exits
    stock(t + 1, rank, age + 1) = stay + moves in + entries
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from cadre_research.errors import EvidenceError, UnknownNameError
from cadre_research.evidence.ladder import Ladder
from cadre_research.evidence.panel_books import a_year_older, balance, gaps_of
from cadre_research.evidence.panel_csv import read_flows, read_stocks

__all__ = ["Panel", "YearFlows", "panel_in", "read_panel"]

NOT_TOLD = "all"


@dataclass(frozen=True)
class YearFlows:
    """Flows of a year, whole numbers by the age at its start.

    Parameters
    ----------
    moves : array [source, into, age]
        Between strata; the diagonal are those who stay.
    entries, exits : arrays [stratum, age]
    """

    moves: np.ndarray
    entries: np.ndarray
    exits: np.ndarray

    @property
    def closing(self) -> np.ndarray:
        """Stock the flows lead to, array [stratum, age]; whoever is at the last age stays there."""
        return a_year_older(self.moves.sum(0) + self.entries)


@dataclass(frozen=True)
class Panel:
    """Stocks and flows of a service whose books balance.

    A stratum is a rank, or a rank of one sex where both files tell sex: flows go from stratum to stratum.

    Parameters
    ----------
    ranks : tuple of str
        As the files name them, in the order of the ladder or of the stocks file.
    sexes : tuple of str
        ("all",) where not told.
    ages_years : array [age]
        Every age from the youngest to a year past the oldest; to the oldest where the files have it for that age and
        over.
    stocks : mapping of year to array [stratum, age]
        Stratum rank * len(sexes) + sex.
    flows : mapping of year to YearFlows
        Only years whose stock and next year's stock are there.
    notes : tuple of str
        What of the files is not used, and why.
    """

    ranks: tuple[str, ...]
    sexes: tuple[str, ...]
    ages_years: np.ndarray
    stocks: Mapping[int, np.ndarray]
    flows: Mapping[int, YearFlows]
    notes: tuple[str, ...] = ()

    @property
    def strata(self) -> tuple[str, ...]:
        """Names of the strata."""
        if len(self.sexes) == 1:
            return self.ranks
        return tuple(f"{rank}, {sex}" for rank in self.ranks for sex in self.sexes)

    @property
    def years(self) -> tuple[int, ...]:
        """Years with a stock, ascending."""
        return tuple(sorted(self.stocks))

    def until(self, year: int) -> Panel:
        """What was known when the stock of a year had been counted: earlier stocks, and the flows between them."""
        return replace(
            self,
            stocks={y: stock for y, stock in self.stocks.items() if y <= year},
            flows={y: flow for y, flow in self.flows.items() if y < year},
        )

    def by_rank(self, headcount: np.ndarray) -> np.ndarray:
        """Add up the sexes: array [..., stratum, age] to [..., rank, age]."""
        *lead, _, ages = headcount.shape
        return headcount.reshape(*lead, len(self.ranks), len(self.sexes), ages).sum(-2)


def read_panel(stocks: Path, flows: Path, ladder: Ladder | None = None) -> Panel:
    """Read a panel from its two CSV files.

    Sex is used where both files tell it, and added up otherwise. Flows of a year without a stock at its start or its
    end are left out, with a note: nothing could check them. The oldest age is that age and over where the books balance
    only so.

    Parameters
    ----------
    ladder : Ladder, optional
        Gives the order of the ranks, by their id or name.

    Raises
    ------
    EvidenceError
        When a file cannot be used, or the flows of a year do not lead from its stock to the next year's.
    UnknownNameError
        When a rank is not on the ladder.
    """
    stock_rows, notes = read_stocks(stocks)
    ranks = _ordered(list(dict.fromkeys(stock_rows["rank"])), ladder)
    flow_rows, more = read_flows(flows, ranks)
    notes += more
    sexes = (NOT_TOLD,)
    told = ["sex" in rows for rows in (stock_rows, flow_rows)]
    if all(told):
        sexes = tuple(sorted(set(stock_rows["sex"])))
        if unknown := sorted({*flow_rows["sex"]} - {*sexes}):
            raise EvidenceError(f"{flows}, column sex: given {unknown}, expected as in {stocks.name}: {list(sexes)}.")
    elif any(told):
        notes.append(f"sex is added up: only {(stocks, flows)[told.index(True)].name} tells it")
    youngest = min(stock_rows["age_years"].min(), flow_rows["age_years"].min())
    oldest = max(stock_rows["age_years"].max(), flow_rows["age_years"].max())
    # Whoever is oldest at the start of a year may still be there a year later.
    ages = np.arange(youngest, oldest + 2)
    place = _Places(ranks, sexes, int(youngest), len(ages))
    stock_of = {int(year): place.stock(rows) for year, rows in stock_rows.groupby("year")}
    flows_of = {}
    for year, rows in flow_rows.groupby("year"):
        without = [y for y in (year, year + 1) if y not in stock_of]
        if without:
            notes.append(f"flows of {year} are left out: no stock of {' and '.join(map(str, without))}")
        else:
            flows_of[int(year)] = place.flows(rows)
    notes += [
        f"no flows of {year}: nothing is learnt from the change of its stock"
        for year in stock_of
        if year + 1 in stock_of and year not in flows_of
    ]
    notes += [f"no stock of {year}" for year in range(min(stock_of), max(stock_of)) if year not in stock_of]
    panel = Panel(tuple(ranks), sexes, ages, stock_of, flows_of, tuple(notes))
    if gaps_of(panel) and not gaps_of(capped := _to_the_oldest(panel)):
        return replace(capped, notes=(*notes, f"age {oldest} is read as {oldest} and over: the books balance only so"))
    balance(panel, stocks, flows)
    return panel


def panel_in(folder: Path) -> Panel:
    """Read the panel whose two files are stocks.csv and flows.csv in a folder; raises as `read_panel` does."""
    return read_panel(folder / "stocks.csv", folder / "flows.csv")


def _to_the_oldest(panel: Panel) -> Panel:
    """The panel without the year past its oldest age, so that whoever has reached that age stays at it."""
    flows = {
        year: YearFlows(flow.moves[..., :-1], flow.entries[..., :-1], flow.exits[..., :-1])
        for year, flow in panel.flows.items()
    }
    stocks = {year: stock[..., :-1] for year, stock in panel.stocks.items()}
    return replace(panel, ages_years=panel.ages_years[:-1], stocks=stocks, flows=flows)


class _Places:
    """Where the rows of a frame stand in the arrays of a panel."""

    def __init__(self, ranks: list[str], sexes: tuple[str, ...], youngest_years: int, ages: int) -> None:
        self.ranks, self.sexes = pd.Index(ranks), pd.Index(sexes)
        self.youngest_years = youngest_years
        self.shape = (len(ranks) * len(sexes), ages)

    def stock(self, rows: pd.DataFrame, rank: str = "rank") -> np.ndarray:
        """Headcounts by stratum and age."""
        counts = np.zeros(self.shape, np.int64)
        np.add.at(counts, (self._stratum(rows, rank), self._age(rows)), rows["headcount"].to_numpy())
        return counts

    def flows(self, rows: pd.DataFrame) -> YearFlows:
        """Flows of one year."""
        inside = rows[rows["kind"].isin(["stay", "move"])]
        moves = np.zeros((self.shape[0], *self.shape), np.int64)
        at = (self._stratum(inside, "from_rank"), self._stratum(inside, "to_rank"), self._age(inside))
        np.add.at(moves, at, inside["headcount"].to_numpy())
        entries = self.stock(rows[rows["kind"] == "entry"], "to_rank")
        return YearFlows(moves, entries, self.stock(rows[rows["kind"] == "exit"], "from_rank"))

    def _stratum(self, rows: pd.DataFrame, rank: str) -> np.ndarray:
        sex = self.sexes.get_indexer(rows["sex"]) if len(self.sexes) > 1 else 0
        return self.ranks.get_indexer(rows[rank]) * len(self.sexes) + sex

    def _age(self, rows: pd.DataFrame) -> np.ndarray:
        return rows["age_years"].to_numpy() - self.youngest_years


def _ordered(ranks: list[str], ladder: Ladder | None) -> list[str]:
    """Ranks in the order of a ladder that knows each by id or name."""
    if ladder is None:
        return ranks
    known = {name: at for at, rank in enumerate(ladder.ranks) for name in (rank.id, rank.name_en, rank.name_zh)}
    for rank in ranks:
        if rank not in known:
            raise UnknownNameError("rank of the stocks", rank, known)
    return sorted(ranks, key=known.__getitem__)
