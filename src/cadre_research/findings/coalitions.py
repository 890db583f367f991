"""Coalitions of measures: what many scenarios come to in expectation, and what they cost."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from cadre_research.errors import ParameterError
from cadre_research.evidence.scenario import Scenario
from cadre_research.findings.age_structure import shares_of
from cadre_research.findings.levers import check_horizons, in_groups, with_levers
from cadre_research.findings.study import POPULATIONS
from cadre_research.model.chance import Expected
from cadre_research.model.opening import Opening
from cadre_research.model.paths import PATHS_TOGETHER, Block, repeated, run_blocks
from cadre_research.model.rules import Rules

__all__ = ["QUANTITIES", "Outcomes", "outcomes"]

# What a scenario costs, in persons from the opening to the horizon.
QUANTITIES = ("promotions", "young_promotions", "releases", "recruits", "lateral", "appointments")


@dataclass(frozen=True)
class Outcomes:
    """What each scenario comes to at each horizon, in expectation.

    Parameters
    ----------
    young, headcount : arrays [scenario, target, population, horizon]
        Persons of each target's group, populations in the order of `findings.study.POPULATIONS`.
    costs : array [scenario, quantity, horizon]
        Persons promoted, promoted young (as the young rule counts), released, recruited, joined laterally, and
        appointed (promoted, recruited or joined), in all ranks and all years up to the horizon.
    filled : array [scenario, horizon]
        Least share of a rank's posts that has a holder, of all ranks and all years up to the horizon.
    """

    young: np.ndarray
    headcount: np.ndarray
    costs: np.ndarray
    filled: np.ndarray

    @property
    def shares(self) -> np.ndarray:
        """Young share, array [scenario, target, population, horizon]; missing for an empty group."""
        return shares_of(self.young, self.headcount)


def outcomes(
    opening: Opening,
    scenarios: Sequence[Scenario],
    horizons_years: Sequence[int],
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Outcomes:
    """Take many scenarios ahead from one opening.

    Scenarios that differ in nothing but their rates and young share go through the years together, on as many threads
    as there are cores. What a scenario comes to depends on its neighbours in the last digit of a double at most, and
    not at all on the threads.

    Parameters
    ----------
    opening : Opening
        One that all of them start from.
    scenarios : sequence of Scenario
        At least one.
    workers : int, optional
        Threads; one per core by default.
    progress : callable, optional
        Called with the number of scenarios done so far and with that of all.

    Raises
    ------
    ParameterError
        When there is no scenario, or a horizon is not a whole number of years from 1 to 30.
    """
    horizons = list(horizons_years)
    check_horizons(horizons)
    if not scenarios:
        raise ParameterError("scenarios: given none, expected at least one.")
    order, blocks, sizes = [], [], []
    for places in _alike(scenarios):
        for first in range(0, len(places), PATHS_TOGETHER):
            some = places[first : first + PATHS_TOGETHER]
            people = repeated(opening.population, len(some))
            rules = _stacked(opening, [scenarios[place] for place in some])
            blocks.append(Block(lambda people=people: people, rules, Expected()))
            order += some
            sizes.append(len(some))
    done = accumulate(sizes)
    told = None if progress is None else lambda: progress(next(done), len(scenarios))
    paths = run_blocks(blocks, opening.year, max(horizons), workers, told)
    targets, back = opening.evidence.targets.targets, np.argsort(order)
    counted = [in_groups(paths, targets, population, opening.age_line) for population in POPULATIONS]
    young, headcount = (
        np.stack(counts, axis=2)[:, back][..., horizons].swapaxes(0, 1) for counts in zip(*counted, strict=True)
    )
    flows = {name: getattr(paths, name).sum(-1).cumsum(-1)[back][:, horizons] for name in QUANTITIES[:-1]}
    appointments = flows["promotions"] + flows["recruits"] + flows["lateral"]
    costs = np.stack([*flows.values(), appointments], axis=1)
    posts = np.concatenate(
        [np.tile(_posts(block, paths.years), (n, 1, 1)) for block, n in zip(blocks, sizes, strict=True)]
    )
    filled = np.divide(paths.headcount.sum(-1), posts, out=np.ones(posts.shape), where=posts > 0).min(-1)
    # The opening is as it is; what a scenario leaves empty shows from the first year on.
    filled[:, 0] = 1.0
    return Outcomes(young, headcount, costs, np.minimum.accumulate(filled, axis=1)[back][:, horizons])


def _alike(scenarios: Sequence[Scenario]) -> list[list[int]]:
    """Places of scenarios that differ in nothing but their rates and young share."""
    alike: dict[str, list[int]] = {}
    for place, scenario in enumerate(scenarios):
        policy = scenario.promotion
        names = {"id", "order", "title_en", "title_zh", "reason", "reason_zh"}
        key = scenario.model_dump(mode="json", exclude={*names, "promotion"})
        if policy.mode in ("vacancy", "rate"):
            turned = {"young_share", "release_rate_per_year", "rate_per_year", "rate_per_year_by_rank"}
            key["promotion"] = policy.model_dump(mode="json", exclude=turned)
            key["rated"] = [policy.rate_per_year is not None, *sorted(policy.rate_per_year_by_rank)]
        else:
            key["promotion"] = policy.model_dump(mode="json")
        alike.setdefault(json.dumps(key, sort_keys=True), []).append(place)
    return list(alike.values())


def _stacked(opening: Opening, scenarios: Sequence[Scenario]) -> Rules:
    """Rules of scenarios that are alike, with a leading axis [scenario]."""
    rules, policies = opening.rules(scenarios[0]), [scenario.promotion for scenario in scenarios]
    if rules.mode not in ("vacancy", "rate"):
        return rules
    settings = {}
    if policies[0].rate_per_year is not None:
        settings["promotion-rate"] = [policy.rate_per_year for policy in policies]
    for rank in policies[0].rate_per_year_by_rank:
        settings[f"promotion-rate:{rank}"] = [policy.rate_per_year_by_rank[rank] for policy in policies]
    if any(policy.young_share for policy in policies):
        settings["young-share"] = [float(policy.young_share) for policy in policies]
    # Where every rank has a rate there is none that posts are freed in.
    if any(rule.rate_per_year is None for rule in rules.promotions):
        settings["release-rate"] = [policy.release_rate_per_year for policy in policies]
    return with_levers(rules, {lever: np.array(values) for lever, values in settings.items()})


def _posts(block: Block, years: np.ndarray) -> np.ndarray:
    """Posts of a block's rules, array [year, rank]."""
    return np.stack([block.rules_in(year).posts_in(year).sum(-2) for year in years])
