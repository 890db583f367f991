"""Sensitivity: which assumptions move a share, and with it a verdict."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd

from cadre_research.errors import ParameterError
from cadre_research.findings.response import Outcome, Response

__all__ = ["CASE", "sensitivity", "tornado"]

CASE = ["target", "scenario", "horizon_years", "age_line", "population"]
ENDS = ("low", "central", "high")
TURNING = ["turning_value", "turns", "turns_within_range"]


def tornado(response: Response, workers: int = 1, progress: Callable[[], None] | None = None) -> pd.DataFrame:
    """Move each uncertain assumption alone to the ends of its range, with the opening calibrated anew.

    An assumption that acts only together with another, such as the peak of a wave where there is no wave, has no swing
    of its own; `findings.variance_parts` and `findings.given_data` move all at once.

    Parameters
    ----------
    response : Response
    workers : int
        Processes.
    progress : callable, optional
        Called once for every assumption done.

    Returns
    -------
    DataFrame
        One row for each scenario, target, horizon and assumption, the widest swing of each first. Columns target,
        scenario, horizon_years, age_line, population, assumption, low, value, high (the assumption's, in its unit),
        share_at_low, share_at_central, share_at_high (decimals; missing where no opening agrees with the survey), swing
        (largest less smallest of those shares), reached_at_low, reached_at_central, reached_at_high (boolean), reason
        (why a share is missing).
    """
    names = response.uncertain
    ends = dict(zip(names, response.over(_ends, names, workers, progress), strict=True))
    rows = [
        {**labels, "assumption": name, **_bar(response, name, case, ends[name])}
        for case, labels in response.cases()
        for name in names
    ]
    columns = [*CASE, "assumption", "low", "value", "high", *(f"share_at_{end}" for end in ENDS), "swing"]
    frame = pd.DataFrame(rows, columns=[*columns, *(f"reached_at_{end}" for end in ENDS), "reason"])
    frame = frame.astype({f"reached_at_{end}": "boolean" for end in ENDS})
    order = frame.groupby(CASE, sort=False).ngroup()
    return frame.iloc[np.lexsort((-frame["swing"].fillna(-1.0), order))].reset_index(drop=True)


def sensitivity(
    tornado: pd.DataFrame,
    turning_points: pd.DataFrame,
    sobol: pd.DataFrame | None = None,
    given_data: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Put all measures of sensitivity side by side.

    Parameters
    ----------
    tornado, turning_points : DataFrame
        Of `tornado` and `findings.turning_points.turning_points`.
    sobol, given_data : DataFrame, optional
        Of `findings.variance_parts.variance_parts` and `findings.given_data.given_data`. They need a column for every
        label, such as scenario, of which the tornado has more than one value.

    Returns
    -------
    DataFrame
        The tornado's rows and columns with rank_order (1 for the widest swing of a scenario, target and horizon),
        turning_value, turns, turns_within_range, and the columns of the other measures; missing where one was not
        taken.

    Raises
    ------
    ParameterError
        When a measure does not say which of several scenarios it belongs to.
    """
    frame = tornado.copy()
    ranks = frame.groupby(CASE, sort=False)["swing"].rank(method="first", ascending=False)
    frame.insert(frame.columns.get_loc("assumption"), "rank_order", ranks.astype("Int64"))
    turning = turning_points.assign(turns_within_range=turning_points["within_range"])
    frame = frame.merge(turning[[*CASE, "assumption", *TURNING]], on=[*CASE, "assumption"], how="left")
    for name, measure in (("sobol", sobol), ("given_data", given_data)):
        if measure is not None:
            frame = _beside(frame, measure, name)
    return frame


def _ends(response: Response, name: str) -> tuple[Outcome, Outcome]:
    entry = response.assumptions[name]
    low, high = (_rounded(end, entry.whole) for end in (entry.low, entry.high))
    return response.at({name: low}), response.at({name: high})


def _bar(response: Response, name: str, case: tuple[int, int, int], ends: tuple[Outcome, Outcome]) -> dict[str, object]:
    """Shares and verdicts of one assumption of a tornado."""
    entry, rounded = response.assumptions[name], partial(_rounded, whole=response.assumptions[name].whole)
    outcomes = (ends[0], response.central, ends[1])
    shares = np.array([outcome.share[case] for outcome in outcomes])
    there = shares[np.isfinite(shares)]
    return {
        "low": rounded(entry.low),
        "value": response.value(name, case[0]),
        "high": rounded(entry.high),
        **{f"share_at_{end}": share for end, share in zip(ENDS, shares, strict=True)},
        "swing": float(np.ptp(there)) if there.size else np.nan,
        **{f"reached_at_{end}": response.reached(of, case) for end, of in zip(ENDS, outcomes, strict=True)},
        "reason": "; ".join(dict.fromkeys(outcome.reasons[case[0]] for outcome in ends if outcome.reasons[case[0]])),
    }


def _rounded(end: float, whole: bool) -> float:
    return float(round(end)) if whole else end


def _beside(frame: pd.DataFrame, measure: pd.DataFrame, name: str) -> pd.DataFrame:
    """Join a measure by the labels it has."""
    without = [label for label in CASE if label not in measure.columns and frame[label].nunique() > 1]
    if without:
        raise ParameterError(
            f"{name}: the tornado has more than one {' and '.join(without)}; give the measure a column that tells them "
            "apart."
        )
    by = [label for label in [*CASE, "assumption"] if label in measure.columns]
    return frame.merge(measure, on=by, how="left")
