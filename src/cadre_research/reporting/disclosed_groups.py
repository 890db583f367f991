"""Which groups of an age structure may be shown: levels, their young, ranks, sexes and bands of age, decided together.

One population is a scenario and an age line in a year. First come the groups of the targets and their young under both
readings of the age lines, then, as a second view of the same persons, ranks by sex and band (see `suppression`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cadre_research.evidence.targets import AGE_LINES, Target, is_young
from cadre_research.findings.study import POPULATIONS
from cadre_research.reporting.age_bands import AGE_BANDS, age_band
from cadre_research.reporting.disclosure_versions import Ledger, hidden_before
from cadre_research.reporting.suppression import LEAST_PERSONS, safe_cells

__all__ = ["Groups", "name_of", "shown_groups"]


@dataclass(frozen=True)
class Groups:
    """Groups of one or more populations: persons by name of the group, and the names of those that may be shown."""

    persons: dict[str, float]
    shown: frozenset[str]


def name_of(*values: object) -> str:
    """Name of a cell from the values of its keys.

    >>> name_of("level", "section-chief", 2017)
    'level|section-chief|2017'
    """
    return "|".join(str(value) for value in values)


def shown_groups(structure: pd.DataFrame, targets: Sequence[Target], ledger: Ledger) -> Groups:
    """Decide for every population of a table `age_structure` which of its groups may be shown.

    Parameters
    ----------
    structure : DataFrame
        As `findings.age_structure.age_structure`, single years of age.
    targets : sequence of Target
    ledger : mapping
        Its entry `groups` names the groups that an earlier version left blank.

    Returns
    -------
    Groups
        Names begin with scenario, age line and year. Then: `level`, level, population; `group`, target, population;
        `young` likewise; `rank`, rank, sex, band.
    """
    hidden = hidden_before(ledger, "groups")
    persons: dict[str, float] = {}
    shown: set[str] = set()
    for population, people in structure.groupby(["scenario", "age_line", "year"], sort=False):
        first, second = _cells(people, name_of(*population), targets, str(population[1]))
        counts = people["headcount"].to_numpy(float)
        views = [[{n: c for n, c in group.items() if n not in hidden} for group in view] for view in (first, second)]
        decided = safe_cells(counts, *([list(group.values()) for group in view] for view in views))
        for view, answers in zip(views, decided, strict=True):
            for group, flags in zip(view, answers, strict=True):
                shown |= {name for name, flag in zip(group, flags, strict=True) if flag}
        everything = {name: cell for view in (first, second) for group in view for name, cell in group.items()}
        persons |= {name: float(counts[cell].sum()) for name, cell in everything.items()}
        shown -= {
            name
            for name in persons.keys() & shown
            if "|young|" in name and persons[name.replace("|young|", "|group|")] - persons[name] < LEAST_PERSONS
        }
    return Groups(persons, frozenset(shown))


Cells = dict[str, np.ndarray]


def _cells(
    people: pd.DataFrame, population: str, targets: Sequence[Target], age_line: str
) -> tuple[list[Cells], list[Cells]]:
    """Cells of both views in groups of falling importance, by name.

    The first view: of every target in turn its group and its young, the level before the post-holders. The second:
    levels, ranks, sexes and bands, and what the first had no room for. The inclusive reading comes first in every
    population, so that equal populations are decided alike.
    """
    level, post, age = (people[column].to_numpy() for column in ("level", "holds_post", "age_years"))
    counted = {"level": np.ones(len(people), bool), "posts": post.astype(bool)}
    levels, groups, young = ({reading: {} for reading in POPULATIONS} for _ in range(3))
    for reading, counts in counted.items():
        for name in dict.fromkeys(level):
            levels[reading][name_of(population, "level", name, reading)] = (level == name) & counts
        for target in targets:
            group = np.isin(level, target.levels) & counts
            groups[reading][name_of(population, "group", target.id, reading)] = group
            for line in AGE_LINES:
                kind = "young" if line == age_line else "young-otherwise"
                cell = group & is_young(age, target.age_years, line)
                young[reading].setdefault(line, {})[name_of(population, kind, target.id, reading)] = cell
    targeted = [
        dict([cell])
        for reading in POPULATIONS
        for line in AGE_LINES
        for pair in zip(groups[reading].items(), young[reading][line].items(), strict=True)
        for cell in pair
    ]
    again, of_posts = ([young[reading][line] for line in AGE_LINES] for reading in POPULATIONS)
    headcounts = [group[reading] for reading in POPULATIONS for group in (groups, levels)]
    ranks, sexes, bands = _ranks(people, population)
    return targeted, [*headcounts, *again, ranks, sexes, *of_posts, bands]


def _ranks(people: pd.DataFrame, population: str) -> list[Cells]:
    rank, sex = people["rank"].to_numpy(str), people["sex"].to_numpy(str)
    band = age_band(people["age_years"]).to_numpy(str)
    ranks = {name_of(population, "whole-rank", name): rank == name for name in dict.fromkeys(rank)}
    sexes = {
        name_of(population, "whole-sex", name, of): (rank == name) & (sex == of)
        for name in dict.fromkeys(rank)
        for of in dict.fromkeys(sex)
    }
    bands = {
        name_of(population, "rank", name, of, ages): (rank == name) & (sex == of) & (band == ages)
        for name in dict.fromkeys(rank)
        for of in dict.fromkeys(sex)
        for ages in AGE_BANDS
    }
    return [ranks, sexes, bands]
