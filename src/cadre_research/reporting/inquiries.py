"""The tables of what it would take, what is possible and what moves a verdict, for a whole report."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import pandas as pd

from cadre_research.evidence.scenario import Scenario
from cadre_research.findings.study import BASELINE, Study
from cadre_research.reporting.inquiry import FULL, HORIZONS_YEARS, Effort, Inquiry
from cadre_research.reporting.possible import Possible
from cadre_research.reporting.uncertain import Uncertain
from cadre_research.reporting.worlds import Worlds
from cadre_research.reporting.worth import Worth, has_plan

__all__ = [
    "FRONTIERS",
    "INQUIRY_COLUMNS",
    "OPTIONAL",
    "PROGRAMME",
    "attainable_by_law",
    "inquiry_tables",
    "required_in",
]

# What happens after the horizon is told of this programme.
PROGRAMME = "two-thirds-young-rate-12"
# Tables that a study can do without; the last two tell of the report before, which a first one has not.
OPTIONAL = frozenset({"certificate", "least_relaxation", "after_shares", "after_promotions", "little_law"})
OPTIONAL |= {"changes", "changed_inputs"}
PLAN_TABLES = ("contributions", "measure_costs", "efficiency", "packages", "package_shares")
OPTIONAL |= {*PLAN_TABLES}
FRONTIERS = (("promotion-rate", "young-share"), ("release-rate", "young-share"))

INQUIRY_COLUMNS = {
    "ensemble": ("draw", "accepted", "reason"),
    "required": (
        *("target", "horizon_years", "lever", "value", "value_for_90_percent", "reachable"),
        *("scenario", "age_line", "population"),
    ),
    "probability_curves": ("lever", "value", "target", "horizon_years", "probability", "probability_se"),
    "frontier": ("target", "horizon_years", "lever_x", "value_x", "lever_y", "value_y", "share", "reached"),
    "attainable": (
        *("target", "horizon_years", "hold", "releases_per_100_posts", "best_share", "reachable", "binding_rules"),
        *("scenario", "age_line", "population", "candidates_per_post"),
    ),
    "attainable_range": ("target", "horizon_years", "lowest_best_share", "highest_best_share", "reachable_share"),
    "first_possible": ("target", "horizon_years", "best_share", "reachable"),
    "certificate": ("rule", "unit", "value_before", "value_after", "gain", "binding"),
    "least_relaxation": ("rule", "unit", "alone", "units", "value_before", "value_after"),
    "maintainable": ("target", "releases_per_100_posts", "best_share", "reachable"),
    "optimal_plan": ("horizon_years", "year", "kind", "from_rank", "to_rank", "age_years", "persons"),
    "after_shares": ("course", "year", "target", "share"),
    "after_promotions": ("course", "year", "rank", "promotions", "releases", "vacancies"),
    "sensitivity": ("target", "horizon_years", "assumption", "swing", "turning_value", "sobol_total", "given_data"),
    "coverage": ("truth", "target", "horizon_years", "covered_80", "covered_95", "truths"),
    "contributions": ("target", "horizon_years", "measure", "contribution", "alone", "last_in", "full_effect"),
    "measure_costs": ("quantity", "horizon_years", "measure", "contribution", "alone", "last_in", "full_effect"),
    "efficiency": ("target", "horizon_years", "measure", "basis", "points", "effort", "persons", "per_100", "note"),
    "packages": ("goal", "horizon_years", "reached", "package", "releases", "appointments", "margin", "probability"),
    "package_shares": ("goal", "horizon_years", "target", "share", "threshold", "reached"),
}


def inquiry_tables(
    study: Study,
    scenarios: Sequence[str],
    worlds: Worlds,
    progress: Callable[[], None] | None = None,
    effort: Effort = FULL,
) -> dict[str, pd.DataFrame]:
    """Make the tables, as name -> tidy frame: of the status quo in full, of the others what the index page shows.

    Parameters
    ----------
    worlds : Worlds
        Under the reading of the age lines that the report answers under.
    progress : callable, optional
        Called with every step done.
    effort : Effort
        How far the inquiries go.
    """
    status_quo = study.scenario(BASELINE)
    asked = Inquiry(worlds, status_quo, effort, progress)
    possible = Possible(worlds, status_quo, effort, progress)
    uncertain = Uncertain(worlds, status_quo, effort, progress)
    tables = {
        "ensemble": worlds.drawn(status_quo).reset_index(),
        "probability_curves": asked.probability_curves(),
        "required": pd.concat([required_in(asked, study.scenario(name)) for name in scenarios], ignore_index=True),
        "frontier": pd.concat([asked.frontier(*levers, HORIZONS_YEARS[-1]) for levers in FRONTIERS], ignore_index=True),
        "attainable": _attainable(possible, scenarios),
        "attainable_range": possible.attainable_range(),
        "first_possible": possible.first_possible(),
        "certificate": possible.certificate(),
        "least_relaxation": possible.least_relaxation(),
        "maintainable": possible.maintainable(),
        "optimal_plan": pd.concat(
            [possible.optimal_plan(horizon).assign(horizon_years=horizon) for horizon in HORIZONS_YEARS],
            ignore_index=True,
        ),
        "sensitivity": uncertain.sensitivity(),
        "coverage": uncertain.coverage(),
    }
    if PROGRAMME in study.scenarios:
        after = asked.after(study.scenario(PROGRAMME))
        tables |= {"after_shares": after.shares, "after_promotions": after.promotions}
    if has_plan(study):
        worth = Worth.of(worlds, progress)
        found = (worth.contributions(), worth.costs(), worth.efficiency(), worth.packages(), worth.package_shares())
        tables |= dict(zip(PLAN_TABLES, found, strict=True))
    return tables


def required_in(asked: Inquiry, scenario: Scenario) -> pd.DataFrame:
    """What is required in a scenario; in the inquiry's own also with 90 % probability, which takes long."""
    own = scenario.id == asked.scenario.id
    # What is asked of a lever that the scenario itself turns is the smallest value with its other rules.
    return replace(asked, scenario=scenario).required(surely=own)


def attainable_by_law(possible: Possible, scenarios: Sequence[str]) -> dict[str, Possible]:
    """Whom to ask what is attainable, by the first scenario of each law; in full only under the inquiry's own law.

    What differs in its policy alone shares an answer, since it is about all policies.
    """
    own, first = repr(_law(possible.scenario)), {}
    for name in scenarios:
        first.setdefault(repr(_law(possible.study.scenario(name))), name)
    brief = replace(possible.effort, held_budgets_per_100_posts=())
    return {
        name: possible if law == own else replace(possible, scenario=possible.study.scenario(name), effort=brief)
        for law, name in first.items()
    }


def _attainable(possible: Possible, scenarios: Sequence[str]) -> pd.DataFrame:
    """Every scenario's."""
    study = possible.study
    found = {
        repr(_law(study.scenario(name))): asked.attainable()
        for name, asked in attainable_by_law(possible, scenarios).items()
    }
    frames = [found[repr(_law(study.scenario(name)))].assign(scenario=name) for name in scenarios]
    return pd.concat(frames, ignore_index=True)


def _law(scenario: Scenario) -> Mapping[str, object]:
    """All of a scenario that a programme over all policies depends on."""
    return scenario.model_dump(include={"posts", "retirement", "opening", "lateral_intake", "assumptions"})
