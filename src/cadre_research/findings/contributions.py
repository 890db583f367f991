"""Contributions: what each measure of a plan is worth to every target, what it costs, and how far it goes for that."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cadre_research.errors import ParameterError
from cadre_research.evidence.package import measures_of, together
from cadre_research.evidence.scenario import Scenario
from cadre_research.evidence.targets import AgeLine
from cadre_research.findings.coalitions import QUANTITIES, outcomes
from cadre_research.findings.levers import HORIZONS_YEARS
from cadre_research.findings.shapley import drawn_permutations, exact_values, sampled_values
from cadre_research.findings.study import BASELINE, POPULATIONS, Study

__all__ = ["FULL_PLAN", "MOST_EXACT", "Contributions", "contributions", "efficiency"]

FULL_PLAN = "full-plan-2018"
# 1,024 coalitions.
MOST_EXACT = 10
PAIRS = 100
# Fewer extra persons a year than this are none: what they would be divided by is noise of the model's arithmetic.
LEAST_PERSONS_PER_YEAR = 1.0
VALUES = ("contribution", "contribution_se", "alone", "last_in")
EFFORTS = ("appointments", "releases", "young_promotions")
BASES = ("contribution", "alone", "last_in")


@dataclass(frozen=True)
class Contributions:
    """What the measures of a plan add, all on against all off, in expectation.

    Contributions are Shapley values: the mean gain of a measure over all orders in which they may be introduced. They
    sum to the full effect. `alone` is the measure on its own against the status quo, `last_in` the whole plan against
    the plan without it; where the two differ, measures replace or help each other.

    Parameters
    ----------
    shares : DataFrame
        Columns target, population, horizon_years, measure, contribution, contribution_se (0 where exact), alone,
        last_in (all in shares, as decimals), full_effect, share_without (the status quo's), share_with (the whole
        plan's), method (exact or sampled), age_line.
    costs : DataFrame
        Columns quantity (of `findings.coalitions.QUANTITIES`), horizon_years, measure, contribution, contribution_se,
        alone, last_in, full_effect, persons_without, persons_with, method, age_line: persons beyond those of the status
        quo from the opening to the horizon.
    """

    shares: pd.DataFrame
    costs: pd.DataFrame


def contributions(
    study: Study,
    measures: Iterable[Scenario | str] | None = None,
    horizons_years: Sequence[int] = HORIZONS_YEARS,
    age_line: AgeLine = "inclusive",
    pairs: int | None = None,
    seed: int = 2018,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Contributions:
    """Divide the effect of a plan, and its cost, among its measures.

    Parameters
    ----------
    measures : iterable of Scenario or id, optional
        Scenarios that differ from the status quo, each once; by default those that make up the full plan.
    pairs : int, optional
        Pairs of an order of the measures and its reverse, drawn instead of going through all coalitions; by default all
        coalitions with up to 10 measures, and 100 pairs beyond.
    workers : int, optional
        Threads; one per core by default.
    progress : callable, optional
        Called with the number of forecasts done so far and with that of all.

    Raises
    ------
    EvidenceError
        When two measures turn the same field.
    ParameterError
        When there is no measure, or they bring assumptions or an opening of their own.
    """
    status_quo = study.scenario(BASELINE)
    given = _measures(study, measures, status_quo)
    whole = together(status_quo, given)
    if (whole.assumptions, whole.opening) != (status_quo.assumptions, status_quo.opening):
        raise ParameterError(
            "measures: given one with assumptions, or a growth of posts before the baseline year, of its own; expected "
            "measures that start from the status quo's opening."
        )
    opening = study.opening(status_quo, age_line)
    exact = pairs is None and len(given) <= MOST_EXACT
    orders = None if exact else drawn_permutations(len(given), pairs or PAIRS, seed)
    everybody = (1 << len(given)) - 1
    ends = {0, everybody, *(1 << place for place in range(len(given)))}
    ends |= {everybody ^ (1 << place) for place in range(len(given))}
    coalitions = list(range(everybody + 1)) if orders is None else sorted({*orders.coalitions, *ends})
    scenarios = [
        together(status_quo, [one for place, one in enumerate(given) if coalition >> place & 1])
        for coalition in coalitions
    ]
    found = outcomes(opening, scenarios, horizons_years, workers, progress)

    def divided(worth: np.ndarray) -> tuple[np.ndarray, ...]:
        """Contribution, its error, alone and last in, arrays [measure, ...], of a worth [coalition, ...]."""
        at = dict(zip(coalitions, worth, strict=True))
        if orders is None:
            value = exact_values(worth)
            value_and_error = value, np.zeros(value.shape)
        else:
            value_and_error = sampled_values(orders, at)
        alone = np.stack([at[1 << place] - at[0] for place in range(len(given))])
        last_in = np.stack([at[everybody] - at[everybody ^ 1 << place] for place in range(len(given))])
        return *value_and_error, alone, last_in

    targets = [target.id for target in opening.evidence.targets.targets]
    groups = {"target": targets, "population": list(POPULATIONS), "horizon_years": list(horizons_years)}
    quantities = {"quantity": list(QUANTITIES), "horizon_years": list(horizons_years)}
    shares, costs = (
        _tidy(worth, divided(worth), axes, [measure.id for measure in given], end).assign(
            method="exact" if orders is None else "sampled", age_line=age_line
        )
        for worth, axes, end in ((found.shares, groups, "share"), (found.costs, quantities, "persons"))
    )
    return Contributions(shares, costs)


def efficiency(found: Contributions) -> pd.DataFrame:
    """Percentage points that each measure adds per 100 extra appointments, releases and young promotions.

    A measure that changes who is promoted and not how many has no extra appointments: its effort shows in the
    promotions that go to the young instead of others.

    Returns
    -------
    DataFrame
        Columns target, population, horizon_years, measure, basis (contribution: points and persons both by Shapley
        value; alone; last_in), points (percentage points), effort (appointments, releases or young_promotions), persons
        (beyond the status quo's), per_100 (points per 100 of them), note, age_line. `per_100` is missing where the note
        is "none" (less than one person a year more or fewer) or "fewer" (the measure saves them); else it is empty.
    """
    keys = ["horizon_years", "measure"]
    shares = found.shares[["target", "population", *keys, "age_line"]]
    costs = found.costs[found.costs["quantity"].isin(EFFORTS)]
    persons = costs[keys].assign(effort=costs["quantity"])
    frames = [
        shares.assign(basis=basis, points=100 * found.shares[basis]).merge(
            persons.assign(persons=costs[basis]), on=keys
        )
        for basis in BASES
    ]
    frame = pd.concat(frames, ignore_index=True)
    least, extra = LEAST_PERSONS_PER_YEAR * frame["horizon_years"], frame["persons"]
    frame["per_100"] = (100 * frame["points"] / extra).where(extra >= least)
    frame["note"] = np.select([extra >= least, extra > -least], ["", "none"], "fewer")
    columns = ["basis", "points", "effort", "persons", "per_100", "note", "age_line"]
    return frame[["target", "population", *keys, *columns]]


def _measures(study: Study, given: Iterable[Scenario | str] | None, status_quo: Scenario) -> tuple[Scenario, ...]:
    if given is None:
        known = {name: one for name, one in {**study.scenarios, **study.measures}.items() if name != BASELINE}
        return measures_of(study.scenario(FULL_PLAN), status_quo, known)
    measures = tuple(study.scenario(one) if isinstance(one, str) else one for one in given)
    if not measures:
        raise ParameterError("measures: given none, expected at least one.")
    return measures


def _tidy(
    worth: np.ndarray, divided: tuple[np.ndarray, ...], axes: Mapping[str, Sequence], names: Sequence[str], end: str
) -> pd.DataFrame:
    """One row for each place on the axes and measure, from a worth [coalition, *axes], nobody first, everybody last."""
    index = pd.MultiIndex.from_product([*axes.values(), names], names=[*axes, "measure"])
    frame = pd.DataFrame(
        {name: np.moveaxis(values, 0, -1).reshape(-1) for name, values in zip(VALUES, divided, strict=True)},
        index=index,
    )
    without, having = (worth[place].reshape(-1).repeat(len(names)) for place in (0, -1))
    return frame.assign(
        full_effect=having - without, **{f"{end}_without": without, f"{end}_with": having}
    ).reset_index()
