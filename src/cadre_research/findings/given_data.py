"""Given data: how much a share's distribution depends on each assumption among the accepted, dependent draws."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cadre_research.errors import ParameterError

__all__ = ["given_data", "pawn"]

DRAWS_PER_SLICE = 20
MOST_SLICES = 10
DUMMIES = 200
RESAMPLES = 50
TWO_SIDED_95 = 1.96


def pawn(ranks: np.ndarray, output: np.ndarray, slices: int) -> np.ndarray:
    """PAWN index of each input: mean distance between the output's distribution in a slice of the input and overall.

    Parameters
    ----------
    ranks : array [draw, input]
        Place of each draw in the order of the input, 0 to draws - 1, ties broken at random.
    output : array [draw]
    slices : int

    Returns
    -------
    array [input]
        Mean over the slices of the Kolmogorov-Smirnov statistic, 0 to 1.

    Notes
    -----
    Pianosi and Wagener (2018), doi:10.1016/j.envsoft.2018.07.019. Slices hold equally many draws, also of an input with
    few values, where quantiles would leave slices empty and drop the largest value.
    """
    count = len(output)
    ordered = np.sort(output)
    order = np.argsort(output, kind="stable")
    # Of equal outputs the last stands for all.
    last = np.append(ordered[1:] > ordered[:-1], True)
    everybody = np.arange(1, count + 1) / count
    place = ranks[order] * slices // count
    inside = place[..., None] == np.arange(slices)
    cumulated = inside.cumsum(0) / inside.sum(0)
    return np.abs(cumulated - everybody[:, None, None])[last].max(0).mean(-1)


def given_data(values: pd.DataFrame, shares: pd.DataFrame, seed: int) -> pd.DataFrame:
    """PAWN index of every assumption for every target's share, beside what an input that does not matter would get.

    Parameters
    ----------
    values : DataFrame [draw x assumption]
        Accepted draws, dependent as they may be.
    shares : DataFrame [draw x (target, horizon_years)]
        Shares that followed, decimals, in the same order.
    seed : int
        Of the dummies, of breaking ties and of the bootstrap.

    Returns
    -------
    DataFrame
        Columns target, horizon_years, assumption, given_data (0 to 1), given_data_ci (half-width of a 95 % interval, by
        bootstrap), given_data_floor (what 95 % of 200 inputs that do not matter stay under).

    Raises
    ------
    ParameterError
        When draws and shares do not belong together or are too few.
    """
    count = len(values)
    if count != len(shares) or count < 2 * DRAWS_PER_SLICE:
        raise ParameterError(
            f"given {count} draws and {len(shares)} rows of shares, expected as many, at least {2 * DRAWS_PER_SLICE}."
        )
    random = np.random.default_rng(seed)
    slices = min(count // DRAWS_PER_SLICE, MOST_SLICES)
    ranks = _ranks(values.to_numpy(float), random)
    dummies = np.argsort(random.random((count, DUMMIES)), axis=0)
    chosen = [random.integers(count, size=count) for _ in range(RESAMPLES)]
    redrawn = [_ranks(values.to_numpy(float)[rows], random) for rows in chosen]
    parts = []
    for target, horizon in shares.columns:
        output = shares[target, horizon].to_numpy(float)
        again = [pawn(other, output[rows], slices) for other, rows in zip(redrawn, chosen, strict=True)]
        part = {
            "target": target,
            "horizon_years": horizon,
            "assumption": values.columns,
            "given_data": pawn(ranks, output, slices),
            "given_data_ci": TWO_SIDED_95 * np.std(again, axis=0, ddof=1),
            "given_data_floor": np.quantile(pawn(dummies, output, slices), 0.95),
        }
        parts.append(pd.DataFrame(part))
    return pd.concat(parts, ignore_index=True)


def _ranks(values: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Place of each draw in the order of each input, ties in random order."""
    order = np.lexsort((random.random(values.shape), values), axis=0)
    return np.argsort(order, axis=0)
