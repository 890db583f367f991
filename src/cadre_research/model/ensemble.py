"""The evidence-consistent ensemble: many sets of assumptions, each with an opening that agrees with the survey.

Every assumption with a range is uncertain. A Latin hypercube draws all of them at once, evenly over their ranges; each
draw is calibrated to the survey, and those that cannot agree with it are rejected, with the reason. What follows from
the rest is true of the worlds that agree with the evidence.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import qmc

from cadre_research.errors import CalibrationError, EvidenceError, ParameterError
from cadre_research.evidence.assumptions import Assumption
from cadre_research.evidence.base import Evidence
from cadre_research.evidence.ladder import Calibrated
from cadre_research.evidence.scenario import Scenario
from cadre_research.evidence.targets import AgeLine
from cadre_research.model.calibration import calibrate, slopes_at
from cadre_research.model.opening import Opening
from cadre_research.model.paths import cores
from cadre_research.model.processes import in_processes

__all__ = ["REASONS", "Ensemble", "draw_assumptions", "draw_ensemble", "rebuilt_ensemble", "solved_draws", "uncertain"]

CONTRADICTION = "contradiction"
NO_OPENING = "no-opening"
OUT_OF_PLACE = "curve-out-of-place"
# Starting a process takes as long as some calibrations.
LEAST_PER_PROCESS = 10
REASONS = (CONTRADICTION, NO_OPENING, OUT_OF_PLACE)


@dataclass(frozen=True)
class Ensemble:
    """Draws of the assumptions and the openings of those that agree with the survey.

    Parameters
    ----------
    draws : DataFrame
        One row a draw, its number as index: accepted (bool), reason, and each uncertain assumption. The reason for a
        rejection is "contradiction" of the assumptions with each other, "no-opening" that agrees with the survey, or
        "curve-out-of-place": it agrees only with a promotion-age curve centred where nobody may be promoted.
    openings : mapping of draw to Opening
        Of the accepted draws, in their order.
    """

    draws: pd.DataFrame
    openings: Mapping[int, Opening]

    @property
    def values(self) -> pd.DataFrame:
        """Assumptions of the accepted draws."""
        return self.draws.loc[list(self.openings)].drop(columns=["accepted", "reason"])


def uncertain(opening: Opening, fixed: Collection[str] = ()) -> list[Assumption]:
    """Assumptions that have a range, but for the fixed ones."""
    return [entry for entry in opening.evidence.assumptions.uncertain if entry.id not in fixed]


def draw_assumptions(entries: list[Assumption], count: int, seed: int) -> pd.DataFrame:
    """Draw assumptions evenly over their ranges by a Latin hypercube; those that are whole numbers, as such.

    Returns
    -------
    DataFrame
        One row a draw (index draw), one column an assumption.
    """
    if isinstance(count, bool) or not isinstance(count, int) or count < 2:
        raise ParameterError(f"draws: given {count!r}, expected a whole number from 2.")
    places = qmc.LatinHypercube(len(entries), rng=np.random.default_rng(seed)).random(count)
    low, high, whole = (np.array([getattr(entry, name) for entry in entries]) for name in ("low", "high", "whole"))
    values = np.where(whole, np.floor(low + places * (high - low + 1)), low + places * (high - low))
    return pd.DataFrame(values, columns=[entry.id for entry in entries]).rename_axis("draw")


def draw_ensemble(
    central: Opening,
    status_quo: Scenario,
    count: int,
    seed: int,
    scenario: Scenario | None = None,
    workers: int | None = None,
    progress: Callable[[], None] | None = None,
) -> Ensemble:
    """Draw sets of assumptions, calibrate each, and put together the openings of those that agree.

    For the parameters and the error see `solved_draws`.
    """
    solved = solved_draws(central, status_quo, count, seed, scenario, workers, progress)
    return rebuilt_ensemble(central, status_quo, *solved, scenario)


def solved_draws(
    central: Opening,
    status_quo: Scenario,
    count: int,
    seed: int,
    scenario: Scenario | None = None,
    workers: int | None = None,
    progress: Callable[[], None] | None = None,
) -> tuple[pd.DataFrame, dict[int, tuple[float, ...]]]:
    """Draw sets of assumptions and calibrate each.

    Parameters
    ----------
    central : Opening
        With every assumption at its value.
    status_quo : Scenario
        Under which openings are calibrated.
    count : int
        Draws, at least 2.
    seed : int
    scenario : Scenario, optional
        Keeps the assumptions and the growth before the baseline year that it gives itself.
    workers : int, optional
        Processes, one per core by default. The result does not depend on it.
    progress : callable, optional
        Called once for every draw done.

    Returns
    -------
    DataFrame and mapping of draw to tuple of float
        `Ensemble.draws`, and the `Opening.solution` of each accepted one.

    Raises
    ------
    CalibrationError
        When no draw agrees with the survey.
    """
    own = scenario or status_quo
    values = draw_assumptions(uncertain(central, own.assumptions), count, seed)
    search = _Search(
        central.evidence, status_quo, own, central.age_line, central.solution, slopes_at(central, status_quo)
    )
    rows = [values.loc[draw] for draw in values.index]
    found = []
    for solution in in_processes(_Search.solution, search, rows, min(workers or cores(), count // LEAST_PER_PROCESS)):
        found.append(solution)
        if progress:
            progress()
    draws = values.copy()
    draws.insert(0, "reason", [solution if isinstance(solution, str) else "" for solution in found])
    draws.insert(0, "accepted", draws["reason"] == "")
    if not draws["accepted"].any():
        raise CalibrationError(
            f"ensemble: none of {count} draws of the assumptions agrees with the survey "
            f"({draws['reason'].value_counts().to_dict()}). Check the ranges in data/facts/assumptions.toml."
        )
    return draws, {int(draw): found[draw] for draw in draws.index[draws["accepted"]]}


def rebuilt_ensemble(
    central: Opening,
    status_quo: Scenario,
    draws: pd.DataFrame,
    solutions: Mapping[int, tuple[float, ...]],
    scenario: Scenario | None = None,
) -> Ensemble:
    """Put an ensemble together again from its draws and the `Opening.solution` of each accepted one."""
    growth = (scenario or status_quo).opening.post_growth_before_per_year
    openings = {}
    for draw, solution in solutions.items():
        evidence = _with_assumptions(central.evidence, status_quo, draws.loc[draw].drop(["accepted", "reason"]))
        openings[int(draw)] = calibrate(evidence, status_quo, central.age_line, growth, start=solution)
    return Ensemble(draws, openings)


@dataclass(frozen=True)
class _Search:
    """Calibration of one draw after another; it can be sent to another process."""

    evidence: Evidence
    status_quo: Scenario
    own: Scenario
    age_line: AgeLine
    start: tuple[float, ...]
    slopes: np.ndarray

    def solution(self, values: pd.Series) -> tuple[float, ...] | str:
        """Solution for a draw; the reason when it is rejected."""
        try:
            evidence = _with_assumptions(self.evidence, self.status_quo, values)
        except EvidenceError:
            return CONTRADICTION
        growth = self.own.opening.post_growth_before_per_year
        # From the central solution most draws are a few steps away; the rest are looked for from the beginning.
        for known in [{"start": self.start, "slopes": self.slopes}, {}]:
            try:
                opening = calibrate(evidence, self.status_quo, self.age_line, growth, **known)
            except CalibrationError:
                continue
            return opening.solution if _in_place(opening) else OUT_OF_PLACE
        return NO_OPENING


def _with_assumptions(evidence: Evidence, status_quo: Scenario, values: pd.Series) -> Evidence:
    changed = {name: float(value) for name, value in values.items()}
    return evidence.under(status_quo.model_copy(update={"assumptions": changed}))


def _in_place(opening: Opening) -> bool:
    """Tell whether every calibrated promotion-age curve is centred at an age at which somebody may be promoted."""
    ages = opening.population.ages_years
    for way in opening.evidence.ladder.promotions:
        if isinstance(way.typical_age_years, Calibrated):
            key = (way.source, way.into)
            allowed = ages[(opening.weights[key] > 0).any((0, 2))]
            if not allowed.min() <= opening.typical_ages_years[key] <= allowed.max():
                return False
    return True
