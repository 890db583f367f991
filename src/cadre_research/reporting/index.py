"""The index page: the question, its answer in a sentence, a verdict table per scenario, and how far to trust it."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

import jinja2
import pandas as pd

from cadre_research.evidence.scenario import Scenario
from cadre_research.evidence.targets import AgeLine, Targets
from cadre_research.findings.policies import ALL_TARGETS
from cadre_research.reporting.answer import overall_answer
from cadre_research.reporting.change_panel import ChangesContent, changes_panel
from cadre_research.reporting.panels import Panels
from cadre_research.reporting.plan_answer import plan_answer
from cadre_research.reporting.provenance import MANIFEST
from cadre_research.reporting.templates import HTML_LANGUAGES, TEMPLATES, page_style, page_words

__all__ = ["IndexContent", "PageLink", "index_page"]

PICTURE_TYPES = {".svg": "image/svg+xml", ".png": "image/png"}
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
    pages : sequence of PageLink
    downloads : sequence of str
        Tables and other files, relative to the index.
    age_line : str
        Reading under which the page answers.
    required, attainable : DataFrame, optional
        As `findings.required.required` and `findings.attainable.attainable` return.
    notice : str
        Said at the top, as of a report that is not for everybody.
    changes : ChangesContent, optional
        What changed since the report before; not told of if not given.
    """

    verdicts: pd.DataFrame
    targets: Targets
    scenarios: Mapping[str, Scenario]
    provenance: Mapping[str, Any]
    pictures: Mapping[str, Path] = field(default_factory=dict)
    pages: Sequence[PageLink] = ()
    downloads: Sequence[str] = ()
    age_line: AgeLine = "inclusive"
    required: pd.DataFrame | None = None
    attainable: pd.DataFrame | None = None
    notice: str = ""
    changes: ChangesContent | None = None


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
    words = page_words(language)
    panels = Panels(
        content.verdicts,
        content.targets.targets,
        content.targets.baseline_year,
        content.age_line,
        language,
        words,
        content.required,
        content.attainable,
    )
    horizons = words["and"].join(str(years) for years in panels.horizons_years)
    title = words["title"].format(horizons=horizons)
    return (
        _environment()
        .get_template("index.html.j2")
        .render(
            html_language=HTML_LANGUAGES[language],
            title=title,
            notice=content.notice,
            overall=_overall(content, panels),
            style=page_style(),
            words=words,
            alternate_href=alternate_href,
            alternate_language=next(code for name, code in HTML_LANGUAGES.items() if name != language),
            panels=[_panel(panels, content, scenario, words) for scenario in content.scenarios.values()],
            column_now=words["column_now"].format(year=panels.baseline_year),
            forecast_columns=[words["column_forecast"].format(year=year) for year in panels.forecast_years],
            more_columns=_more_columns(content, words),
            plan=_plan(content, panels),
            changes=_changes(content, panels),
            trust=_trust(panels, content, words),
            page_groups=_grouped(content.pages),
            downloads=_downloads(content.downloads),
            made=_made(content.provenance, words),
        )
    )


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _overall(content: IndexContent, panels: Panels) -> str:
    names = _names(content, panels)
    here = content.verdicts[content.verdicts["age_line"] == content.age_line]
    return overall_answer(here, content.targets, names, panels.language) + _possible(content, panels)


def _names(content: IndexContent, panels: Panels) -> dict[str, str]:
    names = {scenario.id: getattr(scenario, f"title_{panels.language}") for scenario in content.scenarios.values()}
    return names | {target.id: panels.name(target) for target in panels.targets}


def _changes(content: IndexContent, panels: Panels) -> dict[str, Any] | None:
    if content.changes is None:
        return None
    panel = changes_panel(content.changes, _names(content, panels), panels.language)
    picture = content.changes.picture
    return {**panel, "picture": picture and _data_address(picture)}


def _plan(content: IndexContent, panels: Panels) -> dict[str, Any] | None:
    here = content.verdicts[content.verdicts["age_line"] == content.age_line]
    return plan_answer(here, panels.targets, _names(content, panels), panels.baseline_year, panels.language)


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


def _panel(panels: Panels, content: IndexContent, scenario: Scenario, words: Mapping[str, str]) -> dict[str, Any]:
    title = getattr(scenario, f"title_{panels.language}")
    picture = content.pictures.get(scenario.id)
    years = (panels.baseline_year, panels.forecast_years[-1])
    return {
        "id": scenario.id,
        "title": title,
        "reason": (scenario.reason_zh if panels.language == "zh" else None) or scenario.reason,
        "answer": panels.answer(scenario.id, title),
        "rows": panels.rows(scenario.id),
        "depends": panels.depends(scenario.id),
        "picture": picture and _data_address(picture),
        "picture_alt": words["picture"].format(
            count=len(panels.targets), first=years[0], last=years[1], scenario=title
        ),
    }


def _more_columns(content: IndexContent, words: Mapping[str, str]) -> list[tuple[str, str]]:
    """Keys and headings of the columns that a report without these findings does not have."""
    found = {"rates": content.required, "best": content.attainable}
    return [(key, words[f"column_{key}"]) for key, frame in found.items() if frame is not None]


def _data_address(picture: Path) -> str:
    """Picture as an address that holds it: in an <img>, so that nothing inside an SVG can act on the page."""
    content = base64.b64encode(picture.read_bytes()).decode("ascii")
    return f"data:{PICTURE_TYPES[picture.suffix]};base64,{content}"


def _trust(panels: Panels, content: IndexContent, words: Mapping[str, str]) -> list[tuple[str, str]]:
    """Make the small print: what is measured, calibrated, assumed, known only afterwards, and how is counted."""
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


def _made(provenance: Mapping[str, Any], words: Mapping[str, str]) -> str:
    commit = provenance.get("git") or {}
    key = "commit_dirty" if commit.get("dirty") else "commit"
    return words["made"].format(
        created=str(provenance["created"]).replace("T", " ").replace("+00:00", " UTC"),
        package=provenance["package"]["name"],
        version=provenance["package"]["version"],
        commit=words[key].format(commit=commit["commit"][:10]) if commit else "",
    )
