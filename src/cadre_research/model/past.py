"""The years before the baseline: how large each cohort was that entered then, and what has become of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cadre_research.evidence.base import Evidence
from cadre_research.model.chance import Expected
from cadre_research.model.population import Population
from cadre_research.model.rules import Rules
from cadre_research.model.year import advance

__all__ = ["STATIONARY", "Past", "past_of", "settled"]

# A bell with this standard deviation is above a tenth of its height for ten years.
WAVE_SPREAD_YEARS = 2.5
LONGEST_CAREER_YEARS = 400


@dataclass(frozen=True)
class Past:
    """How large the yearly intake was before the baseline year, as against that year's.

    `growth_per_year` of all posts, `wave` (excess of the intake at a wave's peak) and `peak_years_before` the baseline.
    """

    growth_per_year: float = 0.0
    wave: float = 0.0
    peak_years_before: float = 20.0

    @property
    def is_stationary(self) -> bool:
        """Whether every cohort was as large as the next."""
        return self.growth_per_year == 0 and self.wave == 0

    def intake(self, years_before: int) -> float:
        """Size of the intake so many years before, that of a year without wave in the baseline year being 1."""
        distance = (years_before - self.peak_years_before) / WAVE_SPREAD_YEARS
        return float((1 + self.growth_per_year) ** -years_before * (1 + self.wave * np.exp(-0.5 * distance**2)))


STATIONARY = Past()


def past_of(evidence: Evidence, growth_per_year: float | None) -> Past:
    """Past that the ladder's history tells of; another growth of posts may be given."""
    history = evidence.ladder.history
    return Past(
        evidence.amount(history.post_growth_per_year) if growth_per_year is None else growth_per_year,
        evidence.amount(history.entry_wave),
        evidence.amount(history.entry_wave_peak_years_before),
    )


def settled(rules: Rules, entrants: Population, past: Past, year: int) -> np.ndarray:
    """Headcounts of the structure that constant rules lead to when `entrants` join every year.

    Follows one cohort of entrants through the yearly code to the last age. Returns an array like that of `entrants`.
    """
    chance, ages = Expected(), entrants.ladder.ages
    total, cohort = entrants.headcount * past.intake(0), entrants
    # Whoever passes an open last age stays in it; only time empties it.
    longest = LONGEST_CAREER_YEARS if ages.oldest_is_open else len(entrants.ages_years)
    for age in range(1, longest):
        cohort = advance(cohort, year, rules, chance).closing
        total += cohort.headcount * past.intake(age)
    return total
