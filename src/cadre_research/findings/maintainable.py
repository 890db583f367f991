"""The best share that some lawful policy can hold for ever, with posts and rules that no longer change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from cadre_research.errors import ModelError
from cadre_research.evidence.scenario import Scenario
from cadre_research.findings.attainable import BUDGETS_PER_100_POSTS, REACHABLE_FROM
from cadre_research.findings.cells import Cells
from cadre_research.findings.lawful_year import add_year
from cadre_research.findings.limits import Limits, limit, set_limits
from cadre_research.findings.policies import TargetShares, rules_of_all_policies
from cadre_research.findings.programme import Programme
from cadre_research.model.opening import Opening
from cadre_research.model.rules import Rules

__all__ = ["maintainable", "settled_year"]

LATEST_CHANGE_YEARS = 60


def maintainable(
    opening: Opening,
    scenario: Scenario,
    budgets_per_100_posts: Sequence[float] = BUDGETS_PER_100_POSTS,
    population: str = "level",
    limits: Limits | None = None,
    year: int | None = None,
    progress: Callable[[str], None] | None = None,
) -> pd.DataFrame:
    r"""Tell which share can be held for ever, year after year by the same decisions.

    A structure is maintainable when a year of some lawful policy leads from it to itself,

    .. math:: closing(stock, decisions) = stock ,

    so the programme has one year, and the stock is a variable. Posts are those of the opening and do not grow.

    Parameters
    ----------
    budgets_per_100_posts : sequence of float
        Releases from each rank per 100 posts and year.
    limits : Limits, optional
        Its own release budget is not used.
    year : int, optional
        Year whose rules hold for ever; by default `settled_year`.

    Returns
    -------
    DataFrame
        Columns target (or `all-six`), year, releases_per_100_posts, best_share, reachable, scenario, age_line,
        population. For `all-six` the largest ratio of share to goal that all hold at once, times the smallest goal.

    Raises
    ------
    InfeasibleError
        When no structure at all is maintained within the limits.
    """
    rules = replace(rules_of_all_policies(opening, scenario), posts_growth_per_year=0.0)
    year = settled_year(rules) if year is None else year
    programme, cells = Programme(), Cells(rules)
    stock = programme.variables("stock", np.array(cells.exist))
    lawful = add_year(programme, year, stock, cells)
    limit(programme, lawful, cells)
    programme.require("maintained", lawful.closing - stock, equals=0.0)
    shares = TargetShares.added(programme, opening, [lawful.closing], population)
    rows = []
    for target in shares.names:
        ratio = 1.0
        for number, budget in enumerate(budgets_per_100_posts):
            set_limits(programme, year, cells, replace(limits or Limits(), releases_per_post=budget / 100))
            ratio = shares.best_ratio(target, ratio, from_last=number > 0)
            if progress is not None:
                progress(f"{target}, {budget:g} releases per 100 posts, for ever")
            rows.append(
                {
                    "target": target,
                    "year": year,
                    "releases_per_100_posts": float(budget),
                    "best_share": ratio * shares.goal(target),
                    "reachable": ratio >= REACHABLE_FROM,
                }
            )
    return pd.DataFrame(rows).assign(scenario=scenario.id, age_line=opening.age_line, population=population)


def settled_year(rules: Rules) -> int:
    """First year after the opening from which retirement and lateral intake stay what they are.

    Raises
    ------
    ModelError
        When they still change 60 years later.
    """
    first, last = rules.baseline_year + 1, rules.baseline_year + LATEST_CHANGE_YEARS

    def differs(year: int) -> bool:
        joins = [[i.first_year <= y <= i.last_year for i in rules.lateral_intake] for y in (year, year + 1)]
        return joins[0] != joins[1] or not np.array_equal(rules.retirement(year), rules.retirement(year + 1))

    settled = max((year + 1 for year in range(first, last) if differs(year)), default=first)
    if settled >= last:
        raise ModelError(f"settled year: the rules still change in {settled}. Give the year whose rules are to hold.")
    return settled
