"""What the measures of the plan are worth, and the cheapest package; found once and kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from typing import Any

import pandas as pd

from cadre_research.evidence.package import measures_of
from cadre_research.evidence.scenario import Scenario
from cadre_research.findings.contributions import FULL_PLAN, Contributions, contributions, efficiency
from cadre_research.findings.goals import GOALS, checked
from cadre_research.findings.package_grid import Grid
from cadre_research.findings.packages import Packages, packages
from cadre_research.findings.study import BASELINE, Study
from cadre_research.reporting.inquiry import HORIZONS_YEARS, Inquiry
from cadre_research.reporting.kept import kept, kept_together
from cadre_research.reporting.worlds import Worlds, rules_of

__all__ = ["Worth", "has_plan"]

# Of a grid of packages, what holds ids of measures.
PARTS = ("measures", "core")
PACKAGES = ("packages-answers", "packages-shares", "packages-scenarios")
CONTRIBUTIONS = ("contributions-shares", "contributions-costs")


def has_plan(study: Study) -> bool:
    """Whether a study knows the plan's measures; one of a register does not."""
    return bool(study.measures) and FULL_PLAN in study.scenarios


class Worth(Inquiry):
    """What is asked about the plan's measures, each and together."""

    @classmethod
    def of(cls, worlds: Worlds, progress: Callable[[], None] | None = None) -> Worth:
        """The inquiry into the study's full plan; it must have one (`has_plan`)."""
        return cls(worlds, worlds.study.scenario(FULL_PLAN), progress=progress)

    @cached_property
    def measures(self) -> tuple[Scenario, ...]:
        """The measures that make up the plan, in the order of the report."""
        known = {**self.study.scenarios, **self.study.measures}
        known = {name: known[name] for name in known if name not in (BASELINE, self.scenario.id)}
        return measures_of(self.scenario, self.study.scenario(BASELINE), known)

    @cached_property
    def others(self) -> tuple[Scenario, ...]:
        """Measures that are not the plan's."""
        return tuple(measure for measure in self.study.measures.values() if measure not in self.measures)

    @property
    def anchored(self) -> tuple[str, ...]:
        """Targets that a survey counted."""
        return tuple(target.id for target in self.study.evidence.targets.targets if target.survey)

    @property
    def unanchored(self) -> tuple[str, ...]:
        """The other targets."""
        return tuple(target.id for target in self.study.evidence.targets.targets if not target.survey)

    @property
    def goals(self) -> dict[str, int]:
        """How many targets each goal of a package has; none that has no target."""
        counts = {"all": len(self.study.evidence.targets.targets), "anchored": len(self.anchored)}
        return {goal: counts[goal] for goal in GOALS if counts[goal]}

    def contributions(self) -> pd.DataFrame:
        """As `findings.contributions.Contributions.shares`, with a column scenario: the plan."""
        return self._divided("shares")

    def costs(self) -> pd.DataFrame:
        """As `findings.contributions.Contributions.costs`, with a column scenario: the plan."""
        return self._divided("costs")

    def efficiency(self) -> pd.DataFrame:
        """As `findings.contributions.efficiency`, with a column scenario: the plan."""
        found = Contributions(self.contributions(), self.costs())
        return efficiency(found).assign(scenario=self.scenario.id)

    def packages(self) -> pd.DataFrame:
        """As `findings.packages.Packages.answers`, with how probable it is that the goal is reached (`checked`)."""
        answers, scenarios = self._searched("answers"), self._searched("scenarios")
        keys = ["goal", "horizon_years"]
        found = {(row.goal, row.horizon_years): _scenario(row.content) for row in scenarios.itertuples()}
        worlds, status_quo = self.worlds, self.study.scenario(BASELINE)

        def make() -> pd.DataFrame:
            openings = worlds.ensemble(status_quo).openings
            told = None if self.progress is None else lambda: self._told("")
            return checked(openings, found, worlds.replicates, worlds.seed, progress=told)

        rules = {f"{goal} {horizon}": rules_of(scenario) for (goal, horizon), scenario in found.items()}
        asked = {**worlds.asked(status_quo), "replicates": worlds.replicates, "packages": rules}
        chances = kept("package-chances", asked, make)
        same = [name for name in ("scenario", "age_line", "population") if name in answers]
        return answers.merge(chances.drop(columns=same), on=keys, validate="one_to_one")

    def package_shares(self) -> pd.DataFrame:
        """As `findings.packages.Packages.shares`."""
        return self._searched("shares")

    def _searched(self, table: str) -> pd.DataFrame:
        """One of the tables of a search for packages; they are made together."""
        known = self.study.measures
        grid = Grid()
        grid = replace(grid, **{part: tuple(one for one in getattr(grid, part) if one in known) for part in PARTS})
        goals = list(self.goals)

        def make() -> dict[str, pd.DataFrame]:
            told = None if self.progress is None else lambda name, done, of: self._told("")
            found = packages(self.study, grid, goals, HORIZONS_YEARS, age_line=self.worlds.age_line, progress=told)
            return dict(zip(PACKAGES, (found.answers, found.shares, _contents(found)), strict=True))

        asked = self._asked(tuple(known[name] for name in grid.measures), goals=goals)
        return kept_together(PACKAGES, asked, make)[f"packages-{table}"]

    def _divided(self, table: str) -> pd.DataFrame:
        """One of the two tables of contributions; they are made together."""

        def make() -> dict[str, pd.DataFrame]:
            told = None if self.progress is None else lambda done, of: self._told("")
            found = contributions(self.study, self.measures, HORIZONS_YEARS, self.worlds.age_line, progress=told)
            tables = (frame.assign(scenario=self.scenario.id) for frame in (found.shares, found.costs))
            return dict(zip(CONTRIBUTIONS, tables, strict=True))

        return kept_together(CONTRIBUTIONS, self._asked(self.measures), make)[f"contributions-{table}"]

    def _asked(self, measures: tuple[Scenario, ...], **more: Any) -> dict[str, Any]:
        """What a table without chance depends on beside the facts and the status quo: the rules of every measure."""
        rules = {measure.id: rules_of(measure) for measure in measures}
        return {"age_line": self.worlds.age_line, "measures": rules, "horizons": list(HORIZONS_YEARS), **more}


def _contents(found: Packages) -> pd.DataFrame:
    """The packages' scenarios as text."""
    rows = [(goal, horizon, scenario.model_dump_json()) for (goal, horizon), scenario in found.scenarios.items()]
    return pd.DataFrame(rows, columns=["goal", "horizon_years", "content"])


def _scenario(content: str) -> Scenario:
    return Scenario.model_validate_json(content)
