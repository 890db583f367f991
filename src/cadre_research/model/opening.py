"""The opening population: where a forecast starts, and what had to be found for it to agree with the survey."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from cadre_research.evidence.base import Evidence
from cadre_research.evidence.scenario import Scenario
from cadre_research.evidence.targets import AgeLine
from cadre_research.model.past import STATIONARY, Past
from cadre_research.model.population import Population
from cadre_research.model.rules import Rules, rules_for

__all__ = ["Opening"]


@dataclass(frozen=True)
class Opening:
    """A population that agrees with the evidence, and what had to be found for it.

    Parameters
    ----------
    evidence : Evidence
    age_line : {"inclusive", "strict"}
    population : Population
        At 31 December of the baseline year.
    posts : array [unit, rank]
        Posts of each rank: the holders there are.
    typical_ages_years : mapping of (from, to) to float
        Centre of each promotion-age curve, calibrated or assumed.
    weights : mapping of (from, to) to array [group, age, years_in_rank]
    stationary_rules : Rules, optional
        The status quo with constant promotion intensities, under which the opening reproduces itself; a register's
        opening has none.
    recruits_per_year : float
        That keep it so; missing for a register's opening.
    past : Past
        Stationary unless the evidence or the scenario says otherwise.
    solution : tuple of float
        The unknowns of the calibration, from which it can be repeated at once.
    undivided : Opening, optional
        The whole that the units of this one are parts of.
    """

    evidence: Evidence
    age_line: AgeLine
    population: Population
    posts: np.ndarray
    typical_ages_years: Mapping[tuple[str, str], float]
    weights: Mapping[tuple[str, str], np.ndarray]
    stationary_rules: Rules | None
    recruits_per_year: float
    past: Past = STATIONARY
    solution: tuple[float, ...] = ()
    undivided: Opening | None = None

    @property
    def year(self) -> int:
        """Year of the opening, at whose 31 December it stands."""
        return self.evidence.targets.baseline_year

    def rules(self, scenario: Scenario) -> Rules:
        """Return the rules of a scenario that starts from this opening."""
        return rules_for(self.evidence, scenario, self.posts, self.weights, self.age_line)
