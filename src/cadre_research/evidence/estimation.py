"""Rates estimated from a register's person-years: hazards of every way, take-up of retirement routes, recruitment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from statsmodels.stats.proportion import proportion_confint

from cadre_research.errors import UnknownNameError
from cadre_research.evidence.at_risk import RETIRED, cells_at_risk, ways_asked, ways_taken
from cadre_research.evidence.base import Evidence
from cadre_research.evidence.diagnostics import (
    calibration,
    coefficient_table,
    observed_rates,
    rates_by_age,
    residuals_by_age,
)
from cadre_research.evidence.estimates import Estimates, TakeUp
from cadre_research.evidence.hazards import Basis, Hazard
from cadre_research.evidence.ladder import Assumed
from cadre_research.evidence.recruitment import estimate_recruitment
from cadre_research.evidence.regression import Note, estimate_hazard

if TYPE_CHECKING:
    from cadre_research.evidence.person_years import PersonYears

__all__ = ["FEWEST_EVENTS", "estimate", "estimate_hazards", "take_up"]

FEWEST_EVENTS = 10
COUNTED_BY = ["rank", "group", "age_years", "years_in_rank", "outcome", "into"]


def estimate(
    person_years: PersonYears,
    evidence: Evidence,
    *,
    fewest_events: int = FEWEST_EVENTS,
    bases: Mapping[str, Basis] | None = None,
) -> Estimates:
    """Estimate what the yearly model needs to know from what happened in a register.

    Each promotion, exit and move of the ladder has a hazard; exits are pooled over ranks. Whoever retires by law is
    removed first; a promotion made before the ladder's rules allow it is counted in the notes and left out, since the
    model will never make one.

    Parameters
    ----------
    fewest_events : int
        Events at least for each coefficient, and persons at least for whatever is told.
    bases : mapping, optional
        Name of a hazard -> the columns of its regression, where they are not to be chosen by the number of events.

    Raises
    ------
    UnknownNameError
        When `bases` names a hazard that the ladder does not have.
    """
    found, notes = estimate_hazards(person_years, evidence, fewest_events=fewest_events, bases=bases)
    return Estimates(
        hazards=tuple(hazard for hazard, _ in found),
        take_up=take_up(person_years, evidence, fewest_events),
        recruitment=estimate_recruitment(person_years, evidence.ladder, fewest_events),
        coefficients=_joined([coefficient_table(hazard, fewest_events) for hazard, _ in found]),
        rates=_joined([rates_by_age(hazard, cells, fewest_events) for hazard, cells in found]),
        observed=_joined([observed_rates(hazard, cells, fewest_events) for hazard, cells in found]),
        calibration=_joined([calibration(hazard, cells, fewest_events) for hazard, cells in found]),
        residuals=_joined([residuals_by_age(hazard, cells, fewest_events) for hazard, cells in found]),
        notes=_notes(notes, fewest_events),
        first_year=person_years.first_year,
        last_year=person_years.last_year,
    )


def estimate_hazards(
    person_years: PersonYears,
    evidence: Evidence,
    *,
    fewest_events: int = FEWEST_EVENTS,
    bases: Mapping[str, Basis] | None = None,
) -> tuple[list[tuple[Hazard, pd.DataFrame]], list[Note]]:
    """Estimate the hazards alone, each with the cells at risk of it, and notes; arguments are those of `estimate`."""
    ways = ways_asked(evidence)
    for name in bases or {}:
        if name not in {way.name for way in ways}:
            raise UnknownNameError("hazard", name, [way.name for way in ways])
    counts = _counted(person_years.transitions)
    place = ways_taken(counts, ways)
    notes, found = _unknown_ways(counts, place), []
    for number, way in enumerate(ways):
        cells = cells_at_risk(counts, place, number, way)
        hazard, said = estimate_hazard(way, cells, fewest_events, (bases or {}).get(way.name))
        notes += [{"hazard": way.name, **note} for note in said]
        out_of_order = counts["persons"][(place == number) & ~way.open_to(counts)].sum()
        if out_of_order:
            notes.append({"hazard": way.name, "reason": "out-of-order", "term": "", "persons": out_of_order})
        if hazard is not None:
            found.append((hazard, cells))
    return found, notes


def take_up(person_years: PersonYears, evidence: Evidence, fewest: int = FEWEST_EVENTS) -> dict[str, TakeUp]:
    """Estimate the shares of retirement routes that are assumptions, from those who reached the route's age.

    Who retires in the calendar year in which they reach the route's base age has taken it. Years under the reform are
    left out: the age then depends on the birth month, which cells do not tell. Fewer than `fewest` persons tell
    nothing.
    """
    law, ladder = evidence.retirement, evidence.ladder
    if law is None:
        return {}
    rows = person_years.transitions
    if law.reform:
        rows = rows[rows["year"] < law.reform.first_year]
    reached: dict[str, np.ndarray] = {}
    for route in law.routes:
        if not isinstance(route.share, Assumed):
            continue
        groups = [group.id for group in ladder.groups if group.sex == route.sex]
        ranks = [rank.id for rank in ladder.ranks if rank.retirement == route.category]
        here = rows[
            (rows["age_years"] == route.base_age_years - 1) & rows["group"].isin(groups) & rows["rank"].isin(ranks)
        ]
        took = here["persons"][here["outcome"].isin(RETIRED)].sum()
        so_far = reached.get(route.share.assumption, np.zeros(2))
        reached[route.share.assumption] = so_far + np.array([took, here["persons"].sum()])
    return {name: _share(took, persons) for name, (took, persons) in reached.items() if persons >= fewest}


def _share(took: float, persons: float) -> TakeUp:
    low, high = proportion_confint(took, persons, method="wilson")
    return TakeUp(value=float(took / persons), low=float(low), high=float(high), persons=int(persons))


def _counted(transitions: pd.DataFrame) -> pd.DataFrame:
    """Persons by what the hazards depend on, years and units together."""
    counts = transitions.groupby(COUNTED_BY, observed=True, as_index=False)["persons"].sum()
    text = {column: counts[column].astype(object) for column in ("rank", "group", "outcome", "into")}
    return counts.assign(**text)


def _unknown_ways(counts: pd.DataFrame, place: np.ndarray) -> list[Note]:
    """Count leavers and movers by ways that the ladder does not have: the model will know none of them."""
    unknown = place % 1 == 0.5
    left = counts["into"] == ""
    found = {"unknown-exit": unknown & left, "unknown-move": unknown & ~left}
    persons = {reason: counts["persons"][rows].sum() for reason, rows in found.items()}
    return [{"hazard": "", "reason": name, "term": "", "persons": size} for name, size in persons.items() if size]


def _notes(notes: list[Note], fewest: int) -> pd.DataFrame:
    frame = pd.DataFrame(notes, columns=["hazard", "reason", "term", "persons"])
    persons = frame["persons"].astype("Float64")
    return frame.assign(persons=persons.where(persons >= fewest))


def _joined(parts: list[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
