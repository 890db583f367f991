"""The verdict: is a target reached, when, and is it held."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cadre_research.errors import ParameterError
from cadre_research.evidence.targets import Share, Target

__all__ = ["differing_verdicts", "reaches", "verdicts"]

REACHED_WITHIN = 1e-9


def reaches(young: np.ndarray, headcount: np.ndarray, share: Share) -> np.ndarray:
    """Tell whether the young are at least `share` of the headcount.

    Compared without division, q x young >= p x headcount for a share of p/q: exactly where counts are whole, to 1e-9
    of the headcount in expectation. An empty group reaches nothing.

    >>> from fractions import Fraction
    >>> bool(reaches(np.array(1), np.array(6), Fraction(1, 6))), bool(reaches(np.array(0), np.array(0), Fraction(1, 6)))
    (True, False)
    """
    young, headcount = np.asarray(young), np.asarray(headcount)
    if whole := np.issubdtype(young.dtype, np.integer) and np.issubdtype(headcount.dtype, np.integer):
        # Small and unsigned integers would wrap around.
        young, headcount = young.astype(np.int64), headcount.astype(np.int64)
    gap = share.denominator * young - share.numerator * headcount
    return (gap >= (0 if whole else -REACHED_WITHIN * headcount)) & (headcount > 0)


def verdicts(shares: pd.DataFrame, targets: tuple[Target, ...], horizon_years: int) -> pd.DataFrame:
    """Judge every target of a frame of `target_shares` at a horizon.

    Parameters
    ----------
    shares : DataFrame
        As `findings.age_structure.target_shares` returns, one or more scenarios, at least `horizon_years` long.
    horizon_years : int
        Years from the first year of the frame.

    Returns
    -------
    DataFrame
        Columns target, scenario, horizon_years, age_line, population, share, threshold, margin (share less threshold),
        reached (at the horizon), reached_by_deadline (in any year up to it; missing when the horizon ends before the
        deadline and it was not reached), first_year_reached, held (from then to the horizon; missing when never
        reached), provenance of the target, opening_share, horizon_year, deadline_year.

    Raises
    ------
    ParameterError
        When the frame does not reach as far as the horizon, or holds a year twice.
    """
    by_id = {target.id: target for target in targets}
    keys = ["target", "scenario", "age_line", "population"]
    if shares.duplicated([*keys, "year"]).any():
        raise ParameterError("shares: expected each year once, got two forecasts under one scenario id.")
    covered = int(shares.groupby(keys)["year"].nunique().min()) - 1
    if horizon_years > covered:
        raise ParameterError(
            f"horizon_years: given {horizon_years}, expected at most {covered}, the years that the shares cover."
        )
    rows = [
        {**dict(zip(keys, key, strict=True)), **_judge(path, by_id[key[0]], horizon_years)}
        for key, path in shares.groupby(keys, sort=False)
    ]
    frame = pd.DataFrame(rows)
    frame["first_year_reached"] = frame["first_year_reached"].astype("Int64")
    for column in ("reached_by_deadline", "held"):
        frame[column] = frame[column].astype("boolean")
    frame.insert(2, "horizon_years", horizon_years)
    return frame


def differing_verdicts(frame: pd.DataFrame) -> pd.DataFrame:
    """Return where a verdict depends on the reading of the age line or on counting levels or posts.

    Returns
    -------
    DataFrame
        Columns target, scenario, horizon_years and one column `age_line, population` for each reading (boolean, missing
        where a reading was not taken), only rows on which the readings differ.
    """
    wide = frame.astype({"reached": "boolean"}).pivot_table(
        index=["target", "scenario", "horizon_years"],
        columns=["age_line", "population"],
        values="reached",
        aggfunc="first",
        sort=False,
    )
    wide.columns = [", ".join(reading) for reading in wide.columns]
    return wide[wide.nunique(axis=1) > 1].reset_index()


def _judge(path: pd.DataFrame, target: Target, horizon_years: int) -> dict[str, object]:
    path = path.sort_values("year").head(horizon_years + 1)
    reached = reaches(path["young"].to_numpy(), path["headcount"].to_numpy(), target.share)
    years = path["year"].to_numpy()
    first = int(reached.argmax()) if reached.any() else None
    share, threshold = float(path["share"].iloc[-1]), float(target.share)
    deadline = target.deadline.year
    by_deadline = bool(reached[years <= deadline].any())
    return {
        "share": share,
        "threshold": threshold,
        "margin": share - threshold,
        "reached": bool(reached[-1]),
        "reached_by_deadline": by_deadline if by_deadline or years[-1] >= deadline else None,
        "first_year_reached": None if first is None else int(years[first]),
        "held": None if first is None else bool(reached[first:].all()),
        "provenance": target.provenance,
        "opening_share": float(path["share"].iloc[0]),
        "horizon_year": int(years[-1]),
        "deadline_year": deadline,
    }
