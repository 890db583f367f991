"""The workload that every implementation runs: one service of N persons through ten years.

Four ranks, numbered 0 (lowest) to 3. A person has a rank, an age in completed years and years in rank, all three as
of 31 December. The order of events of a year, which every implementation follows:

1. Leave. Each person leaves with the probability of their age at the opening of the year: 2 % up to 49, then 3 % at
   50 rising by one point a year to 12 % at 59, and everybody at 60.
2. Promote. Of those who have not left, each with at least 3 years in rank at the opening is promoted one rank with
   probability 0.20, 0.15 and 0.10 from ranks 0, 1 and 2. Who is promoted is not asked again in the same year.
3. Close the year. Everybody still there is a year older; who was not promoted has a year more in rank, who was has 0.
4. Recruit. Each leaver is replaced at rank 0 by a recruit with 0 years in rank, whose age at the close is one of 25
   to 29 with equal chances. Recruits meet their first risks in the next year. The total stays N.

What is asked for is the headcount by rank and age at the close of each of the ten years, in each of R replicates that
differ only by chance: an array of whole numbers [replicate, year, rank, age].

The opening is made up, the same for all and free of chance: the ranks hold 60, 25, 10 and 5 % of N; within a rank the
persons are dealt out evenly over the ages of the rank (25-44, 30-49, 36-54, 42-59) and over 0 to 5 years in rank.
"""

from __future__ import annotations

import numpy as np

__all__ = [
    "AGES",
    "EXIT",
    "LONGEST_YEARS",
    "MINIMUM_YEARS",
    "OLDEST",
    "PROMOTION",
    "RANKS",
    "RECRUIT_AGES",
    "YEARS",
    "YOUNGEST",
    "opening_cells",
    "opening_persons",
]

YEARS = 10
RANKS = 4
YOUNGEST, OLDEST = 25, 60
AGES = np.arange(YOUNGEST, OLDEST + 1)
MINIMUM_YEARS = 3
# Nobody opens with more than 5 years in rank.
LONGEST_OPENING_YEARS = 5
LONGEST_YEARS = LONGEST_OPENING_YEARS + YEARS
# By age.
EXIT = np.where(AGES < 50, 0.02, np.where(AGES < OLDEST, (AGES - 47) / 100, 1.0))
# By rank; nobody is promoted from the top.
PROMOTION = np.array([0.20, 0.15, 0.10, 0.0])
RECRUIT_AGES = np.arange(25, 30)

SHARES = (0.60, 0.25, 0.10, 0.05)
OPENING_AGES = ((25, 44), (30, 49), (36, 54), (42, 59))


def opening_cells(persons: int) -> np.ndarray:
    """Whole headcounts [rank, age, years in rank 0..5] of the opening; they sum to `persons`."""
    cells = np.zeros((RANKS, len(AGES), LONGEST_OPENING_YEARS + 1), dtype=np.int64)
    bounds = np.rint(np.cumsum((0.0, *SHARES)) * persons).astype(np.int64)
    for rank, (youngest, oldest) in enumerate(OPENING_AGES):
        here = cells[rank, youngest - YOUNGEST : oldest - YOUNGEST + 1]
        each, left_over = divmod(int(bounds[rank + 1] - bounds[rank]), here.size)
        here += each
        # Those left over go one to a cell, all ages with 0 years in rank first.
        here.T[...] += (np.arange(here.size) < left_over).reshape(here.T.shape)
    return cells


def opening_persons(persons: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rank, age and years in rank of every person of the opening, as small whole numbers."""
    cells = opening_cells(persons)
    places = np.repeat(np.arange(cells.size), cells.reshape(-1))
    rank, age, years = (column.astype(np.int8) for column in np.unravel_index(places, cells.shape))
    return rank, (age + YOUNGEST).astype(np.int8), years
