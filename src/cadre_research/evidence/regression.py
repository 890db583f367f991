"""Regression of discrete-time hazards: the binomial model with complementary log-log link, and what it can carry.

A hazard gets about one coefficient for each `fewest_events` events. Terms are offered in a fixed order, a finer age
curve, groups, ranks and years in rank; those that the events cannot carry are pooled, and notes say which.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import numpy as np
import pandas as pd
from statsmodels.genmod.families import Binomial
from statsmodels.genmod.families.links import CLogLog
from statsmodels.genmod.generalized_linear_model import GLM

from cadre_research.evidence.at_risk import RETIRED, Way
from cadre_research.evidence.hazards import AgeCurve, Basis, Hazard

__all__ = ["Note", "estimate_hazard", "fit_cloglog"]

# Closer knots of age would follow chance from one year to the next.
LEAST_APART = {"age_years": 2.0, "years_in_rank": 1.0}
MOST_AGE_KNOTS, MOST_YEARS_KNOTS, MOST_RETIREMENT_KNOTS = 6, 3, 14
# A standard error beyond this on the log scale says that the data do not tell the coefficient from minus infinity.
LARGEST_ERROR = 4.0
LARGEST_CONDITION = 1e12
# Rule of three: with no event in n person-years the rate is below 3 / n with 95 % confidence.
UPPER_OF_NONE, CENTRE_OF_NONE = 3.0, 0.5
NORMAL_95 = 1.959963984540054

Note = dict[str, object]


def fit_cloglog(columns: np.ndarray, events: np.ndarray, at_risk: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """Estimate the coefficients of log(-log(1 - hazard)) = columns @ coefficients, and their covariance.

    Parameters
    ----------
    columns : array [cell, term]
    events, at_risk : array [cell]
        Persons; each cell is a binomial count.

    Returns
    -------
    (array [term], array [term, term]) or None
        The covariance is the inverse of the observed information. None where the data do not identify every
        coefficient: collinear columns, or a category in which nobody or everybody has the event.
    """
    model = GLM(np.column_stack([events, at_risk - events]), columns, family=Binomial(CLogLog()))
    # Whether it failed is told from the result; warnings on the way there tell a reader nothing.
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            fitted = model.fit(maxiter=100, tol=1e-10)
            information = -model.hessian(fitted.params, observed=True)
        except (ValueError, np.linalg.LinAlgError):
            return None
    if not fitted.converged or not np.isfinite(information).all():
        return None
    if np.linalg.cond(information) > LARGEST_CONDITION or np.linalg.eigvalsh(information)[0] <= 0:
        return None
    covariance = np.linalg.inv(information)
    covariance = (covariance + covariance.T) / 2
    return None if np.sqrt(covariance.diagonal()).max() > LARGEST_ERROR else (fitted.params, covariance)


def estimate_hazard(
    way: Way, cells: pd.DataFrame, fewest_events: int, basis: Basis | None = None
) -> tuple[Hazard | None, list[Note]]:
    """Estimate one hazard with as many terms as its events carry, or those of a given basis.

    Returns
    -------
    Hazard or None
        None where nobody was at risk.
    notes : list
        Of mappings reason, term: what was pooled or dropped, and why.
    """
    events, person_years = cells["events"].sum(), cells["at_risk"].sum()
    if person_years == 0:
        return None, [{"reason": "nobody-at-risk", "term": ""}]
    if events == 0:
        return _without_events(way, cells), [{"reason": "no-events", "term": ""}]
    if way.name == RETIRED[0] and basis is None:
        return _retirement(way, cells, fewest_events)
    notes: list[Note] = []
    if basis is None:
        bases, notes = _offers(way, cells, fewest_events)
    else:
        bases = [basis]
    for tried, left_out in _from_the_last(bases):
        found = fit_cloglog(_columns(tried, cells), cells["events"].to_numpy(), cells["at_risk"].to_numpy())
        if found:
            notes += [{"reason": "not-identified", "term": term} for term in left_out]
            return _hazard(way, cells, tried, *found), notes
    return _constant(way, cells), [*notes, {"reason": "not-identified", "term": "all"}]


def _from_the_last(bases: list[Basis]) -> Iterator[tuple[Basis, list[str]]]:
    """Bases from the finest to the coarsest, each with the kinds of terms left out so far."""
    left_out: list[str] = []
    for finer, coarser in zip(reversed(bases), [*reversed(bases[:-1]), None], strict=True):
        yield finer, list(dict.fromkeys(left_out))
        left_out.append(_difference(finer, coarser) if coarser else "age")


def _difference(finer: Basis, coarser: Basis) -> str:
    if finer.groups != coarser.groups or finer.ranks != coarser.ranks:
        (name,) = {*finer.groups, *finer.ranks} - {*coarser.groups, *coarser.ranks}
        return name
    return "age" if finer.age_knots != coarser.age_knots else "years in rank"


def _offers(way: Way, cells: pd.DataFrame, fewest_events: int) -> tuple[list[Basis], list[Note]]:
    """Bases of growing detail, each a term richer than the one before, up to what the events carry."""
    notes: list[Note] = []
    groups, weak_groups = _strong(cells, "group", fewest_events)
    ranks, weak_ranks = _strong(cells, "rank", fewest_events)
    notes += [{"reason": "pooled-group", "term": name} for name in weak_groups]
    notes += [{"reason": "pooled-rank", "term": name} for name in weak_ranks]
    steps = ["age", *(f"group {name}" for name in groups), "age", "years", *(f"rank {name}" for name in ranks)]
    steps += ["age", "age", "years", "age"]
    carried = max(1, int(cells["events"].sum() // fewest_events))
    bases = [_basis(cells, [], fewest_events)]
    taken: list[str] = []
    for step in steps:
        richer = _basis(cells, [*taken, step], fewest_events)
        grown = len(richer.terms) - len(bases[-1].terms)
        if grown <= 0:
            continue
        if len(richer.terms) > carried:
            notes.append({"reason": "few-events", "term": "years in rank" if step == "years" else step.split()[-1]})
            continue
        taken.append(step)
        bases.append(richer)
    return bases, list({tuple(note.items()): note for note in notes}.values())


def _strong(cells: pd.DataFrame, column: str, fewest_events: int) -> tuple[list[str], list[str]]:
    """Categories with an effect of their own and those pooled with the reference, which has the most events."""
    events = cells.groupby(column)["events"].sum().sort_values(ascending=False, kind="stable")
    others = events.iloc[1:]
    return list(others.index[others >= fewest_events]), list(others.index[others < fewest_events])


def _basis(cells: pd.DataFrame, steps: list[str], fewest_events: int) -> Basis:
    years = 1 + steps.count("years")
    return Basis(
        age_knots=_knots(cells, "age_years", min(1 + steps.count("age"), MOST_AGE_KNOTS), fewest_events),
        years_knots=_knots(cells, "years_in_rank", min(years, MOST_YEARS_KNOTS), fewest_events) if years > 1 else (),
        groups=tuple(step.removeprefix("group ") for step in steps if step.startswith("group ")),
        ranks=tuple(step.removeprefix("rank ") for step in steps if step.startswith("rank ")),
    )


def _knots(cells: pd.DataFrame, column: str, number: int, fewest_events: int) -> tuple[float, ...]:
    """Knots at quantiles of the events; `fewest_events` of them lie at or beyond the outermost, so none is a person."""
    by_value = cells.groupby(column)["events"].sum()
    below = by_value.cumsum().to_numpy()
    outermost = min(0.25, fewest_events / below[-1])
    quantiles = np.linspace(outermost, 1 - outermost, number) if number > 1 else np.array([0.5])
    places = np.searchsorted(below, quantiles * below[-1] - 1e-9)
    found = np.unique(by_value.index.to_numpy(float)[places])
    apart = LEAST_APART[column]
    inner = [value for value in found[1:-1] if found[-1] - value >= apart]
    knots = [found[0]]
    for value in [*inner, *found[1:][-1:]]:
        if value - knots[-1] >= apart:
            knots.append(value)
    return tuple(float(value) for value in knots)


def _retirement(way: Way, cells: pd.DataFrame, fewest_events: int) -> tuple[Hazard, list[Note]]:
    """Retirement where no law is given: a curve with a knot at every age, a group's own where its events suffice.

    Half an event and half a person who stays are added at each knot, so that ages at which nobody or everybody retires
    have a finite coefficient.
    """
    strong, weak = _strong(cells, "group", fewest_events)
    shared = cells[~cells["group"].isin(strong)]
    own = tuple(
        AgeCurve(group=name, age_knots=_retirement_knots(cells[cells["group"] == name], fewest_events))
        for name in strong
    )
    basis = Basis(age_knots=_retirement_knots(shared, fewest_events), own_curves=own)
    notes = [{"reason": "half-an-event", "term": "age"}, *({"reason": "pooled-group", "term": name} for name in weak)]
    extra = [(shared["group"].iloc[0], knot) for knot in basis.age_knots]
    extra += [(curve.group, knot) for curve in own for knot in curve.age_knots]
    added = pd.DataFrame(extra, columns=["group", "age_years"]).assign(rank=way.sources[0], years_in_rank=0)
    both = pd.concat([cells, added.assign(at_risk=1.0, events=0.5)], ignore_index=True)
    found = fit_cloglog(_columns(basis, both), both["events"].to_numpy(), both["at_risk"].to_numpy())
    if not found:
        return _constant(way, cells), [{"reason": "not-identified", "term": "all"}]
    return _hazard(way, cells, basis, *found), notes


def _retirement_knots(cells: pd.DataFrame, fewest_events: int) -> tuple[float, ...]:
    """Every age from the year before the first with enough events up to the last such age; fewer of a wide range."""
    by_age = cells.groupby("age_years")["events"].sum()
    ages = by_age.index[by_age >= fewest_events].to_numpy(float)
    if not ages.size:
        return _knots(cells, "age_years", 2, fewest_events)
    every = np.arange(ages[0] - 1, ages[-1] + 1)
    if len(every) > MOST_RETIREMENT_KNOTS:
        every = np.unique(np.round(np.linspace(every[0], every[-1], MOST_RETIREMENT_KNOTS)))
    return tuple(float(age) for age in every)


def _without_events(way: Way, cells: pd.DataFrame) -> Hazard:
    """A constant whose upper 95 % limit is that of the rule of three."""
    rate = CENTRE_OF_NONE / cells["at_risk"].sum()
    error = np.log(UPPER_OF_NONE / CENTRE_OF_NONE) / NORMAL_95
    return _hazard(way, cells, _middle(cells, "at_risk"), np.array([np.log(rate)]), np.array([[error**2]]))


def _constant(way: Way, cells: pd.DataFrame) -> Hazard:
    """One rate for all; half a person stays where everybody took the way."""
    events, at_risk = cells["events"].sum(), cells["at_risk"].sum()
    found = fit_cloglog(np.ones((1, 1)), np.array([min(events, at_risk - 0.5)]), np.array([at_risk]))
    return _hazard(way, cells, _middle(cells, "events"), *found)


def _middle(cells: pd.DataFrame, column: str) -> Basis:
    middle = np.average(cells["age_years"].to_numpy(float), weights=cells[column].to_numpy(float))
    return Basis(age_knots=(float(np.round(middle, -1)),))


def _columns(basis: Basis, cells: pd.DataFrame) -> np.ndarray:
    return basis.columns(cells["group"], cells["rank"], cells["age_years"], cells["years_in_rank"])


def _hazard(way: Way, cells: pd.DataFrame, basis: Basis, coefficients: np.ndarray, covariance: np.ndarray) -> Hazard:
    return Hazard(
        kind=way.kind,
        name=way.name,
        sources=way.sources,
        into=way.into,
        basis=basis,
        coefficients=tuple(coefficients.tolist()),
        covariance=tuple(tuple(row) for row in covariance.tolist()),
        events=float(cells["events"].sum()),
        person_years=float(cells["at_risk"].sum()),
    )
