"""The tables of a report: every scenario, horizon and reading, tidy, as CSV and Parquet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import pandas as pd

from cadre_research.evidence.scenario import Scenario
from cadre_research.evidence.targets import AGE_LINES
from cadre_research.findings.age_structure import age_structure, median_ages, target_shares
from cadre_research.findings.explain import share_change
from cadre_research.findings.study import Forecast, Study
from cadre_research.findings.turnover import turnover
from cadre_research.findings.verdict import verdicts
from cadre_research.reporting.kept import kept, kept_together
from cadre_research.reporting.little_laws import little_laws
from cadre_research.reporting.names import display_names
from cadre_research.reporting.spreadsheets import neutralised
from cadre_research.reporting.wording import verdict_sentence, word
from cadre_research.reporting.worlds import Worlds, rules_of

__all__ = [
    "TABLE_COLUMNS",
    "assumptions_table",
    "report_tables",
    "under_age_line",
    "with_sentences",
    "write_tables",
]

LANGUAGES = ("en", "zh")

# The columns that others rely on; a report whose tables lack one is not published.
TABLE_COLUMNS = {
    "verdicts": (
        *("target", "scenario", "horizon_years", "age_line", "population", "share", "threshold", "margin", "reached"),
        *("reached_by_deadline", "first_year_reached", "held", "provenance", "sentence_en", "sentence_zh"),
        *("probability", "probability_se", "share_p05", "share_p50", "share_p95"),
    ),
    "target_shares": ("target", "scenario", "age_line", "population", "year", "young", "headcount", "share"),
    "age_structure": (
        *("scenario", "age_line", "year", "level", "rank", "holds_post", "sex", "age_years", "headcount"),
    ),
    "median_ages": ("scenario", "age_line", "year", "level", "population", "headcount", "median_age_years"),
    "share_change": (
        *("target", "scenario", "horizon_years", "age_line", "population", "component", "young", "contribution"),
    ),
    "flows": ("scenario", "age_line", "year", "rank", "flow", "headcount"),
    "assumptions": ("assumption", "value", "low", "high", "unit", "source", "provenance", "quality", "impact"),
    "share_fan": ("target", "scenario", "age_line", "population", "year", "quantile", "share"),
    "spread_parts": ("target", "scenario", "horizon_years", "standard_deviation", "chance", "not_knowing"),
    "little_law": ("target", "age_line", "population", "share", "observed_share"),
}

KEYS = ["target", "scenario", "horizon_years", "age_line", "population"]
FORECAST_TABLES = ("verdicts", "target_shares", "age_structure", "median_ages", "share_change", "flows")


def report_tables(
    study: Study,
    scenarios: Iterable[str],
    horizons_years: Iterable[int],
    on_done: Callable[[], None] = lambda: None,
    worlds: Mapping[str, Worlds] | None = None,
) -> dict[str, pd.DataFrame]:
    """Make every table of the forecasts, as name -> tidy frame.

    Calls `on_done` after each scenario and age line. Age structure, shares and flows run to the longest horizon: a
    shorter forecast is its beginning. With `worlds` [age line], verdicts have their probability, and there are tables
    of the range of each share (share_fan) and of what it is made of (spread_parts).
    """
    horizons, scenarios = sorted(horizons_years), list(scenarios)
    tables = _forecast_tables(study, scenarios, horizons, on_done)
    if worlds:
        asked = [(worlds[line], study.scenario(name)) for line in AGE_LINES for name in scenarios]
        chances = [_tables_of_worlds(*one, horizons) for one in asked]
        tables |= {name: pd.concat([found[name] for found in chances], ignore_index=True) for name in chances[0]}
        tables["verdicts"] = tables["verdicts"].merge(tables.pop("chances"), on=KEYS, how="left", validate="one_to_one")
    tables["verdicts"] = with_sentences(tables["verdicts"], study)
    tables["assumptions"] = assumptions_table(study)
    # Of every reading, so that no opening need be calibrated where it is kept.
    tables["little_law"] = kept("little_law_table", {}, lambda: _little_law_table(study))
    return tables


def with_sentences(frame: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Add the verdict as a sentence in each language, built from the row."""
    frame = frame.copy()
    for language in LANGUAGES:
        names = display_names(study, language)
        frame[f"sentence_{language}"] = [
            verdict_sentence(row, _whom(row, names, language), names[row["scenario"]], language)
            for row in frame.to_dict("records")
        ]
    return frame


