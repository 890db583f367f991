"""The queue of those aged 45 to 55: how likely their promotion is, and how long until half of them are promoted.

The cohort of a rank is fixed at the opening: whoever stands in a rank that people are promoted from into it, fulfils
the minimum years in rank and of service and the ceiling in the first year, and is 45 to 55 at its 31 December. It is
the same under every scenario with the same assumptions, whatever other conditions that sets. It is followed through the
scenario's own years, told apart from all others and treated like them. One leaves the queue by promotion into the rank;
otherwise by leaving the service, stepping aside or moving to any rank from which one is not promoted into this one.
Whoever passes the ceiling waits on, in vain, until then.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from cadre_research.errors import ParameterError
from cadre_research.evidence.scenario import Scenario
from cadre_research.findings.groups import groups_of
from cadre_research.findings.side_effects import MIDDLE_AGED
from cadre_research.model.chance import Expected
from cadre_research.model.followed import follow
from cadre_research.model.opening import Opening
from cadre_research.model.rules import PromotionRule, Rules

__all__ = ["queue_path", "queues", "queues_compared"]

EVERYBODY = "everybody"
MOST_YEARS = 40
OF_COHORT = ["scenario", "age_line", "ages", "rank", "group"]
# Of the cohort; fewer wait no more.
NOBODY = 1e-9


def queue_path(
    opening: Opening,
    scenario: Scenario,
    ages_years: tuple[int, int] = MIDDLE_AGED,
    ranks: Collection[str] | None = None,
) -> pd.DataFrame:
    """Follow the cohort of every rank until nobody of it waits any more, 40 years at most.

    Parameters
    ----------
    opening : Opening
    scenario : Scenario
        Not of plan mode.
    ages_years : (int, int)
        Youngest and oldest completed age at 31 December of the first year.
    ranks : collection of str, optional
        Ranks promoted into; all of them by default.

    Returns
    -------
    DataFrame
        Columns scenario, age_line, ages (such as "45-55"), rank (promoted into), group (everybody, and see
        `groups_of`), year, years_waited (0 at the opening), eligible (persons of the cohort at the opening), promoted
        (persons of it in the year), promoted_so_far, waiting (persons at the close), left (persons who left the queue
        otherwise so far); all as expected. Ranks and groups without a cohort are left out.
    """
    if not ages_years[0] <= ages_years[1]:
        raise ParameterError(f"ages_years: given {ages_years}, expected the youngest age first.")
    rules, ladder = opening.rules(scenario), opening.evidence.ladder
    for rank in ranks or ():
        if rank not in ladder.promoted_into:
            raise ParameterError(f"ranks: given {rank!r}, expected of {', '.join(ladder.promoted_into)}.")
    rows = []
    for rule in reversed(rules.promotions):
        if ranks is None or ladder.rank_ids[rule.into] in ranks:
            rows += _followed(opening, rules, rule, ages_years)
    columns = ["rank", "group", "year", "years_waited", "eligible", "promoted", "promoted_so_far", "waiting"]
    frame = pd.DataFrame(rows, columns=columns)
    frame["left"] = (frame["eligible"] - frame["promoted_so_far"] - frame["waiting"]).clip(lower=0.0)
    frame.insert(0, "ages", f"{ages_years[0]}-{ages_years[1]}")
    frame.insert(0, "age_line", opening.age_line)
    frame.insert(0, "scenario", scenario.id)
    return frame


def queues(path: pd.DataFrame) -> pd.DataFrame:
    """Sum up a `queue_path`: how likely promotion is and how long it takes.

    Returns
    -------
    DataFrame
        Columns scenario, age_line, ages, rank, group, eligible (persons), probability_per_year (promoted in the first
        year, of the eligible), promoted_within_5_years, ever_promoted (shares of the eligible), years_to_median (until
        half of the eligible are promoted, the year in which it happens taken as even; missing if that never happens,
        because too many leave the queue first), never (whether so), years_to_median_of_promoted (until half of those
        are promoted who ever will be).
    """
    rows = []
    for key, years in path.groupby(OF_COHORT, sort=False):
        eligible = years["eligible"].iloc[0]
        so_far = years.sort_values("years_waited")["promoted_so_far"].to_numpy() / eligible
        median = _years_until(so_far, 0.5)
        rows.append(
            {
                **dict(zip(OF_COHORT, key, strict=True)),
                "eligible": eligible,
                "probability_per_year": so_far[1],
                "promoted_within_5_years": so_far[min(5, len(so_far) - 1)],
                "ever_promoted": so_far[-1],
                "years_to_median": median,
                "never": bool(np.isnan(median)),
                "years_to_median_of_promoted": _years_until(so_far, so_far[-1] / 2),
            }
        )
    return pd.DataFrame(rows)


def queues_compared(found: pd.DataFrame, status_quo: pd.DataFrame) -> pd.DataFrame:
    """Put `queues` of some scenarios beside those of the status quo.

    Returns
    -------
    DataFrame
        The columns of `found` and, of the status quo, probability_per_year_status_quo, ever_promoted_status_quo and
        years_to_median_status_quo.
    """
    keys = OF_COHORT[1:]
    measures = ["probability_per_year", "ever_promoted", "years_to_median"]
    return found.merge(status_quo[[*keys, *measures]], on=keys, how="left", suffixes=("", "_status_quo"))


def _followed(opening: Opening, rules: Rules, rule: PromotionRule, ages_years: tuple[int, int]) -> list[tuple]:
    people, ladder = opening.population, opening.evidence.ladder
    chosen = _cohort(people.headcount.shape[-6:], rule, people.ages_years + 1, ages_years)
    groups = {EVERYBODY: list(range(len(ladder.groups)))} | groups_of(ladder)
    cohort = (people.headcount * chosen).sum((0, 2, 3, 4, 5))
    promoted = [np.zeros(len(ladder.groups))]
    waiting = [cohort]
    years = follow(people, opening.year + 1, rules, chosen, rule.sources, Expected())
    while len(promoted) <= MOST_YEARS and waiting[-1].sum() > NOBODY * cohort.sum():
        year, still = next(years)
        flows = [flow.headcount for flow in year.flows if flow.name == "promotion" and flow.into == rule.into]
        promoted.append(sum(flows)[:, len(ladder.groups) :].sum((0, 2, 3)))
        waiting.append(still)
    so_far = np.cumsum(promoted, axis=0)
    return [
        (
            ladder.rank_ids[rule.into],
            name,
            opening.year + waited,
            waited,
            cohort[places].sum(),
            promoted[waited][places].sum(),
            so_far[waited][places].sum(),
            waiting[waited][places].sum(),
        )
        for name, places in groups.items()
        if cohort[places].sum() > 0
        for waited in range(len(promoted))
    ]


def _cohort(
    shape: tuple[int, ...], rule: PromotionRule, ages_at_close: np.ndarray, ages_years: tuple[int, int]
) -> np.ndarray:
    """Who is eligible and of the ages asked for, array [unit, group, status, rank, age, years_in_rank] of bool."""
    chosen = np.zeros(shape, bool)
    of_age = (ages_at_close >= ages_years[0]) & (ages_at_close <= ages_years[1])
    for position, source in enumerate(rule.sources):
        eligible = (rule.weight[:, position] > 0) & of_age[:, None]
        chosen[:, :, :, source] = eligible[None, :, None]
    return chosen


def _years_until(so_far: np.ndarray, share: float) -> float:
    """Years until a share is promoted, even within its year; missing if never, or if nobody is."""
    reached = np.flatnonzero(so_far >= share)
    if not len(reached) or share <= 0:
        return float("nan")
    last = int(reached[0])
    return last - 1 + float((share - so_far[last - 1]) / (so_far[last] - so_far[last - 1]))
