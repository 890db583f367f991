"""Entries a year and what is to be expected of them: forecast with its interval, who enters, and from outside where."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.tsa.statespace.structural import UnobservedComponents

from cadre_research.evidence.diagnostics import bands
from cadre_research.evidence.ladder import Ladder

if TYPE_CHECKING:
    from cadre_research.evidence.person_years import PersonYears

__all__ = ["Recruitment", "estimate_recruitment", "forecast_entries"]

HORIZON_YEARS = 10
FEWEST_YEARS_FOR_A_LEVEL = 5
LEVELS = (80, 95)


@dataclass(frozen=True)
class Recruitment:
    """What a register says of those who enter.

    Parameters
    ----------
    yearly : DataFrame
        year, persons: entries at the entry rank.
    forecast : DataFrame
        year, persons (median), low_80, high_80, low_95, high_95, for ten years after the last observed.
    mix : DataFrame
        group, age_years (at 31 December), share; sums to 1 and is empty where too few entered.
    lateral : DataFrame
        rank, persons_per_year, age_low, age_high: entries from outside above the entry rank; ages cover the middle
        nine tenths. Ranks with too few are left out.
    """

    yearly: pd.DataFrame
    forecast: pd.DataFrame
    mix: pd.DataFrame
    lateral: pd.DataFrame


def estimate_recruitment(person_years: PersonYears, ladder: Ladder, fewest: int = 10) -> Recruitment:
    """Estimate entries a year, their mix, and entries from outside.

    Parameters
    ----------
    fewest : int
        Persons at least that a share or an age rests on.
    """
    entries = person_years.entries
    recruits = entries[entries["kind"] == "recruitment"]
    years = pd.RangeIndex(person_years.first_year, person_years.last_year + 1, name="year")
    yearly = recruits.groupby("year")["persons"].sum().reindex(years, fill_value=0).astype(float)
    return Recruitment(
        yearly=yearly.reset_index(),
        forecast=forecast_entries(yearly.to_numpy(), person_years.last_year + 1),
        mix=_mix(recruits, ladder, fewest),
        lateral=_lateral(entries[entries["kind"] == "lateral"], len(years), fewest),
    )


def forecast_entries(persons: np.ndarray, first_year: int, horizon_years: int = HORIZON_YEARS) -> pd.DataFrame:
    """Forecast yearly entries: a level that wanders, on the scale of log(1 + persons), seen with noise.

    Intervals take Student's t for the years that estimating the spread has cost; with fewer than five years the level
    is the mean of all, and of a single year the spread is that of a Poisson count.

    Examples
    --------
    >>> forecast_entries(np.array([100.0, 100.0, 100.0]), 2018, 1)[["year", "persons"]].round(6).values.tolist()
    [[2018.0, 100.0]]
    """
    scale = np.log1p(np.asarray(persons, float))
    level, error = _level(scale, persons, horizon_years)
    frame = {"year": np.arange(first_year, first_year + horizon_years), "persons": np.expm1(level)}
    for width in LEVELS:
        reach = stats.t.ppf(0.5 + width / 200, max(1, len(scale) - 1)) * error
        frame[f"low_{width}"] = np.maximum(np.expm1(level - reach), 0.0)
        frame[f"high_{width}"] = np.expm1(level + reach)
    return pd.DataFrame(frame)


def _level(scale: np.ndarray, persons: np.ndarray, horizon_years: int) -> tuple[np.ndarray, np.ndarray]:
    """Expected level of the coming years and the standard error of a new observation."""
    years = len(scale)
    counted = 1 / (1 + float(np.mean(persons)))
    if years >= FEWEST_YEARS_FOR_A_LEVEL and np.ptp(scale) > 0:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            # The variances are estimated on values of order one, from which the optimiser starts well.
            spread = scale.std(ddof=1)
            fitted = UnobservedComponents((scale - scale.mean()) / spread, "llevel").fit(disp=False)
            coming = fitted.get_forecast(horizon_years)
        level = scale.mean() + spread * np.asarray(coming.predicted_mean)
        error = spread * np.asarray(coming.se_mean)
        if np.isfinite(level).all() and np.isfinite(error).all():
            return level, np.sqrt(np.maximum(error**2, counted))
    # No smaller than chance alone makes it for that many persons.
    variance = max(scale.var(ddof=1) if years > 1 else 0.0, counted)
    return np.full(horizon_years, scale.mean()), np.full(horizon_years, np.sqrt(variance * (1 + 1 / years)))


def _mix(recruits: pd.DataFrame, ladder: Ladder, fewest: int) -> pd.DataFrame:
    """Share of entrants of each group and age, all years together.

    Neighbouring ages are pooled until they have `fewest` entrants, spread evenly over the ages of the pool; a group
    with fewer has the ages of all.
    """
    total = recruits["persons"].sum()
    if total < fewest:
        return pd.DataFrame({"group": [], "age_years": [], "share": []})
    parts = []
    for group in ladder.groups:
        own = recruits[recruits["group"] == group.id]
        size = own["persons"].sum()
        ages = _ages(own if size >= fewest else recruits, ladder, fewest)
        parts.append(pd.DataFrame({"group": group.id, "age_years": ages.index, "share": ages.values * size / total}))
    return pd.concat(parts, ignore_index=True)


def _ages(recruits: pd.DataFrame, ladder: Ladder, fewest: int) -> pd.Series:
    by_age = recruits.groupby("age_years")["persons"].sum()
    ages = np.arange(max(by_age.index.min(), ladder.ages.youngest_years), by_age.index.max() + 1)
    persons = by_age.reindex(ages, fill_value=0).astype(float)
    band = bands(persons.to_numpy() / fewest)
    return persons.groupby(band).transform("mean") / persons.sum()


def _lateral(entries: pd.DataFrame, years: int, fewest: int) -> pd.DataFrame:
    rows = []
    for rank, own in entries.groupby("rank", observed=True):
        by_age = own.groupby("age_years")["persons"].sum()
        if by_age.sum() < fewest:
            continue
        place = np.searchsorted(by_age.cumsum().to_numpy(), np.array([0.05, 0.95]) * by_age.sum())
        low, high = by_age.index.to_numpy()[place]
        rows.append((str(rank), by_age.sum() / years, int(low), int(high)))
    return pd.DataFrame(rows, columns=["rank", "persons_per_year", "age_low", "age_high"])
