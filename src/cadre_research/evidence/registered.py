"""What a study takes over from a personnel register: yearly cells and estimated hazards, and no person."""

from __future__ import annotations

from datetime import date
from typing import Self

import numpy as np
from pydantic import model_validator

from cadre_research.evidence.assumptions import Assumption
from cadre_research.evidence.hazards import Hazard
from cadre_research.evidence.source import Record

__all__ = ["Registered"]

# The range of an error of estimation, as quantiles: 3.1 standard errors to either side.
LOW, HIGH = 0.001, 0.999


class Registered(Record):
    """Opening and rates that stand in a register instead of being calibrated or assumed.

    `headcount` holds persons [unit, group, rank, age, years_in_rank] at 31 December of `year`, in the order of the
    evidence's units (one where these are not told apart), ages from `youngest_age_years` on; `entry_mix` the shares of
    recruits [group, age]. `first_year` and `last_year` are those of the transitions that the hazards were estimated
    from; `internal` says that disclosure control was switched off, for the office itself.
    """

    as_of: date
    year: int
    first_year: int
    last_year: int
    sha256: str
    synthetic: bool
    youngest_age_years: int
    headcount: tuple[tuple[tuple[tuple[tuple[int, ...], ...], ...], ...], ...]
    entry_mix: tuple[tuple[float, ...], ...]
    hazards: tuple[Hazard, ...]
    internal: bool = False

    @model_validator(mode="after")
    def _hazards_differ(self) -> Self:
        names = [hazard.name for hazard in self.hazards]
        if len(set(names)) < len(names):
            raise ValueError("expected each hazard once")
        return self

    @property
    def stock_by_unit(self) -> np.ndarray:
        """Persons, array [unit, group, rank, age, years_in_rank]."""
        return np.array(self.headcount, float)

    @property
    def stock(self) -> np.ndarray:
        """Persons, array [group, rank, age, years_in_rank]."""
        return self.stock_by_unit.sum(0)

    def errors_of_estimation(self) -> dict[str, Assumption]:
        """One assumption for each direction in which the coefficients of a hazard may err, by id.

        Each is a quantile of a standard normal error; together they have the coefficients' covariance.
        """
        return {
            name: Assumption(
                id=name,
                title=f"Error of estimation {place + 1}: {hazard.name.replace('-', ' ')}",
                description="Quantile of a standard normal error, along one direction of the coefficients' covariance.",
                value=0.5,
                low=LOW,
                high=HIGH,
                unit="quantile",
                source="Covariance of the coefficients estimated from the register",
                provenance="register",
                quality="high",
                impact="medium",
            )
            for hazard in self.hazards
            for place, name in enumerate(hazard.error_ids)
        }
