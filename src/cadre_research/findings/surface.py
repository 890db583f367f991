"""Surfaces: what shares and age structure come to over two levers, on grids to be read between their lines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cadre_research.evidence.base import Evidence
from cadre_research.evidence.scenario import Scenario
from cadre_research.evidence.targets import AgeLine
from cadre_research.findings.age_structure import shares_of, young_and_all
from cadre_research.findings.levers import highest_value, with_levers
from cadre_research.findings.refinement import Grid, refined
from cadre_research.findings.study import BASELINE, Study
from cadre_research.model.opening import Opening
from cadre_research.model.paths import PATHS_TOGETHER, repeated
from cadre_research.model.population import Population
from cadre_research.model.projection import project
from cadre_research.model.rules import Rules

__all__ = ["FULL", "HOW_MANY", "REFORMS", "WITHIN", "Bands", "Lines", "Surface", "surface", "under"]

# How many are promoted: as vacancies and freed posts decide, or at a rate.
HOW_MANY = ("release-rate", "promotion-rate")
YOUNG = "young-share"
# Whether the later retirement age applies, in the order of the axis.
REFORMS = (True, False)
# Interpolated shares differ by less than this from the model's own; tests hold it.
WITHIN = 0.002
BAND_YEARS = 5


@dataclass(frozen=True)
class Lines:
    """How fine a surface is.

    The young rule begins to bind, and the eligible young run out, in each rank and year at another setting: shares bend
    nearly everywhere, and nearly every space is halved: to one line for each whole per cent of young.

    Parameters
    ----------
    x, y : int
        Lines to begin with, evenly over each lever.
    bend_by : float
        Shares that bend by more than this within a space get a line in its middle; a decimal share.
    halvings : int
        Most times that a space is halved.
    people_x, people_y : int
        Of the lines to begin with, those at which the age structure is kept: every so many.
    """

    x: int = 41
    y: int = 51
    bend_by: float = 0.0005
    halvings: int = 1
    people_x: int = 4
    people_y: int = 5


FULL = Lines()


@dataclass(frozen=True)
class Surface:
    """What comes of two levers: of how many are promoted (x), and of the least share of young among them (y).

    Parameters
    ----------
    shares : Grid
        Values [x, y, reform, year, target]: share of every target, missing for an empty group; reforms as in `REFORMS`,
        years from the opening's on.
    people : Grid
        On fewer lines, values [x, y, reform, year, level, sex, band]: persons, as expected, over the largest band of
        their level in the opening; see `Bands`.
    """

    shares: Grid
    people: Grid


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
        """Bands of a ladder and its targets' age lines; where these are not five years apart, those of the lowest."""
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


def surface(
    study: Study, how_many: str, age_line: AgeLine = "inclusive", horizon_years: int = 10, lines: Lines = FULL
) -> Surface:
    """Find shares and age structure over two levers; all other rules are the status quo's.

    Parameters
    ----------
    how_many : {"release-rate", "promotion-rate"}
        What x is: posts freed per post and year where vacancies decide, or promotions per post and year. From 0 to the
        lever's highest value.
    horizon_years : int
    lines : Lines
    """
    runs = _Runs(study, how_many, age_line, horizon_years)
    x, y = np.linspace(0, highest_value(how_many), lines.x), np.linspace(0, 1, lines.y)
    shares = refined(runs.shares, Grid.over(runs.shares, x, y), lines.bend_by, lines.halvings)
    return Surface(shares, Grid.over(runs.people, x[:: lines.people_x], y[:: lines.people_y]))


class _Runs:
    """The model under many settings of the levers at once, with the later retirement age and without."""

    def __init__(self, study: Study, how_many: str, age_line: AgeLine, horizon_years: int) -> None:
        self.opening: Opening = study.opening(BASELINE, age_line)
        self.how_many, self.horizon_years = how_many, horizon_years
        self.rules = [self.opening.rules(under(study.scenario(BASELINE), reform=reform)) for reform in REFORMS]
        self.bands = Bands.of(study.evidence, age_line)
        reform = study.evidence.retirement.reform
        years = horizon_years if reform is None else reform.first_year - 1 - self.opening.year
        self.alike_years = min(max(years, 0), horizon_years)

    def shares(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Array [setting, reform, year, target]."""

        def of(people: Population) -> np.ndarray:
            targets = self.opening.evidence.targets.targets
            counts = [young_and_all(people, target, "level", self.opening.age_line) for target in targets]
            young, headcount = (np.stack(some, axis=-1) for some in zip(*counts, strict=True))
            return shares_of(young, headcount)

        return self._each(x, y, of)

    def people(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Array [setting, reform, year, level, sex, band]."""
        largest = self.bands.counted(self.opening.population).max((-2, -1), keepdims=True)
        return self._each(x, y, lambda people: self.bands.counted(people) / largest)

    def _each(self, x: np.ndarray, y: np.ndarray, read: Callable[[Population], np.ndarray]) -> np.ndarray:
        """Read every year of every setting, as many settings at once as fit the processor's cache."""
        blocks = [slice(first, first + PATHS_TOGETHER) for first in range(0, len(x), PATHS_TOGETHER)]
        return np.concatenate([self._block(x[some], y[some], read) for some in blocks])

    def _block(self, x: np.ndarray, y: np.ndarray, read: Callable[[Population], np.ndarray]) -> np.ndarray:
        turned: list[Rules] = [with_levers(rules, {self.how_many: x, YOUNG: y}) for rules in self.rules]
        # Until the later age begins, the years are the same with it and without.
        people, year = repeated(self.opening.population, len(x)), self.opening.year
        alike = list(project(people, year, self.alike_years, turned[0]).populations.values())
        before = [read(each) for each in alike]
        by_reform = []
        for rules in turned:
            after = project(alike[-1], year + self.alike_years, self.horizon_years - self.alike_years, rules)
            by_reform.append(np.stack([*before, *(read(each.closing) for each in after.years)], axis=1))
        return np.stack(by_reform, axis=1)
