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
    return replace(
        opening,
        population=replace(opening.population, headcount=people, units=units),
        posts=opening.posts * shares,
        undivided=opening,
    )


def divided_by_evidence(opening: Opening) -> Opening:
    """Divide an opening among the units that its evidence knows.

    Raises
    ------
    EvidenceError
        When it knows none.
    """
    units = opening.evidence.units
    if units is None:
        raise EvidenceError("units: expected facts/units.toml, which tells how the service is divided; found none.")
    return divided(opening, units.ids, units.shares(opening.evidence.ladder))
