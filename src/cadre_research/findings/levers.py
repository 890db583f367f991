"""Levers: what can be turned in a scenario, and what follows for the targets, for many settings at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from cadre_research.errors import ParameterError, UnknownNameError
from cadre_research.evidence.scenario import Scenario
from cadre_research.evidence.targets import AgeLine, Target
from cadre_research.findings.age_structure import young_and_all
from cadre_research.findings.study import check_horizon, check_population
from cadre_research.findings.verdict import reaches
from cadre_research.model.opening import Opening
from cadre_research.model.paths import PATHS_TOGETHER, Block, Paths, expected_paths, replicate_blocks, run_blocks
from cadre_research.model.population import AXES
from cadre_research.model.rules import PromotionRule, Rules

__all__ = [
    "HORIZONS_YEARS",
    "LEVERS",
    "check_horizons",
    "expected_groups",
    "highest_value",
    "in_groups",
    "probability_curves",
    "reached_by",
    "with_levers",
]

# Each lever and the highest value that is looked at unless the caller says otherwise.
LEVERS = {"promotion-rate": 0.30, "young-share": 1.0, "release-rate": 0.20}
VALUES_PER_CURVE = 16
HORIZONS_YEARS = (5, 10)


def highest_value(lever: str) -> float:
    """Return the highest value of a lever that is looked at by default."""
    name = lever.partition(":")[0]
    if name not in LEVERS:
        raise UnknownNameError("lever", lever, [*LEVERS, "promotion-rate:<rank>"])
    return LEVERS[name]


def with_levers(rules: Rules, settings: Mapping[str, np.ndarray | float]) -> Rules:
    """Turn levers in the rules of a scenario.

    Parameters
    ----------
    settings : mapping of lever to array [setting] or float
        Values from 0 to 1, all of one length:

        - `promotion-rate`: promotions into every rank per post and year; 0 promotes nobody;
        - `promotion-rate:<rank>`: the same for one rank, the others as the scenario has them (a rank without a rate
          fills its vacancies); it stands above `promotion-rate` where both are given;
        - `young-share`: least share of each batch of promotions that is young;
        - `release-rate`: posts freed per post and year, in the ranks that fill vacancies.

    Returns
    -------
    Rules
        With a leading axis [setting] where the values have it.

    Raises
    ------
    UnknownNameError
        When there is no such lever or rank.
    ParameterError
        When a value is not in [0, 1], or a lever would change nothing under these rules.
    """
    # A rate decides whether the other levers have an effect, and that of one rank stands above that of all.
    for lever in sorted(settings, key=lambda name: (not name.startswith("promotion-rate"), len(name))):
        value = np.asarray(settings[lever], float)
        if not ((value >= 0) & (value <= 1)).all():
            raise ParameterError(f"{lever}: given values from {value.min():g} to {value.max():g}, expected 0 to 1.")
        rules = _with_lever(rules, lever, value)
    if "release-rate" in settings and all(rule.rate_per_year is not None for rule in rules.promotions):
        raise ParameterError(
            "release-rate: given where every rank has a promotion rate, expected a rank that fills vacancies. Leave "
            "promotion-rate out, or give it for one rank."
        )
    return rules


def expected_groups(
    opening: Opening,
    scenario: Scenario,
    settings: Mapping[str, np.ndarray],
    horizon_years: int,
    population: str = "level",
    workers: int | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Expected young and headcount of every target's group, under many settings of the levers at once.

    Parameters
    ----------
    settings : mapping of lever to array [setting]
        See `with_levers`.
    population : {"level", "posts"}
        Whether a group counts everybody of its levels or the holders of posts.
    workers : int, optional
        Threads; one per core by default. The result does not depend on it.

    Returns
    -------
    young, headcount : arrays [target, setting, year]
        Persons at each 31 December, the opening's first.
    """
    check_horizons([horizon_years])
    rules = opening.rules(scenario)
    values = dict(zip(settings, np.broadcast_arrays(*map(np.atleast_1d, settings.values())), strict=True))

    def turned(some: slice) -> Rules:
        return with_levers(rules, {lever: value[some] for lever, value in values.items()})

    paths = expected_paths(opening, turned, len(next(iter(values.values()))), horizon_years, workers)
    return in_groups(paths, opening.evidence.targets.targets, population, opening.age_line)


