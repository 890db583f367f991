"""An inquiry into one scenario: what its targets would take, what any policy could do, and what moves a verdict.

Every part takes its time and is kept on disk.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from multiprocessing import get_context
from typing import Any

import numpy as np
import pandas as pd

from cadre_research.evidence.scenario import Scenario
from cadre_research.findings.after import After, after_the_horizon
from cadre_research.findings.attainable import Attainability, attainable, attainable_range
from cadre_research.findings.coverage import TRUTHS, coverage, true_worlds
from cadre_research.findings.frontier import frontier
from cadre_research.findings.given_data import given_data
from cadre_research.findings.levers import LEVERS, highest_value, probability_curves
from cadre_research.findings.limits import Limits
from cadre_research.findings.maintainable import maintainable
from cadre_research.findings.optimal_plan import optimal_plan
from cadre_research.findings.outlook import expected_shares, outlook
from cadre_research.findings.required import required
from cadre_research.findings.response import Response
from cadre_research.findings.sensitivity import sensitivity, tornado
from cadre_research.findings.study import Study
from cadre_research.findings.turning_points import turning_points
from cadre_research.findings.variance_parts import variance_parts
from cadre_research.model.paths import cores
from cadre_research.reporting.kept import kept
from cadre_research.reporting.worlds import Worlds, rules_of

__all__ = ["FULL", "HORIZONS_YEARS", "QUICK", "Effort", "Inquiry"]

HORIZONS_YEARS = (5, 10)


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
        Worlds over which the range of the best is found.
    truths : int
        Of each kind, against which coverage is told.
    """

    values_per_lever: int = 16
    frontier_values: int = 41
    budgets_per_100_posts: tuple[float, ...] = (0, 1, 2, 5, 10, 20)
    held_budgets_per_100_posts: tuple[float, ...] = (0, 10)
    corners: int = 4
    truths: int = 60


