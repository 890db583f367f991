"""The city in its units beside the city whole, every measure of the plan on: what telling units apart costs.

Twelve units hold twelve times the cells, so that up to twelve times the time is asked for, and less hoped for.
"""

from __future__ import annotations

import numpy as np

from benchmarks.measure import Row, Seconds, in_turn, scaling, timed
from cadre_research.findings.study import Study
from cadre_research.model.opening import Opening
from cadre_research.model.paths import replicate_blocks, run_blocks
from cadre_research.paths import data_dir

__all__ = ["measure"]

REPLICATES, YEARS, SEED = 1_000, 10, 2017
SCENARIO = "full-plan-2018"
# Of the one-unit ensemble; more is an error of the model, not of the machine.
MOST_TIMES_AS_LONG = 12.0


def measure(rounds: int, quick: bool) -> list[Row]:
    """Seconds per 1,000 replicates of ten years; the same number of them is drawn of both, and scaled."""
    study = Study.read(data_dir())
    whole, parts = study.opening(SCENARIO), study.divided_opening(SCENARIO)
    count = 24 if quick else 96
    units = len(parts.population.units)
    for opening in (whole, parts):
        _seconds(study, opening, 2, 1)
    rows = in_turn(
        f"units: {REPLICATES:,} replicates of {YEARS} years, every measure of {SCENARIO}",
        {
            f"one unit{scaling(count, REPLICATES, 'replicate')}": lambda: _seconds(study, whole, count),
            f"{units} units{scaling(count, REPLICATES, 'replicate')}": lambda: _seconds(study, parts, count),
        },
        rounds,
    )
    times = rows[1].seconds / rows[0].seconds
    print(
        f"{units} units take {times:.1f} times as long as one; at most {MOST_TIMES_AS_LONG:.0f} are asked for",
        flush=True,
    )
    return rows


def _seconds(study: Study, opening: Opening, count: int, years: int = YEARS) -> Seconds:
    """Time the replicates and hold the result to account: nobody may be lost between units."""
    rules = opening.rules(study.scenario(SCENARIO))
    took, paths = timed(lambda: run_blocks(replicate_blocks(opening, rules, count, SEED), opening.year, years))
    # The same surveyed counts whatever the units.
    surveyed = [target for target in opening.evidence.targets.targets if target.survey]
    for target in surveyed:
        young = paths.headcount[:, 0][:, list(opening.evidence.ladder.ranks_in(target.levels))]
        young = young[..., paths.ages_years <= target.age_years].sum((1, 2))
        if not np.array_equal(young, np.full(count, target.survey.young)):
            raise AssertionError(f"{target.id}: expected {target.survey.young} young at every opening, got {young}.")
    return took.times(REPLICATES / count)
