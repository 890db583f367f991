"""Refinement: a grid over two axes, with more lines where a function bends, and what lies between them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from cadre_research.errors import ParameterError

__all__ = ["Grid", "refined"]

HALVINGS = 6

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


def refined(
    evaluate: Evaluate, x: Sequence[float], y: Sequence[float], tolerance: float, halvings: int = HALVINGS
) -> Grid:
    """Halve the spaces between lines until the function is close to straight in each.

    A space is halved where, in its middle, the function differs by more than `tolerance` from the mean of its two ends,
    on any line that crosses it. Between lines a kink is missed by at most twice what is seen in the middle, and the two
    axes add up: expect interpolated values within four times the tolerance, and mostly far closer.

    Parameters
    ----------
    evaluate : callable
        Gives the values [setting, ...] of settings x, y (arrays [setting]).
    x, y : sequences of float
        Lines to begin with, rising, at least two each.
    tolerance : float
        In the units of the values, more than 0.
    halvings : int
        Most times that a space is halved.
    """
    axes = [np.asarray(x, float), np.asarray(y, float)]
    if tolerance <= 0 or any(len(lines) < 2 or (np.diff(lines) <= 0).any() for lines in axes):
        raise ParameterError("refined: expected a tolerance above 0, and of each axis two or more values that rise.")
    values = _crossed(evaluate, axes)
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
        raise ParameterError(f"{name}: given values from {at.min():g} to {at.max():g}, expected {lines[0]:g} to {lines[-1]:g}.")
    low = np.clip(np.searchsorted(lines, at, side="right") - 1, 0, len(lines) - 2)
    return low, (at - lines[low]) / (lines[low + 1] - lines[low])
