"""The cells that a programme tells apart: years in rank are folded as far as no rule can tell the difference."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from cadre_research.errors import InputError
from cadre_research.model.population import Population
from cadre_research.model.rules import Rules

__all__ = ["Cells"]


@dataclass(frozen=True)
class Cells:
    """Cells [group, rank, age, years] of a ladder, years in rank up to what its ways up can tell apart.

    In a rank whose ways up all open at the latest with c years (index of the rules' arrays), everybody with c years or
    more has the same choices for ever: they stand together in the place c. A rank without a way up has one place.

    Parameters
    ----------
    rules : Rules
        Of a ladder with one unit. Statuses are not told apart: a programme is free to place whom it likes, so that a
        condition of having served at the grass roots is left out, and what it finds is no less than could be reached.

    Raises
    ------
    InputError
        When there are several units or parallel worlds.
    """

    rules: Rules
    last_place: np.ndarray = field(init=False)
    eligible: dict[tuple[int, int], np.ndarray] = field(init=False)

    def __post_init__(self) -> None:
        """Fold, and keep the eligible cells of every way up."""
        if self.rules.posts.shape[:-1] != (1,):
            raise InputError(
                f"programme: given posts of shape {self.rules.posts.shape}, expected one unit and one opening. Take "
                "the units one by one."
            )
        open_to = {
            (source, rule.into): (rule.weight[:, position] > 0).any(0)
            for rule in self.rules.promotions
            for position, source in enumerate(rule.sources)
        }
        last = np.zeros(len(self.rules.ladder.ranks), int)
        for (source, _), allowed in open_to.items():
            differs = np.flatnonzero((allowed[:, :-1] != allowed[:, 1:]).any(0))
            last[source] = max(last[source], differs.max(initial=-1) + 1)
        object.__setattr__(self, "last_place", last)
        places = np.arange(last.max() + 1)
        eligible = {way: allowed[:, places] & (places <= last[way[0]]) for way, allowed in open_to.items()}
        object.__setattr__(self, "eligible", eligible)

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """Groups, ranks, ages, places of years in rank."""
        ladder, ages = self.rules.ladder, self.ages_years
        return len(ladder.groups), len(ladder.ranks), len(ages), int(self.last_place.max()) + 1

    @property
    def ages_years(self) -> np.ndarray:
        """Ages of the third axis."""
        ages = self.rules.ladder.ages
        return np.arange(ages.youngest_years, ages.oldest_years + 1)

    @property
    def exist(self) -> np.ndarray:
        """Array [group, rank, age, years] of bool: places that the fold of a rank has."""
        return np.broadcast_to((np.arange(self.shape[3]) <= self.last_place[:, None])[:, None], self.shape)

    @property
    def fold(self) -> np.ndarray:
        """Place of each tracked year in rank, array [rank, years_in_rank] of int."""
        tracked = self.rules.ladder.ages.longest_tracked_years_in_rank + 1
        return np.minimum(np.arange(tracked), self.last_place[:, None])

    def folded(self, population: Population) -> np.ndarray:
        """Headcounts [group, rank, age, years] of a population."""
        people = population.headcount[0, :, 0]
        together = np.zeros(self.shape)
        for rank, places in enumerate(self.fold):
            np.add.at(together[:, rank], (..., places), people[:, rank])
        return together

    def after_a_year(self) -> np.ndarray:
        """Cell, as a flat index, that whoever stays in a cell stands in a year later; the last age stays itself."""
        group, rank, age, years = np.indices(self.shape)
        longer = np.minimum(years + 1, self.last_place[rank])
        return np.ravel_multi_index((group, rank, np.minimum(age + 1, self.shape[2] - 1), longer), self.shape)

    def arrival(self, rank: int, *, ages_a_year: bool = True) -> np.ndarray:
        """Cell [group, age, 1], as a flat index, of those who come into a rank during a year.

        Ages are those at the opening; without `ages_a_year`, as for newcomers, those at the close.
        """
        group, age = np.indices((self.shape[0], self.shape[2]))
        closing = np.minimum(age + ages_a_year, self.shape[2] - 1)
        return np.ravel_multi_index((group, rank, closing, 0), self.shape)[..., None]
