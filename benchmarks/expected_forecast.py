"""A forecast of ten years in expectation, and how much of it is NumPy calls on small arrays."""

from __future__ import annotations

import cProfile
import pstats
from functools import partial

from benchmarks.measure import Row, median, seconds_of
from cadre_research.findings.study import Study
from cadre_research.model.projection import project
from cadre_research.paths import data_dir

__all__ = ["measure"]

# The clock is too coarse for a single one.
REPEATED = 100


def measure(rounds: int, quick: bool) -> list[Row]:
    """Three scenarios, and one operation on the whole population beside them; `rounds` does not matter here."""
    study = Study.read(data_dir())
    opening = study.opening()
    rows: list[Row] = []
    for scenario in ("status-quo", "one-third-rule", "rate-12"):
        rules = opening.rules(study.scenario(scenario))
        run = partial(project, opening.population, opening.year, 10, rules)
        took = median([seconds_of(run) for _ in range(5 if quick else 50)])
        rows.append(Row(f"10-year forecast, {scenario}", "cadre-research", took.wall, 1.0, took.cpu))
    profile = cProfile.Profile()
    profile.runcall(run)
    calls = pstats.Stats(profile).total_calls

    def operations() -> None:
        for _ in range(REPEATED):
            opening.population.headcount * 1.0

    bare = median([seconds_of(operations).times(1 / REPEATED) for _ in range(20)])
    workload = "one array operation on the population"
    rows.append(Row(workload, f"numpy (mean of {REPEATED})", bare.wall, bare.wall / took.wall, bare.cpu))
    print(
        f"10-year forecast, rate-12: {calls:,} calls; one operation on the population takes {bare.wall * 1e6:.0f} µs,\n"
        f"so the forecast costs {took.wall / bare.wall:,.0f} of them: call overhead on small arrays bounds it, not "
        "memory.",
        flush=True,
    )
    return rows
