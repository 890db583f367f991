"""Why a share changed: an exact split of its change, and Little's law beside it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from cadre_research.evidence.targets import Target, is_young
from cadre_research.findings.age_structure import young_and_all
from cadre_research.findings.study import POPULATIONS, Forecast
from cadre_research.model.chance import Expected
from cadre_research.model.flows import Flow
from cadre_research.model.opening import Opening
from cadre_research.model.population import Population, empty_population
from cadre_research.model.year import Year, advance

__all__ = ["COMPONENTS", "LittleLaw", "little_law", "share_change"]

COMPONENTS = (
    "stayed_young",
    "grew_out",
    "promoted_in",
    "promoted_out",
    "moved_down",
    "joined",
    "left_young",
    "left_old",
    "denominator",
)


def share_change(forecast: Forecast) -> pd.DataFrame:
    r"""Split the change of every target's share exactly into what brought it about.

    With Y young among N, year by year by the midpoint rule for ratios,

    .. math::
        \frac{Y_1}{N_1} - \frac{Y_0}{N_0}
        = \Delta Y \cdot \tfrac12 \Bigl(\frac1{N_0} + \frac1{N_1}\Bigr)
        - \Delta N \cdot \frac{Y_0 + Y_1}{2 N_0 N_1} ,

    where the change in the young is the sum of their comings and goings. Of the change in the headcount, `left_old`
    is what older leavers make room for and `denominator` everybody else's comings and goings. Targets that select
    groups are left out.

    Returns
    -------
    DataFrame
        Columns target, scenario, horizon_years, age_line, population, component (see `COMPONENTS`), young (change in
        the number of young persons over the horizon; for `stayed_young` the mean number a year who were there and
        young at both its ends), contribution (decimal share). Opening share + contributions = share at the horizon.
    """
    rows = [
        {
            "target": target.id,
            "scenario": forecast.scenario.id,
            "horizon_years": forecast.horizon_years,
            "age_line": forecast.age_line,
            "population": population,
            "component": component,
            "young": young,
            "contribution": contribution,
        }
        for target in forecast.targets
        if target.of_everybody
        for population in POPULATIONS
        for component, (young, contribution) in _split(forecast, target, population).items()
    ]
    return pd.DataFrame(rows)


@dataclass(frozen=True)
class LittleLaw:
    """Little's law for the young of a group in the stationary state.

    `share` = `young_arrivals_per_head_per_year` x `mean_years_spent_young`; `observed_share` is what was counted.
    """

    target: str
    population: str
    young_arrivals_per_head_per_year: float
    mean_years_spent_young: float
    observed_share: float

    @property
    def share(self) -> float:
        """Share that the law gives."""
        return self.young_arrivals_per_head_per_year * self.mean_years_spent_young


def little_law(opening: Opening, target: Target, population: str = "level") -> LittleLaw | None:
    """Follow a year's young arrivals for as long as they stay and are young.

    The years are counted as 31 Decembers, like everything here. Returns None for an opening that is not stationary,
    to which the law does not apply, for a target that selects groups, or for an empty group.
    """
    if not target.of_everybody or opening.stationary_rules is None or not opening.past.is_stationary:
        return None
    ladder, people = opening.evidence.ladder, opening.population
    ranks = ladder.ranks_in(target.levels, posts_only=population == "posts")
    young, everybody = young_and_all(people, target, population, opening.age_line)
    rules = opening.stationary_rules
    recruiting = replace(rules, recruits_by_year={opening.year: opening.recruits_per_year})
    cohort = _young_arrivals(advance(people, opening.year, recruiting, Expected()), ranks, target, opening.age_line)
    arrivals = float(cohort.total())
    if everybody <= 0 or arrivals <= 0:
        return None
    outside = [rank for rank in range(len(ladder.ranks)) if rank not in ranks]
    person_years = 0.0
    for _ in people.ages_years:
        person_years += float(young_and_all(cohort, target, population, opening.age_line)[0])
        cohort = advance(cohort, opening.year, rules, Expected()).closing
        cohort.headcount[..., outside, :, :] = 0.0
    return LittleLaw(
        target.id, population, arrivals / float(everybody), person_years / arrivals, float(young / everybody)
    )


def _young_arrivals(year: Year, ranks: tuple[int, ...], target: Target, age_line: str) -> Population:
    """Persons who came into a set of ranks from outside it during a year and were young at its close."""
    cohort = empty_population(year.closing.ladder)
    young = is_young(cohort.ages_years, target.age_years, age_line)
    for flow in year.flows:
        if flow.into not in ranks or flow.source in ranks:
            continue
        at_close = flow.headcount if flow.source is None else _a_year_older(flow.headcount)
        cohort.headcount[..., flow.into, :, 0] += at_close * young
    return cohort


def _a_year_older(headcount: np.ndarray) -> np.ndarray:
    older = np.zeros_like(headcount)
    older[..., 1:] = headcount[..., :-1]
    return older


def _split(forecast: Forecast, target: Target, population: str) -> dict[str, tuple[float, float]]:
    ladder = forecast.opening.evidence.ladder
    ranks = ladder.ranks_in(target.levels, posts_only=population == "posts")
    young = dict.fromkeys(COMPONENTS, 0.0)
    contribution = dict.fromkeys(COMPONENTS, 0.0)
    before = forecast.projection.opening
    for year in forecast.projection.years:
        y0, n0 = (float(x) for x in young_and_all(before, target, population, forecast.age_line))
        y1, n1 = (float(x) for x in young_and_all(year.closing, target, population, forecast.age_line))
        if n0 > 0 and n1 > 0:
            per_young, per_head = (1 / n0 + 1 / n1) / 2, -(y0 + y1) / (2 * n0 * n1)
            changes, left_old, stayed = _young_changes(before, year, ranks, target, forecast.age_line)
            for component, change in changes.items():
                young[component] += change
                contribution[component] += change * per_young
            young["stayed_young"] += stayed
            contribution["left_old"] += -left_old * per_head
            contribution["denominator"] += (n1 - n0 + left_old) * per_head
        before = year.closing
    young["stayed_young"] /= len(forecast.projection.years)
    return {component: (young[component], contribution[component]) for component in COMPONENTS}


def _young_changes(
    before: Population, year: Year, ranks: tuple[int, ...], target: Target, age_line: str
) -> tuple[dict[str, float], float, float]:
    """Changes in the young of a set of ranks in a year by component; the old who left the service; who stayed young."""
    ages = before.ages_years
    was_young, is_still = (is_young(ages + later, target.age_years, age_line) for later in (0, 1))
    crossing = was_young & ~is_still
    there = before.by_rank_and_age()[ranks, :].sum(0)
    grown, stayed = there[crossing].sum(), there[is_still].sum()
    changes = dict.fromkeys(COMPONENTS[1:7], 0.0)
    left_old = 0.0
    for flow in year.flows:
        persons = flow.headcount.sum((-4, -3, -2))
        if flow.source in ranks and flow.into not in ranks:
            changes[_way_out(flow)] -= persons[was_young].sum()
            grown -= persons[crossing].sum()
            stayed -= persons[is_still].sum()
            left_old += persons[~was_young].sum() if flow.into is None else 0.0
        elif flow.into in ranks and flow.source not in ranks:
            young = was_young if flow.source is None else is_still
            changes[_way_in(flow)] += persons[young].sum()
    changes["grew_out"] = -float(grown)
    return {component: float(change) for component, change in changes.items()}, float(left_old), float(stayed)


def _way_out(flow: Flow) -> str:
    if flow.into is None:
        return "left_young"
    return "promoted_out" if flow.name == "promotion" else "moved_down"


def _way_in(flow: Flow) -> str:
    if flow.source is None:
        return "joined"
    return "promoted_in" if flow.name == "promotion" else "moved_down"
