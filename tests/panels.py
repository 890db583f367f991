"""Panels made by chance for the tests of the backtest, person counts by rank and age, without the model's own code."""

from pathlib import Path

import numpy as np
import pandas as pd

RANKS = ("Constable", "Sergeant", "Inspector, uniformed", "主任", "Chief")
AGES = np.arange(20, 65)


def simulated(
    years=range(2000, 2026),
    size=4000,
    wave=0.6,
    seed=1,
    posts=False,
    ranks=RANKS,
    demotions=0.004,
    shock=0.0,
):
    """Stocks and flows of a service whose intake swings by `wave` in a cycle of fifteen years.

    With `posts` promotions fill the places that fall vacant; otherwise everybody is promoted with a probability.
    `shock` is the standard deviation of the yearly swings of all rates.
    """
    rng = np.random.default_rng(seed)
    top = len(ranks)
    exit_rate = 0.03 + 0.02 * (AGES < 28) + np.where(AGES >= 55, 0.15, 0) + np.where(AGES >= 60, 0.5, 0)
    exit_rate[-1] = 1.0
    promotion = 0.06 * np.exp(-0.5 * ((AGES[None, :] - (28 + 5 * np.arange(top))[:, None]) / 5) ** 2)
    entry_mix = np.exp(-0.5 * ((AGES - 23) / 2.5) ** 2)
    entry_mix /= entry_mix.sum()
    lateral = np.exp(-0.5 * ((AGES - 36) / 4) ** 2)
    lateral /= lateral.sum()
    stock = np.zeros((top, len(AGES)), int)
    sizes, stocks, flows = None, [], []
    burn_in = 40
    for year in range(years[0] - burn_in, years[-1] + 1):
        intake = 0.045 * size * (1 + wave * np.sin(2 * np.pi * (year - years[0] + 3) / 15))
        kept = year >= years[0]
        if year == years[0]:
            sizes = stock.sum(1)
        if kept:
            stocks += [(year, ranks[r], AGES[a], n) for (r, a), n in np.ndenumerate(stock) if n]
            if year == years[-1]:
                break
        swing = np.exp(shock * rng.standard_normal())
        exits = rng.binomial(stock, np.where(exit_rate == 1, 1.0, np.minimum(exit_rate * swing, 1.0)))
        moves = np.zeros((top, top, len(AGES)), int)
        left = stock - exits
        for r in reversed(range(top - 1)):
            rate = promotion[r] * swing
            if posts and sizes is not None:
                gap = max(sizes[r + 1] - left[r + 1].sum(), 0)
                rate = rate * gap / max((left[r] * rate).sum(), 1e-9)
            moves[r, r + 1] = rng.binomial(left[r], np.minimum(rate, 0.9))
            left[r] -= moves[r, r + 1]
            if r + 2 < top:
                moves[r, r + 2] = rng.binomial(left[r], 0.03 * np.minimum(rate, 0.9))
                left[r] -= moves[r, r + 2]
            moves[r + 1, r] = rng.binomial(left[r + 1], demotions)
            left[r + 1] -= moves[r + 1, r]
        entries = np.zeros_like(stock)
        entries[0] = rng.multinomial(rng.poisson(intake), entry_mix)
        entries[min(2, top - 1)] += rng.multinomial(rng.poisson(0.02 * intake), lateral)
        if kept:
            cells = {"entry": entries, "exit": exits, "stay": left}
            for kind, cell in cells.items():
                for (r, a), n in np.ndenumerate(cell):
                    if n:
                        ends = {"entry": ("", ranks[r]), "exit": (ranks[r], ""), "stay": (ranks[r], ranks[r])}[kind]
                        flows.append((year, kind, *ends, AGES[a], n))
            flows += [(year, "move", ranks[r], ranks[s], AGES[a], n) for (r, s, a), n in np.ndenumerate(moves) if n]
        arrived = left + moves.sum(0) + entries
        stock = np.zeros_like(stock)
        stock[:, 1:] = arrived[:, :-1]
    return (
        pd.DataFrame(stocks, columns=["year", "rank", "age_years", "headcount"]),
        pd.DataFrame(flows, columns=["year", "kind", "from_rank", "to_rank", "age_years", "headcount"]),
    )


def written(folder, stocks, flows):
    """Write a panel's two files, and return their paths."""
    paths = Path(folder) / "stocks.csv", Path(folder) / "flows.csv"
    for path, frame in zip(paths, (stocks, flows), strict=True):
        frame.to_csv(path, index=False)
    return paths
