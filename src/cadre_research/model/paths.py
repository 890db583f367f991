"""Many projections at once: replicates, scenarios or draws, in blocks that fit the processor's cache, on threads."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from cadre_research.errors import InputError
from cadre_research.evidence.ladder import Ladder
from cadre_research.model.chance import Chance, Expected
from cadre_research.model.drawn_opening import drawn_opening
from cadre_research.model.opening import Opening
from cadre_research.model.population import Population
from cadre_research.model.random import Random
from cadre_research.model.rules import Rules
from cadre_research.model.year import Year, advance

__all__ = [
    "BLOCK",
    "PATHS_TOGETHER",
    "Block",
    "Paths",
    "cores",
    "expected_paths",
    "repeated",
    "replicate_blocks",
    "run_blocks",
]

# Replicates that share their streams: a result depends on it, so it never depends on the machine.
BLOCK = 50
# As many paths as fit the processor's cache with their working copies; more gain nothing.
PATHS_TOGETHER = 40
# The flows that paths tell of, by the name that a year gives them.
COUNTED = {
    "promotions": "promotion",
    "releases": "release",
    "recruits": "recruitment",
    "lateral": "lateral",
    "young_promotions": "promotion",
}

Observer = Callable[[Population], np.ndarray]
Counter = Callable[[Year], np.ndarray]


@dataclass(frozen=True)
class Paths:
    """What many projections came to.

    Parameters
    ----------
    ladder : Ladder
    ages_years : array [age]
    opening_year : int
    headcount : array [path, year, rank, age]
        Persons at each 31 December, the opening's first; integers where they were drawn by chance.
    promotions, releases, recruits, lateral : arrays [path, year, rank]
        Persons promoted into a rank, released from it, recruited into it and joining it laterally; nobody in the
        opening's year.
    young_promotions : array [path, year, rank]
        Of the promotions, those that the young rule counts as young.
    observed : array [path, year, ...], optional
        What the caller asked to see of every population.
    by_group : array [path, year, group, rank, age], optional
        The same headcounts by group, where attributes tell groups apart.
    counted : array [path, year, ...], optional
        What the caller asked to count of every year's flows and tallies; nothing in the opening's year.
    """

    ladder: Ladder
    ages_years: np.ndarray
    opening_year: int
    headcount: np.ndarray
    promotions: np.ndarray
    releases: np.ndarray
    recruits: np.ndarray
    lateral: np.ndarray
    young_promotions: np.ndarray
    observed: np.ndarray | None = None
    by_group: np.ndarray | None = None
    counted: np.ndarray | None = None

    @property
    def years(self) -> np.ndarray:
        """Calendar years of the axis year."""
        return self.opening_year + np.arange(self.headcount.shape[1])

    def by_rank_and_age(self) -> np.ndarray:
        """Headcount of each rank and age, array [path, year, rank, age]."""
        return self.headcount

    def by_group_rank_and_age(self) -> np.ndarray:
        """Headcount of each group, rank and age, array [path, year, group, rank, age].

        Raises
        ------
        InputError
            When groups have no attributes: then they are not kept apart.
        """
        if self.by_group is None:
            raise InputError("paths: given undivided groups, expected a study divided by attributes (with_attributes).")
        return self.by_group


@dataclass(frozen=True)
class Block:
    """Projections that are taken through the years together.

    Parameters
    ----------
    opening : callable
        Gives the opening population [path, ...] of this block; called where the block is run.
    rules : Rules, or callable from year to Rules
        Whose arrays have the same leading axis or none.
    chance : Chance
    """

    opening: Callable[[], Population]
    rules: Rules | Callable[[int], Rules]
    chance: Chance

    def rules_in(self, year: int) -> Rules:
        """Rules of a year."""
        return self.rules if isinstance(self.rules, Rules) else self.rules(year)


def cores() -> int:
    """Cores that this process may use."""
    # Only Linux tells.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def replicate_blocks(
    opening: Opening, rules: Rules | Callable[[int], Rules], replicates: int, seed: int, key: tuple[int, ...] = ()
) -> list[Block]:
    """Blocks of replicates that start from whole persons drawn to agree with an opening.

    Parameters
    ----------
    replicates : int
        At least 1.
    seed : int
    key : tuple of int
        Tells these replicates from others of the same seed.
    """
    blocks = []
    size = _together(BLOCK, opening, rules if isinstance(rules, Rules) else rules(opening.year + 1))
    for place, first in enumerate(range(0, replicates, size)):
        chance = Random(seed, (*key, place))
        count = min(size, replicates - first)
        blocks.append(Block(lambda count=count, chance=chance: drawn_opening(opening, count, chance), rules, chance))
    return blocks


def expected_paths(
    opening: Opening,
    rules: Callable[[slice], Rules],
    count: int,
    horizon_years: int,
    workers: int | None = None,
    observe: Observer | None = None,
    count_year: Counter | None = None,
) -> Paths:
    """Expectations under many settings, as many at once as fit the processor's cache.

    Parameters
    ----------
    rules : callable
        Gives the rules of some settings, with a leading axis [setting].
    count : int
        Settings, at least 1.
    workers : int, optional
        Threads; one per core by default. The result does not depend on it.
    observe, count_year : callables, optional
        As for `run_blocks`.
    """
    blocks = []
    size = _together(PATHS_TOGETHER, opening, rules(slice(0, 1)))
    for first in range(0, count, size):
        some = slice(first, min(first + size, count))
        people = repeated(opening.population, some.stop - first)
        blocks.append(Block(lambda people=people: people, rules(some), Expected()))
    return run_blocks(blocks, opening.year, horizon_years, workers, observe=observe, count_year=count_year)


def run_blocks(
    blocks: Iterable[Block],
    opening_year: int,
    horizon_years: int,
    workers: int | None = None,
    progress: Callable[[], None] | None = None,
    observe: Observer | None = None,
    count_year: Counter | None = None,
) -> Paths:
    """Take every block through the years; the paths come in the order of the blocks, whatever the number of workers.

    Parameters
    ----------
    workers : int, optional
        Threads; one per core by default.
    progress : callable, optional
        Called once for every block done.
    observe : callable, optional
        Gives an array [path, ...] of a population, kept for every year.
    count_year : callable, optional
        Gives an array [path, ...] of a year's flows and tallies, kept for every year.
    """
    workers = workers or cores()

    def run(block: Block) -> Paths:
        done = _run(block, opening_year, horizon_years, observe, count_year)
        if progress:
            progress()
        return done

    if workers == 1:
        parts = [run(block) for block in blocks]
    else:
        with ThreadPoolExecutor(workers) as threads:
            parts = list(threads.map(run, blocks))
    first = parts[0]
    arrays = {
        name: None if getattr(first, name) is None else np.concatenate([getattr(part, name) for part in parts])
        for name in ("headcount", *COUNTED, "observed", "by_group", "counted")
    }
    return Paths(first.ladder, first.ages_years, opening_year, **arrays)


def _together(paths: int, opening: Opening, rules: Rules) -> int:
    """Paths of a block: units and statuses make each so much larger, and together they stay as large as ever."""
    return max(1, paths // (len(opening.population.units) * len(rules.statuses.labels)))


def repeated(population: Population, count: int) -> Population:
    """Give a population a leading axis, along which it is the same `count` times."""
    headcount = np.broadcast_to(population.headcount, (count, *population.headcount.shape))
    return replace(population, headcount=headcount)


def _run(
    block: Block, opening_year: int, horizon_years: int, observe: Observer | None, count_year: Counter | None
) -> Paths:
    population = block.opening()
    observed = [observe(population)] if observe else None
    divided = any(group.attributes for group in population.ladder.groups)
    by_group = [population.by_group_rank_and_age()] if divided else None
    counted = []
    ladder, ages = population.ladder, population.ages_years
    paths, years = population.headcount.shape[0], horizon_years + 1
    headcount = np.zeros((paths, years, len(ladder.ranks), len(ages)), np.float64)
    flows = {name: np.zeros((paths, years, len(ladder.ranks))) for name in COUNTED}
    headcount[:, 0] = population.by_rank_and_age()
    for place in range(1, years):
        rules = block.rules_in(opening_year + place)
        year = advance(population, opening_year + place, rules, block.chance)
        population = year.closing
        headcount[:, place] = population.by_rank_and_age()
        if observe:
            observed.append(observe(population))
        if divided:
            by_group.append(population.by_group_rank_and_age())
        if count_year:
            counted.append(count_year(year))
        _count(year, rules, {name: counts[:, place] for name, counts in flows.items()})
    if not isinstance(block.chance, Expected):
        headcount = np.rint(headcount).astype(np.int32)
        by_group = [np.rint(year).astype(np.int32) for year in by_group] if divided else None
    kept, groups = (np.stack(years, axis=1) if years else None for years in (observed, by_group))
    of_years = np.stack([np.zeros(counted[0].shape), *counted], axis=1) if counted else None
    return Paths(ladder, ages, opening_year, headcount, **flows, observed=kept, by_group=groups, counted=of_years)


def _count(year: Year, rules: Rules, counts: Mapping[str, np.ndarray]) -> None:
    """Add up the persons of a year's flows by the rank reached; of releases, by the rank left."""
    young = {rule.into: rule.young for rule in rules.promotions}
    for flow in year.flows:
        for name, of_flow in COUNTED.items():
            if flow.name == of_flow:
                rank = flow.source if name == "releases" else flow.into
                by_age = flow.headcount.sum((-4, -3, -2))
                counts[name][:, rank] += (by_age * young[rank] if name == "young_promotions" else by_age).sum(-1)
