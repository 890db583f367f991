"""The workload on persons with neworder: its Model, Timeline and Monte Carlo engine, whose draws are C++ over arrays.

State is kept in NumPy columns, which its engine takes and gives; leavers' places in them go to the recruits. neworder
is parallel between processes only (MPI), so this runs on one core.
"""

from __future__ import annotations

import warnings

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

with warnings.catch_warnings():
    # It says on import that MPI is not there.
    warnings.simplefilter("ignore", RuntimeWarning)
    import neworder

__all__ = ["forecast"]

EVENLY = np.full(len(RECRUIT_AGES), 1 / len(RECRUIT_AGES))


class Service(neworder.Model):
    """One replicate."""

    def __init__(self, columns: tuple[np.ndarray, np.ndarray, np.ndarray], seed: int) -> None:
        super().__init__(neworder.LinearTimeline(0.0, float(YEARS), YEARS), lambda: seed)
        self.rank, self.age, self.years = (column.copy() for column in columns)
        self.counts = np.empty((YEARS, RANKS, len(AGES)), np.int64)
        self.years_done = 0

    def step(self) -> None:
        """Leave, promote, grow older, recruit; then count."""
        leaves = self.mc.hazard(EXIT.take(self.age - YOUNGEST)) > 0
        moves = self.mc.hazard(np.where(self.years >= MINIMUM_YEARS, PROMOTION.take(self.rank), 0.0)) > 0
        self.age += 1
        self.years += 1
        self.rank += moves
        self.years[moves] = 0
        left = np.flatnonzero(leaves)
        self.rank[left], self.years[left] = 0, 0
        self.age[left] = RECRUIT_AGES[0] + self.mc.sample(len(left), EVENLY)
        places = self.rank * np.int16(len(AGES)) + (self.age - YOUNGEST)
        self.counts[self.years_done] = np.bincount(places, minlength=RANKS * len(AGES)).reshape(RANKS, -1)
        self.years_done += 1


def forecast(persons: int, replicates: int, seed: int, threads: int = 1) -> np.ndarray:
    """Draw headcounts [replicate, year, rank, age]."""
    columns = opening_persons(persons)
    seeds = np.random.SeedSequence(seed).generate_state(replicates) >> 1  # its seeds are signed
    counts = np.empty((replicates, YEARS, RANKS, len(AGES)), np.int64)
    for replicate in range(replicates):
        service = Service(columns, int(seeds[replicate]))
        neworder.run(service)
        counts[replicate] = service.counts
    return counts
