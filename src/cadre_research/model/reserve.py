"""Reserve lists: who is put on them, who of them is placed, and who leaves them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cadre_research.errors import EvidenceError
from cadre_research.evidence.ladder import Ladder
from cadre_research.evidence.measures import ReserveList

__all__ = ["ReserveRule", "reserve_rules"]


@dataclass(frozen=True)
class ReserveRule:
    """One list as the yearly code needs it.

    `sources` are the ranks that its members stand in, `into` those that they are placed in first.
    """

    sources: tuple[int, ...]
    into: frozenset[int]
    given: ReserveList

    def runs_in(self, year: int) -> bool:
        """Whether the plan that the list belongs to runs in a year."""
        return self.given.first_year <= year <= self.given.last_year

    def years_left(self, year: int) -> int:
        """Years of the plan left when a year opens, that year among them."""
        return self.given.last_year - year + 1

    def persons_in(self, year: int) -> float:
        """Persons who are to be on the list when a year opens."""
        return self.given.persons * self.years_left(year) / (self.given.last_year - self.given.first_year + 1)

    def born_in_time(self, ages_years: np.ndarray, year: int) -> np.ndarray:
        """Which completed ages at the opening of a year belong to the birth years of the list, array [age] of bool."""
        born = year - 1 - ages_years
        return (born >= self.given.born_from) & (born <= self.given.born_to)


def reserve_rules(ladder: Ladder, lists: tuple[ReserveList, ...]) -> tuple[ReserveRule, ...]:
    """Turn lists into rules.

    Raises
    ------
    EvidenceError
        When two lists take members from one rank: it could not be told on which of them somebody is.
    """
    rules, taken = [], set()
    for given in lists:
        sources = {ladder.index(way.source) for way in ladder.promotions if way.into in given.into}
        if sources & taken:
            rank = ladder.rank_ids[min(sources & taken)]
            raise EvidenceError(
                f"reserve_lists: given two lists with members of rank {rank}, expected at most one for each rank that "
                "members are promoted from."
            )
        taken |= sources
        rules.append(ReserveRule(tuple(sorted(sources)), frozenset(map(ladder.index, given.into)), given))
    return tuple(rules)
