"""The ensemble and what follows from it, found once and kept on disk."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from cadre_research.evidence.scenario import Scenario
from cadre_research.findings.outlook import fan, outlook, probabilities, spread_parts
from cadre_research.findings.study import BASELINE, Study
from cadre_research.model.ensemble import Ensemble, rebuilt_ensemble, solved_draws
from cadre_research.model.opening import Opening
from cadre_research.reporting.kept import kept, kept_together
from cadre_research.reporting.unchanged import DRAWS, REPLICATES, SEED

__all__ = ["DRAWS", "REPLICATES", "SEED", "Worlds", "rules_of"]

LONGEST_HORIZON_YEARS = 10
SOLUTION = "solution-"
OUTLOOK = ("probabilities", "spread", "fan")
# What a scenario is called, and why it is there.
NOT_RULES = {"title_en", "title_zh", "reason", "reason_zh", "order", "source"}

Progress = Callable[[], None]


@dataclass
class Worlds:
    """The worlds that agree with the evidence under one reading of the age lines.

    Parameters
    ----------
    study : Study
    age_line : {"inclusive", "strict"}
    draws : int
        Sets of assumptions drawn.
    replicates : int
        Times that chance is drawn in each.
    seed : int
    progress : callable, optional
        Called with a number of steps done, out of `draws` for the ensemble and again for each scenario.
    """

    study: Study
    age_line: str = "inclusive"
    draws: int = DRAWS
    replicates: int = REPLICATES
    seed: int = SEED
    progress: Progress | None = field(default=None, repr=False)
    _ensembles: dict[str, Ensemble] = field(default_factory=dict, init=False, repr=False)
    _outlooks: dict[str, dict[str, pd.DataFrame]] = field(default_factory=dict, init=False, repr=False)

    def __getstate__(self) -> dict[str, Any]:
        """What another process is told: neither openings nor the progress of a terminal can be sent there."""
        return {**vars(self), "progress": None, "_ensembles": {}, "_outlooks": {}}

    def asked(self, scenario: Scenario) -> dict[str, Any]:
        """What tells these worlds from others of the same evidence."""
        return {
            "age_line": self.age_line,
            "draws": self.draws,
            "seed": self.seed,
            "assumptions": dict(scenario.assumptions),
            "growth": scenario.opening.post_growth_before_per_year,
        }

    def ensemble(self, scenario: Scenario) -> Ensemble:
        """Draw and calibrate the ensemble a scenario starts from, and put its openings together."""
        place = json.dumps(self.asked(scenario), sort_keys=True)
        if place not in self._ensembles:
            solutions = self._solved(scenario).filter(like=SOLUTION)
            draws = self.drawn(scenario)
            accepted = {draw: tuple(solutions.loc[draw]) for draw in draws.index[draws["accepted"]]}
            self._ensembles[place] = rebuilt_ensemble(*self._centre(scenario), draws, accepted, scenario)
        return self._ensembles[place]

    def drawn(self, scenario: Scenario) -> pd.DataFrame:
        """`Ensemble.draws` of the ensemble a scenario starts from, without putting its openings together."""
        frame = self._solved(scenario)
        return frame[[name for name in frame.columns if not name.startswith(SOLUTION)]]

    def accepted(self, scenario: Scenario) -> int:
        """How many of them agree with the survey."""
        return int(self.drawn(scenario)["accepted"].sum())

    def probabilities(self, scenario: Scenario, horizon_years: int) -> pd.DataFrame:
        """As `findings.outlook.probabilities`."""
        frame = self._of(scenario, horizon_years, "probabilities")
        return frame[frame["horizon_years"] == horizon_years].reset_index(drop=True)

    def spread_parts(self, scenario: Scenario, horizon_years: int) -> pd.DataFrame:
        """As `findings.outlook.spread_parts`."""
        frame = self._of(scenario, horizon_years, "spread")
        return frame[frame["horizon_years"] == horizon_years].reset_index(drop=True)

    def fan(self, scenario: Scenario, horizon_years: int) -> pd.DataFrame:
        """As `findings.outlook.fan`, up to the horizon."""
        frame = self._of(scenario, horizon_years, "fan")
        return frame[frame["year"] <= self.study.evidence.targets.baseline_year + horizon_years].reset_index(drop=True)

    def _solved(self, scenario: Scenario) -> pd.DataFrame:
        """Draws with the solution of each accepted one."""

        def make() -> pd.DataFrame:
            draws, solutions = solved_draws(
                *self._centre(scenario), self.draws, self.seed, scenario, progress=self.progress
            )
            frame = pd.DataFrame.from_dict(solutions, orient="index")
            return draws.join(frame.rename(columns=lambda place: f"{SOLUTION}{place}"))

        return kept("ensemble", self.asked(scenario), make)

    def _centre(self, scenario: Scenario) -> tuple[Opening, Scenario]:
        return self.study.opening(scenario, self.age_line), self.study.scenario(BASELINE)

    def _of(self, scenario: Scenario, horizon_years: int, kind: str) -> pd.DataFrame:
        """One of the tables of a scenario; all of them are made, kept and read together."""
        longest = max(horizon_years, LONGEST_HORIZON_YEARS)
        asked = self._asked_of(scenario, longest)
        place = json.dumps(asked, sort_keys=True)

        def make() -> dict[str, pd.DataFrame]:
            openings = self.ensemble(scenario).openings
            found = outlook(openings, scenario, longest, self.replicates, self.seed, progress=self.progress)
            years = range(1, longest + 1)
            return {
                "probabilities": pd.concat([probabilities(found, year) for year in years], ignore_index=True),
                "spread": pd.concat([spread_parts(found, year) for year in years], ignore_index=True),
                "fan": fan(found),
            }

        if place not in self._outlooks:
            self._outlooks[place] = kept_together(OUTLOOK, asked, make)
        return self._outlooks[place][kind]

    def _asked_of(self, scenario: Scenario, longest: int) -> dict[str, Any]:
        return {**self.asked(scenario), "replicates": self.replicates, "longest": longest, **rules_of(scenario)}


def rules_of(scenario: Scenario) -> dict[str, Any]:
    """All of a scenario that its numbers depend on."""
    return {"scenario": scenario.model_dump(mode="json", exclude=NOT_RULES)}
