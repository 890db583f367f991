"""Goals: several targets at once, and how probable it is that all of them are reached together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from cadre_research.errors import ParameterError
from cadre_research.evidence.scenario import Scenario
from cadre_research.evidence.targets import Target
from cadre_research.findings.outlook import Outlook, outlook
from cadre_research.findings.study import POPULATIONS, check_population
from cadre_research.findings.verdict import reaches
from cadre_research.model.opening import Opening

__all__ = ["GOALS", "checked", "goal_probabilities", "goal_targets"]

GOALS = ("all", "anchored")


def goal_targets(targets: Sequence[Target], goal: str) -> list[int]:
    """Places of the targets of a goal: all of them, or those that a survey counted.

    Raises
    ------
    ParameterError
        When there is no such goal, or no target in it.
    """
    if goal not in GOALS:
        raise ParameterError(f"goals: given {goal!r}, expected {' or '.join(GOALS)}.")
    places = [place for place, target in enumerate(targets) if goal == "all" or target.survey is not None]
    if not places:
        raise ParameterError(f"goals: given {goal!r}, but no target has a survey; expected the goal all.")
    return places


def goal_probabilities(found: Outlook, horizon_years: int, goals: Sequence[str] = GOALS) -> pd.DataFrame:
    """How probable it is that all targets of a goal are reached at a horizon, in one and the same world and chance.

    Returns
    -------
    DataFrame
        Columns goal, scenario, horizon_years, age_line, population, probability, probability_se (clustered by draw;
        missing with one draw), least_probable_target, least_probability (of its targets taken one by one), draws,
        replicates.

    Raises
    ------
    ParameterError
        When the horizon lies beyond the outlook, or a goal has no target.
    """
    if not 0 <= horizon_years < len(found.years):
        raise ParameterError(f"horizon_years: given {horizon_years!r}, expected 0 to {len(found.years) - 1}.")
    rows = []
    for goal in goals:
        targets = [found.targets[place] for place in goal_targets(found.targets, goal)]
        for population in POPULATIONS:
            reached = np.stack([_reached(found, target, population, horizon_years) for target in targets])
            by_draw = reached.all(0).mean(-1)
            each = reached.mean((1, 2))
            error = by_draw.std(ddof=1) / np.sqrt(len(by_draw)) if len(by_draw) > 1 else np.nan
            rows.append(
                {
                    "goal": goal,
                    "scenario": found.scenario,
                    "horizon_years": horizon_years,
                    "age_line": found.age_line,
                    "population": population,
                    "probability": by_draw.mean(),
                    "probability_se": error,
                    "least_probable_target": targets[int(each.argmin())].id,
                    "least_probability": each.min(),
                    "draws": reached.shape[1],
                    "replicates": reached.shape[2],
                }
            )
    return pd.DataFrame(rows)


def checked(
    openings: Mapping[int, Opening],
    scenarios: Mapping[tuple[str, int], Scenario],
    replicates: int,
    seed: int,
    population: str = "level",
    workers: int | None = None,
    progress: Callable[[], None] | None = None,
) -> pd.DataFrame:
    """Take packages that were found in expectation through the worlds of an ensemble, with chance.

    Parameters
    ----------
    openings : mapping of draw to Opening
        As `Ensemble.openings`.
    scenarios : mapping of (goal, horizon_years) to Scenario
        As `Packages.scenarios`.
    progress : callable, optional
        Called once for every opening done of each package.

    Returns
    -------
    DataFrame
        `goal_probabilities` of each package for its own goal and horizon.
    """
    check_population(population)
    frames = []
    for (goal, horizon), scenario in scenarios.items():
        found = outlook(openings, scenario, horizon, replicates, seed, workers, progress)
        frames.append(goal_probabilities(found, horizon, [goal]))
    frame = pd.concat(frames, ignore_index=True)
    return frame[frame["population"] == population].reset_index(drop=True)


def _reached(found: Outlook, target: Target, population: str, year: int) -> np.ndarray:
    young, headcount = (counts[target.id, population][..., year] for counts in (found.young, found.headcount))
    return reaches(young, headcount, target.share)
