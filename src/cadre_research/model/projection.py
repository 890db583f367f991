"""A population taken through several years."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cadre_research.model.chance import Chance, Expected
from cadre_research.model.population import Population
from cadre_research.model.rules import Rules
from cadre_research.model.year import Year, advance

__all__ = ["Projection", "project"]


@dataclass(frozen=True)
class Projection:
    """An opening population and the years that followed."""

    opening: Population
    opening_year: int
    years: tuple[Year, ...]

    @property
    def populations(self) -> dict[int, Population]:
        """Population at 31 December by year, the opening year first."""
        return {self.opening_year: self.opening, **{year.year: year.closing for year in self.years}}

    def headcount(self) -> np.ndarray:
        """Headcounts [year, ..., rank, age], the opening year first."""
        return np.stack([population.by_rank_and_age() for population in self.populations.values()])


def project(
    opening: Population, opening_year: int, horizon_years: int, rules: Rules, chance: Chance | None = None
) -> Projection:
    """Take a population `horizon_years` years ahead from 31 December of `opening_year`.

    Ten years are five years and five more, exactly: nothing is carried from year to year but the population.
    """
    chance = chance or Expected()
    years: list[Year] = []
    population = opening
    for year in range(opening_year + 1, opening_year + horizon_years + 1):
        years.append(advance(population, year, rules, chance))
        population = years[-1].closing
    return Projection(opening, opening_year, tuple(years))
