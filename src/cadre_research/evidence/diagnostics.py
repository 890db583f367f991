"""How well estimated hazards describe what was observed: rates by age, calibration by decile, residuals by age.

Nothing here rests on fewer than `fewest` persons, and no observed rate on fewer than that many events.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from cadre_research.evidence.hazards import Hazard

__all__ = [
    "bands",
    "calibration",
    "coefficient_table",
    "observed_rates",
    "pooled_residuals",
    "rates_by_age",
    "residuals_by_age",
]

NORMAL_95 = 1.959963984540054
# From so many expected events a Pearson residual is nearly normal.
FEWEST_EXPECTED = 5.0
YEARS_IN_BAND = 3
# Rates closer to 0 or 1, far from all events, and wider intervals are beyond floating point and any use.
SMALLEST_RATE, LARGEST_LOG_FACTOR = 1e-12, 50.0


def bands(enough: np.ndarray) -> np.ndarray:
    """Group neighbours until each group has enough, array of group numbers; what is left over joins the last.

    Parameters
    ----------
    enough : array [..., place]
        Amounts in parts of what a group needs; a group is full when every row sums to 1 or more.

    Examples
    --------
    >>> bands(np.array([0.5, 0.5, 1.2, 0.1])).tolist()
    [0, 0, 1, 1]
    """
    enough = np.atleast_2d(enough)
    numbers, number, held = np.zeros(enough.shape[-1], int), 0, np.zeros(len(enough))
    for place in range(enough.shape[-1]):
        numbers[place] = number
        held = held + enough[:, place]
        if (held >= 1 - 1e-9).all():
            number, held = number + 1, np.zeros(len(enough))
    return np.minimum(numbers, max(number - 1, 0))


def coefficient_table(hazard: Hazard, fewest: int) -> pd.DataFrame:
    """Coefficients with standard errors and 95 % intervals; the number of events is missing where below `fewest`."""
    estimate = np.array(hazard.coefficients)
    error = np.sqrt(np.array(hazard.covariance).diagonal())
    return pd.DataFrame(
        {
            "hazard": hazard.name,
            "term": hazard.basis.terms,
            "coefficient": estimate,
            "standard_error": error,
            "low_95": estimate - NORMAL_95 * error,
            "high_95": estimate + NORMAL_95 * error,
            "events": pd.array([hazard.events if hazard.events >= fewest else pd.NA] * len(error), "Float64"),
        }
    )


def rates_by_age(hazard: Hazard, cells: pd.DataFrame, fewest: int) -> pd.DataFrame:
    """Estimated yearly rate at each age, averaged over those at risk at that age, with its 95 % interval.

    The interval is that of log(-log(1 - rate)), by the delta method. Ages with fewer than `fewest` person-years are
    left out.
    """
    columns, intensity = _of_cells(hazard, cells)
    risk, staying = cells["at_risk"].to_numpy(), np.exp(-intensity)
    ages, place = np.unique(cells["age_years"].to_numpy(), return_inverse=True)
    persons = np.bincount(place, risk)
    rate = np.bincount(place, risk * (1 - staying)) / persons
    slope = np.zeros((len(ages), columns.shape[1]))
    np.add.at(slope, place, (risk * staying * intensity)[:, None] * columns)
    slope /= persons[:, None]
    error = np.sqrt(np.einsum("at,ts,as->a", slope, np.array(hazard.covariance), slope))
    rate = np.clip(rate, SMALLEST_RATE, 1 - SMALLEST_RATE)
    cumulative = -np.log1p(-rate)
    factor = np.exp(np.minimum(NORMAL_95 * error / ((1 - rate) * cumulative), LARGEST_LOG_FACTOR))
    frame = pd.DataFrame(
        {
            "hazard": hazard.name,
            "age_years": ages,
            "rate": rate,
            "low_95": -np.expm1(-cumulative / factor),
            "high_95": -np.expm1(-cumulative * factor),
        }
    )
    return frame[persons >= fewest].reset_index(drop=True)


def observed_rates(hazard: Hazard, cells: pd.DataFrame, fewest: int) -> pd.DataFrame:
    """Observed yearly rate by bands of age, three years or more, each with `fewest` events and persons who had none."""
    by_age = cells.groupby("age_years")[["events", "at_risk"]].sum().reset_index()
    return _pooled(by_age, hazard, fewest, by_age["age_years"].to_numpy(float))


def calibration(hazard: Hazard, cells: pd.DataFrame, fewest: int) -> pd.DataFrame:
    """Predicted and observed yearly rate by tenths of person-years in the order of the predicted rate.

    Neighbouring tenths are pooled until each has `fewest` events and as many persons without.
    """
    _, intensity = _of_cells(hazard, cells)
    ranked = cells.assign(predicted=-np.expm1(-intensity)).sort_values("predicted", kind="stable")
    risk = ranked["at_risk"].to_numpy()
    tenth = np.minimum((np.cumsum(risk) - risk / 2) / risk.sum() * 10, 9).astype(int)
    ranked = ranked.assign(tenth=tenth, expected=ranked["predicted"] * risk)
    by_tenth = ranked.groupby("tenth")[["events", "at_risk", "expected"]].sum().reset_index()
    return _pooled(by_tenth, hazard, fewest)


def residuals_by_age(hazard: Hazard, cells: pd.DataFrame, fewest: int) -> pd.DataFrame:
    """Pearson residual by bands of age, each with at least `fewest` person-years and five expected events."""
    _, intensity = _of_cells(hazard, cells)
    rate, risk = -np.expm1(-intensity), cells["at_risk"].to_numpy()
    frame = cells.assign(expected=risk * rate, variance=risk * rate * (1 - rate))
    by_age = frame.groupby("age_years")[["events", "at_risk", "expected", "variance"]].sum().reset_index()
    band = bands(np.stack([by_age["expected"] / FEWEST_EXPECTED, by_age["at_risk"] / fewest]))
    sums = by_age.groupby(band)[["events", "expected", "variance"]].sum()
    ages = by_age.groupby(band)["age_years"].agg(["min", "max"])
    if hazard.events < fewest:
        sums = sums.iloc[:0]
    return pd.DataFrame(
        {
            "hazard": hazard.name,
            "age_low": ages["min"].loc[sums.index],
            "age_high": ages["max"].loc[sums.index],
            "residual": (sums["events"] - sums["expected"]) / np.sqrt(sums["variance"]),
        }
    ).reset_index(drop=True)


def pooled_residuals(residuals: pd.DataFrame) -> pd.DataFrame:
    """Residuals of `residuals_by_age` put together into bands of three years of age or more: their sum over root n.

    >>> by_age = pd.DataFrame({"hazard": "a", "age_low": [30, 31, 32], "age_high": [30, 31, 32], "residual": 1.0})
    >>> pooled_residuals(by_age).round(3).to_numpy().tolist()
    [['a', 30, 32, 1.732]]
    """
    parts = []
    for hazard, own in residuals.groupby("hazard", sort=False):
        band = bands(((own["age_high"] - own["age_low"] + 1) / YEARS_IN_BAND).to_numpy())
        groups = own.groupby(band)
        ends = {"age_low": groups["age_low"].min(), "age_high": groups["age_high"].max()}
        pooled = groups["residual"].sum() / np.sqrt(groups.size())
        parts.append(pd.DataFrame({"hazard": hazard, **ends, "residual": pooled}))
    return pd.concat(parts, ignore_index=True) if parts else residuals


def _pooled(frame: pd.DataFrame, hazard: Hazard, fewest: int, ages: np.ndarray | None = None) -> pd.DataFrame:
    """Observed rates of neighbouring rows put together; none where the whole has too few events."""
    without = frame["at_risk"] - frame["events"]
    if frame["events"].sum() < fewest or without.sum() < fewest:
        frame, without = frame.iloc[:0], without.iloc[:0]
    width = np.full(len(frame), 1.0 if ages is None else 1 / YEARS_IN_BAND)
    band = bands(np.stack([frame["events"] / fewest, without / fewest, width]))
    sums = frame.groupby(band)[["events", "at_risk"]].sum()
    table = {"hazard": hazard.name}
    if ages is None:
        table |= {"bin": sums.index + 1, "predicted": frame.groupby(band)["expected"].sum() / sums["at_risk"]}
    else:
        ages = ages[: len(frame)]
        middle = pd.Series(ages * frame["at_risk"]).groupby(band).sum() / sums["at_risk"]
        edges = pd.Series(ages).groupby(band).agg(["min", "max"])
        table |= {"age_low": edges["min"], "age_high": edges["max"], "age_years": middle}
    table |= {"observed": sums["events"] / sums["at_risk"], "persons": sums["at_risk"], "events": sums["events"]}
    return pd.DataFrame(table).reset_index(drop=True)


def _of_cells(hazard: Hazard, cells: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Columns and intensities of cells."""
    columns = hazard.basis.columns(cells["group"], cells["rank"], cells["age_years"], cells["years_in_rank"])
    return columns, np.exp(columns @ np.array(hazard.coefficients))
