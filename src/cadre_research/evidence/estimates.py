"""What is estimated from a register, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from cadre_research.errors import UnknownNameError
from cadre_research.evidence.hazards import Hazard
from cadre_research.evidence.recruitment import Recruitment
from cadre_research.evidence.source import Record

__all__ = ["Estimates", "TakeUp"]


class TakeUp(Record):
    """Share of those who reached a route's age who took it, with Wilson's 95 % interval."""

    value: float
    low: float
    high: float
    persons: int

    def protected(self, fewest: int) -> TakeUp | None:
        """The share in whole per cent, so that no count follows; None where fewer took it, or did not, than `fewest`.

        >>> TakeUp(value=57 / 149, low=0.308, high=0.463, persons=149).protected(10)
        TakeUp(value=0.38, low=0.31, high=0.46, persons=149)
        >>> TakeUp(value=5 / 149, low=0.0144, high=0.076, persons=149).protected(10)
        """
        if min(self.value, 1 - self.value) * self.persons < fewest:
            return None
        return self.model_copy(update={end: round(getattr(self, end), 2) for end in ("value", "low", "high")})


@dataclass(frozen=True)
class Estimates:
    """Hazards, take-up and recruitment of a register, and how well the hazards describe it.

    Parameters
    ----------
    hazards : tuple of Hazard
        In the order in which the yearly model asks; a way that nobody was at risk of has none.
    take_up : mapping
        Assumption id -> `TakeUp`.
    recruitment : Recruitment
    coefficients : DataFrame
        hazard, term, coefficient, standard_error, low_95, high_95, events.
    rates : DataFrame
        hazard, age_years (at the opening), rate, low_95, high_95, averaged over those at risk at that age.
    observed : DataFrame
        hazard, age_low, age_high, age_years (mean), observed, persons (person-years), events.
    calibration : DataFrame
        hazard, bin, predicted, observed, persons, events.
    residuals : DataFrame
        hazard, age_low, age_high, residual (Pearson).
    notes : DataFrame
        hazard, reason, term, persons: what was pooled, dropped or not estimated, and why. Reasons: few-events,
        pooled-group, pooled-rank, not-identified, no-events, nobody-at-risk, half-an-event, out-of-order,
        unknown-exit, unknown-move. `persons` is missing where below the smallest number told.
    first_year, last_year : int
        Calendar years observed.
    """

    hazards: tuple[Hazard, ...]
    take_up: Mapping[str, TakeUp]
    recruitment: Recruitment
    coefficients: pd.DataFrame
    rates: pd.DataFrame
    observed: pd.DataFrame
    calibration: pd.DataFrame
    residuals: pd.DataFrame
    notes: pd.DataFrame
    first_year: int
    last_year: int

    def hazard(self, name: str) -> Hazard:
        """Return a hazard by its name, or raise UnknownNameError."""
        for hazard in self.hazards:
            if hazard.name == name:
                return hazard
        raise UnknownNameError("hazard", name, [hazard.name for hazard in self.hazards])
