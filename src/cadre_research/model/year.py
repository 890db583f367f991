"""One year, written once: expectation and chance, any ladder, any number of scenarios, units and groups."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from cadre_research.errors import ConservationError
from cadre_research.model.chance import Chance
from cadre_research.model.flows import (
    Flow,
    Standing,
    join_laterally,
    leave,
    move_aside_and_down,
    promote,
    recruit,
)
from cadre_research.model.population import Population
from cadre_research.model.rules import Rules

__all__ = ["Year", "advance"]

CONSERVED_WITHIN = 1e-12
PEOPLE_OF_FLOW = (-4, -3, -2, -1)


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
    """

    year: int
    closing: Population
    flows: tuple[Flow, ...]
    empty_posts: np.ndarray


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
    standing = Standing.at_opening(opening, year, in_detail=in_detail)
    leave(standing, rules, chance)
    move_aside_and_down(standing, rules, chance)
    join_laterally(standing, rules, chance)
    for rule in rules.promotions:
        promote(standing, rule, rules, chance)
    recruit(standing, rules, chance)
    closing = _age(standing, opening, rules, chance)
    _check(opening, closing, standing)
    return Year(year, closing, tuple(standing.flows), _empty_posts(closing, year, rules))


def _age(standing: Standing, opening: Population, rules: Rules, chance: Chance) -> Population:
    """Everybody a year older and, who has not moved, a year longer in rank."""
    stay, arrived = standing.stay, standing.arrived
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
    if rules.status_transitions is not None:
        closing = _change_status(closing, rules.status_transitions, chance.of(standing.year, "status"))
    return replace(opening, headcount=closing)


def _change_status(headcount: np.ndarray, transitions: np.ndarray, chance: Chance) -> np.ndarray:
    """Let everybody take one status (column) given theirs (row), asked in turn of those who are left."""
    after = np.zeros(headcount.shape)
    for status, chances in enumerate(transitions):
        left, unasked = headcount[..., status, :, :, :], 1.0
        for into, probability in enumerate(chances):
            taken = (
                left
                if into == len(chances) - 1
                else chance.thin(left, np.array(probability / max(unasked, probability, 1e-300)))
            )
            after[..., into, :, :, :] += taken
            left, unasked = left - taken, unasked - probability
    return after


def _check(opening: Population, closing: Population, standing: Standing) -> None:
    """Hold the books of every rank to account, before anything is rounded."""
    expected = opening.by_rank()
    turnover = expected.copy()
    for flow in standing.flows:
        persons = flow.headcount.sum(PEOPLE_OF_FLOW)
        for rank, sign in ((flow.source, -1), (flow.into, 1)):
            if rank is not None:
                expected[..., rank] += sign * persons
                turnover[..., rank] += persons
    gap = np.abs(closing.by_rank() - expected)
    if (gap > CONSERVED_WITHIN * np.maximum(turnover, 1.0)).any() or not np.isfinite(gap).all():
        rank = opening.ladder.rank_ids[int(np.unravel_index(gap.argmax(), gap.shape)[-1])]
        raise ConservationError(
            f"year {standing.year}, rank {rank}: opening + joined - left differs from closing by {gap.max():.3g}."
        )
    if closing.headcount.min(initial=0.0) < 0:
        raise ConservationError(f"year {standing.year}: a headcount is negative ({closing.headcount.min():.3g}).")


def _empty_posts(closing: Population, year: int, rules: Rules) -> np.ndarray:
    holders = closing.headcount.sum((-5, -4, -2, -1))
    if rules.mode == "markov":
        return np.zeros(holders.shape)
    return np.maximum(rules.posts_in(year) - holders, 0.0)
