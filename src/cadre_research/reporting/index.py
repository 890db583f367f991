"""The index page: the question, its answer in a sentence, a verdict table per scenario, and how far to trust it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import pandas as pd

from cadre_research.evidence.scenario import Scenario
from cadre_research.evidence.targets import AgeLine, Targets
from cadre_research.findings.policies import ALL_TARGETS
from cadre_research.reporting.answer import overall_answer
from cadre_research.reporting.change_panel import ChangesContent, changes_panel
from cadre_research.reporting.citation import citation_line, made_line
from cadre_research.reporting.embedded import picture_address
from cadre_research.reporting.panels import Panels
from cadre_research.reporting.picture_texts import fan_text
from cadre_research.reporting.plan_answer import plan_answer
from cadre_research.reporting.provenance import MANIFEST
from cadre_research.reporting.templates import HTML_LANGUAGES, content_policy, page_environment, page_style, page_words

__all__ = ["IndexContent", "PageLink", "index_page", "overall", "panels_of", "picture_alt", "plan_of", "trust_lines"]

KINDS = {".csv": "CSV", ".parquet": "Parquet", ".xlsx": "Excel"}
HINDSIGHT_SCENARIO = "no-retirement-delay"


@dataclass(frozen=True)
class PageLink:
    """A link of the index: where to (relative to it), what it says, and the heading it stands under."""

    href: str
    title: str
    group: str = ""


@dataclass(frozen=True)
class IndexContent:
    """What the index page is made from.

    Parameters
    ----------
    verdicts : DataFrame
        As `findings.verdict.verdicts` returns: every scenario below, horizon, age line and population.
    targets : Targets
    scenarios : mapping of id to Scenario
        In the order of the chooser; the first one shows when the page opens.
    provenance : mapping
        As `provenance.describe` returns.
    pictures : mapping of scenario id to Path
        SVG or PNG of the share paths of a scenario; embedded.
    figures : mapping of scenario id to str
        The same as a file, relative to the index, for who wants it large.
    pages : sequence of PageLink
    downloads : sequence of str
        Tables and other files, relative to the index.
    handouts : sequence of (name, files)
        As `handouts.handout_links` returns; they lead the downloads.
    age_line : str
        Reading under which the page answers.
    required, attainable : DataFrame, optional
        As `findings.required.required` and `findings.attainable.attainable` return.
    notice : str
        Said at the top, as of a report that is not for everybody.
    changes : ChangesContent, optional
        What changed since the report before; not told of if not given.
    explorer : str
        Page on which settings of one's own are tried, relative to the index; empty where there is none.
    known : sequence of mapping
        How one knows, as `background.known_by` returns; not told of if empty.
    """

    verdicts: pd.DataFrame
    targets: Targets
    scenarios: Mapping[str, Scenario]
    provenance: Mapping[str, Any]
    pictures: Mapping[str, Path] = field(default_factory=dict)
    figures: Mapping[str, str] = field(default_factory=dict)
    pages: Sequence[PageLink] = ()
    downloads: Sequence[str] = ()
    handouts: Sequence[tuple[str, list[dict[str, str]]]] = ()
    age_line: AgeLine = "inclusive"
    required: pd.DataFrame | None = None
    attainable: pd.DataFrame | None = None
    notice: str = ""
    changes: ChangesContent | None = None
    explorer: str = ""
    known: Sequence[Mapping[str, Any]] = ()


def index_page(content: IndexContent, language: str = "en", alternate_href: str | None = None) -> str:
    """Make the page that answers the question first: sentence, chooser, table, picture, then how far to trust it.

    Parameters
    ----------
    content : IndexContent
    language : str
        en or zh.
    alternate_href : str, optional
        The same page in the other language.

    Returns
    -------
    str
        One HTML file with everything in it.
    """
    words, panels = page_words(language), panels_of(content, language)
    horizons = words["and"].join(str(years) for years in panels.horizons_years)
    title = words["title"].format(horizons=horizons)
    return (
        page_environment()
        .get_template("index.html.j2")
        .render(
            html_language=HTML_LANGUAGES[language],
            title=title,
            notice=content.notice,
            overall=overall(content, panels),
            explorer=content.explorer,
            content_policy=content_policy(),
            style=page_style(),
            words=words,
            alternate_href=alternate_href,
            alternate_language=next(code for name, code in HTML_LANGUAGES.items() if name != language),
            panels=[_panel(panels, content, scenario) for scenario in content.scenarios.values()],
            column_now=words["column_now"].format(year=panels.baseline_year),
            forecast_columns=[words["column_forecast"].format(year=year) for year in panels.forecast_years],
            more_columns=_more_columns(content, words),
            plan=plan_of(content, panels),
            changes=_changes(content, panels),
            trust=trust_lines(panels, content, words),
            known=content.known,
            page_groups=_grouped(content.pages),
            downloads=[*content.handouts, *_downloads(content.downloads)],
            made=made_line(content.provenance, words),
            cite=citation_line(content.provenance, title, language),
        )
    )


def panels_of(content: IndexContent, language: str) -> Panels:
    """Sentences and rows about each scenario, in a language."""
    return Panels(
        content.verdicts,
        content.targets.targets,
        content.targets.baseline_year,
        content.age_line,
        language,
        page_words(language),
        content.required,
        content.attainable,
    )


def overall(content: IndexContent, panels: Panels) -> str:
    """The answer over all scenarios."""
    names = names_of(content, panels)
    here = content.verdicts[content.verdicts["age_line"] == content.age_line]
    return overall_answer(here, content.targets, names, panels.language) + _possible(content, panels)


def names_of(content: IndexContent, panels: Panels) -> dict[str, str]:
    """Display names of scenarios and targets."""
    names = {scenario.id: getattr(scenario, f"title_{panels.language}") for scenario in content.scenarios.values()}
    return names | {target.id: panels.name(target) for target in panels.targets}


def _changes(content: IndexContent, panels: Panels) -> dict[str, Any] | None:
    if content.changes is None:
        return None
    panel = changes_panel(content.changes, names_of(content, panels), panels.language)
    picture = content.changes.picture
    return {**panel, "picture": picture and picture_address(picture)}


def plan_of(content: IndexContent, panels: Panels) -> dict[str, Any] | None:
    """What the plan's own package comes to, as `plan_answer`."""
    here = content.verdicts[content.verdicts["age_line"] == content.age_line]
    return plan_answer(here, panels.targets, names_of(content, panels), panels.baseline_year, panels.language)


