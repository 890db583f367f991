"""What is asked about the units under one scenario; found once and kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pandas as pd

from cadre_research.evidence.scenario import Scenario
from cadre_research.findings.appraisal import appraisals
from cadre_research.findings.funnel import funnel
from cadre_research.findings.levers import HORIZONS_YEARS
from cadre_research.findings.luck import luck
from cadre_research.findings.priority import priority_effect, priority_fallbacks, with_and_without_priority
from cadre_research.findings.study import Study
from cadre_research.findings.unit_outlook import in_units, unit_probabilities
from cadre_research.reporting.kept import kept, kept_together
from cadre_research.reporting.worlds import Worlds, rules_of

__all__ = ["UNIT_WORLDS", "UnitInquiry", "has_units"]

# Each of twelve units is a city of its own: a report makes do with fewer worlds.
UNIT_WORLDS = 20
TABLES = ("units-probabilities", "units-luck", "units-priority", "units-fallbacks", "units-funnel")


def has_units(study: Study) -> bool:
    """Whether a study knows its units."""
    return study.evidence.units is not None


@dataclass
class UnitInquiry:
    """The units' outlook with the priority rule and without, and their appraisal.

    Parameters
    ----------
    worlds : Worlds
        Under the reading of the age lines that the inquiry is about.
    scenario : Scenario
        Its priority rule is on in everything but what is told without it.
    progress : callable, optional
        Called with every step done.
    """

    worlds: Worlds
    scenario: Scenario
    progress: Callable[[], None] | None = field(default=None, repr=False)

    @property
    def study(self) -> Study:
        """The study of the worlds."""
        return self.worlds.study

    def probabilities(self) -> pd.DataFrame:
        """As `findings.unit_outlook.unit_probabilities`."""
        return self._table("units-probabilities")

    def luck(self) -> pd.DataFrame:
        """As `findings.luck.luck`, at each horizon."""
        return self._table("units-luck")

    def priority(self) -> pd.DataFrame:
        """As `findings.priority.priority_effect`."""
        return self._table("units-priority")

    def fallbacks(self) -> pd.DataFrame:
        """As `findings.priority.priority_fallbacks`, to the last horizon."""
        return self._table("units-fallbacks")

    def funnel(self) -> pd.DataFrame:
        """As `findings.funnel.funnel`, of one path in the years of the horizons: every target's level."""
        return self._table("units-funnel")

    @property
    def horizons_years(self) -> tuple[int, ...]:
        """Those of a report, and those of the targets' deadlines where all lie ahead and none beyond the last."""
        return tuple(sorted({*HORIZONS_YEARS, *self._deadlines_years}))

    @property
    def _deadlines_years(self) -> set[int]:
        """Years to the targets' deadlines; none where one does not lie within the last horizon."""
        targets = self.study.evidence.targets
        deadlines = {target.deadline.year - targets.baseline_year for target in targets.targets}
        return deadlines if all(1 <= years <= HORIZONS_YEARS[-1] for years in deadlines) else set()

    def appraisals(self) -> pd.DataFrame:
        """As `findings.appraisal.appraisals`, to the deadlines, or to the first horizon where one is not among ours."""

        def make() -> pd.DataFrame:
            opening = self.study.divided_opening(self.scenario, self.worlds.age_line)
            return appraisals(opening, self.scenario, None if self._deadlines_years else HORIZONS_YEARS[0])

        return kept("appraisals", {"age_line": self.worlds.age_line, **rules_of(self.scenario)}, make)

    def _table(self, name: str) -> pd.DataFrame:
        """One of the tables about worlds; they are made together."""
        asked = {**self.worlds.asked(self.scenario), "replicates": self.worlds.replicates, **rules_of(self.scenario)}
        return kept_together(TABLES, asked, self._found)[name]

    def _found(self) -> dict[str, pd.DataFrame]:
        openings = in_units(self.worlds.ensemble(self.scenario).openings)
        with_rule, without = with_and_without_priority(
            openings,
            self.scenario,
            HORIZONS_YEARS[-1],
            self.worlds.replicates,
            self.worlds.seed,
            progress=self.progress,
        )
        first = next(iter(openings.values()))
        paths = [
            funnel(with_rule, target.id, "level", first.year + horizon).assign(horizon_years=horizon)
            for target in with_rule.targets
            for horizon in HORIZONS_YEARS
        ]
        parts = (
            unit_probabilities(with_rule, self.horizons_years),
            pd.concat([luck(with_rule, horizon) for horizon in HORIZONS_YEARS], ignore_index=True),
            priority_effect(with_rule, without, HORIZONS_YEARS),
            priority_fallbacks(with_rule, first.evidence.ladder.rank_ids, HORIZONS_YEARS[-1]),
            pd.concat(paths, ignore_index=True),
        )
        return dict(zip(TABLES, parts, strict=True))
