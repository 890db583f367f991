"""The exact answer to the workload, found without the project's model, and the test that every implementation passes.

Each leaver is replaced, so a place in the service can be followed like a person, whoever holds it; places are
independent of each other. One matrix over (rank, age, years in rank up to 3 and more) says where a place stands a year
later. From its powers come the mean headcount of any category and also its variance, sum of q (1 - q) over the places.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse, stats

from benchmarks.workload import (
    AGES,
    EXIT,
    MINIMUM_YEARS,
    OLDEST,
    PROMOTION,
    RANKS,
    RECRUIT_AGES,
    YEARS,
    YOUNGEST,
    opening_cells,
)

__all__ = ["Disagreement", "check", "check_expectation", "exact_moments"]

# Of one category of one implementation being refused although it is right: |z| < 4.9 for a mean.
CHANCE_OF_FALSE_ALARM = 1e-6
EXPECTATION_WITHIN = 1e-9
AGE_GROUPS = ((25, 29), (30, 34), (35, 39), (40, 44), (45, 49), (50, 54), (55, 60))


class Disagreement(AssertionError):
    """An implementation does not do what the workload says."""


@dataclass(frozen=True)
class Moments:
    """Mean and variance of headcounts [year, category]."""

    mean: np.ndarray
    variance: np.ndarray


def categories(headcount: np.ndarray) -> np.ndarray:
    """From headcounts [..., rank, age] to those by rank and by age group, [..., category]."""
    by_age = headcount.sum(-2)
    groups = [by_age[..., a - YOUNGEST : b - YOUNGEST + 1].sum(-1) for a, b in AGE_GROUPS]
    return np.concatenate([headcount.sum(-1), np.stack(groups, -1)], axis=-1)


def yearly_matrix() -> np.ndarray:
    """Probability of a place in one state (row) being in another (column) a year later."""
    shape = (RANKS, len(AGES), MINIMUM_YEARS + 1)
    matrix = np.zeros((np.prod(shape), np.prod(shape)))

    def state(rank: int, age: int, years: int) -> int:
        return int(np.ravel_multi_index((rank, age - YOUNGEST, min(years, MINIMUM_YEARS)), shape))

    for rank in range(RANKS):
        for age in range(YOUNGEST, OLDEST + 1):
            for years in range(MINIMUM_YEARS + 1):
                row = matrix[state(rank, age, years)]
                leaves = EXIT[age - YOUNGEST]
                for recruit_age in RECRUIT_AGES:
                    row[state(0, recruit_age, 0)] += leaves / len(RECRUIT_AGES)
                if age == OLDEST:
                    continue
                promoted = PROMOTION[rank] if years >= MINIMUM_YEARS else 0.0
                if promoted:
                    row[state(rank + 1, age + 1, 0)] += (1 - leaves) * promoted
                row[state(rank, age + 1, years + 1)] += (1 - leaves) * (1 - promoted)
    return matrix


def exact_moments(persons: int) -> tuple[np.ndarray, Moments]:
    """Mean headcount [year, rank, age], and mean and variance by category, at the close of each year."""
    cells = opening_cells(persons)
    opening = np.zeros((RANKS, len(AGES), MINIMUM_YEARS + 1))
    for years in range(cells.shape[-1]):
        opening[..., min(years, MINIMUM_YEARS)] += cells[..., years]
    start = opening.reshape(-1)
    # Threads of a dense product go on waiting for work for a while, at the expense of what is timed next.
    matrix = sparse.csr_array(yearly_matrix())
    expected = start
    chance = categories(np.eye(len(start)).reshape(-1, *opening.shape).sum(-1))
    mean, by_category, variance = [], [], []
    for _ in range(YEARS):
        expected, chance = matrix.T @ expected, matrix @ chance
        mean.append(expected.reshape(opening.shape).sum(-1))
        by_category.append(start @ chance)
        variance.append(start @ (chance * (1 - chance)))
    return np.stack(mean), Moments(np.stack(by_category), np.stack(variance))


def check_expectation(headcount: np.ndarray, persons: int) -> float:
    """Compare expected headcounts [year, rank, age] with the exact ones; return the largest gap in persons.

    Raises
    ------
    Disagreement
        When any differs by more than a billionth of the service.
    """
    mean, _ = exact_moments(persons)
    gap = float(np.abs(headcount - mean).max())
    if headcount.shape != mean.shape or not gap <= EXPECTATION_WITHIN * persons:
        raise Disagreement(f"the expectation differs from the exact one by {gap:.3g} persons of {persons:,}")
    return gap


def check(headcount: np.ndarray, persons: int) -> float:
    """Compare replicates [replicate, year, rank, age] with the exact mean and variance of every category and year.

    Persons must be conserved exactly. Returns the largest |z| of a mean.

    Raises
    ------
    Disagreement
        When persons are lost or gained, or a mean or a variance is off beyond `CHANCE_OF_FALSE_ALARM`.
    """
    totals = headcount.sum((-2, -1))
    if (totals != persons).any():
        raise Disagreement(f"persons are not conserved: {totals.min():,} to {totals.max():,}, not {persons:,}")
    _, exact = exact_moments(persons)
    deviation = categories(headcount) - exact.mean
    replicates = len(headcount)
    z = deviation.mean(0) / np.sqrt(exact.variance / replicates)
    bound = stats.norm.isf(CHANCE_OF_FALSE_ALARM / 2)
    if not np.abs(z).max() < bound:
        year, category = np.unravel_index(np.abs(z).argmax(), z.shape)
        raise Disagreement(f"year {year + 1}, category {category}: mean off, |z| = {np.abs(z).max():.1f} > {bound:.1f}")
    spread = (deviation**2).sum(0) / exact.variance
    low, high = stats.chi2.interval(1 - CHANCE_OF_FALSE_ALARM, replicates)
    if not ((low < spread) & (spread < high)).all():
        raise Disagreement(
            f"variance off: {spread.min() / replicates:.2f} to {spread.max() / replicates:.2f} of the exact one, "
            f"expected {low / replicates:.2f} to {high / replicates:.2f}"
        )
    return float(np.abs(z).max())
