"""Yearly rates of leaving and moving, estimated from the flows of a panel, for ranks of thirty and of thirty thousand.

For each rank and way, events and persons at risk are added up over the years, a year counting half as much as one
`HALF_LIFE_YEARS` later. A rate by single years of age is then the posterior mean of a beta-binomial model::

    rate(age) = (events(age) + c m(age)) / (at risk(age) + c)

where m is the smoothed rate of the *other* ages (a Gaussian kernel, filled up with what is known of all ranks where
there is hardly anybody). How far the kernel reaches and how much c it counts are those under which the observed events
are most probable (empirical Bayes): a sharp age of retirement is kept, the noise of single persons is not. The ways
are asked in turn, exits first, so that rates never sum to more than one.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from scipy.special import betaln

from cadre_research.evidence.panel import Panel

__all__ = ["Rates", "estimate_rates"]

HALF_LIFE_YEARS = 10.0
REACHES_YEARS = (1.5, 3.0, 6.0)
STRENGTHS = (3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)
# Persons a year that the rate of all ranks counts, beside the neighbouring ages of the own rank.
FILLINGS = (1.0, 20.0)
POOL_REACH_YEARS = 2.0
LEAST_RATE = 1e-5


@dataclass(frozen=True)
class Rates:
    """Rates of a year, each known as a beta distribution.

    Parameters
    ----------
    ways : tuple of (source, into)
        Strata; ways nobody was seen to take are not there. Each is asked of those left by exits and by the ways listed
        before it.
    exits : array [2, stratum, age]
        The two parameters of each beta distribution.
    moves : array [2, way, age]
    """

    ways: tuple[tuple[int, int], ...]
    exits: np.ndarray
    moves: np.ndarray

    def means(self) -> tuple[np.ndarray, np.ndarray]:
        """Mean rates of exit [stratum, age] and move [way, age]."""
        return self.exits[0] / self.exits.sum(0), self.moves[0] / self.moves.sum(0)

    def drawn(self, members: int, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """So many draws of the rates, arrays [member, stratum, age] and [member, way, age]."""
        exits, moves = (generator.beta(*beta, size=(members, *beta.shape[1:])) for beta in (self.exits, self.moves))
        return exits, moves


def estimate_rates(known: Panel) -> Rates:
    """Estimate the rates from all flows of a panel, the latest counting most.

    Raises
    ------
    ValueError
        When the panel has no flows.
    """
    latest = max(known.flows)
    weights = {year: 0.5 ** ((latest - year) / HALF_LIFE_YEARS) for year in known.flows}
    at_risk = sum(weight * known.stocks[year] for year, weight in weights.items())
    exits = sum(weight * known.flows[year].exits for year, weight in weights.items())
    moves = sum(weight * known.flows[year].moves for year, weight in weights.items())
    pool = _of_all_ranks(exits, at_risk)
    ways, events, asked = [], [], []
    left = at_risk - exits
    for source, into in itertools.product(range(len(at_risk)), repeat=2):
        if source != into and moves[source, into].any():
            ways.append((source, into))
            events.append(moves[source, into])
            asked.append(left[source].copy())
            left[source] = left[source] - moves[source, into]
    if not ways:
        return Rates((), _shrunk(exits, at_risk, pool), np.ones((2, 0, at_risk.shape[1])))
    events, asked = np.array(events), np.array(asked)
    overall = np.divide(events.sum(1), asked.sum(1))[:, None] + np.zeros(events.shape)
    return Rates(tuple(ways), _shrunk(exits, at_risk, pool), _shrunk(events, asked, overall))


def _of_all_ranks(events: np.ndarray, at_risk: np.ndarray) -> np.ndarray:
    """Rate at each age of the other ranks together, hardly smoothed; the rate of all ages where there is nobody."""
    kernel = _kernel(events.shape[1], POOL_REACH_YEARS, own=True)
    others = [(counts.sum(0) - counts) @ kernel + 1e-3 * counts.sum() / counts.size for counts in (events, at_risk)]
    return np.divide(*others, out=np.zeros(events.shape), where=others[1] > 0)


def _shrunk(events: np.ndarray, at_risk: np.ndarray, pool: np.ndarray) -> np.ndarray:
    """Parameters of the beta distribution of each rate, array [2, row, age]."""
    at_risk = np.maximum(at_risk, events)
    best = np.full(len(events), -np.inf)
    found = np.ones((2, *events.shape))
    for reach, filling in itertools.product(REACHES_YEARS, FILLINGS):
        kernel = _kernel(events.shape[1], reach, own=False)
        expected = (events @ kernel + filling * pool) / (at_risk @ kernel + filling)
        expected = expected.clip(LEAST_RATE, 1 - LEAST_RATE)
        for strength in STRENGTHS:
            prior = np.array([strength * expected, strength * (1 - expected)])
            posterior = prior + np.array([events, at_risk - events])
            likelihood = (betaln(*posterior) - betaln(*prior)).sum(1)
            better = likelihood > best
            best = np.where(better, likelihood, best)
            found = np.where(better[:, None], posterior, found)
    return found


def _kernel(ages: int, reach_years: float, *, own: bool) -> np.ndarray:
    """Weight of each age in the smoothed rate of another, array [age, age]."""
    apart = np.subtract.outer(np.arange(ages), np.arange(ages))
    kernel = np.exp(-0.5 * (apart / reach_years) ** 2)
    return kernel if own else kernel * (apart != 0)
