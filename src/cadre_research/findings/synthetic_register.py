"""A personnel register that nobody keeps: histories drawn by the yearly model, which end at the survey's own counts.

Real registers are confidential, so the project ships this one. Its rates are known, since they were put in, which is
what a real register never offers: methods that estimate rates are tested against it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from cadre_research.errors import CalibrationError, ParameterError
from cadre_research.evidence.targets import is_young
from cadre_research.findings.synthetic_spells import drawn_spells
from cadre_research.model.drawn_opening import drawn_opening
from cadre_research.model.opening import Opening
from cadre_research.model.population import Population
from cadre_research.model.random import Random
from cadre_research.model.rules import Rules
from cadre_research.model.year import Year, advance

__all__ = [
    "DEFAULT_SEED",
    "DEFAULT_YEARS",
    "SyntheticRegister",
    "known_rules",
    "simulated_register",
    "synthetic_register",
]

DEFAULT_SEED = 2017
DEFAULT_YEARS = 10
LONGEST_YEARS = 40
# Replicates are searched in blocks: one in some 1,500 ends at the survey's counts.
BLOCK = 50
MOST_BLOCKS = 600


@dataclass(frozen=True)
class SyntheticRegister:
    """Persons' spells, and the truth behind them.

    Parameters
    ----------
    spells : DataFrame
        One row a spell: id ("SYN-…"), birth, sex, unit, rank, start, end, reason, minority, party, reserve_list,
        entry_route. Recorded from the first of January after `stocks[0]`: whoever left or moved before is not in it.
    stocks : tuple of Population
        What the model held at each 31 December, from before the first year to the last.
    rules : Rules
        The known rates: `retirement(year)`, `exits`, `moves` and the `hazard` of each of `promotions`, each asked of
        those who are left, in that order.
    first_year, last_year : int
        Calendar years that the register tells of.
    seed : int
    """

    spells: pd.DataFrame
    stocks: tuple[Population, ...]
    rules: Rules
    first_year: int
    last_year: int
    seed: int


def known_rules(opening: Opening) -> Rules:
    """The constant rates under which an opening reproduces itself, as many being recruited as leave.

    The hazard of promotion is 1 - exp(-theta x weight(age, years in rank)): complementary log-log, theta the intensity.
    """
    return replace(opening.stationary_rules, recruits_by_year=None, replaces_leavers=True)


def synthetic_register(opening: Opening, seed: int = DEFAULT_SEED, years: int = DEFAULT_YEARS) -> SyntheticRegister:
    """Draw a register that ends in the baseline year with exactly the young that the survey counted.

    Histories are drawn from the model's own law until one ends with the surveyed young of every surveyed target, and
    with headcounts from the lowest to the highest that the survey's rounding allows; so it is one draw from the law
    given these counts. The opening is stationary, hence right for the beginning too.

    Parameters
    ----------
    years : int
        Calendar years that the register tells of, 1 to 40; the last is the baseline year.

    Raises
    ------
    ParameterError
        When `years` is not a whole number in its range, or the seed is not one of at least 0.
    CalibrationError
        When none of 30,000 histories ends at the surveyed counts.

    Notes
    -----
    Some five seconds on average, by luck up to half a minute: about 1,500 histories are drawn for one that is kept.
    """
    _check_years(years)
    rules = known_rules(opening)
    for block in range(MOST_BLOCKS):
        chance = Random(seed, (block,))
        *_, last = _histories(opening, rules, chance, BLOCK, years)
        agrees = np.flatnonzero(_agrees(opening, last.closing))
        if agrees.size:
            return _register(opening, rules, chance, BLOCK, int(agrees[0]), years)
    raise CalibrationError(
        f"synthetic register: none of {MOST_BLOCKS * BLOCK:,} histories of {years} years ends with the young and the "
        "headcounts of the survey. Check the survey in data/facts/targets.toml, or take another seed."
    )


def simulated_register(opening: Opening, rules: Rules, seed: int, years: int = DEFAULT_YEARS) -> SyntheticRegister:
    """Draw a register from given rules, whatever counts it ends with; a fifth of a second.

    Parameters and errors are those of `synthetic_register`. Estimates are tried on many of these: counts that are held
    fixed would make them look surer than they are.
    """
    _check_years(years)
    return _register(opening, rules, Random(seed), 1, 0, years)


def _check_years(years: object) -> None:
    if isinstance(years, bool) or not isinstance(years, int) or not 1 <= years <= LONGEST_YEARS:
        raise ParameterError(f"years: given {years!r}, expected a whole number from 1 to {LONGEST_YEARS}.")


def _histories(
    opening: Opening, rules: Rules, chance: Random, count: int, years: int, *, in_detail: bool = False
) -> Iterator[Year]:
    """Years of a block of replicates up to the baseline year."""
    population = drawn_opening(opening, count, chance)
    for year in range(opening.year - years + 1, opening.year + 1):
        found = advance(population, year, rules, chance, in_detail=in_detail)
        population = found.closing
        yield found


def _agrees(opening: Opening, closing: Population) -> np.ndarray:
    """Whether the surveyed young come out exactly and the headcounts within rounding, array [replicate]."""
    by_rank_and_age, agrees = closing.by_rank_and_age(), True
    for target in opening.evidence.targets.targets:
        if target.survey:
            covered = by_rank_and_age[..., list(closing.ladder.ranks_in(target.levels)), :]
            young = is_young(closing.ages_years, target.age_years, opening.age_line)
            headcount, surveyed = covered.sum((-2, -1)), opening.evidence.assumptions[target.survey.headcount]
            agrees &= covered[..., young].sum((-2, -1)) == target.survey.young
            agrees &= (headcount >= surveyed.low) & (headcount <= surveyed.high)
    return agrees


def _register(
    opening: Opening, rules: Rules, chance: Random, count: int, replicate: int, years: int
) -> SyntheticRegister:
    """Draw the same block again, now in detail, and turn one replicate of it into persons."""
    before = _one(drawn_opening(opening, count, chance), replicate)
    told = [_year_of(year, replicate) for year in _histories(opening, rules, chance, count, years, in_detail=True)]
    # Those who came into a rank within the year are as many as come into it each year.
    arrivals = opening.population.headcount[0, :, 0, :, :, 0]
    persons = Random(chance.seed, (*chance.block, replicate)).of(opening.year, "persons")
    spells = drawn_spells(before, arrivals, told, persons.generator)
    stocks = (before, *(year.closing for year in told))
    return SyntheticRegister(spells, stocks, rules, told[0].year, told[-1].year, chance.seed)


def _year_of(year: Year, replicate: int) -> Year:
    """One replicate of a year."""
    flows = [
        replace(
            flow,
            headcount=flow.headcount[replicate].copy(),
            cells=None if flow.cells is None else flow.cells[replicate].copy(),
        )
        for flow in year.flows
    ]
    return Year(year.year, _one(year.closing, replicate), tuple(flows), year.empty_posts[replicate])


def _one(population: Population, replicate: int) -> Population:
    return replace(population, headcount=population.headcount[replicate].copy())
