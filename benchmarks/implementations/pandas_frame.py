"""The workload on persons with pandas: a row per person, leavers dropped, recruits appended. Runs on one core."""

from __future__ import annotations

import numpy as np
import pandas as pd

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
    rng = np.random.default_rng(seed)
    opening = pd.DataFrame(dict(zip(("rank", "age", "years"), opening_persons(persons), strict=True)))
    counts = np.empty((replicates, YEARS, RANKS, len(AGES)), np.int64)
    cells = pd.MultiIndex.from_product([range(RANKS), AGES], names=["rank", "age"])
    for replicate in range(replicates):
        people = opening.copy()
        for year in range(YEARS):
            people = _next_year(people, rng)
            table = people.groupby(["rank", "age"]).size().reindex(cells, fill_value=0)
            counts[replicate, year] = table.to_numpy().reshape(RANKS, -1)
    return counts


def _next_year(people: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Leave, promote, grow older, recruit."""
    leaves = rng.random(len(people)) < EXIT[people["age"] - YOUNGEST]
    people = people[~leaves].copy()
    promoted = (people["years"] >= MINIMUM_YEARS) & (rng.random(len(people)) < PROMOTION[people["rank"]])
    people["age"] += 1
    people["years"] += 1
    people["rank"] += promoted
    people.loc[promoted, "years"] = 0
    recruits = pd.DataFrame(
        {"rank": 0, "age": rng.choice(RECRUIT_AGES, leaves.sum()), "years": 0}, dtype=people["age"].dtype
    )
    return pd.concat([people, recruits], ignore_index=True)
