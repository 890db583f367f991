"""A city divided into units that fill their posts from their own people."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cadre_research.errors import EvidenceError
from cadre_research.model.opening import Opening

__all__ = ["divided", "divided_by_evidence"]


def divided(opening: Opening, units: tuple[str, ...], shares: np.ndarray) -> Opening:
    """Divide an opening among units.

    Each unit gets its share of the posts and of the people of every rank, of every age alike: no more is known of them.
    A unit that holds everyone is the city itself, to the last bit.

    Parameters
    ----------
    opening : Opening
        With one unit.
    units : tuple of str
    shares : array [unit, rank]
        Shares of each unit; every rank sums to one.
    """
    # Axes unit, group, status, rank, age, years in rank.
    people = opening.population.headcount * shares[:, None, None, :, None, None]
    return _in_parts(opening, units, people, shares)


def _in_parts(opening: Opening, units: tuple[str, ...], people: np.ndarray, shares: np.ndarray) -> Opening:
    return replace(
        opening,
        population=replace(opening.population, headcount=people, units=units),
        posts=opening.posts * shares,
        undivided=opening,
    )


def divided_by_evidence(opening: Opening) -> Opening:
    """Divide an opening among the units that its evidence knows: a register's own people, or shares of everybody.

    In a register's opening a unit has the posts of each rank in proportion to its holders, as many of each where
    there are none.

    Raises
    ------
    EvidenceError
        When it knows none.
    """
    units = opening.evidence.units
    if units is None:
        raise EvidenceError("units: expected facts/units.toml, which tells how the service is divided; found none.")
    if opening.evidence.registered is None:
        return divided(opening, units.ids, units.shares(opening.evidence.ladder))
    people = opening.evidence.registered.stock_by_unit[:, :, None]
    held = people.sum((1, 2, 4, 5))
    shares = np.divide(held, held.sum(0), out=np.full(held.shape, 1 / len(held)), where=held.sum(0) > 0)
    return _in_parts(opening, units.ids, people, shares)
