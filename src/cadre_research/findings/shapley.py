"""Shapley values: how the worth of a coalition is divided fairly among its members."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import factorial

import numpy as np

from cadre_research.errors import ParameterError

__all__ = ["Permutations", "drawn_permutations", "exact_values", "sampled_values"]

# A coalition is a whole number whose bit i tells whether player i is in it.


def exact_values(worth: np.ndarray) -> np.ndarray:
    r"""Shapley value of every player, from the worth of every coalition.

    .. math:: \phi_i = \sum_{S \not\ni i} \frac{|S|! (n - |S| - 1)!}{n!} (v(S \cup \{i\}) - v(S))

    Parameters
    ----------
    worth : array [coalition, ...]
        2 to the power n coalitions, bit i of a coalition's place telling whether player i is in it.

    Returns
    -------
    array [player, ...]
        They sum to the worth of all players together less that of nobody.

    Raises
    ------
    ParameterError
        When the number of coalitions is not a power of two from 2.

    Examples
    --------
    Two players worth 1 and 2 alone and 5 together:

    >>> exact_values(np.array([0.0, 1.0, 2.0, 5.0])).tolist()
    [2.0, 3.0]
    """
    count = len(worth)
    players = count.bit_length() - 1
    if count < 2 or count != 1 << players:
        raise ParameterError(f"worth: given {count} coalitions, expected 2, 4, 8, ...: one for every set of players.")
    coalitions = np.arange(count)
    sizes = np.bitwise_count(coalitions)
    weights = np.array([factorial(k) * factorial(players - k - 1) / factorial(players) for k in range(players)])
    values = []
    for player in range(players):
        without = coalitions[coalitions >> player & 1 == 0]
        gain = worth[without | 1 << player] - worth[without]
        values.append(np.tensordot(weights[sizes[without]], gain, axes=1))
    return np.stack(values)


@dataclass(frozen=True)
class Permutations:
    """Orders in which players join, in pairs of one order and its reverse.

    Parameters
    ----------
    orders : array [pair, 2, place] of int
        The player who joins at each place.
    """

    orders: np.ndarray

    @property
    def joined(self) -> np.ndarray:
        """Coalition before anybody and after each has joined, array [pair, 2, place] of int, one place more."""
        after = np.cumsum(1 << self.orders, axis=-1)
        return np.concatenate([np.zeros((*after.shape[:-1], 1), after.dtype), after], axis=-1)

    @property
    def coalitions(self) -> list[int]:
        """Every coalition whose worth is needed, once, in rising order."""
        return np.unique(self.joined).tolist()


def drawn_permutations(players: int, pairs: int, seed: int) -> Permutations:
    """Draw orders of players evenly, each with its reverse.

    Raises
    ------
    ParameterError
        When there are fewer than 2 pairs, whose spread tells the error, or players not from 1 to 60.
    """
    if isinstance(pairs, bool) or not isinstance(pairs, int) or pairs < 2:
        raise ParameterError(f"pairs: given {pairs!r}, expected a whole number from 2.")
    if not 1 <= players <= 60:
        raise ParameterError(f"players: given {players}, expected 1 to 60.")
    rng = np.random.default_rng(seed)
    orders = np.stack([rng.permutation(players) for _ in range(pairs)])
    return Permutations(np.stack([orders, orders[:, ::-1]], axis=1))


def sampled_values(permutations: Permutations, worth: Mapping[int, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Shapley values estimated from some orders of the players, with their standard errors.

    In every order the gains of the players sum to the worth of all less that of nobody, so the estimates do too.

    Parameters
    ----------
    worth : mapping of coalition to array [...]
        Of each of `Permutations.coalitions`.

    Returns
    -------
    values, errors : arrays [player, ...]
        The error is that of the mean over pairs, which are independent of each other.
    """
    known = permutations.coalitions
    table = np.stack([np.asarray(worth[coalition], float) for coalition in known])
    reached = table[np.searchsorted(known, permutations.joined)]
    gains = np.diff(reached, axis=2)
    # Back from the place at which a player joins to the player.
    places = np.argsort(permutations.orders, axis=-1)
    gains = np.take_along_axis(gains, places.reshape(*places.shape, *[1] * (gains.ndim - 3)), axis=2)
    by_pair = gains.mean(1)
    return by_pair.mean(0), by_pair.std(0, ddof=1) / np.sqrt(len(by_pair))
