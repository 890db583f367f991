"""Linear expressions in arrays: what an equation says for every cell at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

__all__ = ["Expression"]


@dataclass(frozen=True, eq=False)
class Expression:
    r"""An array of linear expressions :math:`c + \sum_j a_j x_j`, kept as its coefficients that are not 0.

    Adding, subtracting, and multiplying by numbers work as on arrays. There are no products of variables.

    Parameters
    ----------
    constant : array [...]
        The part without variables; its shape is the shape of the expression.
    place : array [term] of int
        Position of each term in the flattened shape.
    column : array [term] of int
        Variable of each term.
    coefficient : array [term]

    Examples
    --------
    >>> x = Expression.of_columns(np.array([[0, 1], [2, -1]]))
    >>> (x * 2.0 + 1.0).sum(1).at(np.array([10.0, 20.0, 30.0]))
    array([62., 62.])
    """

    constant: np.ndarray
    place: np.ndarray
    column: np.ndarray
    coefficient: np.ndarray

    # An array on the left must leave the operation to this class.
    __array_ufunc__ = None

    @classmethod
    def of_columns(cls, columns: np.ndarray) -> Expression:
        """The variables themselves; a column of -1 means that there is none, and so 0."""
        place = np.flatnonzero(columns.reshape(-1) >= 0)
        return cls(np.zeros(columns.shape), place, columns.reshape(-1)[place], np.ones(len(place)))

    @classmethod
    def of_constants(cls, constant: np.ndarray) -> Expression:
        """Numbers, as expressions without a variable."""
        nothing = np.zeros(0, int)
        return cls(np.asarray(constant, float), nothing, nothing, np.zeros(0))

    @classmethod
    def total(cls, expressions: Iterable[Expression]) -> Expression:
        """Add up expressions of one shape, at once."""
        constants, places, columns, coefficients = zip(
            *((e.constant, e.place, e.column, e.coefficient) for e in expressions), strict=True
        )
        return cls(sum(constants), *(np.concatenate(parts) for parts in (places, columns, coefficients)))

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the array."""
        return self.constant.shape

    @property
    def present(self) -> np.ndarray:
        """Array [...] of bool: whether an expression can be anything but 0."""
        present = self.constant != 0
        present.reshape(-1)[self.place] = True
        return present

    def __neg__(self) -> Expression:
        """Turn the sign."""
        return Expression(-self.constant, self.place, self.column, -self.coefficient)

    def __add__(self, other: Expression | np.ndarray | float) -> Expression:
        """Add an expression of the same shape, or numbers."""
        if not isinstance(other, Expression):
            return Expression(self.constant + other, self.place, self.column, self.coefficient)
        return Expression(
            self.constant + other.constant,
            np.concatenate([self.place, other.place]),
            np.concatenate([self.column, other.column]),
            np.concatenate([self.coefficient, other.coefficient]),
        )

    def __sub__(self, other: Expression | np.ndarray | float) -> Expression:
        """Subtract an expression of the same shape, or numbers."""
        return self + -other

    def __mul__(self, factor: np.ndarray | float) -> Expression:
        """Multiply by numbers that broadcast to the shape; a term multiplied by 0 is gone."""
        factors = np.broadcast_to(factor, self.shape)
        coefficient = self.coefficient * factors.reshape(-1)[self.place]
        kept = coefficient != 0
        return Expression(self.constant * factors, self.place[kept], self.column[kept], coefficient[kept])

    __radd__ = __add__
    __rmul__ = __mul__

    def __getitem__(self, key: object) -> Expression:
        """Select as from an array; no place may be selected twice."""
        old = np.arange(self.constant.size).reshape(self.shape)[key]
        new = np.full(self.constant.size, -1)
        new[old.reshape(-1)] = np.arange(old.size)
        return self._moved(new, old.shape)

    def put(self, places: np.ndarray, shape: tuple[int, ...]) -> Expression:
        """Put every element at a place of a new, flattened shape; those that meet add up, those at -1 are left out."""
        return self._moved(np.broadcast_to(places, self.shape).reshape(-1), shape)

    def sum(self, *axes: int) -> Expression:
        """Sum over axes, over all of them if none is given."""
        axes = tuple(axis % len(self.shape) for axis in axes) or tuple(range(len(self.shape)))
        shape = tuple(length for axis, length in enumerate(self.shape) if axis not in axes)
        lengths = [1 if axis in axes else length for axis, length in enumerate(self.shape)]
        return self.put(np.arange(np.prod(lengths, dtype=int)).reshape(lengths), shape)

    def spread(self, shares: np.ndarray) -> Expression:
        """Spread an expression of one element over an array of shares."""
        count, place = shares.size, np.arange(shares.size)
        terms = (np.repeat(place, len(self.column)), np.tile(self.column, count), np.tile(self.coefficient, count))
        return Expression(np.full(shares.shape, float(self.constant)), *terms) * shares

    def at(self, values: np.ndarray) -> np.ndarray:
        """Value of the expression where the variables are `values` [column]; array [...]."""
        terms = self.coefficient * values[self.column]
        return self.constant + np.bincount(self.place, terms, self.constant.size).reshape(self.shape)

    def _moved(self, new: np.ndarray, shape: tuple[int, ...]) -> Expression:
        size = int(np.prod(shape, dtype=int))
        kept = new >= 0
        constant = np.bincount(new[kept], self.constant.reshape(-1)[kept], size).reshape(shape)
        place = new[self.place]
        terms = place >= 0
        return Expression(constant, place[terms], self.column[terms], self.coefficient[terms])
