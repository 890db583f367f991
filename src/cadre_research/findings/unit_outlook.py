"""The outlook of every unit: its young and everybody, world by world and year by year, and the city's beside it.

A unit's group is small, so that whether it is at one sixth is a probability. The city is the sum of its units on the
same paths: what is said of both agrees.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from cadre_research.errors import ParameterError
from cadre_research.evidence.scenario import Scenario
from cadre_research.evidence.targets import AgeLine, Target
from cadre_research.findings.age_structure import shares_of
from cadre_research.findings.outlook import Outlook
from cadre_research.findings.unit_counts import groups_counted, tally_counter, unit_counter
from cadre_research.findings.verdict import reaches
from cadre_research.model.opening import Opening
from cadre_research.model.paths import replicate_blocks, run_blocks
from cadre_research.model.units import divided_by_evidence

__all__ = [
    "CITY",
    "UnitOutlook",
    "city_outlook",
    "in_units",
    "mean_and_error",
    "met",
    "unit_outlook",
    "unit_probabilities",
]

# Stands for all units together in the column unit; no unit's id begins so.
CITY = "-city-"


@dataclass(frozen=True)
class UnitOutlook:
    """Whole persons of each target's group in every unit, world, replicate and year.

    Parameters
    ----------
    scenario : str
    age_line : {"inclusive", "strict"}
    targets : tuple of Target
    units : tuple of str
    years : array [year]
        The opening's first.
    young, headcount : mappings of (target, population) to array [draw, replicate, unit, year] of int
    tallies : mapping of str to array [draw, replicate, unit, rank, year] of int
        Persons counted beside the flows of each year, by the names of `model.year.Year.tallies`, and `promotions`.
    """

    scenario: str
    age_line: AgeLine
    targets: tuple[Target, ...]
    units: tuple[str, ...]
    years: np.ndarray
    young: Mapping[tuple[str, str], np.ndarray]
    headcount: Mapping[tuple[str, str], np.ndarray]
    tallies: Mapping[str, np.ndarray] = field(default_factory=dict)

    def share(self, target: str, population: str) -> np.ndarray:
        """Young share, array [draw, replicate, unit, year]; missing for an empty group."""
        return shares_of(self.young[target, population], self.headcount[target, population])


def in_units(openings: Mapping[int, Opening]) -> dict[int, Opening]:
    """Divide every opening of an ensemble among the units of its evidence.

    Raises
    ------
    EvidenceError
        When the evidence knows no units.
    """
    return {draw: divided_by_evidence(opening) for draw, opening in openings.items()}


def unit_outlook(
    openings: Mapping[int, Opening],
    scenario: Scenario,
    horizon_years: int,
    replicates: int,
    seed: int,
    workers: int | None = None,
    progress: Callable[[], None] | None = None,
    tallies: Sequence[str] = (),
) -> UnitOutlook:
    """Take a scenario through every divided opening, several times each, with chance.

    Parameters
    ----------
    openings : mapping of draw to Opening
        As `in_units` gives them, or a single one; all of one reading of the age lines.
    replicates : int
        Per opening, at least 1.
    seed : int
        The same draw and seed see the same chance under every scenario.
    progress : callable, optional
        Called for every block of replicates done.
    tallies : sequence of str
        What to count beside: names of `Year.tallies`, or `promotions`.

    Raises
    ------
    ParameterError
        When there are no openings or no replicates.
    """
    if isinstance(replicates, bool) or not isinstance(replicates, int) or replicates < 1 or not openings:
        raise ParameterError(
            f"unit_outlook: given {len(openings)} openings and {replicates!r} replicates, expected at least 1 of each."
        )
    first = next(iter(openings.values()))
    blocks = []
    for draw, opening in openings.items():
        blocks += replicate_blocks(opening, opening.rules(scenario), replicates, seed, (draw,))
    paths = run_blocks(
        blocks,
        first.year,
        horizon_years,
        workers,
        progress,
        observe=unit_counter(first),
        count_year=tally_counter(tuple(tallies)) if tallies else None,
    )
    # Axes path, year, unit, target and population, young or everybody: to draw, replicate, unit, year.
    counts = np.rint(paths.observed).astype(np.int64).reshape(len(openings), replicates, *paths.observed.shape[1:])
    keys = [(target.id, population) for target, population in groups_counted(first.evidence.targets.targets)]
    young, everybody = (
        {key: np.moveaxis(counts[..., place, part], 2, 3) for place, key in enumerate(keys)} for part in (0, 1)
    )
    tallied = {}
    if tallies:
        flows = np.rint(paths.counted).astype(np.int64).reshape(len(openings), replicates, *paths.counted.shape[1:])
        tallied = {name: np.moveaxis(flows[..., place], 2, 4) for place, name in enumerate(tallies)}
    return UnitOutlook(
        scenario.id,
        first.age_line,
        first.evidence.targets.targets,
        first.population.units,
        paths.years,
        young,
        everybody,
        tallied,
    )


def city_outlook(found: UnitOutlook) -> Outlook:
    """Add the units up to the city's outlook, on the same paths; every finding on outlooks can be asked of it."""
    young, headcount = ({key: each.sum(2) for key, each in part.items()} for part in (found.young, found.headcount))
    return Outlook(found.scenario, found.age_line, found.targets, found.years, young, headcount)


