"""Required: the smallest value of a lever that reaches a target, in expectation and with a given probability."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cadre_research.errors import ParameterError
from cadre_research.evidence.scenario import Scenario
from cadre_research.evidence.targets import AgeLine, Target
from cadre_research.findings.age_structure import shares_of
from cadre_research.findings.levers import (
    HORIZONS_YEARS,
    LEVERS,
    check_horizons,
    expected_groups,
    highest_value,
    reached_by,
)
from cadre_research.findings.study import BASELINE, Study
from cadre_research.model.opening import Opening

__all__ = ["required", "required_with_probability"]

# Values are whole multiples of a millionth, so that a value and its neighbour below are the ends of a bracket.
PER_UNIT = 1_000_000
GRID_STEPS = 160
SECTIONS = 6
PROBABILITY = 0.9
# Standard normal, 90 % two-sided.
NORMAL_90 = 1.64


def required(
    study: Study,
    scenario: Scenario | str = BASELINE,
    levers: Sequence[str] = tuple(LEVERS),
    horizons_years: Sequence[int] = HORIZONS_YEARS,
    age_line: AgeLine = "inclusive",
    population: str = "level",
    upper: Mapping[str, float] | None = None,
    curves: pd.DataFrame | None = None,
    workers: int | None = None,
) -> pd.DataFrame:
    """Find the smallest value of each lever, turned alone, at which each target is reached at each horizon.

    Parameters
    ----------
    levers : sequence of str
        See `findings.levers.with_levers`. A promotion rate of 0 promotes nobody; it is not the scenario as it stands.
    upper : mapping of lever to float, optional
        Highest value looked at, above 0 and at most 1; by default 0.30 for a promotion rate, 1 for a young share and
        0.20 for a release rate.
    curves : DataFrame, optional
        Of `findings.levers.probability_curves` for the same scenario, age line and population; without it the columns
        of `value_for_90_percent` are missing.

    Returns
    -------
    DataFrame
        Columns target, horizon_years, lever, value (the smallest that reaches; missing when none does),
        value_for_90_percent, reachable, value_for_90_percent_low, value_for_90_percent_high, fails_again_at (the
        smallest value above it that fails; missing when all larger ones reach), best_value and best_share (on the
        grid), share_at_zero, scenario, age_line, population.

    Raises
    ------
    UnknownNameError, ParameterError
        When there is no such scenario, lever or rank, a lever would have no effect, or a range or horizon is wrong.

    Notes
    -----
    The range from 0 to `upper` is scanned in 160 steps (0.0019 for a promotion rate, 0.0063 for a young share, 0.0013
    for a release rate). The first step over which the target comes to be reached is divided into six again and again,
    each time going on with the first sixth over which it comes to be reached, down to a millionth: `value` reaches and
    `value` - 1e-6 does not. Values that reach between two neighbours of the grid that do not are not seen. A rate is
    what is asked for: where eligible candidates do not suffice, fewer are promoted.
    """
    scenario = study.scenario(scenario) if isinstance(scenario, str) else scenario
    opening = study.opening(scenario, age_line)
    check_horizons(horizons_years)
    if not levers or set(upper or {}) - set(levers):
        raise ParameterError(f"levers: given {list(levers)}, expected at least one and all that `upper` names.")
    upper = {lever: (upper or {}).get(lever, highest_value(lever)) for lever in levers}
    frames = []
    for lever, highest in upper.items():
        if not 0 < highest <= 1:
            raise ParameterError(f"upper of {lever}: given {highest!r}, expected above 0 and at most 1.")
        search = _Search(opening, scenario, lever, tuple(horizons_years), population, workers)
        frames.append(search.answers(highest))
    frame = pd.concat(frames, ignore_index=True)
    frame = frame.assign(scenario=scenario.id, age_line=age_line, population=population)
    chances = _no_chances(frame) if curves is None else required_with_probability(_of_same(curves, frame))
    keys = ["target", "horizon_years", "lever"]
    frame = frame.merge(chances, on=keys, how="left", validate="one_to_one")
    first = [*keys, "value", "value_for_90_percent", "reachable"]
    chance = ["value_for_90_percent_low", "value_for_90_percent_high"]
    return frame[[*first, *chance, *frame.columns.drop([*first, *chance])]]


def required_with_probability(curves: pd.DataFrame, probability: float = PROBABILITY) -> pd.DataFrame:
    """Read the smallest value that reaches with a probability off curves, straight lines between their values.

    Returns
    -------
    DataFrame
        Columns target, horizon_years, lever, value_for_90_percent (for any other `probability` its name is the same),
        value_for_90_percent_low and _high (where the probability 1.64 standard errors above and below it gets there).
        Missing where it never does.
    """
    name = "value_for_90_percent"
    rows = []
    for key, curve in curves.groupby(["target", "horizon_years", "lever"], sort=False):
        curve = curve.sort_values("value")
        value, mean, error = (curve[column].to_numpy() for column in ("value", "probability", "probability_se"))
        crossings = {
            name: _first_crossing(value, mean, probability),
            f"{name}_low": _first_crossing(value, mean + NORMAL_90 * error, probability),
            f"{name}_high": _first_crossing(value, mean - NORMAL_90 * error, probability),
        }
        rows.append({**dict(zip(["target", "horizon_years", "lever"], key, strict=True)), **crossings})
    return pd.DataFrame(rows)


@dataclass(frozen=True)
class _Search:
    """The search along one lever; places on it are whole millionths."""

    opening: Opening
    scenario: Scenario
    lever: str
    horizons_years: tuple[int, ...]
    population: str
    workers: int | None

    @property
    def targets(self) -> tuple[Target, ...]:
        return self.opening.evidence.targets.targets

    def answers(self, highest: float) -> pd.DataFrame:
        """One row for each target and horizon."""
        places = np.unique(np.linspace(0, round(highest * PER_UNIT), GRID_STEPS + 1).round().astype(np.int64))
        reached, share = self.at(places)
        curves = [(t, h) for t in range(len(self.targets)) for h in range(len(self.horizons_years))]
        value = self.first_change(places, reached, dict.fromkeys(curves, 0), becomes=True)
        fails = self.first_change(places, reached, {c: at for c, at in value.items() if at >= 0}, becomes=False)
        rows = []
        for target, horizon in curves:
            along = share[target, :, horizon]
            best = int(np.nanargmax(along)) if np.isfinite(along).any() else None
            found = value[target, horizon]
            rows.append(
                {
                    "target": self.targets[target].id,
                    "horizon_years": self.horizons_years[horizon],
                    "lever": self.lever,
                    "value": _value(found),
                    "reachable": found >= 0,
                    "fails_again_at": _value(fails.get((target, horizon), -1)),
                    "best_value": np.nan if best is None else places[best] / PER_UNIT,
                    "best_share": np.nan if best is None else along[best],
                    "share_at_zero": along[0],
                }
            )
        return pd.DataFrame(rows)

    def at(self, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Whether each target is reached, and its share, arrays [target, place, horizon]."""
        young, headcount = expected_groups(
            self.opening,
            self.scenario,
            {self.lever: places / PER_UNIT},
            max(self.horizons_years),
            self.population,
            self.workers,
        )
        young, headcount = (counts[..., list(self.horizons_years)] for counts in (young, headcount))
        return reached_by(young, headcount, self.targets), shares_of(young, headcount)

    def first_change(
        self, places: np.ndarray, reached: np.ndarray, curves: Mapping[tuple[int, int], int], becomes: bool
    ) -> dict[tuple[int, int], int]:
        """First place at or after a start at which each curve [target, horizon] becomes reached, or fails; -1: never.

        All curves are searched together, so that every round is one run.
        """
        found, brackets = {}, {}
        for (target, horizon), start in curves.items():
            so = np.flatnonzero((reached[target, :, horizon] == becomes) & (places >= start))
            found[target, horizon] = int(places[so[0]]) if len(so) else -1
            if len(so) and so[0] > 0:
                # The start itself may lie beyond the neighbour below.
                brackets[target, horizon] = (max(int(places[so[0] - 1]), start), int(places[so[0]]))
        while wide := {curve: ends for curve, ends in brackets.items() if ends[1] - ends[0] > 1}:
            inner = {curve: _sections(*ends) for curve, ends in wide.items()}
            asked = np.unique(np.concatenate([*inner.values()]))
            now, _ = self.at(asked)
            for (target, horizon), (low, high) in wide.items():
                points = inner[target, horizon]
                so = now[target, np.searchsorted(asked, points), horizon] == becomes
                ends = np.concatenate([[low], points, [high]])
                first = int(np.append(so, True).argmax())
                brackets[target, horizon] = (int(ends[first]), int(ends[first + 1]))
        return {**found, **{curve: ends[1] for curve, ends in brackets.items()}}


