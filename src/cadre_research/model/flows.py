"""The flows of one year, each taking persons from where they stand.

A flow works on a `Standing`, the year's own working copy: who is still where they were when the year opened, and who
has arrived somewhere since. Whoever has arrived waits for next year, so that nobody moves twice.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from cadre_research.errors import InputError
from cadre_research.model.chance import Chance
from cadre_research.model.population import Population
from cadre_research.model.rules import PromotionRule, Rules, by_cell

__all__ = ["Flow", "Standing", "join_laterally", "leave", "move_aside_and_down", "promote", "recruit"]

PEOPLE = (-4, -3, -2, -1)
PLAN_TOLERANCE = 1e-6


@dataclass(frozen=True)
class Flow:
    """Persons who took one way in one year.

    `source` is the rank left (None for newcomers), `into` the rank reached (None for leavers); `headcount` is an array
    [..., unit, group, status, age], age in completed years when the year opened, or when it closed for newcomers.
    `cells` tells the same with years in rank at the opening as last axis, of a year taken in detail.
    """

    name: str
    source: int | None
    into: int | None
    headcount: np.ndarray
    cells: np.ndarray | None = None


@dataclass
class Standing:
    """Working copy of a year.

    Parameters
    ----------
    year : int
    stay : array [..., unit, group, status, rank, age, years_in_rank]
        Still where they stood at the opening; ages and years are those of the opening.
    arrived : array [..., unit, group, status, rank, age]
        Moved to this rank during the year; ages are those of the opening.
    joined : array [..., unit, group, status, rank, age]
        New to the service; ages are those at the close.
    flows : list of Flow
    in_detail : bool
        Whether flows tell years in rank too.
    """

    year: int
    stay: np.ndarray
    arrived: np.ndarray
    joined: np.ndarray
    flows: list[Flow] = field(default_factory=list)
    in_detail: bool = False

    @classmethod
    def at_opening(cls, population: Population, year: int, *, in_detail: bool = False) -> Standing:
        """Everybody where they stand; a copy, so that the population stays as it is."""
        stay = population.headcount.copy()
        return cls(year, stay, np.zeros(stay.shape[:-1]), np.zeros(stay.shape[:-1]), in_detail=in_detail)

    def move(self, name: str, source: int, into: int, taken: np.ndarray) -> None:
        """Move persons [..., unit, group, status, age, years_in_rank] from one rank to another."""
        self.stay[..., source, :, :] -= taken
        persons = taken.sum(-1)
        self.arrived[..., into, :] += persons
        self.flows.append(Flow(name, source, into, persons, taken if self.in_detail else None))

    def leave(self, name: str, taken: np.ndarray) -> None:
        """Take persons [..., unit, group, status, rank, age, years_in_rank] out of the service."""
        self.stay -= taken
        persons = taken.sum(-1)
        for rank in range(persons.shape[-2]):
            cells = taken[..., rank, :, :] if self.in_detail else None
            self.flows.append(Flow(name, rank, None, persons[..., rank, :], cells))

    def holders(self, rank: int) -> np.ndarray:
        """Persons in a rank now, array [..., unit]."""
        here = self.stay[..., rank, :, :].sum(PEOPLE)
        return here + self.arrived[..., rank, :].sum((-3, -2, -1)) + self.joined[..., rank, :].sum((-3, -2, -1))


def leave(standing: Standing, rules: Rules, chance: Chance) -> None:
    """Statutory retirement first, then the other ways out of those who do not retire."""
    ways = {"retired": rules.retirement(standing.year), **rules.exits}
    for name, probability in ways.items():
        if not probability.any():
            continue
        standing.leave(name, chance.of(standing.year, name).thin(standing.stay, probability))


def move_aside_and_down(standing: Standing, rules: Rules, chance: Chance) -> None:
    """Stepping aside to a rank without a post, and moving down."""
    for move in rules.moves:
        here = standing.stay[..., move.source, :, :]
        drawn = chance.of(standing.year, f"{move.kind} {move.source} {move.into}")
        standing.move(move.kind, move.source, move.into, drawn.thin(here, move.probability))


def promote(standing: Standing, rule: PromotionRule, rules: Rules, chance: Chance) -> None:
    """Promote into one rank, releasing holders where a rate asks for more than the vacancies."""
    chance = chance.of(standing.year, f"promotion {rule.into}")
    candidates = standing.stay[..., rule.sources, :, :]
    if rules.mode == "plan":
        _release(standing, rule.into, rules, _planned_release(standing, rule.into, rules, chance))
        taken = _planned(standing, rule, rules, candidates, chance)
    elif rules.mode == "markov":
        taken = chance.thin(candidates, by_cell(rule.hazard))
    else:
        batch, releases = _batch(standing, rule, rules, candidates, chance)
        if releases.any():
            here = standing.stay[..., rule.into, :, :]
            _release(standing, rule.into, rules, chance.oldest_first(releases, here))
        taken = _choose(standing, rule, rules, candidates, batch, chance)
    for position, source in enumerate(rule.sources):
        standing.move("promotion", source, rule.into, taken[..., position, :, :])


def join_laterally(standing: Standing, rules: Rules, chance: Chance) -> None:
    """Newcomers from outside into any rank.

    They are spread over units by their posts, over groups as entrants are, and evenly over the ages of the intake. They
    come before promotions, so that the posts they take are not vacant; nobody promotes them in their first year.
    """
    ages = np.arange(rules.ladder.ages.youngest_years, rules.ladder.ages.oldest_years + 1)
    for place, intake in enumerate(rules.lateral_intake):
        if not intake.first_year <= standing.year <= intake.last_year:
            continue
        in_range = (ages >= intake.youngest_age_years) & (ages <= intake.oldest_age_years)
        mix = _group_mix(rules)[:, None, None] * (in_range / in_range.sum())
        total = np.broadcast_to(intake.persons_per_year * _unit_shares(rules), standing.stay.shape[:-5])
        drawn = chance.of(standing.year, f"lateral {place}")
        _join(standing, "lateral", rules.ladder.index(intake.rank), drawn.whole(total), mix, drawn)


def recruit(standing: Standing, rules: Rules, chance: Chance) -> None:
    """Recruits at the entry rank: by plan, by schedule, as many as left the service, or as many as fill its posts."""
    entry = rules.ladder.entry
    if entry is None or standing.year in rules.frozen_recruitment_years:
        return
    rank = rules.ladder.index(entry.rank)
    chance = chance.of(standing.year, "recruitment")
    if rules.mode == "plan":
        asked = rules.plan.taken(standing.year, "recruitment", None, rank)
        if asked is not None:
            persons = chance.whole(np.broadcast_to(asked.sum(-1), standing.joined[..., rank, :].shape))
            standing.joined[..., rank, :] += persons
            standing.flows.append(Flow("recruitment", None, rank, persons))
        return
    if rules.recruits_by_year is not None:
        total = rules.recruits_by_year.get(standing.year, 0.0) * _unit_shares(rules)
        wanted = chance.whole(np.broadcast_to(total, standing.holders(rank).shape))
    elif rules.replaces_leavers:
        left = [flow.headcount.sum((-3, -2, -1)) for flow in standing.flows if flow.into is None]
        wanted = np.sum(left, axis=0) if left else np.zeros(standing.stay.shape[:-5])
    else:
        wanted = chance.at_most(np.maximum(rules.posts_in(standing.year)[..., rank] - standing.holders(rank), 0.0))
    _join(standing, "recruitment", rank, wanted, rules.entry_mix, chance)


def _batch(
    standing: Standing, rule: PromotionRule, rules: Rules, candidates: np.ndarray, chance: Chance
) -> tuple[np.ndarray, np.ndarray]:
    """How many are promoted and how many holders are released for it, arrays [..., unit].

    Vacancies are posts less holders, this year's lateral intake among them. A rate asks for its share of posts; beyond
    the vacancies each promotion needs a release, so there are never more than eligible candidates can fill. Without a
    rate the vacancies are filled, and the posts that a release rate frees.
    """
    posts = rules.posts_in(standing.year)[..., rule.into]
    vacancies = chance.at_most(np.maximum(posts - standing.holders(rule.into), 0.0))
    if standing.year in rules.frozen_promotion_years:
        return np.zeros(vacancies.shape), np.zeros(vacancies.shape)
    eligible = np.where(by_cell(rule.weight) > 0, candidates, 0.0).sum((-5, *PEOPLE))
    fillable = chance.at_most(eligible / rules.candidates_per_post)
    if rule.rate_per_year is None:
        freed = np.asarray(rules.release_rate_per_year)[..., None] * posts
        if not np.any(freed):
            batch = np.minimum(vacancies, fillable)
            return batch, np.zeros(batch.shape)
        wanted = vacancies + chance.whole(np.broadcast_to(freed, vacancies.shape))
    else:
        rate = np.asarray(rule.rate_per_year)[..., None]
        wanted = chance.whole(np.broadcast_to(rate * posts, vacancies.shape))
    batch = np.minimum(wanted, fillable)
    releasable = standing.stay[..., rule.into, :, :].sum(PEOPLE) * (rule.into in rules.released_to)
    releases = np.clip(batch - vacancies, 0.0, releasable)
    return np.minimum(batch, vacancies + releases), releases


def _choose(
    standing: Standing,
    rule: PromotionRule,
    rules: Rules,
    candidates: np.ndarray,
    batch: np.ndarray,
    chance: Chance,
) -> np.ndarray:
    """Choose the batch by weight; where too few of it would be young, take the young and the others separately.

    The reserved places go to the young as long as eligible young candidates last.
    """
    weight = by_cell(rule.weight)
    young = rule.young[:, None]
    least_share = np.asarray(rules.young_share)[..., None]
    if rule.unmet is not None:
        least_share = np.where(rule.unmet(_at_close(standing)), 1.0, least_share)
    if not np.any(least_share):
        return chance.share_out(batch, candidates, weight)
    eligible_young = np.where(weight * young > 0, candidates, 0.0).sum((-5, *PEOPLE))
    reserved = np.minimum(least_share * batch, eligible_young)
    usual = chance.expected.share_out(batch, candidates, weight)
    by_nature = (usual * young).sum((-5, *PEOPLE))
    # Whether the rule is felt is decided on what is to be expected, so that chance does not make it a stricter one.
    felt = by_nature < reserved + chance.leeway(by_nature, batch)
    natural = usual if chance is chance.expected else chance.share_out(np.where(felt, 0.0, batch), candidates, weight)
    if not np.any(felt):
        return natural
    young_batch = np.where(felt, np.minimum(chance.whole(np.maximum(by_nature, reserved)), eligible_young), 0.0)
    others = np.where(felt, batch, 0.0) - young_batch
    allotted = chance.share_out(young_batch, candidates, weight * young)
    allotted = allotted + chance.share_out(others, candidates, weight * ~young)
    return np.where(np.expand_dims(felt, (-5, *PEOPLE)), allotted, natural)


def _release(standing: Standing, rank: int, rules: Rules, taken: np.ndarray | None) -> None:
    if taken is not None:
        standing.move("release", rank, rules.released_to[rank], taken)


def _planned_release(standing: Standing, rank: int, rules: Rules, chance: Chance) -> np.ndarray | None:
    if rank not in rules.released_to:
        return None
    asked = rules.plan.taken(standing.year, "release", rank, rules.released_to[rank])
    here = standing.stay[..., rank, :, :]
    return None if asked is None else _feasible(standing, rank, rules, chance.planned(asked, here), here)


def _planned(
    standing: Standing, rule: PromotionRule, rules: Rules, candidates: np.ndarray, chance: Chance
) -> np.ndarray:
    taken = np.zeros(candidates.shape)
    for position, source in enumerate(rule.sources):
        asked = rules.plan.taken(standing.year, "promotion", source, rule.into)
        if asked is not None:
            allowed = candidates[..., position, :, :] * (by_cell(rule.weight)[..., position, :, :] > 0)
            taken[..., position, :, :] = _feasible(standing, source, rules, chance.planned(asked, allowed), allowed)
    return taken


def _feasible(standing: Standing, rank: int, rules: Rules, asked: np.ndarray, there: np.ndarray) -> np.ndarray:
    """Take what a plan asks, refusing a plan that takes people who are not there; rounding is forgiven."""
    excess = (asked - there).max()
    if excess > PLAN_TOLERANCE * max(1.0, float(there.max())):
        raise InputError(
            f"plan, year {standing.year}, rank {rules.ladder.rank_ids[rank]}: asks for {excess:.3g} more persons of "
            "one age than are there and eligible. Check the plan's ages and years in rank against the year before."
        )
    return np.minimum(asked, there)


def _join(standing: Standing, name: str, rank: int, total: np.ndarray, mix: np.ndarray, chance: Chance) -> None:
    """Newcomers of `total` [..., unit], spread by `mix` [group, status, age]; they start in the first status."""
    persons = chance.spread(total, mix, (-3, -2, -1))
    standing.joined[..., :1, rank, :] += persons
    standing.flows.append(Flow(name, None, rank, persons))


def _unit_shares(rules: Rules) -> np.ndarray:
    """Share of each unit in all posts, array [..., unit]."""
    posts = rules.posts.sum(-1)
    total = posts.sum(-1, keepdims=True)
    return np.divide(posts, total, out=np.full(posts.shape, 1 / posts.shape[-1]), where=total > 0)


def _group_mix(rules: Rules) -> np.ndarray:
    groups = len(rules.ladder.groups)
    return np.full(groups, 1 / groups) if rules.entry_mix is None else rules.entry_mix.sum((-2, -1))


def _at_close(standing: Standing) -> np.ndarray:
    """Headcounts [..., unit, group, status, rank, age] by the age at opening, leaving out newcomers."""
    return standing.stay.sum(-1) + standing.arrived