def under_age_line(tables: Mapping[str, pd.DataFrame], age_line: str) -> dict[str, pd.DataFrame]:
    """The tables that depend on the reading of the age lines, under one reading."""
    return {name: frame[frame["age_line"] == age_line] for name, frame in tables.items() if "age_line" in frame}


def _whom(row: Mapping[str, object], names: Mapping[str, str], language: str) -> str:
    """A target's name, with the reading where it is not the survey's own: other than whole level, line included."""
    other = [word("population_posts", language)] if row["population"] == "posts" else []
    other += [word("age_line_strict", language)] if row["age_line"] == "strict" else []
    return word("comma", language).join([names[row["target"]], *other])


def assumptions_table(study: Study) -> pd.DataFrame:
    """Every assumption with its value, range, unit, source, provenance and grades."""
    frame = pd.DataFrame([entry.model_dump() for entry in study.evidence.assumptions.values()])
    return frame.rename(columns={"id": "assumption"})


def write_tables(tables: Mapping[str, pd.DataFrame], folder: Path) -> None:
    """Write each table as <name>.csv (UTF-8 with byte-order mark, as spreadsheets expect) and <name>.parquet."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in tables.items():
        safe = neutralised(frame)
        safe.to_csv(folder / f"{name}.csv", index=False, encoding="utf-8-sig", lineterminator="\n")
        frame.to_parquet(folder / f"{name}.parquet", index=False)


def _forecast_tables(
    study: Study, scenarios: list[str], horizons: list[int], on_done: Callable[[], None]
) -> dict[str, pd.DataFrame]:
    """Tables of the forecasts in expectation, kept on disk."""

    def make() -> dict[str, pd.DataFrame]:
        made: dict[str, list[pd.DataFrame]] = {}
        for age_line in AGE_LINES:
            for scenario in scenarios:
                for name, frame in _tables_of(study, scenario, age_line, horizons).items():
                    made.setdefault(name, []).append(frame)
                on_done()
        return {name: pd.concat(frames, ignore_index=True) for name, frames in made.items()}

    asked = {"horizons": horizons, "scenarios": {name: rules_of(study.scenario(name)) for name in scenarios}}
    return kept_together(FORECAST_TABLES, asked, make)


def _tables_of(study: Study, scenario: str, age_line: str, horizons: list[int]) -> dict[str, pd.DataFrame]:
    longest = study.forecast(scenario, horizons[-1], age_line)
    shares = target_shares(longest)
    return {
        "verdicts": pd.concat([verdicts(shares, longest.targets, horizon) for horizon in horizons]),
        "target_shares": shares,
        "age_structure": age_structure(longest),
        "median_ages": median_ages(longest),
        "share_change": pd.concat([share_change(_up_to(longest, study, horizon)) for horizon in horizons]),
        "flows": turnover(longest),
    }


def _tables_of_worlds(worlds: Worlds, scenario: Scenario, horizons: list[int]) -> dict[str, pd.DataFrame]:
    return {
        "chances": pd.concat([worlds.probabilities(scenario, horizon) for horizon in horizons]),
        "share_fan": worlds.fan(scenario, horizons[-1]),
        "spread_parts": pd.concat([worlds.spread_parts(scenario, horizon) for horizon in horizons]),
    }


def _up_to(forecast: Forecast, study: Study, horizon_years: int) -> Forecast:
    if horizon_years == forecast.horizon_years:
        return forecast
    return study.forecast(forecast.scenario, horizon_years, forecast.age_line)


def _little_law_table(study: Study) -> pd.DataFrame:
    return pd.concat([little_laws(study.opening(age_line=age_line)) for age_line in AGE_LINES], ignore_index=True)
