"""What the measures of the plan are worth, and the cheapest package; found once and kept."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import pandas as pd

from cadre_research.evidence.package import measures_of
from cadre_research.evidence.scenario import Scenario
from cadre_research.findings.contributions import FULL_PLAN, Contributions, contributions, efficiency
from cadre_research.findings.study import BASELINE, Study
from cadre_research.reporting.inquiry import HORIZONS_YEARS, Inquiry
from cadre_research.reporting.kept import kept
from cadre_research.reporting.worlds import Worlds, rules_of

__all__ = ["Worth", "has_plan"]


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

    def _divided(self, table: str) -> pd.DataFrame:
        """One of the two tables of contributions; they are made together, each kept by itself."""
        made: dict[str, Contributions] = {}

        def make() -> pd.DataFrame:
            if not made:
                told = None if self.progress is None else lambda done, of: self._told("")
                made["found"] = contributions(
                    self.study, self.measures, HORIZONS_YEARS, self.worlds.age_line, progress=told
                )
            return getattr(made["found"], table).assign(scenario=self.scenario.id)

        tables = {name: kept(f"contributions-{name}", self._asked(self.measures), make) for name in ("shares", "costs")}
        return tables[table]

    def _asked(self, measures: tuple[Scenario, ...], **more: Any) -> dict[str, Any]:
        """What a table without chance depends on beside the facts and the status quo: the rules of every measure."""
        rules = {measure.id: rules_of(measure) for measure in measures}
        return {"age_line": self.worlds.age_line, "measures": rules, "horizons": list(HORIZONS_YEARS), **more}
