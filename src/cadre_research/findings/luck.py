r"""Luck: which part of "met or missed", among units and worlds, is chance.

Let :math:`m` be 1 where a unit is at or above its share at a horizon and 0 where below, and :math:`p_{wu}` the
probability of 1 in world :math:`w` and unit :math:`u`. Of a unit and a world taken at random, all units alike,

.. math:: V[m] = E[p(1 - p)] + E_u V_w[p_{wu}] + V_u[E_w p_{wu}]

the law of total variance, twice: *luck*, what differs between two runs of the same world for the same unit; *not
knowing*, what differs between worlds for the same unit; and *units*, what differs between units whatever the world.
The units are all there are, the worlds a sample. Each part is estimated without bias from a few replicates: what chance
adds to the variance of means of few is taken off; for the differences between units, the covariance of units that share
their worlds too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cadre_research.errors import ParameterError
from cadre_research.findings.outlook import Outlook
from cadre_research.findings.unit_outlook import CITY, UnitOutlook, met

__all__ = ["MetParts", "luck", "met_parts"]


@dataclass(frozen=True)
class MetParts:
    """Parts of the variance of met or missed, in units of that variance; an estimate may fall below nothing."""

    chance: float
    not_knowing: float
    units: float

    @property
    def variance(self) -> float:
        """Variance of met or missed."""
        return self.chance + self.not_knowing + self.units

    def share(self, part: str) -> float:
        """Share of a part, at least 0, in the sum of those at least 0; missing where nothing varies."""
        parts = {name: max(getattr(self, name), 0.0) for name in ("chance", "not_knowing", "units")}
        total = sum(parts.values())
        return parts[part] / total if total > 0 else float("nan")


def met_parts(met_or_not: np.ndarray) -> MetParts:
    """Divide the variance of met or missed.

    Parameters
    ----------
    met_or_not : array [draw, replicate, unit] of 0 and 1
        At least two draws of two replicates; one unit will do.

    Examples
    --------
    Two worlds, two runs each, one unit: once met and once missed in either world. All of it is luck.

    >>> met_parts(np.array([[[1.0], [0.0]], [[0.0], [1.0]]]))
    MetParts(chance=0.5, not_knowing=-0.25, units=0.0)

    Raises
    ------
    ParameterError
        When there are fewer than two draws or replicates, or a value is missing.
    """
    draws, replicates, units = met_or_not.shape
    if min(draws, replicates) < 2 or units < 1 or np.isnan(met_or_not).any():
        raise ParameterError(
            f"met_parts: given {draws} draws of {replicates} replicates for {units} units, expected at least 2 of 2 "
            "for 1, none missing."
        )
    within = met_or_not.var(1, ddof=1)
    means = met_or_not.mean(1)
    chance = within.mean()
    not_knowing = (means.var(0, ddof=1) - within.mean(0) / replicates).mean()
    # The mean over worlds errs in every unit, and in part alike in all.
    errors = means.var(0, ddof=1).mean() / draws - means.mean(1).var(ddof=1) / draws
    between = means.mean(0).var() - errors
    return MetParts(float(chance), float(not_knowing), float(between))


def luck(found: UnitOutlook, horizon_years: int) -> pd.DataFrame:
    """Which part of met or missed is luck, among all units and worlds, and for each unit alone.

    Returns
    -------
    DataFrame
        Columns unit (`CITY` for all units together), target, scenario, horizon_years, age_line, population, met
        (part of the paths), variance, luck, not_knowing, between_units (shares of the variance, which sum to 1;
        missing where nothing varies), units (counted; those without anybody on some path are left out).
    """
    rows = []
    for target, population in found.young:
        reached = met(found, target, population, horizon_years)
        counted = ~np.isnan(reached).any((0, 1))
        chosen = {CITY: counted} | {
            name: (np.arange(len(found.units)) == place) & counted for place, name in enumerate(found.units)
        }
        for unit, which in chosen.items():
            parts = met_parts(reached[:, :, which]) if which.any() else MetParts(np.nan, np.nan, np.nan)
            rows.append(
                {
                    "unit": unit,
                    **Outlook.labels(found, target, population, horizon_years=horizon_years),
                    "met": reached[:, :, which].mean() if which.any() else np.nan,
                    "variance": parts.variance,
                    "luck": parts.share("chance"),
                    "not_knowing": parts.share("not_knowing"),
                    "between_units": parts.share("units"),
                    "units": int(which.sum()),
                }
            )
    return pd.DataFrame(rows)
