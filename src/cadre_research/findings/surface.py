"""Surfaces: what shares and age structure come to over two levers, on grids fine enough to be read between the lines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cadre_research.evidence.base import Evidence
from cadre_research.evidence.scenario import Scenario
from cadre_research.evidence.targets import AgeLine
from cadre_research.findings.age_structure import shares_of
from cadre_research.findings.levers import highest_value, in_groups, with_levers
from cadre_research.findings.refinement import Grid, refined
from cadre_research.findings.study import BASELINE, Study
from cadre_research.model.paths import Paths, expected_paths
from cadre_research.model.population import Population
from cadre_research.model.rules import Rules

__all__ = ["HOW_MANY", "REFORMS", "WITHIN", "Bands", "people_surface", "share_surface", "under"]

# How many are promoted: as vacancies and freed posts decide, or at a rate.
HOW_MANY = ("release-rate", "promotion-rate")
YOUNG = "young-share"
# Whether the later retirement age applies, in the order of the axis.
REFORMS = (True, False)
# Interpolated shares differ by less than this from the model's own.
WITHIN = 0.002
# Seen in the middle between two lines; what is missed elsewhere stays within the above.
SHARES_BEND_BY = 0.0005
PEOPLE_BEND_BY = 0.01
SETTINGS_TOGETHER = 800
BAND_YEARS = 5


@dataclass(frozen=True)
class Bands:
    """Bands of five years of age that end where the young of the age lines do, so that a band is young or is not.

    Parameters
    ----------
    levels : tuple of str
        Levels that have an age line, from the bottom up.
    oldest_young_years : tuple of int
        Oldest completed age that counts as young in each.
    last_years : tuple of int
        Oldest age of each band; the first band begins at the ladder's youngest age.
    youngest_years : int
    sexes : tuple of str
    """

    levels: tuple[str, ...]
    oldest_young_years: tuple[int, ...]
    last_years: tuple[int, ...]
    youngest_years: int
    sexes: tuple[str, ...]

    @classmethod
    def of(cls, evidence: Evidence, age_line: AgeLine) -> Bands:
        """Bands of a ladder and its targets' age lines; where lines do not lie five years apart, those of the lowest."""
        ladder = evidence.ladder
        lines = {level: evidence.target_age_years(level) for level in ladder.levels}
        less = 0 if age_line == "inclusive" else 1
        oldest = {level: line - less for level, line in lines.items() if line is not None}
        first, last = ladder.ages.youngest_years, ladder.ages.oldest_years
        begin = next(iter(oldest.values())) % BAND_YEARS
        ends = [age for age in range(first, last) if age % BAND_YEARS == begin]
        sexes = tuple(dict.fromkeys(group.sex for group in ladder.groups))
        return cls(tuple(oldest), tuple(oldest.values()), (*ends, last), first, sexes)

    def counted(self, people: Population) -> np.ndarray:
        """Persons by level, sex and band, array [..., level, sex, band]."""
        ladder = people.ladder
        by_cell = people.headcount.sum((-6, -4, -1))
        band = np.searchsorted(self.last_years, people.ages_years)
        starts = np.flatnonzero(np.diff(band, prepend=-1))
        banded = np.add.reduceat(by_cell, starts, axis=-1)
        sexes = np.array([group.sex for group in ladder.groups])
        by_level = np.stack([banded[..., ladder.ranks_in([level]), :].sum(-2) for level in self.levels], axis=-3)
        return np.stack([by_level[..., sexes == sex, :].sum(-2) for sex in self.sexes], axis=-2)


def under(scenario: Scenario, *, reform: bool) -> Scenario:
    """The scenario with or without the later retirement age."""
    return scenario.model_copy(update={"retirement": scenario.retirement.model_copy(update={"reform": reform})})


def share_surface(
    study: Study,
    how_many: str,
    age_line: AgeLine = "inclusive",
    horizon_years: int = 10,
    bend_by: float = SHARES_BEND_BY,
    workers: int | None = None,
) -> Grid:
    """Share of every target over how many are promoted (x) and the least share of young among them (y).

    All other rules are the status quo's.

    Parameters
    ----------
    how_many : {"release-rate", "promotion-rate"}
        What x is: posts freed per post and year where vacancies decide, or promotions per post and year. From 0 to the
        lever's highest value.
    horizon_years : int
    bend_by : float
        Tolerance of `findings.refinement.refined`, as a decimal share.
    workers : int, optional
        Threads; one per core by default. The result does not depend on it.

    Returns
    -------
    Grid
        Values [x, y, reform, year, target]: shares, missing for an empty group; reforms as in `REFORMS`, years from the
        opening's on.
    """
    targets = study.evidence.targets.targets

    def shares(paths: Paths) -> np.ndarray:
        young, headcount = in_groups(paths, targets, "level", age_line)
        return np.moveaxis(shares_of(young, headcount), 0, -1)

    return _surface(study, how_many, age_line, horizon_years, shares, bend_by, workers)


def people_surface(
    study: Study,
    how_many: str,
    age_line: AgeLine = "inclusive",
    horizon_years: int = 10,
    bend_by: float = PEOPLE_BEND_BY,
    workers: int | None = None,
) -> Grid:
    """Age structure of every level with an age line over the same two levers, on a wider grid.

    Parameters
    ----------
    how_many, age_line, horizon_years, workers
        As for `share_surface`.
    bend_by : float
        Tolerance as a share of the largest band of the level in the opening.

    Returns
    -------
    Grid
        Values [x, y, reform, year, level, sex, band]: persons, as expected, over the largest band of their level in the
        opening; see `Bands`.
    """
    bands = Bands.of(study.evidence, age_line)
    largest = bands.counted(study.opening(BASELINE, age_line).population).max((-2, -1), keepdims=True)

    def people(paths: Paths) -> np.ndarray:
        return paths.observed / largest

    return _surface(study, how_many, age_line, horizon_years, people, bend_by, workers, bands.counted)


def _surface(
    study: Study,
    how_many: str,
    age_line: AgeLine,
    horizon_years: int,
    read: Callable[[Paths], np.ndarray],
    bend_by: float,
    workers: int | None,
    observe: Callable[[Population], np.ndarray] | None = None,
) -> Grid:
    opening = study.opening(BASELINE, age_line)
    rules = [opening.rules(under(study.scenario(BASELINE), reform=reform)) for reform in REFORMS]

    def run(of: Rules, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        def turned(some: slice) -> Rules:
            return with_levers(of, {how_many: x[some], YOUNG: y[some]})

        return read(expected_paths(opening, turned, len(x), horizon_years, workers, observe=observe))

    def evaluate(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        # Some at a time: the paths of all would fill the memory.
        parts = [slice(first, first + SETTINGS_TOGETHER) for first in range(0, len(x), SETTINGS_TOGETHER)]
        by_reform = [np.concatenate([run(of, x[some], y[some]) for some in parts]) for of in rules]
        return np.stack(by_reform, axis=1)

    x = np.linspace(0, highest_value(how_many), 9)
    return refined(evaluate, x, np.linspace(0, 1, 11), bend_by)
