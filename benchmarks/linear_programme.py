"""The joint linear programme of ten years: which share of every target any lawful policy reaches at once."""

from __future__ import annotations

import numpy as np

from benchmarks.exact import Disagreement
from benchmarks.measure import Row, Seconds, in_turn, timed
from cadre_research.findings.limits import Limits
from cadre_research.findings.policies import ALL_TARGETS, Policies
from cadre_research.findings.study import BASELINE, Study
from cadre_research.paths import data_dir

__all__ = ["RATIO_WITHIN", "build", "check", "measure", "solve"]

HORIZON_YEARS = 10
NO_RELEASES = Limits(releases_per_post=0.0)
# Of the ratio, to either side of the best one.
RATIO_WITHIN = 1e-6


def measure(rounds: int, quick: bool) -> list[Row]:
    """Build and solve it; it is short, so `quick` changes nothing."""
    study = Study.read(data_dir())
    policies = build(study, HORIZON_YEARS)
    ratio = solve(policies)
    check(policies, ratio)
    rows, columns = policies.programme.size
    print(
        f"programme of {rows:,} rows and {columns:,} columns: all targets at once reach {ratio:.6f} of their goals, "
        f"and not {RATIO_WITHIN:g} more",
        flush=True,
    )

    def built_and_solved() -> Seconds:
        building, mine = timed(lambda: build(study, HORIZON_YEARS))
        solving, found = timed(lambda: solve(mine))
        if not abs(found - ratio) <= RATIO_WITHIN:
            raise Disagreement(f"programme: the best ratio is {found!r}, and was {ratio!r} before")
        print(f"programme: built in {building.wall:.3g} s, solved in {solving.wall:.3g} s", flush=True)
        return Seconds(building.wall + solving.wall, building.cpu + solving.cpu)

    workload = f"programme: all targets in {HORIZON_YEARS} years without releases, {rows:,} rows x {columns:,} columns"
    return in_turn(workload, {"cadre-research, built and solved, 1 core": built_and_solved}, rounds)


def build(study: Study, horizon_years: int) -> Policies:
    """All lawful policies of some years from the opening, none of which releases anybody."""
    policies = Policies(study.opening(BASELINE), study.scenario(BASELINE), horizon_years)
    policies.set_limits(NO_RELEASES)
    return policies


def solve(policies: Policies) -> float:
    """Largest ratio of share to goal that all targets reach at once."""
    return policies.shares.best_ratio(ALL_TARGETS)


def check(policies: Policies, ratio: float) -> None:
    """Show that a ratio is the best: a little less can be reached and a little more cannot, by one programme each.

    Raises
    ------
    Disagreement
        When it is too small or too large.
    """
    everything = np.full(policies.shares.target_of.shape, True)
    if not policies.shares.fractions.reaches(everything, ratio * (1 - RATIO_WITHIN)):
        raise Disagreement(f"programme: a ratio of {ratio!r} is too large, no policy reaches it")
    if policies.shares.fractions.reaches(everything, ratio * (1 + RATIO_WITHIN)):
        raise Disagreement(f"programme: a ratio of {ratio!r} is too small, some policy reaches more")
