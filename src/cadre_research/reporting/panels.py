"""What the index page says about one scenario: the answer in a sentence, the verdict table, and what it depends on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from cadre_research.evidence.targets import Target
from cadre_research.reporting.wording import age_phrase, percent, word

__all__ = ["Panels"]

NUMBERS = {"en": ("none", "one", "two", "three", "four", "five", "six"), "zh": tuple("0123456")}


@dataclass(frozen=True)
class Panels:
    """Sentences and rows made from verdicts.

    Parameters
    ----------
    verdicts : DataFrame
        As `findings.verdict.verdicts` returns, all scenarios, horizons and readings.
    targets : tuple of Target
        In the order of the report.
    baseline_year : int
        Year of the opening population.
    age_line, language : str
        Reading of the age lines that the page answers under, and its language.
    words : mapping
        As `templates.page_words` returns.
    """

    verdicts: pd.DataFrame
    targets: tuple[Target, ...]
    baseline_year: int
    age_line: str
    language: str
    words: Mapping[str, str]

    @property
    def horizons_years(self) -> list[int]:
        """Horizons there are verdicts for, nearest first."""
        return sorted(int(years) for years in self.verdicts["horizon_years"].unique())

    @property
    def forecast_years(self) -> list[int]:
        """Calendar years of the horizons."""
        return [self.baseline_year + horizon for horizon in self.horizons_years]

    def answer(self, scenario: str, title: str) -> str:
        """One sentence: how many targets are reached at each horizon, the survey-anchored ones first, with shares."""
        anchored = [target for target in self.targets if target.survey]
        assumed = [target for target in self.targets if not target.survey]
        reached = [
            self._row(scenario, target, horizon)["reached"]
            for target in self.targets
            for horizon in self.horizons_years
        ]
        lead = self.words["lead_yes" if all(reached) else "lead_partly" if any(reached) else "lead_no"]
        counted = self._counted(scenario, assumed, "assumed_first") if assumed else ""
        if not anchored:
            return self.words["answer_without_survey"].format(lead=lead, scenario=title, assumed=counted)
        details = self.words["semicolon"].join(self._path(scenario, target) for target in anchored)
        return self.words["answer"].format(
            lead=lead,
            scenario=title,
            anchored=self._counted(scenario, anchored, "anchored_first"),
            details=details,
            assumed=f"{self.words['semicolon']}{counted}" if counted else "",
        )

    def rows(self, scenario: str) -> list[dict[str, Any]]:
        """Rows of the verdict table, one a target."""
        return [self._table_row(scenario, target) for target in self.targets]

    def depends(self, scenario: str) -> list[str]:
        """One line for each verdict that differs between the readings of the age lines or of who is counted."""
        lines = []
        for target in self.targets:
            for horizon in self.horizons_years:
                readings = self._readings(scenario, target, horizon)
                if readings["reached"].nunique() > 1:
                    above = bool(self._row(scenario, target, horizon)["reached"])
                    lines.append(
                        self.words["depends"].format(
                            target=self.name(target),
                            year=self.baseline_year + horizon,
                            above=self.words["reached" if above else "not_reached"],
                            otherwise=self.words["not_reached" if above else "reached"],
                            readings=self._spelled(readings, not above, target),
                        )
                    )
        return lines

    def measured(self, scenario: str) -> str:
        """Shares that the survey found, by target."""
        nearest = self.horizons_years[0]
        shares = {
            self.name(target): self._row(scenario, target, nearest)["opening_share"]
            for target in self.targets
            if target.survey
        }
        return self.words["semicolon"].join(f"{name} {percent(share, self.language)}" for name, share in shares.items())

    def name(self, target: Target) -> str:
        """Display name of a target."""
        return getattr(target, f"name_{self.language}")

    def _row(self, scenario: str, target: Target, horizon: int) -> pd.Series:
        frame = self._readings(scenario, target, horizon)
        chosen = frame[(frame["age_line"] == self.age_line) & (frame["population"] == "level")]
        if len(chosen) != 1:
            raise ValueError(
                f"verdicts: expected one row for {target.id}, {scenario}, {horizon} years, {self.age_line}, level; "
                f"got {len(chosen)}."
            )
        return chosen.iloc[0]

    def _readings(self, scenario: str, target: Target, horizon: int) -> pd.DataFrame:
        frame = self.verdicts
        return frame[
            (frame["scenario"] == scenario) & (frame["target"] == target.id) & (frame["horizon_years"] == horizon)
        ]

    def _counted(self, scenario: str, targets: Sequence[Target], key: str) -> str:
        text = ""
        for horizon in self.horizons_years:
            count = sum(bool(self._row(scenario, target, horizon)["reached"]) for target in targets)
            shown = self._number(count, len(targets))
            year = self.baseline_year + horizon
            if text:
                text += self.words["counted_next"].format(count=shown, year=year)
                continue
            of_them = f"{shown} of the {self._digit(len(targets))}" if self.language == "en" else shown
            text = self.words[key].format(
                count=of_them, total=len(targets), verb="is" if count <= 1 else "are", year=year
            )
        return text

    def _number(self, count: int, total: int) -> str:
        if self.language == "en" and total == 2 and count != 1:
            return "both" if count else "neither"
        return self._digit(count)

    def _digit(self, count: int) -> str:
        known = NUMBERS[self.language]
        return known[count] if count < len(known) else str(count)

    def _path(self, scenario: str, target: Target) -> str:
        rows = [self._row(scenario, target, horizon) for horizon in self.horizons_years]
        shares = [rows[0]["opening_share"], *(row["share"] for row in rows)]
        # No line break inside a path.
        return f"{self.name(target)} " + "\N{NO-BREAK SPACE}→\N{NO-BREAK SPACE}".join(
            percent(share, self.language) for share in shares
        )

    def _table_row(self, scenario: str, target: Target) -> dict[str, Any]:
        rows = [self._row(scenario, target, horizon) for horizon in self.horizons_years]
        kind = "survey" if target.survey else "assumed"
        return {
            "name": self.name(target),
            "line": self.words["line"].format(
                age=age_phrase(target.age_years, self.age_line, self.language), share=target.share
            ),
            "now": percent(rows[0]["opening_share"], self.language),
            "forecasts": [self._cell(row) for row in rows],
            "first": self._first(rows[-1]),
            "basis": self.words[f"basis_{kind}"],
            "basis_kind": kind,
        }

    def _cell(self, row: pd.Series) -> dict[str, Any]:
        reached = bool(row["reached"])
        mark = f"✓ {self.words['reached']}" if reached else f"✗ {self.words['not_reached']}"
        return {"share": percent(row["share"], self.language), "reached": reached, "mark": mark}

    def _first(self, row: pd.Series) -> str:
        if pd.isna(row["first_year_reached"]):
            return self.words["never"].format(year=self.forecast_years[-1])
        year = int(row["first_year_reached"])
        text = self.words["from_opening"] if year == self.baseline_year else str(year)
        if row["held"]:
            return text
        return f"{text}{self.words['within']}{self.words['regained' if row['reached'] else 'lost_again']}"

    def _spelled(self, readings: pd.DataFrame, reached: bool, target: Target) -> str:
        """Name the readings with a verdict, by no more than what the verdict depends on."""
        parts = ("population", "age_line")
        # A part decides alone when the verdict is the same whatever the other part is.
        deciding = [part for part in parts if readings.groupby(part)["reached"].nunique().max() == 1] or list(parts)
        chosen = readings.loc[readings["reached"] == reached, deciding].drop_duplicates()
        return self.words["or"].join(
            self.words["within"].join(self._reading(part, row[part], target) for part in deciding)
            for _, row in chosen.iterrows()
        )

    def _reading(self, part: str, value: str, target: Target) -> str:
        if part == "population":
            return word(f"population_{value}", self.language)
        return age_phrase(target.age_years, value, self.language)
