"""The workload on persons with NumPy: a column per attribute, changed in place, one uniform number per person-year.

A person leaves below their chance of leaving and is promoted in the part of the unit interval that follows it. Recruits
take the leavers' places in the columns, so that nothing is moved or copied. Runs on one core.
"""

from __future__ import annotations

import numpy as np

from benchmarks.workload import (
    AGES,
    EXIT,
    MINIMUM_YEARS,
    PROMOTION,
    RANKS,
    RECRUIT_AGES,
    YEARS,
    YOUNGEST,
    opening_persons,
)

__all__ = ["forecast"]


def forecast(persons: int, replicates: int, seed: int, threads: int = 1) -> np.ndarray:
    """Draw headcounts [replicate, year, rank, age]."""
    rng = np.random.Generator(np.random.SFC64(seed))
    first_rank, first_age, first_years = opening_persons(persons)
    first_age = first_age - np.int8(YOUNGEST)
    leave_below = EXIT.astype(np.float32)
    # By rank and age; whoever is below the first line leaves, whoever is between the two is promoted if eligible.
    moved_below = (EXIT + (1 - EXIT) * PROMOTION[:, None]).astype(np.float32).reshape(-1)
    counts = np.empty((replicates, YEARS, RANKS, len(AGES)), np.int64)
    chance = np.empty(persons, np.float32)
    rank, age, years = np.empty_like(first_rank), np.empty_like(first_age), np.empty_like(first_years)
    for replicate in range(replicates):
        rank[:], age[:], years[:] = first_rank, first_age, first_years
        place = rank * np.int16(len(AGES)) + age
        for year in range(YEARS):
            rng.random(out=chance, dtype=np.float32)
            leaves = np.flatnonzero(chance < leave_below.take(age))
            moves = chance < moved_below.take(place)
            moves &= years >= MINIMUM_YEARS
            age += 1
            years += 1
            rank += moves
            years[moves] = 0
            rank[leaves], years[leaves] = 0, 0
            age[leaves] = rng.integers(RECRUIT_AGES[0], RECRUIT_AGES[-1] + 1, len(leaves), dtype=np.int8) - YOUNGEST
            np.multiply(rank, len(AGES), out=place, dtype=np.int16)
            place += age
            counts[replicate, year] = np.bincount(place, minlength=RANKS * len(AGES)).reshape(RANKS, -1)
    return counts
