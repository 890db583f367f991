"""One year, written once: expectation and chance, any ladder, any number of scenarios, units and groups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from cadre_research.errors import ConservationError
from cadre_research.model.chance import Chance
from cadre_research.model.exchange import exchange
from cadre_research.model.flows import (
    Flow,
    Standing,
    join_laterally,
    leave,
    move_aside_and_down,
    recruit,
)
from cadre_research.model.population import Population
from cadre_research.model.promotion import promote
from cadre_research.model.rules import Rules
from cadre_research.model.status_changes import at_the_close, fill_lists, with_statuses

__all__ = ["Year", "advance"]

CONSERVED_WITHIN = 1e-12
# Status, age and years in rank.
PEOPLE_OF_RANK = (-4, -2, -1)


@dataclass(frozen=True)
class Year:
    """What a year left behind.

    Parameters
    ----------
    year : int
    closing : Population
        At 31 December.
    flows : tuple of Flow
    empty_posts : array [..., unit, rank]
        Posts without a holder at the close, at least 0; 0 where the mode has no posts.
    tallies : mapping of str to array [..., unit, rank]
        Persons counted beside the flows, so far as the rules of the year have such: listed, placed-from-list,
        out-of-order, priority-without-young, exchanged, back-from-grass-roots, and who left a list.
    """

    year: int
    closing: Population
    flows: tuple[Flow, ...]
    empty_posts: np.ndarray
    tallies: Mapping[str, np.ndarray] = field(default_factory=dict)


def advance(opening: Population, year: int, rules: Rules, chance: Chance, *, in_detail: bool = False) -> Year:
    """Take a population through a year.

    Parameters
    ----------
    opening : Population
        At 31 December of the year before.
    year : int
        The calendar year.
    in_detail : bool
        Whether the flows tell years in rank too.

    Raises
    ------
    ConservationError
        When, in any rank, opening + joined - left differs from closing, a headcount is negative, or somebody would
        pass the last age.
    """
    opening = with_statuses(opening, rules, year - 1, chance)
    standing = Standing.at_opening(opening, year, in_detail=in_detail)
    fill_lists(standing, rules, chance)
    leave(standing, rules, chance)
    move_aside_and_down(standing, rules, chance)
    join_laterally(standing, rules, chance)
    for rule in rules.promotions:
        promote(standing, rule, rules, chance)
    exchange(standing, rules, chance)
    recruit(standing, rules, chance)
    closing = _age(standing, opening, rules, chance)
    _check(opening, closing, standing)
    return Year(year, closing, tuple(standing.flows), _empty_posts(closing, year, rules), standing.tallies)


def _age(standing: Standing, opening: Population, rules: Rules, chance: Chance) -> Population:
    """Everybody a year older and, who has not moved, a year longer in rank."""
    stay, arrived = standing.stay, rules.statuses.taken_off(standing.arrived)
    closing = np.zeros(stay.shape)
    closing[..., 1:, 1:] = stay[..., :-1, :-1]
    closing[..., 1:, -1] += stay[..., :-1, -1]
    closing[..., 1:, 0] += arrived[..., :-1]
    closing[..., 0] += standing.joined
    if rules.ladder.ages.oldest_is_open:
        closing[..., -1, 1:] += stay[..., -1, :-1]
        closing[..., -1, -1] += stay[..., -1, -1]
        closing[..., -1, 0] += arrived[..., -1]
    elif (stay[..., -1, :] > 0).any() or (arrived[..., -1] > 0).any():
        raise ConservationError(
            f"year {standing.year}: somebody would pass the last age, {rules.ladder.ages.oldest_years}. Raise "
            "oldest_years in the ladder, or give every rank a retirement category that leaves by then."
        )
    return replace(opening, headcount=at_the_close(closing, standing, rules, chance))


def _check(opening: Population, closing: Population, standing: Standing) -> None:
    """Hold the books of every unit, group and rank to account, before anything is rounded."""
    expected = opening.headcount.sum(PEOPLE_OF_RANK)
    turnover = expected
    if standing.flows:
        persons = np.stack([flow.headcount.sum((-2, -1)) for flow in standing.flows])
        # -1 is no rank.
        ends = np.array([[-1 if end is None else end for end in (flow.source, flow.into)] for flow in standing.flows])
        left, joined = (ends.T[..., None] == np.arange(expected.shape[-1])).astype(float)
        expected = expected + np.einsum("f...,fr->...r", persons, joined - left)
        turnover = turnover + np.einsum("f...,fr->...r", persons, joined + left)
    if standing.moved_between_units is not None:
        expected = expected + standing.moved_between_units
    gap = np.abs(closing.headcount.sum(PEOPLE_OF_RANK) - expected)
    if (gap > CONSERVED_WITHIN * np.maximum(turnover, 1.0)).any() or not np.isfinite(gap).all():
        unit, group, rank = np.unravel_index(gap.argmax(), gap.shape)[-3:]
        labels = opening.labels
        where = f"rank {labels['rank'][rank]}, {labels['group'][group]}, unit {labels['unit'][unit]}"
        raise ConservationError(
            f"year {standing.year}, {where}: opening + joined - left differs from closing by {gap.max():.3g}."
        )
    if closing.headcount.min(initial=0.0) < 0:
        raise ConservationError(f"year {standing.year}: a headcount is negative ({closing.headcount.min():.3g}).")


def _empty_posts(closing: Population, year: int, rules: Rules) -> np.ndarray:
    holders = closing.headcount.sum((-5, -4, -2, -1))
    if rules.mode == "markov":
        return np.zeros(holders.shape)
    return np.maximum(rules.posts_in(year) - holders, 0.0)
