"""A surrogate: a sparse polynomial in the assumptions, fitted to the draws of an ensemble."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
from scipy.linalg import solve_triangular
from scipy.special import eval_legendre

from cadre_research.errors import ParameterError

__all__ = ["Surrogate", "Term", "fitted"]

Term = tuple[tuple[int, int], ...]

PARTS = 5
MOST_TERMS_PER_DRAW = 0.25
MOST_ORDER = 4
PAIR_EXPONENT = 0.75


@dataclass(frozen=True)
class Surrogate:
    """Sum of terms, each a product of Legendre polynomials in one or two inputs scaled to [-1, 1].

    Parameters
    ----------
    terms : tuple of tuple of (int, int)
        Input and order of each factor: () the constant, ((i, 2),) the second Legendre polynomial in input i,
        ((i, 1), (j, 2)) a product.
    coefficients : array [term]
    r2 : float
        Share of the variance explained out of sample, by cross-validation with the choice of terms repeated; NaN where
        it was not asked for or the output does not vary.
    """

    terms: tuple[Term, ...]
    coefficients: np.ndarray
    r2: float = float("nan")

    def __call__(self, places: np.ndarray) -> np.ndarray:
        """Predict, array [draw], at places [draw, input]; a place beyond [-1, 1] counts as the nearer end.

        Raises
        ------
        ParameterError
            When a place is missing or infinite.
        """
        _refuse_missing("places", places)
        return _columns(places, self.terms) @ self.coefficients


def fitted(places: np.ndarray, output: np.ndarray, seed: int) -> tuple[Surrogate, list[Surrogate]]:
    r"""Fit a surrogate, and one without each of five parts of the draws.

    Candidates are orders up to 4 in one input and, in pairs of inputs, the orders a and b with

    .. math:: (a^{0.75} + b^{0.75})^{1 / 0.75} \le 4,

    that is 1 and 1, 1 and 2, 2 and 1. Terms are taken up one at a time, each the one that correlates most with what is
    left; their number is the one that predicts the parts best, each from the draws without it.

    Parameters
    ----------
    places : array [draw, input]
        Inputs scaled to [-1, 1]; a place beyond counts as the nearer end.
    output : array [draw]
    seed : int
        Of the parts.

    Returns
    -------
    tuple of Surrogate and list of Surrogate
        That of all draws, with its `r2`, and the five, whose spread tells how sure it is.

    Raises
    ------
    ParameterError
        When a place or an output is missing or infinite.

    Notes
    -----
    Hyperbolic truncation: Blatman and Sudret (2011), doi:10.1016/j.jcp.2010.12.021. The error with each draw left out
    in turn, from the leverages, cannot choose the number: it takes the terms as given, and with far more candidates
    than draws it falls with every term taken up. For `r2` each part is predicted with the number of terms that is best
    for the other parts.
    """
    _refuse_missing("places", places)
    _refuse_missing("output", output)
    candidates = _candidates(places.shape[1])
    columns = _columns(places, candidates)
    count = len(output)
    parts = np.array_split(np.random.default_rng(seed).permutation(count), PARTS)
    rests = [np.setdiff1d(np.arange(count), part) for part in parts]
    most = min(max(1, int(MOST_TERMS_PER_DRAW * min(map(len, rests)))), len(candidates))
    orders = [_in_turn(columns[rest], output[rest], most) for rest in rests]
    squares = np.array(
        [
            _held_out_squares(columns[:, order], output, rest, part, most)
            for order, rest, part in zip(orders, rests, parts, strict=True)
        ]
    )
    total = squares.sum(0)
    size = int(total.argmin()) + 1
    spread = ((output - output.mean()) ** 2).sum()
    unseen = sum(part[(total - part).argmin()] for part in squares)
    r2 = float(1 - unseen / spread) if np.ptp(output) > 0 else float("nan")
    whole = _in_turn(columns, output, most)[:size]
    without = [
        _solved(candidates, columns[rest], output[rest], order[:size])
        for order, rest in zip(orders, rests, strict=True)
    ]
    return _solved(candidates, columns, output, whole, r2), without


def _candidates(inputs: int) -> tuple[Term, ...]:
    orders = range(1, MOST_ORDER + 1)
    pairs = [
        (a, b)
        for a, b in product(orders, orders)
        if (a**PAIR_EXPONENT + b**PAIR_EXPONENT) ** (1 / PAIR_EXPONENT) <= MOST_ORDER
    ]
    alone = [((i, a),) for i in range(inputs) for a in orders]
    together = [((i, a), (j, b)) for i, j in combinations(range(inputs), 2) for a, b in pairs]
    return ((), *alone, *together)


def _columns(places: np.ndarray, terms: tuple[Term, ...]) -> np.ndarray:
    """Values of the terms, array [draw, term]."""
    within = np.clip(places, -1.0, 1.0).T
    factors = {(i, order): eval_legendre(order, within[i]) for i, order in {each for term in terms for each in term}}
    columns = np.ones((len(terms), len(places)))
    for column, term in zip(columns, terms, strict=True):
        for factor in term:
            column *= factors[factor]
    return columns.T


def _in_turn(columns: np.ndarray, output: np.ndarray, most: int) -> list[int]:
    """Columns in the order they are taken up, the constant first; fewer than `most` once nothing is left."""
    length = np.sqrt((columns**2).sum(0))
    scaled = columns / np.where(length > 1e-12, length, np.inf)
    taken, basis, left = [0], scaled[:, :1], output - output.mean()
    open_to = np.arange(columns.shape[1]) > 0
    nothing = 1e-12 * np.linalg.norm(output)
    while len(taken) < most and open_to.any() and np.linalg.norm(left) > nothing:
        new = int(np.where(open_to, np.abs(left @ scaled), -1.0).argmax())
        open_to[new] = False
        direction = scaled[:, new] - basis @ (basis.T @ scaled[:, new])
        direction -= basis @ (basis.T @ direction)
        size = np.linalg.norm(direction)
        # A whole input with three values has no third order: it repeats the first two.
        if size < 1e-6:
            continue
        taken.append(new)
        basis = np.column_stack([basis, direction / size])
        left = left - basis[:, -1] * (basis[:, -1] @ left)
    return taken


def _held_out_squares(
    columns: np.ndarray, output: np.ndarray, rest: np.ndarray, part: np.ndarray, most: int
) -> np.ndarray:
    """Sum of squared errors on a part with 1, 2, ... terms fitted to the rest, array [most]."""
    basis, triangle = np.linalg.qr(columns[rest])
    steps = solve_triangular(triangle, columns[part].T, trans="T").T * (basis.T @ output[rest])
    squares = ((output[part, None] - steps.cumsum(1)) ** 2).sum(0)
    return np.pad(squares, (0, most - len(squares)), mode="edge")


def _solved(
    candidates: tuple[Term, ...], columns: np.ndarray, output: np.ndarray, taken: list[int], r2: float = float("nan")
) -> Surrogate:
    coefficients = np.linalg.lstsq(columns[:, taken], output, rcond=None)[0]
    return Surrogate(tuple(candidates[number] for number in taken), coefficients, r2)


def _refuse_missing(name: str, given: np.ndarray) -> None:
    wrong = int((~np.isfinite(given)).sum())
    if wrong:
        raise ParameterError(f"{name}: given {wrong} missing or infinite numbers, expected none; leave such draws out.")