def _sections(low: int, high: int) -> np.ndarray:
    """Places that divide a bracket, without its ends."""
    points = np.unique(low + (high - low) * np.arange(1, SECTIONS) // SECTIONS)
    return points[points > low]


def _value(place: int) -> float:
    return place / PER_UNIT if place >= 0 else np.nan


def _first_crossing(value: np.ndarray, curve: np.ndarray, level: float) -> float:
    """First value at which a curve of straight lines gets to a level, missing when it never does.

    >>> _first_crossing(np.array([0.0, 1.0, 2.0]), np.array([0.0, 0.8, 1.0]), 0.9)
    1.5
    """
    there = curve >= level - 1e-12
    if not there.any():
        return float("nan")
    at = int(there.argmax())
    if at == 0:
        return float(value[0])
    return float(np.interp(level, curve[at - 1 : at + 1], value[at - 1 : at + 1]))


def _of_same(curves: pd.DataFrame, frame: pd.DataFrame) -> pd.DataFrame:
    """Refuse curves of something else."""
    labels = ["scenario", "age_line", "population"]
    given, expected = (set(map(tuple, f[labels].drop_duplicates().to_numpy())) for f in (curves, frame))
    if given != expected:
        raise ParameterError(f"curves: given those of {sorted(given)}, expected {sorted(expected)}.")
    return curves


def _no_chances(frame: pd.DataFrame) -> pd.DataFrame:
    missing = dict.fromkeys([f"value_for_90_percent{end}" for end in ("", "_low", "_high")], np.nan)
    return frame[["target", "horizon_years", "lever"]].assign(**missing)
