"""The plan behind a best share: the least moving that reaches it, cell by cell, carried out in the yearly model."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from cadre_research.evidence.scenario import Scenario
from cadre_research.findings.expression import Expression
from cadre_research.findings.limits import Limits
from cadre_research.findings.policies import ALL_TARGETS, Policies
from cadre_research.model.chance import Expected
from cadre_research.model.flows import Standing, leave, move_aside_and_down
from cadre_research.model.opening import Opening
from cadre_research.model.plan import Plan
from cadre_research.model.population import Population
from cadre_research.model.projection import Projection
from cadre_research.model.rules import Rules
from cadre_research.model.year import Year, advance

__all__ = ["OptimalPlan", "optimal_plan"]

# What the solver leaves of a decision that is not taken.
NOBODY = 1e-9


@dataclass(frozen=True)
class OptimalPlan:
    """A plan that reaches the best share with the fewest releases and promotions.

    Parameters
    ----------
    target : str
    best_share : float
    plan : Plan
        In cells of the yearly model.
    projection : Projection
        The plan carried out by the yearly model.
    planned_headcount : array [year, rank, age]
        What the programme says of each 31 December after the opening; the projection agrees with it.
    """

    target: str
    best_share: float
    plan: Plan
    projection: Projection
    planned_headcount: np.ndarray

    def to_frame(self) -> pd.DataFrame:
        """Return one row a decision.

        Returns
        -------
        DataFrame
            Columns year, kind (promotion, release or recruitment), from_rank (missing for recruits), to_rank, group,
            age_years and years_in_rank (at the opening of the year; for recruits the age at its close and 0, the last
            tracked year holding all longer ones), persons.
        """
        labels = self.projection.opening.labels
        rank, group, ages = labels["rank"], labels["group"], labels["age_years"]
        rows = [
            (year, kind, None if source is None else rank[source], rank[into], group[g], ages[age], years, persons)
            for (year, kind, source, into), asked in self.plan.asked.items()
            for g, age, years in np.argwhere(asked[0, :, 0] > NOBODY)
            for persons in [float(asked[0, g, 0, age, years])]
        ]
        columns = ["year", "kind", "from_rank", "to_rank", "group", "age_years", "years_in_rank", "persons"]
        return pd.DataFrame(rows, columns=columns)


def optimal_plan(
    opening: Opening,
    scenario: Scenario,
    horizon_years: int,
    limits: Limits | None = None,
    target: str = ALL_TARGETS,
    hold_years: int = 0,
    population: str = "level",
) -> OptimalPlan:
    """Find the plan that reaches the best share with the least moving, and carry it out in the yearly model.

    Many plans reach the best share; of them one with the fewest releases, then the fewest promotions, is given
    (releases weigh ten promotions).

    Raises
    ------
    InfeasibleError
        When no policy keeps the limits at all.
    """
    policies = Policies(opening, scenario, horizon_years, hold_years, population)
    policies.set_limits(limits or Limits())
    ratio = policies.shares.best_ratio(target)
    policies.shares.keep(target, ratio * (1 - NOBODY))
    policies.programme.minimise(_moving(policies))
    plan, projection = _carried_out(policies)
    planned = np.stack([policies.programme.value(lawful.closing).sum((0, 3)) for lawful in policies.years])
    return OptimalPlan(target, ratio * policies.shares.goal(target), plan, projection, planned)


def _moving(policies: Policies) -> Expression:
    weight = {"promotion": 1.0, "release": 10.0}
    columns = policies.programme.columns
    return Expression.total(
        Expression.of_columns(block).sum() * weight[name[0]]
        for name, block in columns.items()
        if isinstance(name, tuple) and name[0] in weight
    )


def _carried_out(policies: Policies) -> tuple[Plan, Projection]:
    """Unfold the years in rank, year by year, from where the yearly model says that people stand."""
    asked: dict[tuple[int, str, int | None, int], np.ndarray] = {}
    rules = replace(policies.rules, plan=Plan(asked))
    population = policies.opening.population
    years: list[Year] = []
    for lawful in policies.years:
        asked.update(_unfolded(policies, lawful.year, population, rules))
        years.append(advance(population, lawful.year, rules, Expected()))
        population = years[-1].closing
    return Plan(dict(asked)), Projection(policies.opening.population, policies.opening.year, tuple(years))


def _unfolded(
    policies: Policies, year: int, population: Population, rules: Rules
) -> dict[tuple[int, str, int | None, int], np.ndarray]:
    """Decisions of a year in the model's own cells [unit, group, status, age, years_in_rank].

    Whoever stands together in a place of the programme has the same choices: each true year gives in proportion.
    """
    programme, fold = policies.programme, policies.cells.fold
    standing = Standing.at_opening(population, year)
    leave(standing, rules, Expected())
    move_aside_and_down(standing, rules, Expected())
    asked = {}
    for name in programme.columns:
        if not isinstance(name, tuple) or name[0] not in ("promotion", "release", "recruitment") or name[1] != year:
            continue
        persons = np.maximum(programme.value(name), 0.0)
        kind, _, source, into = name
        if kind == "recruitment":
            taken = np.zeros(population.headcount[0, :, 0, into].shape)
            taken[..., 0] = persons
        else:
            here = standing.stay[0, :, 0, source]
            together = np.zeros(persons.shape)
            np.add.at(together, (..., fold[source]), here)
            share = np.divide(persons, together, out=np.zeros_like(persons), where=together > 0).clip(max=1.0)
            taken = here * share[..., fold[source]]
        if taken.any():
            asked[year, kind, source, into] = taken[None, :, None]
    return asked
