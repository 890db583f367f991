"""Calibration of units' probabilities: of the cities for which so much was predicted, as many met it.

A true city is a world drawn apart from those that predict, with its own chance; its units are held against what the
predicting worlds say of each. Where the cities' units differ among themselves in ways that the model does not know, the
predictions lose; by how much is what the scores tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.stats import t as student

from cadre_research.errors import ParameterError
from cadre_research.evidence.scenario import Scenario
from cadre_research.findings.unit_counts import groups_counted, unit_counter
from cadre_research.findings.unit_outlook import UnitOutlook, met
from cadre_research.model.drawn_opening import drawn_opening
from cadre_research.model.eligibility import weights_by_way
from cadre_research.model.opening import Opening
from cadre_research.model.paths import Block, run_blocks
from cadre_research.model.random import Random
from cadre_research.model.rules import Rules

__all__ = ["DECILES", "calibration", "cities_of_differing_units", "scores"]

DECILES = 10
# A band that holds for all ten at once with this certainty.
TOGETHER = 0.95


def calibration(predicting: UnitOutlook, cities: UnitOutlook, horizon_years: int) -> pd.DataFrame:
    """Hold predicted probabilities against the part that met, by tenths of the predictions from 0 to 1.

    Cities of one world resemble each other, and so do units and targets of one city, and the predictions have errors of
    their own: the band is that of the mean over true worlds, with the predictions' error over predicting worlds added,
    and wide enough that all ten hold at once (Bonferroni), by Student's t with the fewer worlds.

    Parameters
    ----------
    predicting, cities : UnitOutlook
        Of the same units and targets, drawn with different seeds.

    Returns
    -------
    DataFrame
        One row a tenth with anything in it: decile (1 to 10), cases (units, targets and cities), predicted, observed,
        band (half-width about predicted), within.

    Raises
    ------
    ParameterError
        When there are fewer than two worlds on either side.
    """
    predicted, observed = _predicted(predicting, horizon_years), _met(cities, horizon_years)
    if min(len(predicted), len(observed)) < 2:
        raise ParameterError(
            f"calibration: given {len(predicted)} predicting and {len(observed)} true worlds, expected 2 of each."
        )
    probability = predicted.mean(0)
    tenth = np.minimum((probability * DECILES).astype(int), DECILES - 1)
    quantile = student.ppf(1 - (1 - TOGETHER) / 2 / DECILES, min(len(predicted), len(observed)) - 1)
    rows = []
    for place in np.unique(tenth):
        cells = tenth == place
        # Means over replicates and cells, by true world, and what each predicting world says of the same cells.
        truth, said = observed[..., cells].mean((1, 2)), predicted[:, cells].mean(1)
        error = np.hypot(truth.std(ddof=1) / np.sqrt(len(truth)), said.std(ddof=1) / np.sqrt(len(said)))
        # Where no world met, or all did, so few cells tell no spread: 95 % certainty goes no further than 3 in so many.
        band = max(quantile * error, 3 / len(truth))
        rows.append(
            {
                "decile": int(place) + 1,
                "cases": int(cells.sum()) * observed.shape[0] * observed.shape[1],
                "predicted": probability[cells].mean(),
                "observed": truth.mean(),
                "band": band,
                "within": abs(truth.mean() - probability[cells].mean()) <= band,
            }
        )
    return pd.DataFrame(rows)


def scores(predicting: UnitOutlook, cities: Mapping[str, UnitOutlook], horizon_years: int) -> pd.DataFrame:
    """Score the same predictions against several kinds of cities.

    Returns
    -------
    DataFrame
        One row a kind. Columns cities (its name), scenario, horizon_years, age_line, brier (mean square of probability
        less met), brier_se (over true worlds), brier_of_knowing (of the kind's own frequencies: the best that a number
        for each unit and target can do), loss (brier less that), calibration_error (mean distance of predicted and
        observed over tenths, by their cases).
    """
    predicted = _predicted(predicting, horizon_years).mean(0)
    rows = []
    for name, truth in cities.items():
        observed = _met(truth, horizon_years)
        frequency = observed.mean((0, 1))
        by_world = ((observed - predicted) ** 2).mean((1, 2))
        best = ((observed - frequency) ** 2).mean()
        table = calibration(predicting, truth, horizon_years)
        rows.append(
            {
                "cities": name,
                "scenario": truth.scenario,
                "horizon_years": horizon_years,
                "age_line": truth.age_line,
                "brier": by_world.mean(),
                "brier_se": by_world.std(ddof=1) / np.sqrt(len(by_world)),
                "brier_of_knowing": best,
                "loss": by_world.mean() - best,
                "calibration_error": np.average((table["predicted"] - table["observed"]).abs(), weights=table["cases"]),
            }
        )
    return pd.DataFrame(rows)


def cities_of_differing_units(
    openings: Mapping[int, Opening],
    scenario: Scenario,
    horizon_years: int,
    replicates: int,
    seed: int,
    years_later: np.ndarray,
    exit_factors: np.ndarray,
    workers: int | None = None,
) -> UnitOutlook:
    """Take a scenario through cities whose units differ in what the model takes to be alike.

    Each unit promotes from its own people along a curve of its own and loses them at rates of its own. Units that share
    nothing but their opening are run each by itself, which is the same law.

    Parameters
    ----------
    openings : mapping of draw to Opening
        Divided.
    years_later : array [unit]
        By how many years the centre of every promotion-age curve lies higher than the world's.
    exit_factors : array [unit]
        By which the yearly probabilities of leaving, other than retirement, are multiplied.

    Raises
    ------
    ParameterError
        When the scenario lets units exchange people or shares out lists, postings or intake among them, or the arrays
        do not have a number for each unit.
    """
    first = next(iter(openings.values()))
    units = first.population.units
    together = scenario.exchange.rate_per_year or scenario.reserve_lists or scenario.grass_roots
    if together or scenario.lateral_intake or not len(years_later) == len(exit_factors) == len(units):
        raise ParameterError(
            f"cities_of_differing_units: given scenario {scenario.id} with {len(years_later)} and {len(exit_factors)} "
            f"numbers, expected one without exchange, lists, postings and intake, and a number for each of "
            f"{len(units)} units."
        )
    blocks = []
    for draw, opening in openings.items():
        rules = [_own_rules(opening, scenario, *each) for each in _each(years_later, exit_factors)]
        people = drawn_opening(opening, replicates, Random(seed, (draw, 0)))
        for place, own in enumerate(rules):
            part = replace(people, headcount=people.headcount[:, place : place + 1], units=units[place : place + 1])
            blocks.append(Block(lambda part=part: part, own, Random(seed, (draw, 0, place))))
    paths = run_blocks(blocks, first.year, horizon_years, workers, observe=unit_counter(first))
    # Axes draw, unit, replicate, year, one, (target, population), young or everybody.
    counts = np.rint(paths.observed).astype(np.int64)
    counts = counts.reshape(len(openings), len(units), replicates, horizon_years + 1, *counts.shape[-2:])
    targets = first.evidence.targets.targets
    young, everybody = (
        {
            (target.id, population): counts[..., place, part].swapaxes(1, 2)
            for place, (target, population) in enumerate(groups_counted(targets))
        }
        for part in (0, 1)
    )
    return UnitOutlook(scenario.id, first.age_line, targets, units, paths.years, young, everybody)


def _own_rules(opening: Opening, scenario: Scenario, place: int, later: float, factor: float) -> Rules:
    """Rules of one unit: its posts, its promotion-age curves and its exits."""
    centres = {way: None if age is None else age + later for way, age in opening.typical_ages_years.items()}
    own = replace(
        opening, posts=opening.posts[place : place + 1], weights=weights_by_way(opening.evidence, centres)
    ).rules(scenario)
    return replace(own, exits={name: np.clip(rate * factor, 0.0, 1.0) for name, rate in own.exits.items()})


def _each(years_later: np.ndarray, exit_factors: np.ndarray) -> list[tuple[int, float, float]]:
    pairs = zip(years_later, exit_factors, strict=True)
    return [(place, float(later), float(factor)) for place, (later, factor) in enumerate(pairs)]


def _predicted(found: UnitOutlook, horizon_years: int) -> np.ndarray:
    """Part of the replicates that met, array [draw, case]; a case is a unit, target and population."""
    return _met(found, horizon_years).mean(1)


def _met(found: UnitOutlook, horizon_years: int) -> np.ndarray:
    """Met or not, array [draw, replicate, case]; an empty group has met nothing."""
    return np.concatenate([np.nan_to_num(met(found, *key, horizon_years)) for key in found.young], axis=-1)
