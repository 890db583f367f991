"""What is possible: the best that any lawful policy could do for the targets of a scenario, found once and kept."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from cadre_research.evidence.scenario import Scenario
from cadre_research.findings.attainable import Attainability, attainable, attainable_range
from cadre_research.findings.certificate import Asked, certificate, least_relaxation
from cadre_research.findings.limits import Limits
from cadre_research.findings.maintainable import maintainable
from cadre_research.findings.optimal_plan import optimal_plan
from cadre_research.findings.outlook import expected_shares
from cadre_research.findings.policies import ALL_TARGETS
from cadre_research.findings.study import Study
from cadre_research.model.opening import Opening
from cadre_research.model.paths import cores
from cadre_research.model.processes import in_processes
from cadre_research.reporting.inquiry import HORIZONS_YEARS, Inquiry

__all__ = ["Possible"]

FIRST_HORIZONS_YEARS = (1, 2, 3, 4, 5)


class Possible(Inquiry):
    """What is asked of all lawful policies under a scenario's posts and laws."""

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
            if budgets
        ]
        return self._kept("attainable", lambda: self._each(asked))

    def attainable_range(self) -> pd.DataFrame:
        """As `findings.attainable.attainable_range` with no post freed, for the surveyed targets and all together.

        Over those worlds of the ensemble in which the share of a surveyed target (the first two where none is) is
        expected to be lowest or highest.
        """

        def make() -> pd.DataFrame:
            openings = self.worlds.ensemble(self.scenario).openings
            targets = self.study.evidence.targets.targets
            surveyed = tuple(target.id for target in targets if target.survey) or tuple(t.id for t in targets[:2])
            shares = expected_shares(openings, self.scenario, HORIZONS_YEARS)[list(surveyed)]
            corners = list(dict.fromkeys([*shares.idxmin(), *shares.idxmax()]))[: self.effort.corners]
            question = Attainability(
                HORIZONS_YEARS, (0.0,), (False,), (*surveyed, ALL_TARGETS), certified_per_100_posts=()
            )
            return attainable_range([openings[draw] for draw in corners], self.scenario, question, self._told)

        return self._kept("attainable-range", make)

    def first_possible(self) -> pd.DataFrame:
        """As `findings.attainable.attainable` for horizons of 1 to 5 years with no post freed: when it can first be."""
        asked = Attainability(FIRST_HORIZONS_YEARS, (0.0,), (False,), certified_per_100_posts=())
        return self._kept(
            "first-possible", lambda: attainable(self.study, self.scenario, self.worlds.age_line, asked, self._told)
        )

    @property
    def last_impossible_horizon_years(self) -> int | None:
        """Longest of these horizons at which no policy reaches all targets together; None when there is none."""
        first = self.first_possible().query("target == @ALL_TARGETS and not reachable")
        return None if first.empty else int(first["horizon_years"].max())

    def certificate(self) -> pd.DataFrame:
        """As `findings.certificate.certificate`, at the last impossible horizon; empty when there is none."""
        return self._kept("certificate", lambda: self._of_last_impossible(certificate))

    def least_relaxation(self) -> pd.DataFrame:
        """As `findings.certificate.least_relaxation`, at the last impossible horizon; empty when there is none."""
        return self._kept("least-relaxation", lambda: self._of_last_impossible(least_relaxation))

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

    def _of_last_impossible(self, find: Callable[..., pd.DataFrame]) -> pd.DataFrame:
        horizon = self.last_impossible_horizon_years
        if horizon is None:
            return pd.DataFrame()
        return find(self._opening, Limits(), Asked(self.scenario, horizon, progress=self._told))

    @property
    def _opening(self) -> Opening:
        return self.study.opening(self.scenario, self.worlds.age_line)

    def _each(self, asked: list[Attainability]) -> pd.DataFrame:
        """Ask several questions at once, in processes: a programme is solved on one core."""
        given, found = (self.study, self.scenario, self.worlds.age_line), []
        # The longest first, so that no core waits at the end.
        for frame in in_processes(_attainable, given, asked[::-1], cores()):
            found.append(frame)
            self._told("")
        return pd.concat(found[::-1], ignore_index=True)


def _attainable(given: tuple[Study, Scenario, str], question: Attainability) -> pd.DataFrame:
    return attainable(*given, question)
