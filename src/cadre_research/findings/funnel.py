r"""The funnel: how far a unit's share may lie from the city's by chance alone, given how many people it has.

Were everybody in a unit young with the city's probability p, each on their own, the young among n would be binomial.
The limits within which 95 and 99.8 % of such units lie, narrow for large units and wide for small, are the exact
binomial quantiles, between two of them where no whole number of persons has the probability asked for:

.. math:: y = \frac{1}{n}\Big(r - \frac{P(X \le r) - a}{P(X = r)}\Big), \quad r = \min\{x : P(X \le x) \ge a\}

A unit within is not to be told from the city; the order of such units is noise.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import binom

from cadre_research.errors import ParameterError
from cadre_research.findings.age_structure import shares_of
from cadre_research.findings.outlook import Outlook
from cadre_research.findings.unit_outlook import UnitOutlook

__all__ = ["LIMITS", "funnel", "funnel_limits", "outside_funnel"]

# Tails on either side: limits of 95 and of 99.8 %, about two and three standard deviations.
LIMITS = {"low_998": 0.001, "low_95": 0.025, "high_95": 0.975, "high_998": 0.999}
# P(X <= r) is compared with rounding.
NEXT_TO = 1e-12


def funnel_limits(persons: np.ndarray, share: float) -> dict[str, np.ndarray]:
    """Control limits of a share among so many persons, within 0 and 1; by the names of `LIMITS`.

    Parameters
    ----------
    persons : array [...]
        At least 1 each.
    share : float
        Of the city, 0 to 1.

    Examples
    --------
    Of four persons, each young with probability 1/2: P(X <= 0) = 1/16, so that a tail of 1/40 is two fifths of it.

    >>> round(float(funnel_limits(np.array([4]), 0.5)["low_95"][0]), 6)
    0.0
    """
    persons = np.asarray(persons)
    if (persons < 1).any() or not 0 <= share <= 1:
        raise ParameterError(
            f"funnel_limits: given {persons.min()} persons and a share of {share}, expected at least 1 and 0 to 1."
        )
    return {name: _limit(persons, share, tail) for name, tail in LIMITS.items()}


def funnel(
    found: UnitOutlook, target: str, population: str, year: int, draw: int = 0, replicate: int = 0
) -> pd.DataFrame:
    """One path's units in one year, beside their limits: what an appraisal of that year would see.

    Returns
    -------
    DataFrame
        One row a unit with anybody in the group. Columns unit, target, scenario, age_line, population, year, young,
        headcount, share, city_share, and the limits low_998, low_95, high_95, high_998; outside ("" within 95 %,
        "95" beyond these, "99.8" beyond all).

    Raises
    ------
    ParameterError
        When the outlook has no such year.
    """
    if year not in found.years:
        raise ParameterError(f"year: given {year}, expected {found.years[0]} to {found.years[-1]}.")
    place = int(np.flatnonzero(found.years == year)[0])
    young, persons = (part[target, population][draw, replicate, :, place] for part in (found.young, found.headcount))
    there = persons > 0
    frame = pd.DataFrame(
        {
            "unit": np.array(found.units, object)[there],
            **Outlook.labels(found, target, population, year=year),
            "young": young[there],
            "headcount": persons[there],
            "share": shares_of(young, persons)[there],
            "city_share": young.sum() / max(persons.sum(), 1),
        }
    )
    limits = funnel_limits(persons[there], float(young.sum() / max(persons.sum(), 1))) if there.any() else {}
    frame = frame.assign(**limits)
    return frame.assign(outside=_outside(frame)) if len(frame) else frame


def outside_funnel(found: UnitOutlook, horizon_years: int) -> pd.DataFrame:
    """How often units lie outside their limits, over all worlds and chance: 5 % and 0.2 % were they alike.

    Returns
    -------
    DataFrame
        One row a target and population. Columns target, scenario, horizon_years, age_line, population, outside_95 and
        outside_998 (parts of all units on all paths), dispersion: the mean square of the units' distances from the
        city in binomial standard deviations, 1 where all is chance and the city's share is known.
    """
    rows = []
    for target, population in found.young:
        young, persons = (part[target, population][..., horizon_years] for part in (found.young, found.headcount))
        city = shares_of(young.sum(-1), persons.sum(-1))[..., None]
        outside, squares = [], []
        for path in np.ndindex(young.shape[:2]):
            there = (persons[path] > 0) & (city[path] > 0) & (city[path] < 1)
            if not there.any():
                continue
            share = young[path][there] / persons[path][there]
            limits = funnel_limits(persons[path][there], float(city[path][0]))
            outside.append(_marks(share, limits))
            variance = city[path] * (1 - city[path]) / persons[path][there]
            squares.append((share - city[path]) ** 2 / variance)
        marks, square = (np.concatenate(each) if each else np.array([np.nan]) for each in (outside, squares))
        rows.append(
            {
                **Outlook.labels(found, target, population, horizon_years=horizon_years),
                "outside_95": np.mean(marks >= 1) if outside else np.nan,
                "outside_998": np.mean(marks >= 2) if outside else np.nan,
                "dispersion": square.mean(),
            }
        )
    return pd.DataFrame(rows)


def _limit(persons: np.ndarray, share: float, tail: float) -> np.ndarray:
    reached = binom.ppf(tail, persons, share)
    excess = binom.cdf(reached, persons, share) - tail
    mass = binom.pmf(reached, persons, share)
    part = np.divide(excess, mass, out=np.zeros(np.shape(excess)), where=mass > NEXT_TO)
    return np.clip((reached - part) / persons, 0.0, 1.0)


def _outside(frame: pd.DataFrame) -> np.ndarray:
    marks = _marks(frame["share"].to_numpy(), {name: frame[name].to_numpy() for name in LIMITS})
    return np.array(["", "95", "99.8"], object)[marks]


def _marks(share: np.ndarray, limits: dict[str, np.ndarray]) -> np.ndarray:
    """0 within the limits of 95 %, 1 beyond them, 2 beyond those of 99.8 %."""
    return sum(
        ((share < limits[f"low_{width}"]) | (share > limits[f"high_{width}"])).astype(int) for width in ("95", "998")
    )
