"""How far to trust a forecast: made again at every past year with what was known then, and held against what came.

At each origin rates and intake are learnt from the flows known by then, and the stock of the origin is taken ahead
under three intakes, beside persistence and the linear trend. Drawn paths carry chance, not knowing the rates, and how
intakes or posts swung before. They know nothing of a change of regime: their spread is therefore held against how far
past forecasts of the same kind, as far as their outcome was known at the origin, missed (`_spread`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cadre_research.errors import InputError, ParameterError
from cadre_research.evidence.panel import Panel
from cadre_research.evidence.targets import AgeLine, is_young
from cadre_research.findings.benchmark_forecasts import BENCHMARKS, benchmark_members
from cadre_research.findings.panel_intake import (
    INTAKES,
    Intake,
    intake_as_given,
    intake_for_posts,
    intake_of_recent_years,
)
from cadre_research.findings.panel_model import filled_ranks, project
from cadre_research.findings.panel_rates import estimate_rates
from cadre_research.findings.rolling_origins import RollingOrigins

__all__ = ["BACKTEST_COLUMNS", "METHODS", "WHOLE", "Backtest", "backtest"]

BACKTEST_COLUMNS = (
    *("method", "intake", "rank", "young_line", "origin_year", "horizon_years"),
    *("forecast_share", "lower_80", "upper_80", "lower_95", "upper_95", "actual_share"),
)
METHODS = ("model", *BENCHMARKS)
WHOLE = "all"
LEAST_HISTORY_YEARS = 3
LONGEST_HORIZON_YEARS = 50
QUANTILES = {"lower_80": 0.1, "upper_80": 0.9, "lower_95": 0.025, "upper_95": 0.975}
# Before any error is known the drawn paths' spread is widened by this, and by what a change of regime may do to a share
# of one half in a year (standard deviation, growing with the square root of the years): on public panels of other
# services forecasts without the intake missed by 3 to 6 points at 5 years, those with it by 0.1 to 1.1.
WIDENING_BEFORE = 1.5
REGIME_BEFORE = {"recent": 0.015, "posts": 0.010, "given": 0.0}
# So many origins' errors that counts.
ORIGINS_BEFORE = 3.0
LEAST_SPREAD = 5e-4


@dataclass(frozen=True)
class Backtest:
    """What a backtest came to.

    Parameters
    ----------
    frame : DataFrame
        `BACKTEST_COLUMNS` and `crps` of each forecast; shares are decimals. Persistence and trend know no intake:
        they stand beside the model under each, on the same cells. No interval and score: not a number.
    age_line : {"inclusive", "strict"}
        Whether the young line itself counts as young.
    notes : tuple of str
        What could not be forecast, and why.
    """

    frame: pd.DataFrame
    age_line: AgeLine
    notes: tuple[str, ...]


def backtest(
    panel: Panel,
    young_line_years: int,
    horizons_years: Sequence[int] = (5, 10),
    *,
    age_line: AgeLine = "inclusive",
    history_years: int = LEAST_HISTORY_YEARS,
    members: int = 200,
    seed: int = 2017,
    progress: Callable[[], None] = lambda: None,
) -> Backtest:
    """Forecast the share of the young from every origin with enough history, and set it beside what came.

    Parameters
    ----------
    history_years : int
        Least number of years with flows before an origin, at least 1.
    members : int
        Drawn paths of each forecast.
    progress : callable
        Called once for each origin.

    Raises
    ------
    ParameterError
        When the young line, a horizon or the history is out of range.
    InputError
        When no origin has its history and an actual share at any horizon.
    """
    horizons = sorted(set(horizons_years))
    if not horizons or horizons[0] < 1 or horizons[-1] > LONGEST_HORIZON_YEARS:
        raise ParameterError(f"horizon: given {horizons}, expected years from 1 to {LONGEST_HORIZON_YEARS}.")
    if history_years < 1 or members < 2:
        raise ParameterError("history, members: expected at least 1 year of flows and 2 members.")
    if not panel.ages_years[0] < young_line_years <= panel.ages_years[-1]:
        raise ParameterError(
            f"young line: given {young_line_years}, expected an age among those of the panel, "
            f"{panel.ages_years[0]} to {panel.ages_years[-1]}."
        )
    young = is_young(panel.ages_years, young_line_years, age_line)
    ahead = RollingOrigins(panel, young, horizons, history_years)
    made: dict[str, list[_Forecast]] = {}
    rows: list[dict[str, object]] = []
    for origin in ahead.origins:
        for forecast in _forecasts(ahead, origin, members, seed):
            past = made.setdefault(forecast.intake, [])
            for horizon in ahead.horizons_from(origin):
                if horizon < len(forecast.expected):
                    rows += _rows(ahead, forecast, horizon, past)
            past.append(forecast)
        progress()
    if not rows:
        raise InputError(
            f"panel of {panel.years[0]} to {panel.years[-1]}: no year has {history_years} years of flows before it and "
            f"a stock {' or '.join(map(str, horizons))} years after it. Give a longer panel or a shorter horizon."
        )
    frame = pd.DataFrame(rows).assign(young_line=young_line_years)
    order = {"method": METHODS, "intake": INTAKES, "rank": (*panel.ranks, WHOLE)}
    frame = frame.sort_values(
        ["horizon_years", "method", "intake", "rank", "origin_year"],
        key=lambda column: column.map(order[column.name].index) if column.name in order else column,
    )
    return Backtest(frame[[*BACKTEST_COLUMNS, "crps"]].reset_index(drop=True), age_line, ahead.notes)


@dataclass(frozen=True)
class _Forecast:
    """Shares expected [year, rank] and drawn [year, member, rank] from an origin on, the whole workforce last."""

    origin: int
    intake: str
    expected: np.ndarray
    drawn: np.ndarray


def _forecasts(ahead: RollingOrigins, origin: int, members: int, seed: int) -> Iterator[_Forecast]:
    """Forecasts from an origin under each intake; only that of entries as given looks past the origin."""
    known = ahead.panel.until(origin)
    generator = np.random.default_rng((seed, origin))
    rates = estimate_rates(known)
    drawn = rates.drawn(members, generator)
    filled = filled_ranks(known, rates)
    horizons = ahead.horizons_from(origin)
    for place, name in enumerate(INTAKES):
        reached = [h for h in horizons if name != "given" or h <= ahead.given_from(origin)]
        if not reached:
            continue
        intake = _intake(name, ahead.panel, known, origin, reached[-1], members, generator)
        pulled = np.ones_like(filled) if name == "posts" else filled
        given = (known, origin, reached[-1], rates, pulled, intake)
        expected, paths = ahead.share(project(*given)), ahead.share(project(*given, drawn, (seed, origin, place)))
        yield _Forecast(origin, name, expected, paths)


def _intake(
    name: str, panel: Panel, known: Panel, origin: int, years: int, members: int, generator: np.random.Generator
) -> Intake:
    if name == "given":
        return intake_as_given(known, origin, panel, years)
    learn = intake_of_recent_years if name == "recent" else intake_for_posts
    return learn(known, origin, years, members, generator)


def _rows(ahead: RollingOrigins, forecast: _Forecast, horizon: int, past: list[_Forecast]) -> list[dict[str, object]]:
    """Rows of every method at a horizon, for each rank with somebody in it now and then."""
    # Compiles for seconds when it is imported, and many who import this module score nothing.
    from scoringrules import crps_ensemble

    origin, expected = forecast.origin, forecast.expected[horizon]
    actual = ahead.shares[origin + horizon]
    # A rank that emptied on a path has no share there.
    drawn = np.where(np.isnan(forecast.drawn[horizon]), expected, forecast.drawn[horizon])
    own_spread = np.maximum(drawn.std(0), LEAST_SPREAD)
    regime = REGIME_BEFORE[forecast.intake] * np.sqrt(horizon) * 2 * np.sqrt(expected * (1 - expected))
    before = np.hypot(WIDENING_BEFORE * own_spread, regime)
    spread = _spread(before, _errors(ahead, past, origin, horizon))
    members = np.clip(expected + (drawn - drawn.mean(0)) / own_spread * spread, 0.0, 1.0)
    # Paths on which nobody in a rank is young, or everybody is, stay so: else the interval of a rank that hardly ever
    # has a young person would leave out the likeliest share, none.
    members = np.where((drawn <= 0) | (drawn >= 1), drawn, members)
    rows = []
    for rank, name in enumerate((*ahead.panel.ranks, WHOLE)):
        if np.isnan([actual[rank], ahead.shares[origin][rank], expected[rank]]).any():
            continue
        by_method = {"model": (expected[rank], members[:, rank])}
        shares = {year: share[rank] for year, share in ahead.shares.items() if not np.isnan(share[rank])}
        by_method |= {method: benchmark_members(method, shares, origin, horizon) for method in BENCHMARKS}
        for method, (share, values) in by_method.items():
            row = {"method": method, "intake": forecast.intake, "rank": name, "origin_year": origin}
            row |= {"horizon_years": horizon, "forecast_share": float(share), "actual_share": actual[rank]}
            row |= _interval(float(share), values)
            rows.append(row | {"crps": float(crps_ensemble(actual[rank], values, backend="numpy"))})
    return rows


def _interval(share: float, members: np.ndarray) -> dict[str, float]:
    """Ends of the intervals; the forecast is a mean, which a rare event can put outside; it is let in."""
    ends = {column: np.quantile(members, q) for column, q in QUANTILES.items()}
    # Not a number stays so.
    return {
        column: float(np.minimum(end, share) if column.startswith("lower") else np.maximum(end, share))
        for column, end in ends.items()
    }


def _errors(ahead: RollingOrigins, past: list[_Forecast], origin: int, horizon: int) -> list[tuple[float, np.ndarray]]:
    """Errors of past forecasts at the horizon, or as far towards it as was known at an origin; see `_spread`."""
    errors = []
    for forecast in past:
        longest = min(horizon, origin - forecast.origin, len(forecast.expected) - 1)
        years = [years for years in range(longest, 0, -1) if forecast.origin + years in ahead.shares]
        if years:
            error = ahead.shares[forecast.origin + years[0]] - forecast.expected[years[0]]
            errors.append((years[0] / horizon, error))
    return errors


def _spread(before: np.ndarray, errors: list[tuple[float, np.ndarray]]) -> np.ndarray:
    """Standard deviation [rank] to expect: that expected before, held against what past forecasts missed by.

    A mean of squares: the one before counts `ORIGINS_BEFORE` origins; a past error at part of the horizon is taken to
    grow with its square root and counts as that part.

    Parameters
    ----------
    errors : list of (part, errors)
        For each past origin the part of the horizon after which its error was last known, and the errors [rank].
    """
    total = ORIGINS_BEFORE * np.square(before)
    count = np.full(before.shape, ORIGINS_BEFORE)
    for part, error in errors:
        known = ~np.isnan(error)
        total += np.where(known, np.square(error), 0.0)
        count += part * known
    return np.sqrt(total / count)
