"""What a brief of two pages says, in one language: built once from the report's tables, then set as PDF and Word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from cadre_research.evidence.targets import Target
from cadre_research.findings.study import BASELINE, Study
from cadre_research.reporting.answer_moved import moved_by, turned_by
from cadre_research.reporting.citation import citation_line, made_line
from cadre_research.reporting.index import IndexContent, overall, panels_of, picture_alt, plan_of, trust_lines
from cadre_research.reporting.office_file import plain_text
from cadre_research.reporting.own_service import notice
from cadre_research.reporting.panels import Panels
from cadre_research.reporting.templates import HTML_LANGUAGES, page_words
from cadre_research.reporting.wording import word

__all__ = ["Brief", "Lines", "brief_of", "forecasts_in"]

MOST_READINGS = 3

Lines = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Brief:
    """A brief in one language; every text is plain, and none is markup.

    Parameters
    ----------
    language : str
        en or zh.
    html_language : str
        Its code in a document.
    title, notice, answer, shown, marks : str
        Heading; what must be said first, empty for most reports; the answer; which scenario table and picture are of;
        legend of the table.
    headings : tuple of str
        Of the table.
    rows : tuple of rows
        A row a target, of cells, each of one line or more; the first cell names the target.
    picture_text : str
        Text alternative of the picture.
    sections : tuple of (heading, lines)
        Each line a label and a text; the last section stands by the picture, on the second page.
    cite, made : str
        How to cite the report; by what it was made, and when.
    """

    language: str
    html_language: str
    title: str
    notice: str
    answer: str
    shown: str
    marks: str
    headings: tuple[str, ...]
    rows: tuple[tuple[tuple[str, ...], ...], ...]
    picture_text: str
    sections: tuple[tuple[str, Lines], ...]
    cite: str
    made: str


def brief_of(content: IndexContent, study: Study, tables: Mapping[str, pd.DataFrame], language: str) -> Brief:
    """Build the brief about the scenario that shows first on the index.

    Parameters
    ----------
    content : IndexContent
        What the index is made from; its notice is said again in the brief's language.
    tables : mapping
        Of the report, as they may be shown.
    language : str
        en or zh, whatever the report's own is.
    """
    words, panels = page_words(language), panels_of(content, language)
    scenario = next(iter(content.scenarios.values()))
    shown = getattr(scenario, f"title_{language}")
    sections = (
        (
            word("brief_assumptions", language, scenario=_status_quo(study, language)),
            _assumptions(panels, tables),
        ),
        (word("brief_changes", language), _changes(panels, content, study, tables, scenario.id)),
        (words["trust_title"], tuple(trust_lines(panels, content, words))),
    )
    title = words["title"].format(horizons=words["and"].join(str(years) for years in panels.horizons_years))
    brief = Brief(
        language=language,
        html_language=HTML_LANGUAGES[language],
        title=title,
        notice=notice(language),
        answer=overall(content, panels),
        shown=word("brief_of_table", language, scenario=shown),
        marks=word("brief_marks", language, year=panels.forecast_years[-1]),
        headings=_headings(panels, words),
        rows=tuple(_row(row, panels) for row in panels.rows(scenario.id)),
        picture_text=picture_alt(content, panels, scenario.id),
        sections=tuple((heading, lines) for heading, lines in sections if lines),
        cite=citation_line(content.provenance, title, language),
        made=made_line(content.provenance, words),
    )
    return _plain(brief)


def forecasts_in(brief: Brief) -> int:
    """Number of the table's columns with forecasts, which need more room than others."""
    return sum(len(cell) > 1 for cell in brief.rows[0][1:]) if brief.rows else 0


def _plain(brief: Brief) -> Brief:
    """Every text without what a document cannot hold."""

    def clean(value: Any) -> Any:
        return tuple(map(clean, value)) if isinstance(value, tuple) else plain_text(value)

    return Brief(**{name: clean(value) for name, value in vars(brief).items()})


