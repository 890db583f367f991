"""What a backtest comes to: errors, coverage and scores by method, and how far overlapping origins leave them open."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cadre_research.findings.backtest import METHODS, WHOLE, Backtest
from cadre_research.findings.panel_intake import INTAKES

__all__ = ["SCOPES", "backtest_scores"]

# The whole workforce, and each of its ranks.
SCOPES = ("whole", "ranks")
CELL = ["intake", "rank", "origin_year", "horizon_years"]
RESAMPLES = 1000
TIED_WITHIN = 1e-12


def backtest_scores(found: Backtest, seed: int = 2017) -> pd.DataFrame:
    """Scores of each method, by scope, horizon and intake.

    Neighbouring origins share most of the years ahead. Errors are therefore resampled in blocks of neighbouring
    origins as long as the horizon (circular block bootstrap, Politis and Romano 1992), all ranks of an origin together.
    Where no two origins are a horizon apart, every error is of the same years, and there is no interval.

    Returns
    -------
    DataFrame
        scope, horizon_years, intake, method, origins, cells; error_points: mean absolute error in percentage points
        (of ranks: mean over ranks and origins), with its 95 % interval error_low, error_high; gain_points, gain_low,
        gain_high: by how much it is below that of persistence; better_cells: part of the cells (rank and origin)
        with a smaller error than persistence, ties counted half; covered_80, covered_95: part of the actual shares
        within the interval, where there is one; crps_points: mean score of the cells in which every method has one. A
        method without any interval at a horizon is left out of that: its past errors were never known.
    """
    frame = found.frame.assign(error=100 * (found.frame["forecast_share"] - found.frame["actual_share"]).abs())
    frame["scope"] = np.where(frame["rank"] == WHOLE, *SCOPES)
    frame["persistence"] = _of_persistence(frame)
    ever = frame.groupby(["scope", "horizon_years", "intake", "method"])["crps"].transform("count") > 0
    frame["scored"] = (frame["crps"].notna() | ~ever).groupby([frame[column] for column in CELL]).transform("all")
    rows = []
    for (scope, horizon, intake, method), cells in frame.groupby(
        ["scope", "horizon_years", "intake", "method"], sort=False
    ):
        # The same seed for every method: the same origins are drawn.
        generator = np.random.default_rng((seed, int(horizon)))
        by_origin = cells.groupby("origin_year")[["error", "persistence"]].mean()
        by_origin["gain"] = by_origin["persistence"] - by_origin["error"]
        low, high = _interval(by_origin[["error", "gain"]].to_numpy(), int(horizon), generator)
        difference = cells["error"] - cells["persistence"]
        rows.append(
            {
                "scope": scope,
                "horizon_years": int(horizon),
                "intake": intake,
                "method": method,
                "origins": len(by_origin),
                "cells": len(cells),
                "error_points": by_origin["error"].mean(),
                "error_low": low[0],
                "error_high": high[0],
                "gain_points": by_origin["gain"].mean(),
                "gain_low": low[1],
                "gain_high": high[1],
                "better_cells": float(((difference < -TIED_WITHIN) + 0.5 * (difference.abs() <= TIED_WITHIN)).mean()),
                "covered_80": _covered(cells, 80),
                "covered_95": _covered(cells, 95),
                "crps_points": 100 * cells.loc[cells["scored"], "crps"].mean(),
            }
        )
    order = {"scope": SCOPES, "intake": INTAKES, "method": METHODS}
    return (
        pd.DataFrame(rows)
        .sort_values(
            ["scope", "horizon_years", "intake", "method"],
            key=lambda column: column.map(order[column.name].index) if column.name in order else column,
        )
        .reset_index(drop=True)
    )


def _of_persistence(frame: pd.DataFrame) -> np.ndarray:
    """Error of persistence in the cell of each row."""
    benchmark = frame[frame["method"] == "persistence"].set_index(CELL)["error"]
    return benchmark.loc[pd.MultiIndex.from_frame(frame[CELL])].to_numpy()


def _interval(by_origin: np.ndarray, block: int, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """95 % interval of the means of series [origin, series] under a circular block bootstrap.

    Blocks of all origins would give the same mean each time, an interval without width that reads as certainty.
    """
    origins = len(by_origin)
    if origins <= block:
        return tuple(np.full((2, by_origin.shape[1]), np.nan))
    starts = generator.integers(origins, size=(RESAMPLES, -(-origins // block)))
    places = (starts[..., None] + np.arange(block)).reshape(RESAMPLES, -1)[:, :origins] % origins
    return tuple(np.quantile(by_origin[places].mean(1), [0.025, 0.975], axis=0))


def _covered(cells: pd.DataFrame, level: int) -> float:
    """Part of the actual shares within an interval; not a number where there is none."""
    there = cells[cells[f"lower_{level}"].notna()]
    return float(there["actual_share"].between(there[f"lower_{level}"], there[f"upper_{level}"]).mean())
