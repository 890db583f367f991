"""Packages: the cheapest set of measures and rates that reaches several targets at once, or the nearest miss."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pandas as pd

from cadre_research.errors import ParameterError
from cadre_research.evidence.package import differences, together
from cadre_research.evidence.scenario import PromotionPolicy, Scenario
from cadre_research.evidence.targets import AgeLine
from cadre_research.findings.coalitions import QUANTITIES, outcomes
from cadre_research.findings.goals import GOALS, goal_targets
from cadre_research.findings.levers import HORIZONS_YEARS, check_horizons, reached_by
from cadre_research.findings.package_grid import Grid, Package
from cadre_research.findings.study import BASELINE, POPULATIONS, Study, check_population

__all__ = ["Packages", "packages"]

# What begins so may not be turned by a measure: packages have strengths of their own for it, and one opening.
KEPT = (
    "promotion.mode",
    "promotion.young_share",
    "promotion.release_rate_per_year",
    "promotion.rate_per_year",
    "assumptions",
    "opening",
)


@dataclass(frozen=True)
class Packages:
    """What the search came to.

    Parameters
    ----------
    answers : DataFrame
        One row for each goal and horizon: goal (all, or anchored: the targets that a survey counted), horizon_years,
        reached, package (in words), measures (ids joined by "; "), young_share, release_rate_per_year, rates
        (rank=rate joined by "; "; other ranks fill vacancies and freed posts), each of `QUANTITIES` (persons beyond the
        status quo's), filled (least share of a rank's posts with a holder in any year), hardest_target, margin (share
        less threshold of that target, the least of all), packages_tried, population, age_line.
    shares : DataFrame
        Columns goal, horizon_years, target, share, threshold, margin, reached, population, age_line: of every target
        under that package, whether or not it belongs to the goal.
    scenarios : mapping of (goal, horizon_years) to Scenario
        The packages themselves, to be taken through the ensemble.
    """

    answers: pd.DataFrame
    shares: pd.DataFrame
    scenarios: Mapping[tuple[str, int], Scenario]


def packages(
    study: Study,
    grid: Grid | None = None,
    goals: Sequence[str] = GOALS,
    horizons_years: Sequence[int] = HORIZONS_YEARS,
    population: str = "level",
    age_line: AgeLine = "inclusive",
    workers: int | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Packages:
    """Look for the cheapest package that reaches a goal at a horizon, in expectation; if none does, the nearest miss.

    Cheapest means the fewest releases beyond the status quo's, then the fewest appointments, both to a tenth of a
    person, then the fewest measures, then the largest margin. A package that leaves more posts empty, or releases
    more, than the grid allows is none. The nearest miss is the package whose least margin over the goal's targets is
    the largest.

    Parameters
    ----------
    grid : Grid, optional
    goals : sequence of {"all", "anchored"}
    progress : callable, optional
        Called with the name of the round, the forecasts done in it and how many it has.

    Raises
    ------
    ParameterError
        When a goal has no target, or a measure of the grid turns a rate, the young share, an assumption or the opening.

    Notes
    -----
    No target is monotone in any lever: a stricter young rule takes young deputies away to be chiefs, and a priority
    rule ends when it has succeeded. So nothing is pruned. Every subset of the core measures is tried with every
    strength; from the best of each goal and horizon, and from the cheapest that miss it by little, the search goes on,
    one turn of one lever at a time, until there is nothing new; then two turns at once from the best alone, until it
    stays the best. The answer is the best of the packages tried, not proved to be the best of the whole grid.
    """
    grid = grid or Grid()
    check_horizons(horizons_years)
    check_population(population)
    search = _Search(study, grid, tuple(horizons_years), population, age_line, workers, progress)
    questions = [(goal, horizon) for goal in goals for horizon in horizons_years]
    chosen = {goal: goal_targets(search.targets, goal) for goal in goals}
    search.try_all("start", grid.starts(search.ranks))
    for step in grid.finer:
        for turn in range(grid.rounds):
            leaders = {one for goal, at in questions for one in search.leaders(chosen[goal], at)}
            around = [near for one in sorted(leaders, key=Package.label) for near in search.around(one, step)]
            if not search.try_all(f"step {step:g}, round {turn + 1}", around):
                break
    for turn in range(grid.rounds * bool(grid.finer)):
        best = {search.best(chosen[goal], at) for goal, at in questions}
        around = [near for one in sorted(best, key=Package.label) for near in search.around(one, grid.finer[-1])]
        twice = (near for one in around for near in search.around(one, grid.finer[-1]))
        search.try_all(f"two turns, round {turn + 1}", twice)
        if best == {search.best(chosen[goal], at) for goal, at in questions}:
            break
    answers, shares, scenarios = [], [], {}
    for goal, horizon in questions:
        best = search.best(chosen[goal], horizon)
        scenarios[goal, horizon] = search.scenario(best, f"package-{goal}-{horizon}-years")
        labels = {"goal": goal, "horizon_years": horizon}
        answers.append({**labels, **search.answer(best, chosen[goal], horizon)})
        shares += [{**labels, **row} for row in search.shares(best, horizon)]
    ends = {"population": population, "age_line": age_line}
    return Packages(pd.DataFrame(answers).assign(**ends), pd.DataFrame(shares).assign(**ends), scenarios)


@dataclass
class _Search:
    """All that was tried, each package once."""

    study: Study
    grid: Grid
    horizons_years: tuple[int, ...]
    population: str
    age_line: AgeLine
    workers: int | None
    progress: Callable[[str, int, int], None] | None
    # Arrays of a package: margins [target, horizon], reached [target, horizon], costs [quantity, horizon], filled.
    tried: dict[Package, tuple[np.ndarray, ...]] = field(default_factory=dict)
    combined: dict[tuple[str, ...], Scenario] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.status_quo = self.study.scenario(BASELINE)
        self.opening = self.study.opening(self.status_quo, self.age_line)
        self.targets = self.opening.evidence.targets.targets
        self.ranks = self.opening.evidence.ladder.promoted_into
        for name in self.grid.measures:
            turned = [key for key in differences(self.study.scenario(name), self.status_quo) if key.startswith(KEPT)]
            if turned:
                raise ParameterError(
                    f"grid: measure {name} turns {turned[0]}, expected measures that leave rates, young share, "
                    "assumptions and the opening as they are: packages have rates and young shares of their own."
                )
        self.try_all("status quo", [Package()])
        self.costs_before = self.tried[Package()][2]

    def scenario(self, package: Package, name: str = "package") -> Scenario:
        """Turn a package into a scenario."""
        if package.measures not in self.combined:
            measures = [self.study.scenario(one) for one in self.grid.measures if one in package.measures]
            self.combined[package.measures] = together(self.status_quo, measures)
        base = self.combined[package.measures]
        policy = {
            **base.promotion.model_dump(),
            "mode": "rate" if package.rates else "vacancy",
            "young_share": package.young_share,
            "release_rate_per_year": package.release_rate,
            "rate_per_year_by_rank": dict(package.rates),
        }
        return base.model_copy(update={"id": name, "promotion": PromotionPolicy.model_validate(policy)})

    def try_all(self, name: str, given: Iterable[Package]) -> int:
        """Forecast every package that was not tried yet, and tell how many there were."""
        new = [package for package in dict.fromkeys(given) if package not in self.tried]
        if not new:
            return 0
        told = None if self.progress is None else lambda done, of: self.progress(name, done, of)
        found = outcomes(
            self.opening, [self.scenario(one) for one in new], self.horizons_years, self.workers, progress=told
        )
        which = POPULATIONS.index(self.population)
        young, headcount = (counts[:, :, which].swapaxes(0, 1) for counts in (found.young, found.headcount))
        reached = reached_by(young, headcount, self.targets)
        threshold = np.array([float(target.share) for target in self.targets])[:, None]
        for place, package in enumerate(new):
            margin = found.shares[place, :, which] - threshold
            # An empty group is as far from its target as can be.
            margin = np.where(np.isnan(margin), -threshold, margin)
            self.tried[package] = margin, reached[:, place], found.costs[place], found.filled[place]
        return len(new)

    def best(self, goal: Sequence[int], horizon: int) -> Package:
        """The best package for a goal: the cheapest of those that reach it, or the one that misses it by least."""
        return min(self.tried, key=lambda package: self._rank(package, goal, self.horizons_years.index(horizon), 0.0))

    def leaders(self, goal: Sequence[int], horizon: int) -> list[Package]:
        """Packages to go on from: the best, and the cheapest that reach a goal or miss it by little.

        From the latter one turn may lead to a cheaper one that reaches it, where two would be needed from the former.
        """
        at = self.horizons_years.index(horizon)
        leaders = []
        for short in (0.0, self.grid.short_by):
            ranked = sorted(self.tried, key=partial(self._rank, goal=goal, at=at, short=short))
            # The best of other sets of measures too: the first may all be one and the same but for a step.
            first = {package.measures: package for package in reversed(ranked)}
            others = [package for package in ranked if first[package.measures] is package]
            leaders += [*ranked[: self.grid.best], *others[: self.grid.best]]
        return leaders

    def _rank(self, package: Package, goal: Sequence[int], at: int, short: float) -> tuple:
        """Place of a package among others, the least first; margins down to `short` below the goal pass for reached."""
        margins, reached, costs, _ = self.tried[package]
        margin = margins[goal, at].min()
        last = (len(package.measures), -round(margin, 9), package.label())
        allowed = self._allowed(package, at)
        if allowed and (reached[goal, at].all() or (short and margin >= -short)):
            releases, appointments = (
                round(float((costs - self.costs_before)[QUANTITIES.index(name), at]), 1)
                for name in ("releases", "appointments")
            )
            return 0, releases, appointments, *last
        return 2 - allowed, -round(margin, 9), 0, *last

    def _allowed(self, package: Package, at: int) -> bool:
        _, _, costs, filled = self.tried[package]
        released = (costs - self.costs_before)[QUANTITIES.index("releases"), at]
        return filled[at] >= self.grid.filled_at_least - 1e-9 and released <= self.grid.releases_at_most + 1e-6

    def around(self, package: Package, step: float) -> Iterable[Package]:
        """Packages that one turn leads to from a package."""
        return self.grid.neighbours(package, self.ranks, step)

    def answer(self, package: Package, goal: Sequence[int], horizon: int) -> dict[str, object]:
        """One row of `Packages.answers`, without its goal and horizon."""
        at = self.horizons_years.index(horizon)
        margins, reached, costs, filled = self.tried[package]
        hardest = min(goal, key=lambda place: margins[place, at])
        return {
            "reached": bool(reached[goal, at].all() and self._allowed(package, at)),
            "package": package.label(),
            "measures": "; ".join(package.measures),
            "young_share": package.young_share,
            "release_rate_per_year": package.release_rate,
            "rates": "; ".join(f"{rank}={rate:g}" for rank, rate in package.rates),
            **dict(zip(QUANTITIES, (costs - self.costs_before)[:, at], strict=True)),
            "filled": filled[at],
            "hardest_target": self.targets[hardest].id,
            "margin": margins[hardest, at],
            "packages_tried": len(self.tried),
        }

    def shares(self, package: Package, horizon: int) -> list[dict[str, object]]:
        """Rows of `Packages.shares`, one a target."""
        at = self.horizons_years.index(horizon)
        margins, reached, *_ = self.tried[package]
        return [
            {
                "target": target.id,
                "share": float(target.share) + margins[place, at],
                "threshold": float(target.share),
                "margin": margins[place, at],
                "reached": bool(reached[place, at]),
            }
            for place, target in enumerate(self.targets)
        ]
