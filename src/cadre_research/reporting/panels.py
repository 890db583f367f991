"""What the index page says about one scenario: the answer in a sentence, the verdict table, and what it depends on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from cadre_research.evidence.targets import Target
from cadre_research.reporting.wording import age_phrase, percent, probability, rounded_up, span, word

__all__ = ["Panels"]

RATE = "promotion-rate"

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
    required, attainable : DataFrame, optional
        As `findings.required.required` and `findings.attainable.attainable` return.
    """

    verdicts: pd.DataFrame
    targets: tuple[Target, ...]
    baseline_year: int
    age_line: str
    language: str
    words: Mapping[str, str]
    required: pd.DataFrame | None = None
    attainable: pd.DataFrame | None = None

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
        chosen = self._here.get((scenario, target.id, horizon), self.verdicts.iloc[:0])
        if len(chosen) != 1:
            raise ValueError(
                f"verdicts: expected one row for {target.id}, {scenario}, {horizon} years, {self.age_line}, level; "
                f"got {len(chosen)}."
            )
        return chosen.iloc[0]

    def _readings(self, scenario: str, target: Target, horizon: int) -> pd.DataFrame:
        return self._by_question.get((scenario, target.id, horizon), self.verdicts.iloc[:0])

    @cached_property
    def _by_question(self) -> dict[tuple[str, str, int], pd.DataFrame]:
        """Verdicts of every scenario, target and horizon, under all readings."""
        return dict(iter(self.verdicts.groupby(["scenario", "target", "horizon_years"])))

    @cached_property
    def _here(self) -> dict[tuple[str, str, int], pd.DataFrame]:
        """Those of the reading that the page answers under."""
        frame = self.verdicts
        frame = frame[(frame["age_line"] == self.age_line) & (frame["population"] == "level")]
        return dict(iter(frame.groupby(["scenario", "target", "horizon_years"])))

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
            "rates": self._by_year(self._rate, scenario, target) if self.required is not None else [],
            "best": self._by_year(self._best, scenario, target) if self.attainable is not None else [],
            "basis": self.words[f"basis_{kind}"],
            "basis_kind": kind,
        }

    def _cell(self, row: pd.Series) -> dict[str, Any]:
        reached = bool(row["reached"])
        mark = f"✓ {self.words['reached']}" if reached else f"✗ {self.words['not_reached']}"
        cell = {"share": percent(row["share"], self.language), "reached": reached, "mark": mark, "how_sure": []}
        if not pd.isna(row.get("probability")):
            cell["how_sure"] = [
                self.words["range_90"].format(span=span(row["share_p05"], row["share_p95"], self.language)),
                self.words["probability"].format(
                    probability=probability(row["probability"], row["probability_se"], self.language, row.get("draws"))
                ),
            ]
        return cell

    def _by_year(self, find: Callable[[str, Target, int], str], scenario: str, target: Target) -> list[tuple[str, str]]:
        """One line a horizon, where there is anything to say."""
        lines = [(self.baseline_year + horizon, find(scenario, target, horizon)) for horizon in self.horizons_years]
        return [(self.year_label(year), text) for year, text in lines if text]

    def year_label(self, year: int) -> str:
        """A year as it stands before what holds for it."""
        return self.words["of_year"].format(year=year)

    def _rate(self, scenario: str, target: Target, horizon: int) -> str:
        """Promotion rate that it takes, in expectation and with 90 % probability."""
        found = _only(
            self.required,
            scenario=scenario,
            target=target.id,
            horizon_years=horizon,
            lever=RATE,
            age_line=self.age_line,
            population="level",
        )
        if found is None:
            return ""
        surely = found["value_for_90_percent"]
        return self.words["rate_needed" if found["reachable"] else "no_rate"].format(
            # Rounded up: the rate shown must suffice.
            rate=rounded_up(found["value"]) if found["reachable"] else "",
            surely=self.words["rate_none"] if pd.isna(surely) else f"{100 * surely:.0f}",
        )

    def _best(self, scenario: str, target: Target, horizon: int) -> str:
        """Best share that any policy reaches without freeing posts, and how many to free for the target."""
        frame = self.attainable
        curve = frame[
            (frame["scenario"] == scenario)
            & (frame["target"] == target.id)
            & (frame["horizon_years"] == horizon)
            & ~frame["hold"]
            & (frame["age_line"] == self.age_line)
            & (frame["population"] == "level")
            & frame["candidates_per_post"].notna()
        ].sort_values("releases_per_100_posts")
        if curve.empty:
            return ""
        reaching = curve[curve["reachable"]]
        freed = None if reaching.empty else reaching["releases_per_100_posts"].iloc[0]
        key = "best_never" if freed is None else "best" if freed == 0 else "best_freeing"
        return self.words[key].format(
            share=percent(curve["best_share"].iloc[0], self.language),
            freed=f"{freed:g}" if freed is not None else "",
            most=f"{curve['releases_per_100_posts'].iloc[-1]:g}",
        )

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


def _only(frame: pd.DataFrame, **wanted: object) -> pd.Series | None:
    """The row that has these values, None when there is none."""
    for column, value in wanted.items():
        frame = frame[frame[column] == value]
    return None if frame.empty else frame.iloc[0]
