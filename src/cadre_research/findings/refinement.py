"""Refinement: a grid over two axes, with more lines where a function bends, and what lies between them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from cadre_research.errors import ParameterError

__all__ = ["Grid", "refined"]

Evaluate = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Grid:
    """Values of a function on the crossings of two sets of lines.

    Parameters
    ----------
    x, y : arrays [x], [y]
        Where the lines lie, rising.
    values : array [x, y, ...]
        May be missing, as the share of an empty group is.
    """

    x: np.ndarray
    y: np.ndarray
    values: np.ndarray

    @classmethod
    def over(cls, evaluate: Evaluate, x: Sequence[float], y: Sequence[float]) -> Grid:
        """Evaluate a function on every crossing: it gives values [setting, ...] of x, y, arrays [setting]."""
        x, y = np.asarray(x, float), np.asarray(y, float)
        if any(len(lines) < 2 or not (np.diff(lines) > 0).all() for lines in (x, y)):
            raise ParameterError("Grid: expected of each axis two or more values that rise.")
        return cls(x, y, _crossed(evaluate, [x, y]))

    def at(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Interpolate linearly in each axis.

        Parameters
        ----------
        x, y : arrays [setting]
            Within the grid.

        Returns
        -------
        array [setting, ...]
            Missing where a value beside it is.

        Raises
        ------
        ParameterError
            When a setting lies outside the grid.

        >>> Grid(np.array([0.0, 1.0]), np.array([0.0, 2.0]), np.array([[0.0, 4.0], [2.0, 6.0]])).at([0.5], [0.5])
        array([2.])
        """
        (low_x, part_x), (low_y, part_y) = _cells("x", self.x, x), _cells("y", self.y, y)
        wide = (...,) + (None,) * (self.values.ndim - 2)
        part_x, part_y = part_x[wide], part_y[wide]
        below, above = (
            (1 - part_y) * self.values[column, low_y] + part_y * self.values[column, low_y + 1]
            for column in (low_x, low_x + 1)
        )
        return (1 - part_x) * below + part_x * above


def refined(evaluate: Evaluate, grid: Grid, tolerance: float, halvings: int) -> Grid:
    """Halve the spaces between lines where the function is not close to straight.

    A space is halved where, in its middle, the function differs by more than `tolerance` from the mean of its two ends,
    on any line that crosses it.

    Parameters
    ----------
    evaluate : callable
        As for `Grid.over`; it gave the values of the grid.
    tolerance : float
        In the units of the values, at least 0.
    halvings : int
        Most times that a space is halved.
    """
    axes, values = [grid.x, grid.y], grid.values
    untried = [np.ones(len(lines) - 1, bool) for lines in axes]
    for _ in range(halvings):
        for axis in (0, 1):
            spaces = np.flatnonzero(untried[axis])
            if not len(spaces):
                continue
            lines = axes[axis]
            middles = (lines[spaces] + lines[spaces + 1]) / 2
            found = _crossed(evaluate, [middles if other == axis else axes[other] for other in (0, 1)])
            straight = (values.take(spaces, axis) + values.take(spaces + 1, axis)) / 2
            away = np.moveaxis(np.abs(found - straight), axis, 0).reshape(len(spaces), -1)
            bent = np.nan_to_num(away).max(-1) > tolerance
            values = np.insert(values, spaces[bent] + 1, found.compress(bent, axis), axis)
            axes[axis] = np.insert(lines, spaces[bent] + 1, middles[bent])
            tried = np.zeros(len(lines) - 1, bool)
            tried[spaces[bent]] = True
            untried[axis] = np.repeat(tried, np.where(tried, 2, 1))
    return Grid(*axes, values)


def _crossed(evaluate: Evaluate, axes: Sequence[np.ndarray]) -> np.ndarray:
    x, y = (lines.reshape(-1) for lines in np.meshgrid(*axes, indexing="ij"))
    found = evaluate(x, y)
    return found.reshape(*(len(lines) for lines in axes), *found.shape[1:])


def _cells(name: str, lines: np.ndarray, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The line below each place, and how far from it to the next, from 0 to 1."""
    at = np.asarray(at, float)
    if not ((at >= lines[0]) & (at <= lines[-1])).all():
        raise ParameterError(
            f"{name}: given values from {at.min():g} to {at.max():g}, expected {lines[0]:g} to {lines[-1]:g}."
        )
    low = np.clip(np.searchsorted(lines, at, side="right") - 1, 0, len(lines) - 2)
    return low, (at - lines[low]) / (lines[low + 1] - lines[low])
