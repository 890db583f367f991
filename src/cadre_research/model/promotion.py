"""Promotions of one year: how many, who must go for them, and who is chosen."""

from __future__ import annotations

import numpy as np

from cadre_research.errors import InputError
from cadre_research.model.chance import Chance
from cadre_research.model.flows import PEOPLE, Standing
from cadre_research.model.rules import PromotionRule, Rules

__all__ = ["promote"]

PLAN_TOLERANCE = 1e-6
# Sums over everybody of a batch: group, status, source, age, years in rank.
OF_BATCH = (-5, *PEOPLE)


def promote(standing: Standing, rule: PromotionRule, rules: Rules, chance: Chance) -> None:
    """Promote into one rank, releasing holders where a rate asks for more than the vacancies."""
    chance = chance.of(standing.year, f"promotion {rule.into}")
    candidates = standing.stay[..., rule.sources, :, :]
    if rules.mode == "plan":
        _release(standing, rule.into, rules, _planned_release(standing, rule.into, rules, chance))
        taken = _planned(standing, rule, rules, candidates, chance)
    elif rules.mode == "markov":
        taken = chance.thin(candidates, rule.by_status(rule.hazard))
    else:
        batch, releases = _batch(standing, rule, rules, candidates, chance)
        if releases.any():
            here = standing.stay[..., rule.into, :, :]
            _release(standing, rule.into, rules, chance.oldest_first(releases, here))
        taken = _choose(standing, rule, rules, candidates, batch, chance)
    for position, source in enumerate(rule.sources):
        standing.move("promotion", source, rule.into, taken[..., position, :, :])


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
    eligible = np.where(rule.by_status(rule.weight) > 0, candidates, 0.0).sum(OF_BATCH)
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
    """Choose the batch: from the reserve list, out of order, and everybody else by weight."""
    ahead = []
    for name, choose in (("placed-from-list", _from_list), ("out-of-order", _out_of_order)):
        there = batch - sum(taken.sum(OF_BATCH) for taken in ahead)
        taken = choose(standing, rule, rules, candidates, there, chance)
        if taken is not None:
            standing.tally(name, rule.into, taken.sum(OF_BATCH))
            ahead.append(taken)
    if not ahead:
        return _by_weight(standing, rule, rules, candidates, batch, chance)
    first = sum(ahead)
    young_first = (first * rule.young[:, None]).sum(OF_BATCH)
    left = np.maximum(batch - first.sum(OF_BATCH), 0.0)
    others = _by_weight(standing, rule, rules, candidates - first, left, chance, batch, young_first)
    # What is left of a cell and what was taken from it may come to more than the cell by the last digit.
    return np.minimum(first + others, candidates)


def _from_list(
    standing: Standing, rule: PromotionRule, rules: Rules, candidates: np.ndarray, batch: np.ndarray, chance: Chance
) -> np.ndarray | None:
    """Choose the year's part of a reserve list: its eligible members go before all others."""
    reserve = next((reserve for reserve in rules.reserves if rule.into in reserve.into), None)
    if reserve is None or not reserve.runs_in(standing.year):
        return None
    listed = candidates * rules.statuses.listed[:, None, None, None]
    weight = rule.by_status(rule.weight)
    part = chance.whole(listed.sum(OF_BATCH) / reserve.years_left(standing.year))
    eligible = np.where(weight > 0, listed, 0.0).sum(OF_BATCH)
    return chance.share_out(np.minimum(np.minimum(part, eligible), batch), listed, weight)


def _out_of_order(
    standing: Standing, rule: PromotionRule, rules: Rules, candidates: np.ndarray, batch: np.ndarray, chance: Chance
) -> np.ndarray | None:
    """The part of a batch that lacks nothing but the minimum years in rank."""
    share = np.asarray(rules.out_of_order_share)[..., None]
    if not share.any():
        return None
    weight = rule.by_status(rule.early_weight)
    there = np.where(weight > 0, candidates, 0.0).sum(OF_BATCH)
    return chance.share_out(np.minimum(chance.whole(share * batch), there), candidates, weight)


def _by_weight(
    standing: Standing,
    rule: PromotionRule,
    rules: Rules,
    candidates: np.ndarray,
    batch: np.ndarray,
    chance: Chance,
    whole_batch: np.ndarray | None = None,
    young_already: np.ndarray | float = 0.0,
) -> np.ndarray:
    """Choose by weight; where too few of the batch would be young, take the young and the others separately.

    The reserved places go to the young as long as eligible young candidates last. They are a share of `whole_batch`,
    of which some were chosen before, `young_already` of them young.
    """
    weight = rule.by_status(rule.weight)
    young = rule.young[:, None]
    least_share = np.maximum(np.asarray(rules.young_share)[..., None], rules.unit_young_share)
    short = None if rule.unmet is None else rule.unmet(standing.at_close())
    if short is not None:
        least_share = np.where(short, 1.0, least_share)
    if not np.any(least_share):
        return chance.share_out(batch, candidates, weight)
    eligible_young = np.where(weight * young > 0, candidates, 0.0).sum(OF_BATCH)
    if short is not None:
        standing.tally("priority-without-young", rule.into, np.where(short, batch - eligible_young, 0.0).clip(0))
    wanted = least_share * (batch if whole_batch is None else whole_batch) - young_already
    reserved = np.minimum(np.clip(wanted, 0.0, batch), eligible_young)
    usual = chance.expected.share_out(batch, candidates, weight)
    by_nature = (usual * young).sum(OF_BATCH)
    # Whether the rule is felt is decided on what is to be expected, so that chance does not make it a stricter one.
    felt = by_nature < reserved + chance.leeway(by_nature, batch)
    natural = usual if chance is chance.expected else chance.share_out(np.where(felt, 0.0, batch), candidates, weight)
    if not np.any(felt):
        return natural
    young_batch = np.where(felt, np.minimum(chance.whole(np.maximum(by_nature, reserved)), eligible_young), 0.0)
    others = np.where(felt, batch, 0.0) - young_batch
    allotted = chance.share_out(young_batch, candidates, weight * young)
    allotted = allotted + chance.share_out(others, candidates, weight * ~young)
    return np.where(np.expand_dims(felt, OF_BATCH), allotted, natural)


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
            allowed = candidates[..., position, :, :] * (rule.by_status(rule.weight)[..., position, :, :] > 0)
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