FULL = Effort()
QUICK = Effort(3, 5, (0, 20), (0,), 1, 4)


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

    def probability_curves(self) -> pd.DataFrame:
        """As `findings.levers.probability_curves`."""

        def make() -> pd.DataFrame:
            openings = list(self.worlds.ensemble(self.scenario).openings.values())
            values = {lever: np.linspace(0, highest_value(lever), self.effort.values_per_lever) for lever in LEVERS}
            return probability_curves(
                openings,
                self.scenario,
                values,
                HORIZONS_YEARS,
                replicates=self.worlds.replicates,
                seed=self.worlds.seed,
                progress=self.progress,
            )

        return self._kept("probability-curves", make, replicates=self.worlds.replicates)

    def required(self, *, surely: bool = True) -> pd.DataFrame:
        """As `findings.required.required`; the values for 90 % probability are left out unless `surely`."""
        curves = self.probability_curves() if surely else None
        return self._kept(
            "required",
            lambda: required(
                self.study, self.scenario, age_line=self.worlds.age_line, horizons_years=HORIZONS_YEARS, curves=curves
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

    def attainable(self) -> pd.DataFrame:
        """As `findings.attainable.attainable`: to attain and to hold, with and without the one-in-three reading."""
        effort = self.effort
        asked = [
            Attainability((horizon,), budgets, (hold,), limits=limits)
            for horizon in HORIZONS_YEARS
            for hold, budgets, limits in (
                (False, effort.budgets_per_100_posts, Limits()),
                (False, effort.held_budgets_per_100_posts, Limits(candidates_per_post=None)),
                (True, effort.held_budgets_per_100_posts, Limits()),
            )
        ]
        return self._kept("attainable", lambda: pd.concat(self._each(attainable, asked), ignore_index=True))

    def attainable_range(self) -> pd.DataFrame:
        """As `findings.attainable.attainable_range`, over the first worlds of the ensemble, with no post freed."""

        def make() -> pd.DataFrame:
            openings = list(self.worlds.ensemble(self.scenario).openings.values())[: self.effort.corners]
            question = Attainability(HORIZONS_YEARS, (0.0,), (False,), certified_per_100_posts=())
            return attainable_range(openings, self.scenario, question, self._told)

        return self._kept("attainable-range", make)

    def optimal_plan(self, horizon_years: int, releases_per_100_posts: float = 0.0) -> pd.DataFrame:
        """As `findings.optimal_plan.OptimalPlan.to_frame`, of the plan that is best for all targets together."""
        limits = Limits(releases_per_post=releases_per_100_posts / 100)
        return self._kept(
            "optimal-plan",
            lambda: optimal_plan(self._opening, self.scenario, horizon_years, limits).to_frame(),
            horizon=horizon_years,
            releases=releases_per_100_posts,
        )

    def maintainable(self) -> pd.DataFrame:
        """As `findings.maintainable.maintainable`."""
        budgets = self.effort.budgets_per_100_posts
        return self._kept(
            "maintainable", lambda: maintainable(self._opening, self.scenario, budgets, progress=self._told)
        )

    def after(self, programme: Scenario, switch_years: int = 5) -> After:
        """As `findings.after.after_the_horizon`, of a programme that ends; quick enough not to be kept."""
        return after_the_horizon(self.study, programme, switch_years, age_line=self.worlds.age_line)

    def sensitivity(self) -> pd.DataFrame:
        """As `findings.sensitivity.sensitivity`, with every measure."""

        def make() -> pd.DataFrame:
            response = Response(self.study, [self.scenario], HORIZONS_YEARS, self.worlds.age_line)
            bars = tornado(response, cores(), self.progress)
            turns = turning_points(response, cores(), self.progress)
            ensemble = self.worlds.ensemble(self.scenario)
            shares = expected_shares(ensemble.openings, self.scenario, HORIZONS_YEARS)
            entries = [self.study.evidence.assumptions[name] for name in ensemble.values]
            enough = len(shares) >= 20
            return sensitivity(
                bars,
                turns,
                variance_parts(ensemble.values, shares, entries, self.worlds.seed) if enough else None,
                given_data(ensemble.values, shares, self.worlds.seed) if enough else None,
            )

        return self._kept("sensitivity", make)

    def coverage(self) -> pd.DataFrame:
        """As `findings.coverage.coverage`, for every kind of truth."""

        def make() -> pd.DataFrame:
            worlds, seed = self.worlds, self.worlds.seed
            openings = worlds.ensemble(self.scenario).openings
            found = outlook(openings, self.scenario, max(HORIZONS_YEARS), worlds.replicates, seed)
            parts = []
            for kind in TRUTHS:
                # Truths must not be the worlds they are held against.
                truths = true_worlds(
                    self.study,
                    kind,
                    self.scenario,
                    self.effort.truths,
                    max(HORIZONS_YEARS),
                    seed + 1,
                    worlds.age_line,
                    progress=self.progress,
                )
                parts += [coverage(found, truths, horizon).assign(truth=kind) for horizon in HORIZONS_YEARS]
            return pd.concat(parts, ignore_index=True)

        return self._kept("coverage", make, replicates=self.worlds.replicates)

    @property
    def _opening(self):
        return self.study.opening(self.scenario, self.worlds.age_line)

    def _each(self, find: Callable[..., pd.DataFrame], asked: list[Attainability]) -> list[pd.DataFrame]:
        """Ask several questions at once, in processes: a programme is solved on one core."""
        # Openings that were found cannot be sent to another process, and need not be.
        study = Study(self.study.evidence, self.study.scenarios)
        given = (study, self.scenario, self.worlds.age_line)
        if cores() == 1:
            return [self._noted(find(*given, question)) for question in asked]
        with ProcessPoolExecutor(min(cores(), len(asked)), get_context("spawn")) as processes:
            # The longest first, so that no core waits at the end.
            found = [processes.submit(find, *given, question) for question in reversed(asked)]
            return [self._noted(result.result()) for result in reversed(found)]

    def _noted(self, frame: pd.DataFrame) -> pd.DataFrame:
        self._told("")
        return frame

    def _told(self, what: str) -> None:
        if self.progress:
            self.progress()

    def _kept(self, name: str, make: Callable[[], pd.DataFrame], **more: Any) -> pd.DataFrame:
        asked = {**self.worlds.asked(self.scenario), **rules_of(self.scenario), "effort": asdict(self.effort), **more}
        return kept(name, asked, make)