def _headings(panels: Panels, words: Mapping[str, str]) -> tuple[str, ...]:
    forecasts = (words["column_forecast"].format(year=year) for year in panels.forecast_years)
    found = {"rates": panels.required, "best": panels.attainable}
    more = (words[f"column_{key}"] for key, frame in found.items() if frame is not None)
    now = words["column_now"].format(year=panels.baseline_year)
    return (words["column_target"], now, *forecasts, *more, words["column_basis"])


def _row(row: Mapping[str, Any], panels: Panels) -> tuple[tuple[str, ...], ...]:
    """Cells of a target: each horizon's share, mark, range and probability; rate and best of the last one."""
    forecasts = ((cell["share"], cell["mark"], *cell["how_sure"]) for cell in row["forecasts"])
    found = {"rates": panels.required, "best": panels.attainable}
    last = panels.year_label(panels.forecast_years[-1])
    more = (
        tuple(text for year, text in row[key] if year == last) or ("",)
        for key, frame in found.items()
        if frame is not None
    )
    return ((row["name"], row["line"]), (row["now"],), *forecasts, *more, (row["basis"],))


def _judged(panels: Panels) -> list[Target]:
    """Targets that a survey counted, or all where it counted none."""
    return [target for target in panels.targets if target.survey] or list(panels.targets)


def _assumptions(panels: Panels, tables: Mapping[str, pd.DataFrame]) -> Lines:
    frame = _sensitivity(panels, tables)
    names = {target.id: panels.name(target) for target in _judged(panels)}
    return moved_by(frame, tables["assumptions"], names, panels.forecast_years[-1], panels.language)


def _changes(
    panels: Panels, content: IndexContent, study: Study, tables: Mapping[str, pd.DataFrame], scenario: str
) -> Lines:
    """What turns a verdict: one assumption, a rate of promotion, the plan, another way to count."""
    language, frame = panels.language, _sensitivity(panels, tables)
    names = {target.id: panels.name(target) for target in _judged(panels)}
    year = panels.forecast_years[-1]
    lines = turned_by(frame, tables["assumptions"], names, year, _status_quo(study, language), language)
    rates = _rates(panels, scenario, names)
    if rates:
        found = word("semicolon", language).join(rates)
        lines += [(word("brief_rate_label", language), word("brief_rates", language, year=year, found=found))]
    if plan := plan_of(content, panels):
        counted = [
            word("plan_year", language, year=at, reached=len(reached), of=len(reached) + len(missing))
            for at, reached, missing in plan["years"]
        ]
        text = word("brief_plan", language, years=word("semicolon", language).join(counted))
        lines += [(word("brief_plan_label", language), text)]
    label = word("brief_counting_label", language)
    return (*lines, *((label, line) for line in panels.depends(scenario)[:MOST_READINGS]))


def _status_quo(study: Study, language: str) -> str:
    """The scenario that the assumptions are moved under, whichever the brief is about."""
    return getattr(study.scenario(BASELINE), f"title_{language}")


def _rates(panels: Panels, scenario: str, names: Mapping[str, str]) -> list[str]:
    if panels.required is None:
        return []
    rows: Sequence[Mapping[str, Any]] = panels.rows(scenario)
    last = panels.year_label(panels.forecast_years[-1])
    return [
        word("brief_rate", panels.language, target=row["name"], rate=text)
        for row in rows
        if row["name"] in names.values()
        for year, text in row["rates"]
        if year == last
    ]


def _sensitivity(panels: Panels, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Rows of the last horizon of the targets judged, under the report's own reading."""
    frame = tables.get("sensitivity")
    if frame is None or frame.empty:
        return pd.DataFrame(columns=["target", "assumption"])
    judged = [target.id for target in _judged(panels)]
    return frame[
        frame["target"].isin(judged)
        & (frame["horizon_years"] == panels.horizons_years[-1])
        & (frame["age_line"] == panels.age_line)
        & (frame["population"] == "level")
    ]
