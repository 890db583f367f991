"""Changes of status: who is put on a reserve list and leaves it, who comes back from the grass roots."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cadre_research.model.chance import Chance
from cadre_research.model.flows import PEOPLE, Standing, unit_shares
from cadre_research.model.population import Population
from cadre_research.model.reserve import ReserveRule
from cadre_research.model.rules import Rules
from cadre_research.model.statuses import STATUS, Statuses

__all__ = ["at_the_close", "fill_lists", "with_statuses"]

YEARS_AT_THE_GRASS_ROOTS = 2


def with_statuses(opening: Population, rules: Rules, year: int, chance: Chance) -> Population:
    """Give a population the status axis of some rules, where they tell statuses apart and it has others.

    Nobody is on a list then. Of everybody above the entry rank, each has served at the grass roots with the probability
    that the rules give.

    Parameters
    ----------
    year : int
        The calendar year at whose close the population stands.
    """
    statuses = rules.statuses
    if statuses == Statuses() or opening.statuses == statuses.labels:
        return opening
    together = opening.headcount.sum(STATUS, keepdims=True)
    headcount = np.zeros((*together.shape[:STATUS], len(statuses.labels), *together.shape[STATUS + 1 :]))
    headcount[..., :1, :, :, :] = together
    if rules.grass_roots is not None:
        entry = rules.ladder.index(rules.ladder.entry.rank) if rules.ladder.entry else -1
        above = np.arange(len(rules.ladder.ranks)) > entry
        probability = rules.grass_roots.tempered_share * above[:, None, None]
        headcount = statuses.moved(headcount, chance.of(year, "tempered").thin(headcount, probability))
    return replace(opening, headcount=headcount, statuses=statuses.labels)


def fill_lists(standing: Standing, rules: Rules, chance: Chance) -> None:
    """Fill each reserve list up to what the plan has left to place, with anybody of its ranks and birth years.

    A unit's part of a list is its part of the posts that the list is for.
    """
    for place, reserve in enumerate(rules.reserves):
        if not reserve.runs_in(standing.year):
            continue
        drawn = chance.of(standing.year, f"reserve {place}")
        ages = np.arange(rules.ladder.ages.youngest_years, rules.ladder.ages.oldest_years + 1)
        of_age = reserve.born_in_time(ages, standing.year)[:, None]
        listed = rules.statuses.listed[:, None, None, None]
        here = standing.stay[..., reserve.sources, :, :]
        wanted = drawn.whole(
            np.broadcast_to(reserve.persons_in(standing.year) * unit_shares(rules, reserve.into), here.shape[:-5])
        )
        missing = np.maximum(wanted - (here * listed).sum((-5, *PEOPLE)), 0.0)
        free = here * of_age * ~listed
        chosen = drawn.share_out(np.minimum(missing, free.sum((-5, *PEOPLE))), free, np.ones((1,) * 5))
        standing.stay[..., reserve.sources, :, :] = rules.statuses.moved(here, chosen, listed=True)
        for position, rank in enumerate(reserve.sources):
            standing.tally("listed", rank, chosen[..., position, :, :].sum(PEOPLE))


def at_the_close(closing: np.ndarray, standing: Standing, rules: Rules, chance: Chance) -> np.ndarray:
    """Headcounts [..., unit, group, status, rank, age, years_in_rank] after the year's changes of status."""
    for place, reserve in enumerate(rules.reserves):
        closing = _struck_off(closing, reserve, standing, rules, chance.of(standing.year, f"struck off {place}"))
    if rules.grass_roots is not None:
        closing = _come_back(closing, standing, rules, chance.of(standing.year, "grass roots"))
    return closing


def _struck_off(
    closing: np.ndarray, reserve: ReserveRule, standing: Standing, rules: Rules, chance: Chance
) -> np.ndarray:
    """Take from a list whom its rules no longer have on it: by age, by removal, and all when the plan ends."""
    if not reserve.given.first_year <= standing.year <= reserve.given.last_year:
        # Nobody is on it, before and after.
        return closing
    ages = np.arange(rules.ladder.ages.youngest_years, rules.ladder.ages.oldest_years + 1)
    too_old = (ages > reserve.given.oldest_age_years)[:, None] | (standing.year >= reserve.given.last_year)
    listed = rules.statuses.listed[:, None, None, None]
    here = closing[..., reserve.sources, :, :]
    by_age = here * listed * too_old
    removed = chance.thin(here * listed * ~too_old, np.asarray(reserve.given.removal_per_year))
    for name, off in (("left-list-by-age-or-end", by_age), ("removed-from-list", removed)):
        for position, rank in enumerate(reserve.sources):
            standing.tally(name, rank, off[..., position, :, :].sum(PEOPLE))
    closing = closing.copy()
    closing[..., reserve.sources, :, :] = rules.statuses.moved(here, by_age + removed, listed=False)
    return closing


def _come_back(closing: np.ndarray, standing: Standing, rules: Rules, chance: Chance) -> np.ndarray:
    """Those who were sent two years ago have served; they are drawn from whoever could have been sent and is here."""
    posting = rules.grass_roots
    first = posting.first_year + YEARS_AT_THE_GRASS_ROOTS - 1
    if not first <= standing.year <= posting.last_year + YEARS_AT_THE_GRASS_ROOTS - 1:
        return closing
    ages = np.arange(rules.ladder.ages.youngest_years, rules.ladder.ages.oldest_years + 1)
    years = np.arange(closing.shape[-1])
    ranks = [rules.ladder.index(rank) for rank in posting.posted_from]
    of_age = (ages <= posting.oldest_age_years + YEARS_AT_THE_GRASS_ROOTS)[:, None]
    here = closing[..., ranks, :, :]
    # Whoever is shorter in the rank was not in it when they were sent.
    long_enough = years >= min(YEARS_AT_THE_GRASS_ROOTS, years[-1])
    free = here * of_age * long_enough * ~rules.statuses.tempered[:, None, None, None]
    sent = chance.whole(np.broadcast_to(posting.persons_per_year * unit_shares(rules, ranks), here.shape[:-5]))
    back = chance.share_out(np.minimum(sent, free.sum((-5, *PEOPLE))), free, np.ones((1,) * 5))
    for position, rank in enumerate(ranks):
        standing.tally("back-from-grass-roots", rank, back[..., position, :, :].sum(PEOPLE))
    closing = closing.copy()
    closing[..., ranks, :, :] = rules.statuses.moved(here, back)
    return closing
