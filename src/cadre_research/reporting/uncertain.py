"""What is uncertain: which assumptions move the verdicts of a scenario, and how far its intervals can be trusted."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from cadre_research.findings.coverage import coverage, true_worlds, truths_of
from cadre_research.findings.given_data import given_data
from cadre_research.findings.outlook import expected_shares, outlook
from cadre_research.findings.response import Response
from cadre_research.findings.sensitivity import sensitivity, tornado
from cadre_research.findings.turning_points import turning_points
from cadre_research.findings.variance_parts import variance_parts
from cadre_research.model.paths import cores
from cadre_research.reporting.inquiry import HORIZONS_YEARS, Inquiry

__all__ = ["Uncertain"]


class Uncertain(Inquiry):
    """What is asked about the assumptions behind a scenario."""

    def sensitivity(self) -> pd.DataFrame:
        """As `findings.sensitivity.sensitivity`, with every measure."""

        def make() -> pd.DataFrame:
            response = Response(self.study, [self.scenario], HORIZONS_YEARS, self.worlds.age_line)
            bars = tornado(response, cores(), self.progress)
            turns = turning_points(response, cores(), self.progress)
            ensemble = replace(self.worlds, draws=self.effort.surrogate_draws).ensemble(self.scenario)
            shares = expected_shares(ensemble.openings, self.scenario, HORIZONS_YEARS)
            entries = [self.study.evidence.assumptions[name] for name in ensemble.values]
            return sensitivity(
                bars,
                turns,
                variance_parts(ensemble.values, shares, entries, self.worlds.seed),
                given_data(ensemble.values, shares, self.worlds.seed),
            )

        return self._kept("sensitivity", make)

    def coverage(self) -> pd.DataFrame:
        """As `findings.coverage.coverage`, for every kind of truth."""

        def make() -> pd.DataFrame:
            worlds, seed = self.worlds, self.worlds.seed
            openings = worlds.ensemble(self.scenario).openings
            found = outlook(openings, self.scenario, max(HORIZONS_YEARS), worlds.replicates, seed)
            # Truths must not be the worlds they are held against.
            truths = true_worlds(
                self.study,
                truths_of(self.study),
                self.scenario,
                self.effort.truths,
                max(HORIZONS_YEARS),
                seed + 1,
                worlds.age_line,
                progress=self.progress,
            )
            parts = [
                coverage(found, of_kind, horizon).assign(truth=kind)
                for kind, of_kind in truths
                for horizon in HORIZONS_YEARS
            ]
            return pd.concat(parts, ignore_index=True)

        return self._kept("coverage", make, replicates=self.worlds.replicates)
