"""Whole persons who agree with a calibrated opening: the surveyed counts come out exactly, the rest by chance."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cadre_research.evidence.targets import is_young
from cadre_research.model.exchange import dealt
from cadre_research.model.opening import Opening
from cadre_research.model.population import Population
from cadre_research.model.random import Random

__all__ = ["drawn_opening"]

# A calibrated count differs from a surveyed one by less.
WHOLE_WITHIN = 1e-5


def drawn_opening(opening: Opening, count: int, chance: Random) -> Population:
    """Draw `count` opening populations of whole persons.

    The surveyed counts come out exactly. How many of them stand in each rank is rounded up or down by lot, so that the
    mean is the calibrated number; at which ages and after how many years in rank they stand is drawn in proportion to
    the calibrated structure. The survey tells no more than that. Whoever stands in a register stands there every time.
    Of a city divided into units, the persons of each rank are dealt to them by lot; each unit has as many as its share
    comes to, rounded up or down.

    Returns
    -------
    Population
        With one leading axis of length `count`.
    """
    if opening.undivided is not None:
        return _dealt_to_units(opening, drawn_opening(opening.undivided, count, chance), chance)
    structure = opening.population.headcount
    if opening.evidence.registered:
        return replace(opening.population, headcount=np.repeat(structure[None], count, axis=0))
    drawn = np.zeros((count, *structure.shape))
    chance = chance.of(opening.year, "opening")
    for members in _classes(opening):
        expected = np.array([structure[..., rank, ages, :].sum() for rank, ages in members])
        persons = _by_lot(expected, chance.generator.random(count))
        for (rank, ages), each in zip(members, persons.T, strict=True):
            if each.any():
                cells = np.where(ages[:, None], structure[..., rank, :, :], 0.0)
                mix = cells / cells.sum()
                drawn[..., rank, :, :] += chance.spread(each, mix, tuple(range(-mix.ndim, 0)))
    return Population(drawn, opening.population.ladder, opening.population.units, opening.population.statuses)


def _dealt_to_units(opening: Opening, whole: Population, chance: Random) -> Population:
    """Deal the persons of each rank to the units."""
    expected = opening.population.headcount.sum((-5, -4, -2, -1))
    # A rank with nobody has no shares; nobody is dealt out then.
    shares = expected / np.maximum(expected.sum(0), 1e-300)
    parts = np.zeros((whole.headcount.shape[0], *opening.population.headcount.shape))
    for rank in range(expected.shape[-1]):
        drawn = chance.of(opening.year, f"units {rank}")
        people = whole.headcount[..., 0, :, :, rank, :, :]
        total = people.sum((-4, -3, -2, -1))
        lot = drawn.generator.random(len(total)) if len(shares) > 1 else np.zeros(len(total))
        counts = np.diff(np.floor(total[:, None] * _upto(shares[:, rank]) + lot[:, None] + WHOLE_WITHIN), axis=1)
        parts[..., rank, :, :] = dealt(people, counts, drawn)
    return replace(whole, headcount=parts, units=opening.population.units)


def _upto(shares: np.ndarray) -> np.ndarray:
    """Shares added up, from 0 to exactly 1."""
    return np.append(np.concatenate([[0.0], np.cumsum(shares[:-1])]), 1.0)


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


def _by_lot(expected: np.ndarray, lot: np.ndarray) -> np.ndarray:
    """Whole numbers [lot, place] next to the expected ones, and their mean over lots even in [0, 1).

    Each row adds up to the whole number next to the total of those expected, exactly if that is whole (systematic
    sampling).

    >>> _by_lot(np.array([1.5, 2.5, 3.0]), np.array([0.25, 0.75]))
    array([[1., 3., 3.],
           [2., 2., 3.]])
    """
    upto = np.concatenate([[0.0], np.cumsum(expected)])
    nearest = np.rint(upto)
    upto = np.where(np.abs(upto - nearest) < WHOLE_WITHIN, nearest, upto)
    return np.diff(np.floor(upto + lot[:, None]), axis=1)
