"""The frontier of two levers: which pairs of values reach a target together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cadre_research.errors import ParameterError
from cadre_research.evidence.scenario import Scenario
from cadre_research.evidence.targets import AgeLine
from cadre_research.findings.age_structure import shares_of
from cadre_research.findings.levers import expected_groups, highest_value
from cadre_research.findings.study import BASELINE, Study
from cadre_research.findings.verdict import reaches

__all__ = ["contour", "frontier"]

VALUES_PER_LEVER = 41


def frontier(
    study: Study,
    lever_x: str,
    lever_y: str,
    scenario: Scenario | str = BASELINE,
    values_x: Sequence[float] | None = None,
    values_y: Sequence[float] | None = None,
    horizon_years: int = 10,
    age_line: AgeLine = "inclusive",
    population: str = "level",
    workers: int | None = None,
) -> pd.DataFrame:
    """Expected share of every target at a horizon for every pair of values of two levers, in one run.

    Parameters
    ----------
    lever_x, lever_y : str
        Two different levers of `findings.levers.with_levers`.
    values_x, values_y : sequence of float, optional
        Values from 0 to 1, rising; by default 41, evenly from 0 to the lever's highest.

    Returns
    -------
    DataFrame
        Columns target, horizon_years, lever_x, value_x, lever_y, value_y, share (missing for an empty group), reached,
        scenario, age_line, population; value_y runs fastest, then value_x.
    """
    if lever_x == lever_y:
        raise ParameterError(f"lever_y: given {lever_y!r}, expected another lever than lever_x.")
    scenario = study.scenario(scenario) if isinstance(scenario, str) else scenario
    opening = study.opening(scenario, age_line)
    values_x, values_y = (
        np.linspace(0, highest_value(lever), VALUES_PER_LEVER) if values is None else np.asarray(values, float)
        for lever, values in ((lever_x, values_x), (lever_y, values_y))
    )
    x, y = (grid.reshape(-1) for grid in np.meshgrid(values_x, values_y, indexing="ij"))
    young, headcount = expected_groups(opening, scenario, {lever_x: x, lever_y: y}, horizon_years, population, workers)
    frames = [
        pd.DataFrame(
            {
                "target": target.id,
                "horizon_years": horizon_years,
                "lever_x": lever_x,
                "value_x": x,
                "lever_y": lever_y,
                "value_y": y,
                "share": shares_of(young_then, headcount_then),
                "reached": reaches(young_then, headcount_then, target.share),
            }
        )
        for target, young_then, headcount_then in zip(
            opening.evidence.targets.targets, young[..., -1], headcount[..., -1], strict=True
        )
    ]
    frame = pd.concat(frames, ignore_index=True)
    return frame.assign(scenario=scenario.id, age_line=age_line, population=population)


def contour(frame: pd.DataFrame) -> pd.DataFrame:
    """Smallest value of the second lever on the grid that reaches each target, for every value of the first.

    Parameters
    ----------
    frame : DataFrame
        Of `frontier`.

    Returns
    -------
    DataFrame
        Columns target, horizon_years, lever_x, value_x, lever_y, value_y (missing where none reaches), scenario,
        age_line, population.
    """
    labels = ["scenario", "age_line", "population"]
    keys = ["target", "horizon_years", "lever_x", "lever_y", *labels, "value_x"]
    smallest = frame.assign(value_y=frame["value_y"].where(frame["reached"])).groupby(keys, sort=False)["value_y"].min()
    columns = ["target", "horizon_years", "lever_x", "value_x", "lever_y", "value_y", *labels]
    return smallest.reset_index()[columns]
