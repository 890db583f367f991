"""Discrete-time hazards: the yearly probability of a way up, out or aside, by group, age and years in rank.

With the complementary log-log link the hazard is::

    h(group, rank, age, years) = 1 - exp(-exp(x beta))

so that exp(x beta) is an intensity: of two persons, one with twice the intensity is chosen twice as readily where
places are limited. The curve over age is a natural cubic spline whose coefficients are its values at the knots; years
in rank, group and rank shift it (proportional intensities).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Literal, Self

import numpy as np
from pydantic import Field, model_validator
from scipy.interpolate import CubicSpline

from cadre_research.evidence.source import Identifier, Record

__all__ = ["AgeCurve", "Basis", "Hazard"]


class AgeCurve(Record):
    """The age curve of one group, where it has one of its own."""

    group: Identifier
    age_knots: tuple[float, ...] = Field(min_length=1)


class Basis(Record):
    """Columns of a hazard's regression.

    Ages and years in rank are those completed at the opening of the year. Outside its knots a curve goes on straight:
    somebody may be at risk long before the first event. One age knot is a constant; the first knot of years in rank is
    the reference, as are the groups and ranks not named. A group of `own_curves` follows its own curve over age instead
    of the common one.
    """

    age_knots: tuple[float, ...] = Field(min_length=1)
    years_knots: tuple[float, ...] = ()
    groups: tuple[Identifier, ...] = ()
    ranks: tuple[Identifier, ...] = ()
    own_curves: tuple[AgeCurve, ...] = ()

    @model_validator(mode="after")
    def _knots_rise(self) -> Self:
        for knots in (self.age_knots, self.years_knots, *(curve.age_knots for curve in self.own_curves)):
            if any(after <= before for before, after in itertools.pairwise(knots)):
                raise ValueError("expected knots that rise")
        return self

    @property
    def terms(self) -> tuple[str, ...]:
        """Names of the columns."""
        return (
            *(f"age {knot:g}" for knot in self.age_knots),
            *(f"age {knot:g}, group {curve.group}" for curve in self.own_curves for knot in curve.age_knots),
            *(f"years in rank {knot:g}" for knot in self.years_knots[1:]),
            *(f"group {group}" for group in self.groups),
            *(f"rank {rank}" for rank in self.ranks),
        )

    def columns(
        self, groups: Sequence[str], ranks: Sequence[str], ages_years: np.ndarray, years_in_rank: np.ndarray
    ) -> np.ndarray:
        """Columns of some cells, array [cell, term], of four lists of equal length."""
        groups, ranks = np.asarray(groups, object), np.asarray(ranks, object)
        common = ~np.isin(groups, [curve.group for curve in self.own_curves])
        return np.column_stack(
            [
                _curve(self.age_knots, ages_years) * common[:, None],
                *(_curve(own.age_knots, ages_years) * (groups == own.group)[:, None] for own in self.own_curves),
                _curve(self.years_knots, years_in_rank)[:, 1:],
                *(groups == group for group in self.groups),
                *(ranks == rank for rank in self.ranks),
            ]
        ).astype(float)


class Hazard(Record):
    """One estimated hazard: who is at risk, of what, and how probable it is in a year.

    `kind` "exit" has the id of an exit of the ladder (or "retired") as `name`; "promotion" and "move" have the rank
    reached as `into`. Everybody in `sources` who has not left or moved by a way asked before is at risk; `covariance`
    is that of `coefficients`, in the order of the basis.
    """

    kind: Literal["exit", "move", "promotion"]
    name: Identifier
    sources: tuple[Identifier, ...] = Field(min_length=1)
    into: Identifier | None = None
    basis: Basis
    coefficients: tuple[float, ...]
    covariance: tuple[tuple[float, ...], ...]
    events: float = Field(ge=0)
    person_years: float = Field(ge=0)

    @model_validator(mode="after")
    def _sizes_agree(self) -> Self:
        size = len(self.basis.terms)
        if len(self.coefficients) != size or [len(row) for row in self.covariance] != [size] * size:
            raise ValueError(f"expected {size} coefficients and their covariance")
        return self

    def intensity(
        self,
        groups: Sequence[str],
        ages_years: np.ndarray,
        years_in_rank: np.ndarray,
        directions: np.ndarray | None = None,
    ) -> np.ndarray:
        """Intensity, array [group, source, age, years_in_rank].

        Parameters
        ----------
        directions : array [coefficient], optional
            Standard normal errors of estimation, along the directions of `factor`; none by default.
        """
        shape = (len(groups), len(self.sources), len(ages_years), len(years_in_rank))
        group, rank, age, years = (
            axis.ravel() for axis in np.meshgrid(groups, self.sources, ages_years, years_in_rank, indexing="ij")
        )
        coefficients = np.array(self.coefficients)
        if directions is not None:
            coefficients = coefficients + self.factor @ directions
        return np.exp(self.basis.columns(group, rank, age, years) @ coefficients).reshape(shape)

    @property
    def error_ids(self) -> tuple[str, ...]:
        """Ids of the assumptions about the errors of estimation, one for each direction."""
        return tuple(f"{self.name}-error-{place + 1}" for place in range(len(self.coefficients)))

    @property
    def factor(self) -> np.ndarray:
        """Lower triangle with factor @ factor.T equal to the covariance, array [coefficient, direction]."""
        return np.linalg.cholesky(np.array(self.covariance))


def _curve(knots: Sequence[float], given: np.ndarray) -> np.ndarray:
    """Natural cubic splines that are 1 at one knot and 0 at the others, array [cell, knot].

    >>> _curve((30.0, 40.0), np.array([25, 30, 35]))
    array([[ 1.5, -0.5],
           [ 1. ,  0. ],
           [ 0.5,  0.5]])
    """
    given = np.asarray(given, float)
    if len(knots) < 2:
        return np.ones((len(given), len(knots) or 1))
    curve = CubicSpline(knots, np.eye(len(knots)), bc_type="natural")
    nearest = np.clip(given, knots[0], knots[-1])
    return curve(nearest) + (given - nearest)[:, None] * curve(nearest, 1)
