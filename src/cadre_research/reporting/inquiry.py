"""An inquiry into one scenario: what its targets would take. Every part takes its time and is kept on disk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from cadre_research.evidence.scenario import Scenario
from cadre_research.findings.after import After, after_the_horizon
from cadre_research.findings.frontier import frontier
from cadre_research.findings.levers import HORIZONS_YEARS, highest_value
from cadre_research.findings.required import required
from cadre_research.findings.study import Study
from cadre_research.reporting.kept import kept
from cadre_research.reporting.queries import checked_levers, probability_curve
from cadre_research.reporting.worlds import Worlds, rules_of

__all__ = ["FULL", "HORIZONS_YEARS", "Effort", "Inquiry"]


@dataclass(frozen=True)
class Effort:
    """How far an inquiry goes.

    Parameters
    ----------
    values_per_lever : int
        At which the probability of reaching a target is found.
    frontier_values : int
        Of each of two levers.
    budgets_per_100_posts, held_budgets_per_100_posts : tuples of float
        Releases at which the best that any policy could do is found, to attain, and to attain and hold.
    corners : int
        Most worlds over which the range of the best is found.
    surrogate_draws : int
        Worlds from which the variance parts are found.
    truths : int
        Of each kind, against which coverage is told.
    """

    values_per_lever: int = 16
    frontier_values: int = 41
    budgets_per_100_posts: tuple[float, ...] = (0, 1, 2, 5, 10, 20)
    held_budgets_per_100_posts: tuple[float, ...] = (0, 10)
    corners: int = 8
    surrogate_draws: int = 200
    truths: int = 60


FULL = Effort()


@dataclass
class Inquiry:
    """What is asked of one scenario beyond its forecast.

    Parameters
    ----------
    worlds : Worlds
        Under the reading of the age lines that the inquiry is about.
    scenario : Scenario
        Whose other rules stay as they are.
    effort : Effort
    progress : callable, optional
        Called with every step done.
    """

    worlds: Worlds
    scenario: Scenario
    effort: Effort = FULL
    progress: Callable[[], None] | None = field(default=None, repr=False)

    @property
    def study(self) -> Study:
        """The study of the worlds."""
        return self.worlds.study

    @property
    def levers(self) -> tuple[str, ...]:
        """Levers that have an effect in this scenario."""
        return tuple(checked_levers(self.study, self.scenario))

    def probability_curves(self) -> pd.DataFrame:
        """As `findings.levers.probability_curves`, of every lever."""
        count = self.effort.values_per_lever
        curves = [
            probability_curve(self.worlds, self.scenario, lever, HORIZONS_YEARS, count, self.progress)
            for lever in self.levers
        ]
        return pd.concat(curves, ignore_index=True)

    def required(self, *, surely: bool = True) -> pd.DataFrame:
        """As `findings.required.required`; the values for 90 % probability are left out unless `surely`."""
        curves = self.probability_curves() if surely else None
        return self._kept(
            "required",
            lambda: required(
                self.study,
                self.scenario,
                self.levers,
                HORIZONS_YEARS,
                self.worlds.age_line,
                curves=curves,
            ),
            surely=surely and self.worlds.replicates,
        )

    def frontier(self, lever_x: str, lever_y: str, horizon_years: int) -> pd.DataFrame:
        """As `findings.frontier.frontier`."""
        count = self.effort.frontier_values
        x, y = (np.linspace(0, highest_value(lever), count) for lever in (lever_x, lever_y))
        return self._kept(
            "frontier",
            lambda: frontier(
                self.study,
                lever_x,
                lever_y,
                self.scenario,
                x,
                y,
                horizon_years=horizon_years,
                age_line=self.worlds.age_line,
            ),
            levers=[lever_x, lever_y],
            horizon=horizon_years,
        )

    def after(self, programme: Scenario, switch_years: int = 5) -> After:
        """As `findings.after.after_the_horizon`, of a programme that ends; quick enough not to be kept."""
        return after_the_horizon(self.study, programme, switch_years, age_line=self.worlds.age_line)

    def _told(self, what: str) -> None:
        if self.progress:
            self.progress()

    def _kept(self, name: str, make: Callable[[], pd.DataFrame], **more: Any) -> pd.DataFrame:
        asked = {**self.worlds.asked(self.scenario), **rules_of(self.scenario), "effort": asdict(self.effort), **more}
        return kept(name, asked, make)
