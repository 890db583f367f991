"""A panel's own flows put through the yearly model: the books of the panel and of the model are the same books."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cadre_research.evidence.panel import Panel, YearFlows
from cadre_research.evidence.panel_books import a_year_older
from cadre_research.findings.panel_model import ladder_of, markov_rules
from cadre_research.model.chance import Expected
from cadre_research.model.population import Population
from cadre_research.model.year import advance

__all__ = ["replay"]


def replay(panel: Panel) -> pd.DataFrame:
    """Take the first stock of every unbroken run of years through the panel's own flows.

    Each year `advance` is given the observed shares of those who exit and move, and the observed newcomers; what it
    returns, rounded to whole persons, is the opening of the next year. The panel's later stocks are not looked at but
    to be compared with.

    Returns
    -------
    DataFrame
        year, stratum, age_years, headcount (of the panel), replayed, difference: a row for every cell with anybody.
    """
    ladder, frames, stock = ladder_of(panel), [], None
    for year in panel.years:
        if year not in panel.flows:
            stock = None
            continue
        if stock is None:
            stock = panel.stocks[year].astype(float)
        stock = _carried_out(stock, panel.flows[year], ladder, year)
        frames.append(_compared(panel, year + 1, stock))
    columns = ["year", "stratum", "age_years", "headcount", "replayed", "difference"]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns)


def _carried_out(stock: np.ndarray, flows: YearFlows, ladder, year: int) -> np.ndarray:
    """Stock [stratum, age] a year later."""
    left = stock - flows.exits
    ways, moves = [], []
    for source, into in np.argwhere(flows.moves.any(-1)):
        if source != into:
            ways.append((int(source), int(into)))
            moves.append(_share(flows.moves[source, into], left[source]))
            left[source] -= flows.moves[source, into]
    rules = markov_rules(ladder, tuple(ways), _share(flows.exits, stock), np.array(moves))
    opening = Population(stock[None, None, None, :, :, None], ladder)
    closing = advance(opening, year, rules, Expected()).closing.by_rank_and_age()
    return np.rint(closing + a_year_older(flows.entries))


def _share(persons: np.ndarray, of: np.ndarray) -> np.ndarray:
    return np.divide(persons, of, out=np.zeros(of.shape), where=of > 0)


def _compared(panel: Panel, year: int, stock: np.ndarray) -> pd.DataFrame:
    actual = panel.stocks[year]
    stratum, age = np.nonzero((actual != 0) | (stock != 0))
    frame = pd.DataFrame(
        {
            "year": year,
            "stratum": np.array(panel.strata, object)[stratum],
            "age_years": panel.ages_years[age],
            "headcount": actual[stratum, age],
            "replayed": stock[stratum, age].astype(np.int64),
        }
    )
    return frame.assign(difference=frame["replayed"] - frame["headcount"])
