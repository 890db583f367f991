"""The best ratio a programme can reach: the smallest of several fractions, as large as it can be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cadre_research.errors import ModelError
from cadre_research.findings.expression import Expression
from cadre_research.findings.programme import Programme

__all__ = ["Fractions"]

AGREES_WITHIN = 1e-9
ROUNDING = 1e-7
MOST_STEPS = 60
# A ratio that moved less than this has hardly changed the programme.
NEAR = 0.4


@dataclass
class Fractions:
    r"""Fractions part / whole, each in units of its goal, of which the smallest is to be as large as possible.

    .. math:: \max \min_i \frac{part_i}{goal_i \, whole_i}

    is found by a sequence of linear programmes (Dinkelbach; for several fractions Crouzeix and Ferland): for a ratio q

    .. math:: F(q) = \max \{ \theta : part_i - q \, goal_i \, whole_i \ge \theta \, w_i \}

    is at least 0 if and only if q can be reached. The ratio of its solution is the next q, w the wholes there times
    their goals; the steps converge faster than any geometric sequence.

    Parameters
    ----------
    programme : Programme
        The fractions are added to it, as blocks "part" and "whole" and the group "ratio".
    part, whole : Expression [fraction]
    goal : array [fraction]
        Above 0.
    usual_whole : array [fraction]
        Roughly how large each whole is, above 0; the search starts from it, and the result does not depend on it.
    """

    programme: Programme
    part: Expression
    whole: Expression
    goal: np.ndarray
    usual_whole: np.ndarray | float = 1.0

    def __post_init__(self) -> None:
        """Add a variable for each part and whole, and for the slack that is maximised."""
        programme, count = self.programme, self.part.shape
        self._theta = programme.variables("theta", 1, lower=-np.inf)
        programme.variables("whole", count)
        programme.variables("part", count)
        whole, part = (Expression.of_columns(programme.columns[name]) for name in ("whole", "part"))
        programme.require("whole", self.whole - whole, equals=0.0)
        programme.require("part", self.part - part, equals=0.0)
        every_theta = Expression.of_columns(np.broadcast_to(programme.columns["theta"], count))
        programme.require("ratio", part - whole * self.goal - every_theta)
        self._weight = np.broadcast_to(self.usual_whole, count) * self.goal

    def best(self, chosen: np.ndarray, start: float = 1.0, *, from_last: bool = False) -> float:
        """Return the best smallest ratio among the chosen [fraction]; the programme then stands at such a solution.

        Parameters
        ----------
        start : float
            A guess.
        from_last : bool
            Whether the last solution is near, as after a small change of a bound. Changes the time taken only.

        Raises
        ------
        InfeasibleError
            When the programme itself has no solution.
        """
        ratio, step = start, np.inf
        for number in range(MOST_STEPS):
            found = self._excess(chosen, ratio, from_last=abs(step) < NEAR or (from_last and number == 0))
            step, ratio = found - ratio, found
            # The first ratio is a guess; every other was reached, and falling short of it is the solver's rounding.
            if abs(step) <= AGREES_WITHIN or (number > 0 and -ROUNDING < step < 0):
                return max(found, found - step) if number > 0 else found
        raise ModelError(f"best ratio: no agreement after {MOST_STEPS} steps, last {ratio!r}. Report this programme.")

    def reaches(self, chosen: np.ndarray, ratio: float = 1.0) -> bool:
        """Tell whether all the chosen fractions can reach a ratio at once: one programme, with no search."""
        return self._excess(chosen, ratio) >= ratio - AGREES_WITHIN

    def keep(self, chosen: np.ndarray, ratio: float) -> None:
        """From now on require the ratio of all the chosen."""
        self._ask(chosen, ratio)
        self.programme.fix("theta", 0.0, 0.0)

    def let_go(self) -> None:
        """Undo `keep`."""
        self.programme.fix("theta", -np.inf, np.inf)

    def _ask(self, chosen: np.ndarray, ratio: float) -> None:
        columns = self.programme.columns
        self.programme.weigh("ratio", columns["whole"], -ratio * self.goal)
        # In persons, not in shares: the solver's tolerances are absolute.
        self.programme.weigh("ratio", columns["theta"], -self._weight / self._weight[chosen].mean())
        self.programme.bound("ratio", at_least=np.where(chosen, 0.0, -np.inf))

    def _excess(self, chosen: np.ndarray, ratio: float, *, from_last: bool = False) -> float:
        """Solve F(ratio), and return the smallest ratio at its solution."""
        self._ask(chosen, ratio)
        self.programme.maximise(self._theta[0], from_last=from_last)
        part, whole = self.programme.value("part")[chosen], self.programme.value("whole")[chosen]
        if not (whole > AGREES_WITHIN).all():
            return 0.0
        self._weight = np.where(chosen, np.maximum(self.programme.value("whole"), AGREES_WITHIN) * self.goal, 1.0)
        return float((part / (whole * self.goal[chosen])).min())
