"""What is counted of units while a projection runs: young and everybody of each target's group, tallies of a year."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from cadre_research.evidence.ladder import Ladder
from cadre_research.evidence.targets import Target
from cadre_research.findings.age_structure import young_and_all
from cadre_research.findings.study import POPULATIONS
from cadre_research.model.opening import Opening
from cadre_research.model.population import Population
from cadre_research.model.year import Year

__all__ = ["groups_counted", "tally_counter", "unit_counter"]


@dataclass(frozen=True)
class _ByUnit:
    """A population as what counts groups sees it, units a leading axis: headcounts [..., unit, group, rank, age]."""

    ladder: Ladder
    ages_years: np.ndarray
    by_group: np.ndarray

    def by_group_rank_and_age(self) -> np.ndarray:
        return self.by_group

    def by_rank_and_age(self) -> np.ndarray:
        return self.by_group.sum(-3)


def groups_counted(targets: Iterable[Target]) -> list[tuple[Target, str]]:
    """Every target with every population it is counted in, in the order of what is counted."""
    return [(target, population) for target in targets for population in POPULATIONS]


def unit_counter(opening: Opening) -> Callable[[Population], np.ndarray]:
    """Build what counts a population's groups: [..., unit, (target, population), 2], the young before everybody."""
    counted = groups_counted(opening.evidence.targets.targets)

    def count(people: Population) -> np.ndarray:
        view = _ByUnit(people.ladder, people.ages_years, people.headcount.sum((-4, -1)))
        pairs = [young_and_all(view, target, population, opening.age_line) for target, population in counted]
        return np.stack([np.stack(pair, axis=-1) for pair in pairs], axis=-2)

    return count


def tally_counter(names: tuple[str, ...]) -> Callable[[Year], np.ndarray]:
    """Build what counts [..., unit, rank, name] of a year: `Year.tallies` by name, and `promotions` into each rank."""

    def count(year: Year) -> np.ndarray:
        people = year.closing.headcount
        nobody = np.zeros((*people.shape[:-5], people.shape[-3]))
        parts = [
            _promotions(year, nobody) if name == "promotions" else year.tallies.get(name, nobody) for name in names
        ]
        return np.stack(parts, axis=-1)

    return count


def _promotions(year: Year, nobody: np.ndarray) -> np.ndarray:
    into = nobody.copy()
    for flow in year.flows:
        if flow.name == "promotion":
            into[..., flow.into] += flow.headcount.sum((-3, -2, -1))
    return into
