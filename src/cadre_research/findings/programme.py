"""A linear programme by names: blocks of variables, groups of constraints, and re-solving after a change."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import highspy
import numpy as np
from scipy import sparse

from cadre_research.errors import InfeasibleError, ModelError
from cadre_research.findings.expression import Expression

__all__ = ["Programme"]

# Constraints are in persons, and a plan must agree with the yearly model to a millionth of one.
TOLERANCE = 1e-9
# Ten years of decisions have long chains of equations, on which the simplex method walks ten times as long as the
# interior point method with crossover needs from nothing, unless the last solution is near: so many steps take about as
# long as that method, and most that are near need a few hundred.
MOST_STEPS_FROM_LAST = 1500
OPTIONS = {
    "threads": 1,
    "primal_feasibility_tolerance": TOLERANCE,
    "dual_feasibility_tolerance": TOLERANCE,
}


@dataclass(frozen=True)
class _Group:
    """Rows of a group of constraints, -1 where an expression has no variable, and the constants taken out of them."""

    rows: np.ndarray
    constant: np.ndarray


class _Silent(highspy.Highs):
    """HiGHS without callbacks: setting them up prints a line before it can be told to be silent."""

    def __init__(self) -> None:
        super(highspy.Highs, self).__init__()
        self.setOptionValue("output_flag", False)


class Programme:
    """Maximise or minimise an expression over variables under constraints, by HiGHS, silently and on one thread.

    Names are any hashable values. Bounds, single coefficients and the objective can change after a solution. The
    optimum does not depend on what was solved before. Reads and writes no file.

    Examples
    --------
    >>> programme = Programme()
    >>> x = programme.variables("x", 2)
    >>> programme.require("capacity", x.sum(), at_most=4.0)
    >>> programme.require("demand", x, at_least=[1.0, 0.0])
    >>> programme.maximise(x[0] + 2.0 * x[1])
    7.0
    >>> programme.value(x).tolist()
    [1.0, 3.0]
    >>> programme.bound("capacity", at_most=5.0)
    >>> programme.maximise(x[0] + 2.0 * x[1])
    9.0
    """

    def __init__(self) -> None:
        self.columns: dict[Hashable, np.ndarray] = {}
        self._groups: dict[Hashable, _Group] = {}
        self._highs = _Silent()
        for name, value in OPTIONS.items():
            self._highs.setOptionValue(name, value)
        self._new_columns: list[tuple[np.ndarray, np.ndarray]] = []
        self._new_rows: list[tuple[sparse.csr_array, np.ndarray, np.ndarray]] = []
        self._width = self._height = 0
        self._solution = np.zeros(0)

    @property
    def size(self) -> tuple[int, int]:
        """Number of constraints and of variables."""
        return self._height, self._width

    def variables(
        self, name: Hashable, where: np.ndarray | tuple[int, ...] | int, lower: float = 0.0, upper: float = np.inf
    ) -> Expression:
        """Add a block of variables.

        Parameters
        ----------
        where : array of bool, or a shape
            Where there is a variable.
        lower, upper : float or array [variable]
            Bounds.
        """
        wanted = where if isinstance(where, np.ndarray) else np.ones(where, bool)
        columns = np.full(wanted.shape, -1)
        count = int(wanted.sum())
        columns[wanted] = self._width + np.arange(count)
        self._refuse_twice(name, self.columns)
        self.columns[name] = columns
        self._new_columns.append((np.broadcast_to(lower, count), np.broadcast_to(upper, count)))
        self._width += count
        return Expression.of_columns(columns)

    def require(self, name: Hashable, expression: Expression, at_least=-np.inf, at_most=np.inf, equals=None) -> None:
        """Add a group of constraints, one for each element of an expression; bounds broadcast to its shape.

        Raises
        ------
        InfeasibleError
            When an element without a variable is outside its bounds.
        """
        self._refuse_twice(name, self._groups)
        terms = np.zeros(expression.constant.size, bool)
        terms[expression.place] = True
        rows = np.full(expression.constant.size, -1)
        rows[terms] = self._height + np.arange(terms.sum())
        group = _Group(rows, expression.constant.reshape(-1))
        lower, upper = _bounds(
            group, expression.shape, *((equals, equals) if equals is not None else (at_least, at_most))
        )
        if ((lower > TOLERANCE) | (upper < -TOLERANCE))[~terms].any():
            raise InfeasibleError(f"programme, constraint {name}: no variable can meet it. Relax its bounds.")
        coordinates = (rows[expression.place] - self._height, expression.column)
        shape = (int(terms.sum()), self._width)
        matrix = sparse.coo_array((expression.coefficient, coordinates), shape).tocsr()
        self._groups[name] = group
        self._new_rows.append((matrix, lower[terms], upper[terms]))
        self._height += int(terms.sum())

    def bound(self, name: Hashable, at_least=-np.inf, at_most=np.inf) -> None:
        """Change the bounds of a group of constraints; they broadcast to its elements."""
        self._pass()
        group = self._groups[name]
        there = group.rows >= 0
        lower, upper = (bound[there] for bound in _bounds(group, group.rows.shape, at_least, at_most))
        self._highs.changeRowsBounds(len(lower), group.rows[there].astype(np.int32), lower, upper)

    def fix(self, name: Hashable, lower=0.0, upper=np.inf) -> None:
        """Change the bounds of a block of variables."""
        self._pass()
        columns = self.columns[name]
        columns = columns[columns >= 0].astype(np.int32)
        bounds = [np.ascontiguousarray(np.broadcast_to(bound, len(columns)), float) for bound in (lower, upper)]
        self._highs.changeColsBounds(len(columns), columns, *bounds)

    def weigh(self, group: Hashable, columns: np.ndarray, coefficient: np.ndarray | float) -> None:
        """Change the coefficient of a variable in each constraint of a group; all broadcast to its elements."""
        self._pass()
        rows = self._groups[group].rows
        for row, column, value in zip(*np.broadcast_arrays(rows, columns, coefficient), strict=True):
            if row >= 0 and column >= 0:
                self._highs.changeCoeff(int(row), int(column), float(value))

    def maximise(self, objective: Expression, *, from_last: bool = False) -> float:
        """Solve, and return the largest value of an expression of one element.

        Parameters
        ----------
        from_last : bool
            Start from the last solution; worth it only where next to nothing has changed since.

        Raises
        ------
        InfeasibleError
            When nothing meets all the constraints.
        ModelError
            When there is no largest value.
        """
        return self._solve(objective, highspy.ObjSense.kMaximize, from_last)

    def minimise(self, objective: Expression) -> float:
        """Solve, and return the smallest value of an expression of one element; raises as `maximise` does."""
        return self._solve(objective, highspy.ObjSense.kMinimize)

    def value(self, expression: Expression | Hashable) -> np.ndarray:
        """Value of an expression, or of a block by its name, in the last solution."""
        if not isinstance(expression, Expression):
            expression = Expression.of_columns(self.columns[expression])
        return expression.at(self._solution)

    def _solve(self, objective: Expression, sense: highspy.ObjSense, from_last: bool = False) -> float:
        self._pass()
        cost = np.bincount(objective.column, objective.coefficient, self._width).astype(float)
        self._highs.changeColsCost(self._width, np.arange(self._width, dtype=np.int32), cost)
        self._highs.changeObjectiveSense(sense)
        optimal, status = highspy.HighsModelStatus.kOptimal, None
        if from_last:
            status = self._run("simplex", MOST_STEPS_FROM_LAST)
        if status != optimal:
            # From nothing: an answer must not depend on what was asked before.
            self._highs.clearSolver()
            status = self._run("ipx")
        if status != optimal:
            self._highs.clearSolver()
            status = self._run("simplex")
        if status != optimal:
            self._refuse(status)
        self._solution = np.array(self._highs.getSolution().col_value)
        return float(self.value(objective))

    def _run(self, solver: str, most_steps: int = highspy.kHighsIInf) -> highspy.HighsModelStatus:
        self._highs.setOptionValue("solver", solver)
        self._highs.setOptionValue("simplex_iteration_limit", most_steps)
        self._highs.run()
        return self._highs.getModelStatus()

    def _refuse(self, status: highspy.HighsModelStatus) -> None:
        """Raise what a status other than optimal means."""
        found = highspy.HighsModelStatus
        if status in (found.kInfeasible, found.kUnboundedOrInfeasible):
            raise InfeasibleError(
                f"programme of {self._height} constraints: nothing meets all of them. Relax a bound and solve again."
            )
        raise ModelError(
            f"programme of {self._height} constraints: expected an optimum, HiGHS says "
            f"{self._highs.modelStatusToString(status)!r}. Check that the objective is bounded."
        )

    def _pass(self) -> None:
        """Hand over to HiGHS what was added since."""
        if self._new_columns:
            lower, upper = (np.concatenate(bounds).astype(float) for bounds in zip(*self._new_columns, strict=True))
            self._highs.addVars(len(lower), lower, upper)
            self._new_columns = []
        if self._new_rows:
            matrices, lower, upper = zip(*self._new_rows, strict=True)
            for matrix in matrices:
                matrix.resize(matrix.shape[0], self._width)
            rows = sparse.vstack(matrices, format="csr")
            self._highs.addRows(
                rows.shape[0],
                np.concatenate(lower),
                np.concatenate(upper),
                rows.nnz,
                rows.indptr[:-1].astype(np.int32),
                rows.indices.astype(np.int32),
                rows.data,
            )
            self._new_rows = []

    def _refuse_twice(self, name: Hashable, known: dict) -> None:
        if name in known:
            raise ModelError(f"programme: {name} is there already; expected each name once.")


def _bounds(group: _Group, shape: tuple[int, ...], *bounds) -> list[np.ndarray]:
    """Bounds of every element less its constant."""
    return [np.broadcast_to(bound, shape).reshape(-1) - group.constant for bound in bounds]
