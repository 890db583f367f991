"""Whole persons who agree with a calibrated opening: the surveyed counts come out exactly, the rest by chance."""

from __future__ import annotations

import numpy as np

from cadre_research.evidence.targets import is_young
from cadre_research.model.chance import Chance
from cadre_research.model.opening import Opening
from cadre_research.model.population import Population

__all__ = ["drawn_opening"]


def drawn_opening(opening: Opening, count: int, chance: Chance) -> Population:
    """Draw `count` opening populations of whole persons.

    The number of young and of others in each rank is fixed, to the nearest persons that add up to the surveyed counts;
    at which ages and after how many years in rank they stand is drawn in proportion to the calibrated structure. The
    survey tells no more than that.

    Returns
    -------
    Population
        With one leading axis of length `count`.
    """
    structure = opening.population.headcount
    drawn = np.zeros((count, *structure.shape))
    chance = chance.of(opening.year, "opening")
    for members in _classes(opening):
        expected = [structure[..., rank, ages, :].sum() for rank, ages in members]
        for (rank, ages), persons in zip(members, _whole(np.array(expected)), strict=True):
            if persons > 0:
                cells = np.where(ages[:, None], structure[..., rank, :, :], 0.0)
                mix = cells / cells.sum()
                drawn[..., rank, :, :] += chance.spread(np.full(count, persons), mix, tuple(range(-mix.ndim, 0)))
    return Population(drawn, opening.population.ladder, opening.population.units, opening.population.statuses)


def _classes(opening: Opening) -> list[list[tuple[int, np.ndarray]]]:
    """Ranks and ages that the surveys treat alike, as lists of (rank, which ages); the total of each list is known."""
    ladder, ages = opening.population.ladder, opening.population.ages_years
    surveyed = [target for target in opening.evidence.targets.targets if target.survey]
    classes: dict[tuple, list[tuple[int, np.ndarray]]] = {}
    for rank in range(len(ladder.ranks)):
        covering = [target for target in surveyed if rank in ladder.ranks_in(target.levels)]
        young = [is_young(ages, target.age_years, opening.age_line) for target in covering]
        marks = np.zeros(ages.shape, int) if not young else np.array(young).T @ (2 ** np.arange(len(young)))
        for mark in np.unique(marks):
            # Where no survey tells, each rank is a class of its own.
            key = (tuple(target.id for target in covering) or rank, int(mark))
            classes.setdefault(key, []).append((rank, marks == mark))
    return list(classes.values())


def _whole(expected: np.ndarray) -> np.ndarray:
    """Whole numbers near the expected ones that add up to the nearest whole total: the largest remainders round up.

    >>> _whole(np.array([1.4, 2.4, 3.2]))
    array([2., 2., 3.])
    """
    below = np.floor(expected + 1e-6)
    missing = int(round(expected.sum()) - below.sum())
    order = np.argsort(below - expected, kind="stable")
    below[order[:missing]] += 1
    return below
