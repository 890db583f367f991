"""What a forecast must beat: the share stays as it is, or goes on along a straight line.

Their intervals come from their own past errors at the same horizon, known at the origin: Student's t with as many
degrees of freedom as errors, about the forecast, its scale their root mean square. With fewer than three past errors
there is no interval.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from scipy.stats import t

__all__ = ["BENCHMARKS", "benchmark_members"]

LEAST_ERRORS = 3
# A line through fewer points follows their noise.
LEAST_POINTS = 3
MEMBERS = 199
# A share that has never moved may still move by so much.
LEAST_SCALE = 1e-4


def _stay(past: Mapping[int, float], horizon_years: int) -> float:
    return past[max(past)]


def _line(past: Mapping[int, float], horizon_years: int) -> float:
    """The last share, where there are too few for a line."""
    years, shares = np.array(list(past)), np.array(list(past.values()))
    if len(years) < LEAST_POINTS:
        return _stay(past, horizon_years)
    slope, level = np.polyfit(years - years.max(), shares, 1)
    return float(np.clip(level + slope * horizon_years, 0.0, 1.0))


BENCHMARKS: Mapping[str, Callable[[Mapping[int, float], int], float]] = {"persistence": _stay, "trend": _line}


def benchmark_members(
    method: str, shares: Mapping[int, float], origin_year: int, horizon_years: int
) -> tuple[float, np.ndarray]:
    """Forecast of a share and equally probable values about it.

    Parameters
    ----------
    method : {"persistence", "trend"}
    shares : mapping of year to float
        Of any years; only those up to the origin are looked at.

    Returns
    -------
    forecast : float
    members : array [member]
        Not a number where there are too few past errors.

    Examples
    --------
    >>> shares = {2000: 0.10, 2001: 0.12, 2002: 0.14, 2003: 0.16}
    >>> forecast, members = benchmark_members("trend", shares, 2003, 5)
    >>> round(forecast, 2), bool(np.isnan(members).all())
    (0.26, True)
    """
    known = {year: share for year, share in sorted(shares.items()) if year <= origin_year}
    rule = BENCHMARKS[method]
    forecast = rule(known, horizon_years)
    errors = [
        known[year + horizon_years] - rule({y: s for y, s in known.items() if y <= year}, horizon_years)
        for year in known
        if year + horizon_years in known
    ]
    if len(errors) < LEAST_ERRORS:
        return forecast, np.full(MEMBERS, np.nan)
    scale = max(float(np.sqrt(np.mean(np.square(errors)))), LEAST_SCALE)
    places = (np.arange(MEMBERS) + 0.5) / MEMBERS
    return forecast, np.clip(forecast + scale * t.ppf(places, len(errors)), 0.0, 1.0)