def met(found: UnitOutlook, target: str, population: str, horizon_years: int) -> np.ndarray:
    """1 where a unit is at or above the target's share at a horizon, 0 where below, missing where nobody is.

    Returns
    -------
    array [draw, replicate, unit]
    """
    place = _place(found, horizon_years)
    goal = next(entry.share for entry in found.targets if entry.id == target)
    young, everybody = (part[target, population][..., place] for part in (found.young, found.headcount))
    return np.where(everybody > 0, reaches(young, everybody, goal).astype(float), np.nan)


def unit_probabilities(found: UnitOutlook, horizons_years: Sequence[int]) -> pd.DataFrame:
    """Tell where each unit stands, and how probable it is to be at a target's share at each horizon.

    A probability is that of the worlds that agree with the evidence, chance included, among paths on which the group
    is not empty. Replicates of one world resemble each other, and so do its units: the standard error is that of the
    mean over worlds.

    Returns
    -------
    DataFrame
        One row a unit, target, population and horizon, and one for the city (unit `CITY`). Columns unit, target,
        scenario, horizon_years, age_line, population, threshold, headcount_now, young_now and share_now (means over
        worlds), probability, probability_se (missing for a single world), share_expected, share_p05, share_p50,
        share_p95, empty (part of the paths without anybody in the group), draws, replicates. Numbers of a group that is
        always empty are missing.
    """
    return pd.DataFrame(
        [
            row
            for target, population in found.young
            for horizon in horizons_years
            for row in _rows(found, target, population, horizon)
        ]
    )


def mean_and_error(by_draw: np.ndarray) -> tuple[float, float]:
    """Mean over worlds and its standard error, worlds without an answer left out; missing where there are too few."""
    known = by_draw[~np.isnan(by_draw)]
    if not known.size:
        return float("nan"), float("nan")
    error = known.std(ddof=1) / np.sqrt(known.size) if known.size > 1 else np.nan
    return float(known.mean()), float(error)


def _rows(found: UnitOutlook, target: str, population: str, horizon: int) -> list[dict[str, object]]:
    place = _place(found, horizon)
    parts = [part[target, population] for part in (found.young, found.headcount)]
    # The city after the units.
    young, everybody = (np.concatenate([part, part.sum(2, keepdims=True)], axis=2) for part in parts)
    whole = city_outlook(found)
    goal = next(entry.share for entry in found.targets if entry.id == target)
    reached = np.where(everybody[..., place] > 0, reaches(young[..., place], everybody[..., place], goal), np.nan)
    shares = shares_of(young, everybody)
    rows = []
    for unit, name in enumerate((*found.units, CITY)):
        headcount_now, young_now = everybody[:, :, unit, 0].mean(), young[:, :, unit, 0].mean()
        share = shares[:, :, unit, place]
        known = ~np.isnan(share)
        probability, error = mean_and_error(_over_replicates(reached[:, :, unit]))
        low, middle, high = np.quantile(share[known], (0.05, 0.5, 0.95)) if known.any() else [np.nan] * 3
        rows.append(
            {
                "unit": name,
                **whole.labels(target, population, horizon_years=horizon),
                "threshold": float(goal),
                "headcount_now": headcount_now,
                "young_now": young_now,
                "share_now": _known_mean(shares[:, :, unit, 0]),
                "probability": probability,
                "probability_se": error,
                "share_expected": _known_mean(share),
                "share_p05": low,
                "share_p50": middle,
                "share_p95": high,
                "empty": 1 - known.mean(),
                "draws": share.shape[0],
                "replicates": share.shape[1],
            }
        )
    return rows


def _known_mean(values: np.ndarray) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else float("nan")


def _over_replicates(values: np.ndarray) -> np.ndarray:
    """Mean of each row of [draw, replicate], missing ones left out."""
    known = ~np.isnan(values)
    return shares_of(np.where(known, values, 0.0).sum(1), known.sum(1))


def _place(found: UnitOutlook, horizon_years: int) -> int:
    if not 0 <= horizon_years < len(found.years):
        raise ParameterError(f"horizon_years: given {horizon_years!r}, expected 0 to {len(found.years) - 1}.")
    return horizon_years