def probability_curves(
    openings: Sequence[Opening],
    scenario: Scenario,
    values: Mapping[str, Sequence[float]] | None = None,
    horizons_years: Sequence[int] = HORIZONS_YEARS,
    population: str = "level",
    replicates: int = 5,
    seed: int = 2017,
    workers: int | None = None,
    progress: Callable[[], None] | None = None,
) -> pd.DataFrame:
    """Probability that each target is reached, by the value of each lever turned alone, over worlds and chance.

    Parameters
    ----------
    openings : sequence of Opening
        One for each world that agrees with the evidence, all under one reading of the age lines.
    values : mapping of lever to sequence of float, optional
        By default 16 values of each lever, evenly from 0 to its highest.
    replicates : int
        Of chance in each world, at least 1. At every value they start from the same people and have the same seed and
        key; values are run several at a time, so what a value draws depends on which values are asked for with it.
    workers : int, optional
        Threads; one per core by default. The result does not depend on it.
    progress : callable, optional
        Called once for every world done.

    Returns
    -------
    DataFrame
        Columns lever, value, target, horizon_years, probability (mean over worlds), probability_se (clustered by world;
        missing with one world), scenario, age_line, population.

    Raises
    ------
    ParameterError
        When there is no world, or worlds differ in their reading of the age lines.
    """
    if len({opening.age_line for opening in openings}) != 1:
        raise ParameterError("openings: expected at least one, all under one reading of the age lines.")
    if values is None:
        values = {lever: np.linspace(0, highest, VALUES_PER_CURVE) for lever, highest in LEVERS.items()}
    settings = [(lever, float(value)) for lever, some in values.items() for value in some]
    targets, horizons = openings[0].evidence.targets.targets, list(horizons_years)
    check_horizons(horizons)

    by_world = np.zeros((len(openings), len(settings), len(targets), len(horizons)))
    for world, opening in enumerate(openings):
        places, blocks = _world_blocks(opening, opening.rules(scenario), values, replicates, seed, world)
        paths = run_blocks(blocks, opening.year, max(horizons), workers)
        young, headcount = in_groups(paths, targets, population, opening.age_line)
        reached = reached_by(young, headcount, targets)[..., horizons]
        np.add.at(by_world[world], places, reached.swapaxes(0, 1))
        if progress:
            progress()
    by_world /= replicates
    worlds = len(openings)
    error = by_world.std(0, ddof=1) / np.sqrt(worlds) if worlds > 1 else np.full(by_world.shape[1:], np.nan)
    index = pd.MultiIndex.from_product(
        [range(len(settings)), [target.id for target in targets], horizons],
        names=["setting", "target", "horizon_years"],
    )
    frame = pd.DataFrame(
        {"probability": by_world.mean(0).reshape(-1), "probability_se": error.reshape(-1)}, index=index
    ).reset_index()
    lever, value = zip(*settings, strict=True)
    frame.insert(0, "lever", np.array(lever)[frame["setting"]])
    frame.insert(1, "value", np.array(value)[frame["setting"]])
    return frame.drop(columns="setting").assign(
        scenario=scenario.id, age_line=openings[0].age_line, population=population
    )


def in_groups(
    paths: Paths, targets: tuple[Target, ...], population: str, age_line: AgeLine
) -> tuple[np.ndarray, np.ndarray]:
    """Young and headcount of every target's group, arrays [target, path, year]."""
    check_population(population)
    counted = [young_and_all(paths, target, population, age_line) for target in targets]
    young, headcount = (np.stack(counts) for counts in zip(*counted, strict=True))
    return young, headcount


def reached_by(young: np.ndarray, headcount: np.ndarray, targets: tuple[Target, ...]) -> np.ndarray:
    """Whether each target is reached, for counts [target, ...]."""
    return np.stack([reaches(*counts, target.share) for *counts, target in zip(young, headcount, targets, strict=True)])


def _with_lever(rules: Rules, lever: str, value: np.ndarray) -> Rules:
    highest_value(lever)
    name, one_rank, rank = lever.partition(":")
    if name == "promotion-rate":
        return _with_rate(rules, value, rank if one_rank else None)
    if one_rank:
        raise UnknownNameError("lever", lever, [*LEVERS, "promotion-rate:<rank>"])
    if rules.mode not in ("vacancy", "rate"):
        raise ParameterError(f'{lever}: given with mode "{rules.mode}", expected mode "vacancy" or "rate".')
    if name == "release-rate":
        return replace(rules, release_rate_per_year=value)
    if not any(rule.young.any() for rule in rules.promotions):
        raise ParameterError("young-share: given where no rank has young_age_years, expected a ladder that has.")
    return replace(rules, young_share=value)


def _with_rate(rules: Rules, value: np.ndarray, rank: str | None) -> Rules:
    known = [rules.ladder.rank_ids[rule.into] for rule in rules.promotions]
    if rank is not None and rank not in known:
        raise UnknownNameError("promotion-rate: rank with promotions", rank, known)

    def rated(rule: PromotionRule) -> PromotionRule:
        chosen = rank in (None, rules.ladder.rank_ids[rule.into])
        return replace(rule, rate_per_year=value) if chosen else rule

    return replace(rules, mode="rate", promotions=tuple(map(rated, rules.promotions)))


def _world_blocks(
    opening: Opening, rules: Rules, values: Mapping[str, Sequence[float]], replicates: int, seed: int, world: int
) -> tuple[np.ndarray, list[Block]]:
    """Blocks of replicates of one world at all values of all levers, and the place of each path's value among them."""
    drawn = [(block.opening(), block.chance) for block in replicate_blocks(opening, rules, replicates, seed, (world,))]
    places, blocks, passed = [], [], 0
    for lever, of_lever in values.items():
        of_lever = np.asarray(of_lever, float)
        for people, chance in drawn:
            count = len(people.headcount)
            together = max(1, PATHS_TOGETHER // count)
            for first in range(0, len(of_lever), together):
                some = of_lever[first : first + together]
                several = replace(people, headcount=np.tile(people.headcount, (len(some), *[1] * len(AXES))))
                blocks.append(
                    Block(lambda several=several: several, with_levers(rules, {lever: some.repeat(count)}), chance)
                )
                places.append((passed + first + np.arange(len(some))).repeat(count))
        passed += len(of_lever)
    return np.concatenate(places), blocks


def check_horizons(horizons_years: Sequence[int]) -> None:
    """Refuse no horizon, and each that is not a whole number of years from 1 to 30."""
    if not horizons_years:
        raise ParameterError("horizons_years: expected at least one.")
    for given in horizons_years:
        check_horizon(given)
