"""After the horizon: what a programme of a few years leaves behind once the status quo returns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cadre_research.errors import ParameterError
from cadre_research.evidence.scenario import Scenario
from cadre_research.evidence.targets import AgeLine
from cadre_research.findings.age_structure import target_shares
from cadre_research.findings.study import BASELINE, Forecast, Study
from cadre_research.model.population import Population
from cadre_research.model.projection import Projection, project
from cadre_research.model.rules import PromotionRule, Rules, by_cell
from cadre_research.model.year import Year

__all__ = ["COURSES", "After", "after_the_horizon"]

COURSES = ("kept", "returned", "status-quo")
WITHIN_UNIT = (-4, -3, -2, -1)


@dataclass(frozen=True)
class After:
    """Three courses from one opening: the scenario kept, the status quo returned to, and the status quo all along.

    Parameters
    ----------
    shares : DataFrame
        Columns course, year, target, population, young, headcount, share, threshold, scenario, age_line; the opening's
        year first.
    promotions : DataFrame
        One row for each course, year and rank promoted into: course, year, rank, promotions, releases, vacancies (posts
        of the rank without a holder when promotions into it begin; missing in markov mode, which has no posts),
        empty_posts (at the close), young_share_of_promotions, young_share_of_eligible (of those eligible when the year
        opens, before anybody leaves), scenario, age_line. Young is as the young rule of promotions reads it. Shares of
        nobody are missing.
    """

    shares: pd.DataFrame
    promotions: pd.DataFrame


def after_the_horizon(
    study: Study,
    scenario: Scenario | str,
    switch_years: int = 5,
    look_ahead_years: int = 20,
    age_line: AgeLine = "inclusive",
) -> After:
    """Run a scenario for some years and the status quo's rules from then on, beside either of them all along.

    All three start from the opening of the scenario. At the switch nothing is carried over but the people: posts,
    promotions, recruitment and retirement are again those of the status quo.

    Parameters
    ----------
    switch_years : int
        Years under the scenario, 0 to `look_ahead_years`.
    look_ahead_years : int
        1 to 30.

    Raises
    ------
    ParameterError
        When the years are out of their ranges.
    """
    _check_years(switch_years, look_ahead_years)
    scenario = study.scenario(scenario) if isinstance(scenario, str) else scenario
    opening = study.opening(scenario, age_line)
    own, status_quo = opening.rules(scenario), opening.rules(study.scenario(BASELINE))
    shares, promotions = [], []
    for course, years_of_own in zip(COURSES, (look_ahead_years, switch_years, 0), strict=True):
        first = project(opening.population, opening.year, years_of_own, own)
        then = project(
            list(first.populations.values())[-1],
            opening.year + years_of_own,
            look_ahead_years - years_of_own,
            status_quo,
        )
        whole = Projection(opening.population, opening.year, first.years + then.years)
        forecast = Forecast(scenario, look_ahead_years, opening, whole)
        shares.append(target_shares(forecast).assign(course=course))
        rules = [own] * years_of_own + [status_quo] * (look_ahead_years - years_of_own)
        promotions.append(_promotions(whole, rules).assign(course=course))
    return After(
        _labelled(pd.concat(shares, ignore_index=True).drop(columns="deadline_year"), scenario, age_line, "target"),
        _labelled(pd.concat(promotions, ignore_index=True), scenario, age_line, "rank"),
    )


def _promotions(projection: Projection, rules_by_year: list[Rules]) -> pd.DataFrame:
    openings = list(projection.populations.values())[:-1]
    rows = [
        {"year": year.year, "rank": rules.ladder.rank_ids[rule.into], **_into_rank(rule, rules, opening, year)}
        for opening, year, rules in zip(openings, projection.years, rules_by_year, strict=True)
        for rule in rules.promotions
    ]
    return pd.DataFrame(rows)


def _into_rank(rule: PromotionRule, rules: Rules, opening: Population, year: Year) -> dict[str, float]:
    """What happened in a year to a rank and to those who may be promoted into it."""
    flows = [flow for flow in year.flows if rule.into in (flow.source, flow.into)]
    promoted = sum(
        (flow.headcount.sum((0, 1, 2)) for flow in flows if (flow.name, flow.into) == ("promotion", rule.into)),
        np.zeros(len(rule.young)),
    )
    released = sum(float(flow.headcount.sum()) for flow in flows if (flow.name, flow.source) == ("release", rule.into))
    # Promotions go from the top rank down: when those into a rank begin, whoever leaves it upwards has left.
    holders = year.closing.headcount[..., rule.into, :, :].sum(WITHIN_UNIT)
    for flow in flows:
        since = {("promotion", rule.into): 1, ("recruitment", rule.into): 1, ("release", flow.into): -1}
        holders = holders - since.get((flow.name, flow.into), 0) * flow.headcount.sum((-3, -2, -1))
    vacancies = np.maximum(rules.posts_in(year.year)[..., rule.into] - holders, 0.0)
    eligible = (opening.headcount[..., rule.sources, :, :] * (by_cell(rule.weight) > 0)).sum((0, 1, 2, 3, 5))
    return {
        "promotions": float(promoted.sum()),
        "releases": released,
        "vacancies": float("nan") if rules.mode == "markov" else float(vacancies.sum()),
        "empty_posts": float(year.empty_posts[:, rule.into].sum()),
        "young_share_of_promotions": _share(promoted, rule.young),
        "young_share_of_eligible": _share(eligible, rule.young),
    }


def _share(persons: np.ndarray, young: np.ndarray) -> float:
    """Share of the young in persons [age], missing for nobody."""
    everybody = float(persons.sum())
    return float(persons[young].sum()) / everybody if everybody > 0 else float("nan")


def _labelled(frame: pd.DataFrame, scenario: Scenario, age_line: str, subject: str) -> pd.DataFrame:
    """Course, year and subject first, scenario and age line last."""
    frame = frame.assign(scenario=scenario.id, age_line=age_line)
    first = ["course", "year", subject]
    last = ["scenario", "age_line"]
    return frame[[*first, *frame.columns.drop([*first, *last]), *last]]


def _check_years(switch_years: int, look_ahead_years: int) -> None:
    for name, given, least, most in (
        ("look_ahead_years", look_ahead_years, 1, 30),
        ("switch_years", switch_years, 0, look_ahead_years),
    ):
        if isinstance(given, bool) or not isinstance(given, int) or not least <= given <= most:
            raise ParameterError(f"{name}: given {given!r}, expected a whole number of years from {least} to {most}.")
