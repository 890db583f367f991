"""The workload on persons as a loop compiled by numba: replicates in parallel, one pass over the persons a year.

Three bytes a person, thresholds for 32-bit random numbers looked up by rank and age, and a small generator written out
in the loop (xoshiro128++, seeded by replicate through splitmix64), so that a person-year is one draw and a few loads.
"""

from __future__ import annotations

import numba
import numpy as np
from numba import njit, prange

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


def forecast(persons: int, replicates: int, seed: int, threads: int) -> np.ndarray:
    """Draw headcounts [replicate, year, rank, age]."""
    numba.set_num_threads(threads)
    rank, age, years = opening_persons(persons)
    leave_below = np.broadcast_to(EXIT, (RANKS, len(AGES)))
    moved_below = EXIT + (1 - EXIT) * PROMOTION[:, None]
    counts = np.zeros((replicates, YEARS, RANKS * len(AGES)), np.int64)
    _replicates(
        rank * np.int16(len(AGES)) + (age - YOUNGEST),
        years,
        _threshold(leave_below).reshape(-1),
        _threshold(moved_below).reshape(-1),
        np.uint64(seed),
        counts,
    )
    return counts.reshape(replicates, YEARS, RANKS, len(AGES))


def _threshold(probability: np.ndarray) -> np.ndarray:
    """The 32-bit numbers below this one have the probability, to within 2^-32; one is above them all."""
    return np.rint(probability * 2.0**32).astype(np.uint64)


FIRST_RECRUIT = int(RECRUIT_AGES[0] - YOUNGEST)
RECRUITS_OF = len(RECRUIT_AGES)
ONE_RANK = len(AGES)


@njit(inline="always")
def _rotated(x, k):
    return np.uint32((x << np.uint32(k)) | (x >> np.uint32(32 - k)))


@njit(inline="always")
def _splitmix(x):
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


@njit(parallel=True, cache=True)
def _replicates(place_at_opening, years_at_opening, leave_below, moved_below, seed, counts):
    golden = np.uint64(0x9E3779B97F4A7C15)
    for replicate in prange(counts.shape[0]):
        start = _splitmix(seed * golden + np.uint64(1)) + np.uint64(2 * replicate) * golden
        first, second = _splitmix(start + golden), _splitmix(start + np.uint64(2) * golden)
        a, b = np.uint32(first), np.uint32(first >> np.uint64(32))
        c, d = np.uint32(second), np.uint32(second >> np.uint64(32))
        place, years = place_at_opening.copy(), years_at_opening.copy()
        for year in range(counts.shape[1]):
            tally = counts[replicate, year]
            for person in range(place.size):
                drawn = np.uint64(np.uint32(_rotated(np.uint32(a + d), 7) + a))
                shifted = np.uint32(b << np.uint32(9))
                c ^= a
                d ^= b
                b ^= c
                a ^= d
                c ^= shifted
                d = _rotated(d, 11)
                here = place[person]
                if drawn < leave_below[here]:
                    # What is left of the draw is even below the threshold: it says the recruit's age.
                    here = np.int16(FIRST_RECRUIT + drawn * np.uint64(RECRUITS_OF) // leave_below[here])
                    years[person] = 0
                elif drawn < moved_below[here] and years[person] >= MINIMUM_YEARS:
                    here += np.int16(ONE_RANK + 1)
                    years[person] = 0
                else:
                    here += np.int16(1)
                    years[person] += np.int8(1)
                place[person] = here
                tally[here] += 1
