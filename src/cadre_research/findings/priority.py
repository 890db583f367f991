"""The priority rule: what it does for each unit, and how often it fell back because eligible young ran out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from cadre_research.evidence.scenario import Scenario
from cadre_research.findings.age_structure import shares_of
from cadre_research.findings.outlook import Outlook
from cadre_research.findings.unit_outlook import CITY, UnitOutlook, mean_and_error, met, unit_outlook
from cadre_research.model.opening import Opening

__all__ = ["priority_effect", "priority_fallbacks", "with_and_without_priority"]

FELL_BACK = "priority-without-young"


def with_and_without_priority(
    openings: Mapping[int, Opening],
    scenario: Scenario,
    horizon_years: int,
    replicates: int,
    seed: int,
    workers: int | None = None,
    progress: Callable[[], None] | None = None,
) -> tuple[UnitOutlook, UnitOutlook]:
    """Take a scenario through divided openings with the priority rule and without, on the same streams of chance.

    For the parameters see `findings.unit_outlook.unit_outlook`.
    """
    found = []
    for on in (True, False):
        policy = scenario.promotion.model_copy(update={"priority_rule": on})
        variant = scenario.model_copy(update={"promotion": policy})
        counted = (FELL_BACK, "promotions") if on else ()
        found.append(unit_outlook(openings, variant, horizon_years, replicates, seed, workers, progress, counted))
    return found[0], found[1]


def priority_effect(with_rule: UnitOutlook, without_rule: UnitOutlook, horizons_years: Sequence[int]) -> pd.DataFrame:
    """What the rule does to each unit's share and probability.

    Returns
    -------
    DataFrame
        One row a unit (and `CITY`), target, population and horizon. Columns unit, target, scenario, horizon_years,
        age_line, population, threshold, share_without, share_with, share_gain, share_gain_se, probability_without,
        probability_with, probability_gain, probability_gain_se. Gains are of the same world on the same streams; their
        standard errors are those of the mean over worlds. Missing for a group that is empty on every path.
    """
    rows = []
    goals = {target.id: float(target.share) for target in with_rule.targets}
    for target, population in with_rule.young:
        for horizon in horizons_years:
            by_unit = [_by_draw(found, target, population, horizon) for found in (with_rule, without_rule)]
            for unit, name in enumerate((*with_rule.units, CITY)):
                row = {
                    "unit": name,
                    **Outlook.labels(with_rule, target, population, horizon_years=horizon),
                    "threshold": goals[target],
                }
                for kind, place in (("share", 0), ("probability", 1)):
                    with_it, without_it = (each[place][:, unit] for each in by_unit)
                    row[f"{kind}_without"] = mean_and_error(without_it)[0]
                    row[f"{kind}_with"] = mean_and_error(with_it)[0]
                    row[f"{kind}_gain"], row[f"{kind}_gain_se"] = mean_and_error(with_it - without_it)
                rows.append(row)
    return pd.DataFrame(rows)


def priority_fallbacks(with_rule: UnitOutlook, ranks: Sequence[str], horizon_years: int) -> pd.DataFrame:
    """How often the rule fell back on others because the eligible young of a unit ran out.

    A batch is a unit's promotions into one rank in one year; it fell back where the unit was short of a target and had
    fewer eligible young than places.

    Parameters
    ----------
    ranks : sequence of str
        Ids of the ladder's ranks, in its order.

    Returns
    -------
    DataFrame
        One row a unit (and `CITY`) and rank into which anybody was promoted: unit, rank, scenario, horizon_years,
        age_line, promotions, batches, batches_fell_back and persons_fell_back (places that went to others), means over
        all paths of the sum over the years to the horizon.
    """
    years = slice(1, horizon_years + 1)
    promoted, fell_back = (with_rule.tallies[name][..., years] for name in ("promotions", FELL_BACK))
    counts = {
        "promotions": promoted.sum(-1),
        "batches": (promoted > 0).sum(-1),
        "batches_fell_back": (fell_back > 0).sum(-1),
        "persons_fell_back": fell_back.sum(-1),
    }
    means = {name: count.mean((0, 1)) for name, count in counts.items()}
    means = {name: np.concatenate([mean, mean.sum(0, keepdims=True)]) for name, mean in means.items()}
    return pd.DataFrame(
        [
            {
                "unit": unit,
                "rank": rank,
                "scenario": with_rule.scenario,
                "horizon_years": horizon_years,
                "age_line": with_rule.age_line,
                **{name: mean[place, at] for name, mean in means.items()},
            }
            for place, unit in enumerate((*with_rule.units, CITY))
            for at, rank in enumerate(ranks)
            if means["promotions"][-1, at] > 0
        ]
    )


def _by_draw(found: UnitOutlook, target: str, population: str, horizon: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean share and part of the replicates that met, arrays [draw, unit], the city after the units."""
    whole = UnitOutlook(
        found.scenario,
        found.age_line,
        found.targets,
        (*found.units, CITY),
        found.years,
        *(
            {(target, population): np.concatenate([each, each.sum(2, keepdims=True)], axis=2)}
            for each in (found.young[target, population], found.headcount[target, population])
        ),
    )
    values = (whole.share(target, population)[..., horizon], met(whole, target, population, horizon))
    return tuple(shares_of(np.where(np.isnan(each), 0.0, each).sum(1), (~np.isnan(each)).sum(1)) for each in values)
