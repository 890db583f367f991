"""The books of a panel: whether its flows lead from each stock to the next, and the likeliest reason if not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cadre_research.errors import EvidenceError

if TYPE_CHECKING:
    from cadre_research.evidence.panel import Panel

__all__ = ["a_year_older", "balance", "gaps_of"]

MOST_GAPS_SHOWN = 5


def a_year_older(headcount: np.ndarray) -> np.ndarray:
    """Headcounts [..., age] a year later; whoever is at the last age stays there.

    >>> a_year_older(np.array([5, 2, 1])).tolist()
    [0, 5, 3]
    """
    older = np.zeros_like(headcount)
    older[..., 1:] = headcount[..., :-1]
    older[..., -1] += headcount[..., -1]
    return older


def gaps_of(panel: Panel) -> list[str]:
    """Every cell that the flows do not fit, in words."""
    gaps = []
    for year, flow in sorted(panel.flows.items()):
        gaps += _gaps(panel, year, "stay, move and exit", flow.moves.sum(1) + flow.exits, panel.stocks[year])
        gaps += _gaps(panel, year, "stay, move and entry", flow.closing, panel.stocks[year + 1], later=1)
    return gaps


def balance(panel: Panel, stocks: Path, flows: Path) -> None:
    """Refuse a panel whose flows do not lead from each stock to the next.

    Raises
    ------
    EvidenceError
        With the first cells that do not fit, and what would make all of them fit where it is known.
    """
    gaps = gaps_of(panel)
    if not gaps:
        return
    shown = "\n".join(gaps[:MOST_GAPS_SHOWN])
    more = f"\n{len(gaps) - MOST_GAPS_SHOWN} more cells." if len(gaps) > MOST_GAPS_SHOWN else ""
    raise EvidenceError(
        f"{stocks} and {flows}: the flows do not fit the stocks.\n{shown}{more}\nExpected every stock to be the "
        "sum of those who stay, move or exit from it, and, a year older, of those who stay, move or enter into it. "
        f"{_remedy(panel)}"
    )


def _remedy(panel: Panel) -> str:
    """What would make the books balance, of the ways in which files are often otherwise than expected."""
    stocks = {year: _with_an_age_more(stock) for year, stock in panel.stocks.items()}
    for which, parts in {"entries": ["entries"], "all flows": ["moves", "entries", "exits"]}.items():
        flows = {}
        for year in panel.flows:
            every = {part: getattr(panel.flows[year], part) for part in ("moves", "entries", "exits")}
            every = {part: _with_an_age_more(cells, younger=part in parts) for part, cells in every.items()}
            flows[year] = replace(panel.flows[year], **every)
        ages = np.append(panel.ages_years[0] - 1, panel.ages_years)
        if not gaps_of(replace(panel, ages_years=ages, stocks=stocks, flows=flows)):
            return (
                f"They fit if the ages of {which} are those at the close of the year: give ages at its start, one less."
            )
    before = {year - 1: flow for year, flow in panel.flows.items() if {year - 1, year} <= panel.stocks.keys()}
    if before and not gaps_of(replace(panel, flows=before)):
        return "They fit if flows are named by the year at whose close they end: name them by the year before."
    return "Correct the cells named, or leave out the flows of these years."


def _with_an_age_more(headcount: np.ndarray, *, younger: bool = False) -> np.ndarray:
    """Headcounts [..., age] with room for an age before the youngest, everybody a year younger if so asked."""
    return np.pad(headcount, [(0, 0)] * (headcount.ndim - 1) + [(0, 1) if younger else (1, 0)])


def _gaps(panel: Panel, year: int, kinds: str, by_flows: np.ndarray, stock: np.ndarray, later: int = 0) -> list[str]:
    return [
        f"Flows of {year}, rank {panel.strata[stratum]}, age {panel.ages_years[age]} in the stock of {year + later}: "
        f"{kinds} come to {by_flows[stratum, age]}, the stock is {stock[stratum, age]}, "
        f"difference {by_flows[stratum, age] - stock[stratum, age]:+d}."
        for stratum, age in np.argwhere(by_flows != stock)
    ]
