"""How a flow draws from a stock: as an expectation, or by chance. Both answer the same questions."""

from __future__ import annotations

from typing import Protocol

import numpy as np

__all__ = ["CELL_AXES", "Chance", "Expected"]

# Selection happens within a unit, over the axes that follow it: group, status, source rank, age, years in rank.
CELL_AXES = (-5, -4, -3, -2, -1)

SOLVED_WITHIN = 1e-14
MOST_STEPS = 200


class Chance(Protocol):
    """What a year asks of chance. Results have the shape of the broadcast arguments and are never negative."""

    @property
    def expected(self) -> Expected:
        """The expectation, for what is decided before anything is drawn."""
        ...

    def of(self, year: int, flow: str) -> Chance:
        """Return the chance of one flow in one year: what it draws does not depend on what other flows draw."""
        ...

    def thin(self, headcount: np.ndarray, probability: np.ndarray) -> np.ndarray:
        """How many of each cell leave it when each person does so on their own with this probability."""
        ...

    def share_out(self, total: np.ndarray, headcount: np.ndarray, weight: np.ndarray) -> np.ndarray:
        """Whom a batch of `total` persons takes, without replacement, from weighted cells (see `CELL_AXES`)."""
        ...

    def oldest_first(self, total: np.ndarray, headcount: np.ndarray) -> np.ndarray:
        """Take `total` persons per unit by age, then by years in rank, the highest first."""
        ...

    def spread(self, total: np.ndarray, proportion: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
        """How newcomers fall on cells in fixed proportions, which sum to one over `axes`."""
        ...

    def whole(self, amount: np.ndarray) -> np.ndarray:
        """A possible number of persons whose mean is `amount`."""
        ...

    def at_most(self, amount: np.ndarray) -> np.ndarray:
        """The largest possible number of persons that is not above `amount`."""
        ...

    def leeway(self, amount: np.ndarray, batch: np.ndarray) -> np.ndarray:
        """How far the young of a batch, `amount` of them expected, may well fall short of what is expected."""
        ...

    def planned(self, asked: np.ndarray, there: np.ndarray) -> np.ndarray:
        """What a plan that asks for `asked` of those who are `there` comes to."""
        ...


class Expected:
    """The expectation: headcounts are real numbers and every flow takes its mean."""

    @property
    def expected(self) -> Expected:
        """Itself."""
        return self

    def of(self, year: int, flow: str) -> Expected:
        """Return itself: an expectation draws nothing."""
        return self

    def thin(self, headcount: np.ndarray, probability: np.ndarray) -> np.ndarray:
        """Headcount times probability."""
        return headcount * probability

    def share_out(self, total: np.ndarray, headcount: np.ndarray, weight: np.ndarray) -> np.ndarray:
        r"""Take a batch from weighted cells as a large weighted draw without replacement does.

        Each person of weight w is taken with probability :math:`1 - e^{-\theta w}`, the same :math:`\theta` for all
        cells of a unit, which solves

        .. math:: \sum_i h_i \, (1 - e^{-\theta w_i}) = n .

        That is the limit of drawing one by one with chances in proportion to weight (Wallenius), and a proportional
        hazard with the age curve as relative hazard, as a complementary log-log regression estimates it.

        Parameters
        ----------
        total : array [..., unit]
            Persons to take, at least 0; more than there are cells with weight can give is an error of the caller
            and takes them all.
        headcount, weight : arrays [..., unit, group, status, source, age, years_in_rank]
            Persons in each cell and their relative weight, at least 0.

        Returns
        -------
        array like `headcount`
            Persons taken, at most `headcount`, summing to `total` in each unit.
        """
        reachable = np.where(weight > 0, headcount, 0.0)
        available = reachable.sum(CELL_AXES)
        everybody = total >= available * (1 - SOLVED_WITHIN)
        wanted = np.where(everybody, 0.0, total)
        taken = reachable * -np.expm1(-_cells(_intensity(wanted, reachable, weight)) * weight)
        sums = taken.sum(CELL_AXES)
        # The root is found to rounding; scaling makes the batch exact, and cannot pass a cell by more than that.
        exact = np.divide(wanted, sums, out=np.zeros_like(sums), where=sums > 0)
        taken = np.minimum(taken * _cells(exact), reachable)
        return np.where(_cells(everybody), reachable, taken)

    def oldest_first(self, total: np.ndarray, headcount: np.ndarray) -> np.ndarray:
        """Take the oldest, among them the longest-serving; persons alike in both are taken in equal shares.

        Parameters
        ----------
        total : array [..., unit]
        headcount : array [..., unit, group, status, age, years_in_rank]
        """
        alike = headcount.sum((-4, -3))
        queue = alike[..., ::-1, ::-1].reshape(*alike.shape[:-2], -1)
        ahead = np.cumsum(queue, axis=-1) - queue
        taken = np.clip(total[..., None] - ahead, 0.0, queue)
        share = np.divide(taken, queue, out=np.zeros_like(queue), where=queue > 0).clip(0.0, 1.0)
        share = share.reshape(alike.shape)[..., ::-1, ::-1]
        return headcount * np.expand_dims(share, (-4, -3))

    def spread(self, total: np.ndarray, proportion: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
        """Total times proportion."""
        return np.expand_dims(total, axes) * proportion

    def whole(self, amount: np.ndarray) -> np.ndarray:
        """Return the amount itself: an expectation need not be whole."""
        return amount

    def at_most(self, amount: np.ndarray) -> np.ndarray:
        """Return the amount itself: an expectation need not be whole."""
        return amount

    def leeway(self, amount: np.ndarray, batch: np.ndarray) -> np.ndarray:
        """Return 0: an expectation does not fall short of itself."""
        return np.zeros(np.shape(amount))

    def planned(self, asked: np.ndarray, there: np.ndarray) -> np.ndarray:
        """Return what is asked; whether it is there is for the flow to check."""
        return asked


def _intensity(wanted: np.ndarray, headcount: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Solve for theta by Newton's method from below; `wanted` is less than the headcount.

    The sum is concave and rises in theta, so each tangent meets `wanted` at or before the curve does: the steps never
    overshoot.
    """
    slope = (headcount * weight).sum(CELL_AXES)
    theta = np.divide(wanted, slope, out=np.zeros_like(slope), where=slope > 0)
    for _ in range(MOST_STEPS):
        spared = np.exp(-_cells(theta) * weight)
        short = wanted - (headcount * (1 - spared)).sum(CELL_AXES)
        if np.all(short <= SOLVED_WITHIN * wanted):
            break
        slope = (headcount * weight * spared).sum(CELL_AXES)
        theta = theta + np.divide(np.maximum(short, 0.0), slope, out=np.zeros_like(slope), where=slope > 0)
    return theta


def _cells(per_unit: np.ndarray) -> np.ndarray:
    """Give a value per unit the cell axes, so that it meets arrays of cells."""
    return np.expand_dims(per_unit, CELL_AXES)