def _possible(content: IndexContent, panels: Panels) -> str:
    """Say whether any policy could reach all targets together by the first horizon, under the first scenario's laws."""
    if content.attainable is None:
        return ""
    first = next(iter(content.scenarios))
    frame = content.attainable.dropna(subset="candidates_per_post")
    frame = frame[
        (frame["target"] == ALL_TARGETS)
        & (frame["scenario"] == first)
        & (frame["horizon_years"] == panels.horizons_years[0])
        & (frame["age_line"] == content.age_line)
        & ~frame["hold"]
    ].sort_values("releases_per_100_posts")
    if frame.empty:
        return ""
    enough = frame.loc[frame["reachable"], "releases_per_100_posts"]
    freed = None if enough.empty else enough.iloc[0]
    key = "overall_impossible" if freed is None else "overall_possible" if freed == 0 else "overall_possible_freeing"
    year, most = panels.forecast_years[0], frame["releases_per_100_posts"].iloc[-1]
    joint = "" if panels.language == "zh" else " "
    return joint + panels.words[key].format(year=year, freed=f"{freed or 0:g}", most=f"{most:g}")


def _panel(panels: Panels, content: IndexContent, scenario: Scenario) -> dict[str, Any]:
    title = getattr(scenario, f"title_{panels.language}")
    picture = content.pictures.get(scenario.id)
    return {
        "id": scenario.id,
        "title": title,
        "reason": (scenario.reason_zh if panels.language == "zh" else None) or scenario.reason,
        "answer": panels.answer(scenario.id, title),
        "rows": panels.rows(scenario.id),
        "depends": panels.depends(scenario.id),
        "picture": picture and picture_address(picture),
        "picture_href": content.figures.get(scenario.id),
        "picture_alt": picture_alt(content, panels, scenario.id),
    }


def picture_alt(content: IndexContent, panels: Panels, scenario: str) -> str:
    """What the picture of a scenario shows, in words."""
    frame, years = content.verdicts, (panels.baseline_year, panels.forecast_years[-1])
    here = frame[(frame["age_line"] == content.age_line) & (frame["population"] == "level")]
    return fan_text(here, names_of(content, panels), scenario, years, panels.language)


def _more_columns(content: IndexContent, words: Mapping[str, str]) -> list[tuple[str, str]]:
    """Keys and headings of the columns that a report without these findings does not have."""
    found = {"rates": content.required, "best": content.attainable}
    return [(key, words[f"column_{key}"]) for key, frame in found.items() if frame is not None]


def trust_lines(panels: Panels, content: IndexContent, words: Mapping[str, str]) -> list[tuple[str, str]]:
    """The small print: what is measured, calibrated, assumed, known only afterwards, and how is counted."""
    year = panels.baseline_year
    surveys = [target.survey for target in panels.targets if target.survey]
    sources = words["semicolon"].join(dict.fromkeys(survey.source for survey in surveys))
    known = content.scenarios.get(HINDSIGHT_SCENARIO)
    named = (
        words["hindsight_scenario"].format(title=getattr(known, f"title_{panels.language}"), id=known.id)
        if known
        else HINDSIGHT_SCENARIO
    )
    joint = "" if panels.language == "zh" else " "
    measured = words["measured"].format(
        year=year, details=panels.measured(next(iter(content.scenarios))), source=sources
    )
    counting = words[f"counting_{content.age_line}"]
    if surveys:
        lines = [
            ("measured", measured),
            ("calibrated", words["calibrated"].format(year=year)),
            ("assumed", words["assumed_detail"]),
            ("hindsight", words["hindsight"].format(year=year, scenario=named)),
            ("counting", f"{counting}{joint}{words['counting_reform']}"),
        ]
    else:
        lines = [
            ("calibrated", words["calibrated"].format(year=year)),
            ("assumed", words["assumed_detail"]),
            ("counting", counting),
        ]
    return [(words[f"{kind}_label"], text) for kind, text in lines]


def _grouped(pages: Sequence[PageLink]) -> list[dict[str, Any]]:
    groups: dict[str, list[PageLink]] = {}
    for page in pages:
        groups.setdefault(page.group, []).append(page)
    return [{"name": name, "pages": members} for name, members in groups.items()]


def _downloads(files: Sequence[str]) -> list[tuple[str, list[dict[str, str]]]]:
    """Files by name, the formats of one table together; the manifest has a line of its own."""
    by_name: dict[str, list[dict[str, str]]] = {}
    for file in (name for name in files if name != MANIFEST):
        path = PurePosixPath(file)
        by_name.setdefault(path.stem, []).append({"href": file, "kind": KINDS.get(path.suffix, path.suffix)})
    return list(by_name.items())
