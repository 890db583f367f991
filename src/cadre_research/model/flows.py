"""The flows of one year, each taking persons from where they stand.

A flow works on a `Standing`, the year's own working copy: who is still where they were when the year opened, and who
has arrived somewhere since. Whoever has arrived waits for next year, so that nobody moves twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from cadre_research.model.chance import Chance
from cadre_research.model.population import Population, over_years
from cadre_research.model.rules import Rules

__all__ = ["PEOPLE", "Flow", "Standing", "join_laterally", "leave", "move_aside_and_down", "recruit", "unit_shares"]

PEOPLE = (-4, -3, -2, -1)


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
    tallies : dict of str to array [..., unit, rank]
        Persons counted beside the flows: put on a list, placed from it, and the like.
    moved_between_units : array [..., unit, group, rank], optional
        Who came from other units less who went there.
    """

    year: int
    stay: np.ndarray
    arrived: np.ndarray
    joined: np.ndarray
    flows: list[Flow] = field(default_factory=list)
    in_detail: bool = False
    tallies: dict[str, np.ndarray] = field(default_factory=dict)
    moved_between_units: np.ndarray | None = None

    @classmethod
    def at_opening(cls, population: Population, year: int, *, in_detail: bool = False) -> Standing:
        """Everybody where they stand; a copy, so that the population stays as it is."""
        stay = population.headcount.copy()
        return cls(year, stay, np.zeros(stay.shape[:-1]), np.zeros(stay.shape[:-1]), in_detail=in_detail)

    def move(self, name: str, source: int, into: int, taken: np.ndarray) -> None:
        """Move persons [..., unit, group, status, age, years_in_rank] from one rank to another."""
        self.stay[..., source, :, :] -= taken
        persons = over_years(taken)
        self.arrived[..., into, :] += persons
        self.flows.append(Flow(name, source, into, persons, taken if self.in_detail else None))

    def leave(self, name: str, taken: np.ndarray) -> None:
        """Take persons [..., unit, group, status, rank, age, years_in_rank] out of the service."""
        self.stay -= taken
        persons = over_years(taken)
        for rank in range(persons.shape[-2]):
            cells = taken[..., rank, :, :] if self.in_detail else None
            self.flows.append(Flow(name, rank, None, persons[..., rank, :], cells))

    def tally(self, name: str, rank: int, persons: np.ndarray) -> None:
        """Count persons [..., unit] of a rank under a name."""
        counts = self.tallies.setdefault(name, np.zeros((*self.stay.shape[:-5], self.stay.shape[-3])))
        counts[..., rank] += persons

    def at_close(self) -> np.ndarray:
        """Headcounts [..., unit, group, status, rank, age] by the age at opening, leaving out newcomers."""
        return over_years(self.stay) + self.arrived

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
        total = np.broadcast_to(intake.persons_per_year * unit_shares(rules), standing.stay.shape[:-5])
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
        total = rules.recruits_by_year.get(standing.year, 0.0) * unit_shares(rules)
        wanted = chance.whole(np.broadcast_to(total, standing.holders(rank).shape))
    elif rules.replaces_leavers:
        left = [flow.headcount.sum((-3, -2, -1)) for flow in standing.flows if flow.into is None]
        wanted = np.sum(left, axis=0) if left else np.zeros(standing.stay.shape[:-5])
    else:
        wanted = chance.at_most(np.maximum(rules.posts_in(standing.year)[..., rank] - standing.holders(rank), 0.0))
    _join(standing, "recruitment", rank, wanted, rules.entry_mix, chance)


def _join(standing: Standing, name: str, rank: int, total: np.ndarray, mix: np.ndarray, chance: Chance) -> None:
    """Newcomers of `total` [..., unit], spread by `mix` [group, status, age]; they start in the first status."""
    persons = chance.spread(total, mix, (-3, -2, -1))
    standing.joined[..., :1, rank, :] += persons
    standing.flows.append(Flow(name, None, rank, persons))


def unit_shares(rules: Rules, ranks: Iterable[int] | None = None) -> np.ndarray:
    """Share of each unit in all posts, or in those of some ranks, array [..., unit]."""
    posts = (rules.posts if ranks is None else rules.posts[..., sorted(ranks)]).sum(-1)
    total = posts.sum(-1, keepdims=True)
    return np.divide(posts, total, out=np.full(posts.shape, 1 / posts.shape[-1]), where=total > 0)


def _group_mix(rules: Rules) -> np.ndarray:
    groups = len(rules.ladder.groups)
    return np.full(groups, 1 / groups) if rules.entry_mix is None else rules.entry_mix.sum((-2, -1))
