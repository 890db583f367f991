"""A surrogate: a sparse polynomial in the assumptions, fitted to the draws of an ensemble."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

__all__ = ["Surrogate", "fitted"]

FOLDS = 5
MOST_TERMS_PER_DRAW = 0.5


@dataclass(frozen=True)
class Surrogate:
    """Sum of terms, each a product of Legendre polynomials in inputs scaled to [-1, 1], of order 2 at most.

    Parameters
    ----------
    terms : tuple of tuple of int
        Inputs of each term: () the constant, (i,) linear, (i, i) the second Legendre polynomial, (i, j) a product.
    coefficients : array [term]
    r2 : float
        Share of the variance explained out of sample, by cross-validation with the choice of terms repeated; NaN where
        it was not asked for.
    """

    terms: tuple[tuple[int, ...], ...]
    coefficients: np.ndarray
    r2: float = float("nan")

    def __call__(self, places: np.ndarray) -> np.ndarray:
        """Predict, array [draw], at places [draw, input] within [-1, 1]."""
        return _columns(places, self.terms) @ self.coefficients


def fitted(places: np.ndarray, output: np.ndarray, seed: int) -> tuple[Surrogate, list[Surrogate]]:
    """Fit a surrogate, and one without each of five parts of the draws.

    Terms are taken up one at a time, each the one that correlates most with what is left; their number is the one with
    the smallest error when each draw is left out in turn.

    Parameters
    ----------
    places : array [draw, input]
        Inputs scaled to [-1, 1].
    output : array [draw]
    seed : int
        Of the parts.

    Returns
    -------
    tuple of Surrogate and list of Surrogate
        That of all draws, with its `r2`, and the five, whose spread tells how sure it is.
    """
    inputs = range(places.shape[1])
    candidates = ((), *((i,) for i in inputs), *((i, i) for i in inputs), *combinations(inputs, 2))
    parts = np.array_split(np.random.default_rng(seed).permutation(len(output)), FOLDS)
    without, predicted = [], np.empty(len(output))
    for part in parts:
        rest = np.setdiff1d(np.arange(len(output)), part)
        without.append(_fit(places[rest], output[rest], candidates))
        predicted[part] = without[-1](places[part])
    spread = ((output - output.mean()) ** 2).sum()
    r2 = 1 - ((output - predicted) ** 2).sum() / spread if spread > 0 else float("nan")
    whole = _fit(places, output, candidates)
    return Surrogate(whole.terms, whole.coefficients, float(r2)), without


def _columns(places: np.ndarray, terms: tuple[tuple[int, ...], ...]) -> np.ndarray:
    """Values of the terms, array [draw, term]."""
    columns = np.ones((len(places), len(terms)))
    for number, term in enumerate(terms):
        if len(term) == 2 and term[0] == term[1]:
            columns[:, number] = (3 * places[:, term[0]] ** 2 - 1) / 2
        else:
            columns[:, number] = places[:, list(term)].prod(-1)
    return columns


def _fit(places: np.ndarray, output: np.ndarray, candidates: tuple[tuple[int, ...], ...]) -> Surrogate:
    columns = _columns(places, candidates)
    count = len(output)
    length = np.sqrt((columns**2).sum(0))
    scaled = columns / np.where(length > 1e-12, length, np.inf)
    chosen, basis = [0], scaled[:, :1]
    left, leverage = output - output.mean(), np.full(count, 1 / count)
    best, errors = chosen.copy(), [(left / (1 - leverage)) @ (left / (1 - leverage))]
    for _ in range(min(int(MOST_TERMS_PER_DRAW * count), len(candidates) - 1)):
        gain = np.abs(left @ scaled)
        gain[chosen] = -1.0
        new = int(gain.argmax())
        direction = scaled[:, new] - basis @ (basis.T @ scaled[:, new])
        direction -= basis @ (basis.T @ direction)
        size = np.linalg.norm(direction)
        chosen.append(new)
        if size < 1e-8:
            continue
        basis = np.column_stack([basis, direction / size])
        left = left - basis[:, -1] * (basis[:, -1] @ left)
        leverage = leverage + basis[:, -1] ** 2
        if leverage.max() > 1 - 1e-9:
            break
        errors.append(((left / (1 - leverage)) ** 2).sum())
        if errors[-1] <= min(errors):
            best = chosen.copy()
    coefficients = np.linalg.lstsq(columns[:, best], output, rcond=None)[0]
    return Surrogate(tuple(candidates[number] for number in best), coefficients)
