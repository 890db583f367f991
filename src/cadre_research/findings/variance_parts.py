"""Variance parts: how much of a share's variance each assumption accounts for, alone and with the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from SALib.analyze import sobol as sobol_analysis
from SALib.sample import sobol as sobol_sample

from cadre_research.errors import ParameterError
from cadre_research.evidence.assumptions import Assumption
from cadre_research.findings.surrogate import fitted

__all__ = ["sobol_indices", "variance_parts"]

TWO_SIDED_95 = 1.96
MOST_RESAMPLES = 100


def sobol_indices(
    function: Callable[[np.ndarray], np.ndarray],
    ranges: Sequence[tuple[float, float]],
    seed: int,
    sample: int = 1024,
    resamples: int = MOST_RESAMPLES,
) -> pd.DataFrame:
    r"""First-order and total Sobol indices of a function of independent, uniform inputs.

    .. math:: S_i = V[E[y | x_i]] / V[y], \qquad T_i = 1 - V[E[y | x_{\sim i}]] / V[y]

    Parameters
    ----------
    function : callable
        From inputs [draw, input] to outputs [draw].
    ranges : sequence of (low, high)
    seed : int
        At least 0.
    sample : int
        A power of 2; the function is asked for sample x (inputs + 2) outputs.
    resamples : int
        Of the bootstrap behind the intervals.

    Returns
    -------
    DataFrame
        One row for each input: sobol_first, sobol_first_ci, sobol_total, sobol_total_ci (half-widths of 95 %
        intervals). Missing where the output does not vary.

    Raises
    ------
    ParameterError
        When an output is missing or infinite.
    """
    return _indices(function(_design(ranges, seed, sample)), len(ranges), seed, resamples)


def variance_parts(
    values: pd.DataFrame, shares: pd.DataFrame, assumptions: Sequence[Assumption], seed: int, sample: int = 1024
) -> pd.DataFrame:
    """Sobol indices of every target's share on the independent ranges of the assumptions.

    Calibrating every point of a Sobol design would cost too much: a sparse polynomial is fitted to the draws instead.
    The indices are of independent, even draws over all ranges, as if none were rejected: where draws were, the
    polynomial extrapolates, but never beyond a range, and a whole assumption takes only its whole values.
    `findings.given_data` takes the accepted draws as they are. What the polynomial does not explain, 1 - surrogate_r2
    of the variance, has no part in the indices, and the intervals do not cover it.

    Parameters
    ----------
    values : DataFrame [draw x assumption]
        Accepted draws.
    shares : DataFrame [draw x (target, horizon_years)]
        Shares that followed, decimals, in the same order.
    assumptions : sequence of Assumption
        Those of the columns of `values`, for their ranges.
    seed : int
    sample : int
        A power of 2.

    Returns
    -------
    DataFrame
        Columns target, horizon_years, assumption, sobol_first, sobol_first_ci, sobol_total, sobol_total_ci (half-widths
        of 95 % intervals: of the Sobol sample, and of the polynomial by leaving out a fifth of the draws), surrogate_r2
        (variance explained out of sample; under 0.9 the indices are a rough guide).

    Raises
    ------
    ParameterError
        When draws and shares do not belong together, are too few, or have missing or infinite numbers.
    """
    if len(values) != len(shares) or len(values) < 20:
        raise ParameterError(
            f"given {len(values)} draws and {len(shares)} rows of shares, expected as many, at least 20."
        )
    entries = {entry.id: entry for entry in assumptions}
    drawn = [entries[name] for name in values.columns]
    ranges = [_range(entry) for entry in drawn]
    places = _scaled(values.to_numpy(float), ranges)
    design = _scaled(_rounded(_design(ranges, seed, sample), drawn), ranges)
    parts = []
    for target, horizon in shares.columns:
        surrogate, without = fitted(places, shares[target, horizon].to_numpy(float), seed)
        frame = _indices(surrogate(design), len(ranges), seed)
        halves = [_indices(each(design), len(ranges), seed, resamples=2) for each in without]
        for name in ("sobol_first", "sobol_total"):
            each = np.stack([half[name] for half in halves])
            jackknife = np.sqrt((len(halves) - 1) * each.var(axis=0))
            frame[f"{name}_ci"] = np.hypot(frame[f"{name}_ci"], TWO_SIDED_95 * jackknife)
        frame.insert(0, "assumption", list(values.columns))
        frame.insert(0, "horizon_years", horizon)
        frame.insert(0, "target", target)
        parts.append(frame.assign(surrogate_r2=surrogate.r2))
    return pd.concat(parts, ignore_index=True)


def _problem(ranges: Sequence[tuple[float, float]]) -> dict[str, object]:
    return {
        "num_vars": len(ranges),
        "names": [f"x{number}" for number in range(len(ranges))],
        "bounds": [list(each) for each in ranges],
    }


def _design(ranges: Sequence[tuple[float, float]], seed: int, sample: int) -> np.ndarray:
    """Inputs of a Sobol sample, array [draw, input]."""
    # SALib takes a seed of 0 for none.
    return sobol_sample.sample(_problem(ranges), sample, calc_second_order=False, seed=seed + 1)


def _indices(output: np.ndarray, inputs: int, seed: int, resamples: int = MOST_RESAMPLES) -> pd.DataFrame:
    """Indices from the outputs at a Sobol sample."""
    output = np.asarray(output, float)
    wrong = int((~np.isfinite(output)).sum())
    if wrong:
        raise ParameterError(
            f"function: gave {wrong} missing or infinite outputs of {len(output)}, expected none; give ranges that it "
            "is defined on."
        )
    columns = ["sobol_first", "sobol_first_ci", "sobol_total", "sobol_total_ci"]
    if np.ptp(output) <= 1e-12 * max(1.0, np.abs(output).max()):
        return pd.DataFrame(np.nan, index=range(inputs), columns=columns)
    found = sobol_analysis.analyze(
        _problem([(0.0, 1.0)] * inputs),
        output,
        calc_second_order=False,
        num_resamples=resamples,
        seed=seed + 1,
        print_to_console=False,
    )
    return pd.DataFrame(
        {name: found[key] for name, key in zip(columns, ("S1", "S1_conf", "ST", "ST_conf"), strict=True)}
    )


def _range(entry: Assumption) -> tuple[float, float]:
    """Range to draw from; every whole number has as much of it."""
    return (entry.low - 0.5, entry.high + 0.5) if entry.whole else (entry.low, entry.high)


def _scaled(values: np.ndarray, ranges: Sequence[tuple[float, float]]) -> np.ndarray:
    low, high = np.array(ranges, float).T
    return 2 * (values - low) / (high - low) - 1


def _rounded(inputs: np.ndarray, drawn: Sequence[Assumption]) -> np.ndarray:
    """Round the whole inputs, as they are when drawn."""
    low, high, whole = (np.array([getattr(entry, name) for entry in drawn]) for name in ("low", "high", "whole"))
    return np.where(whole, np.clip(np.floor(inputs + 0.5), low, high), inputs)
