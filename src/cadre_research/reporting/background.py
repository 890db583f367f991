"""What stands behind a report: the model described, every assumption with what it moves, and how one knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from cadre_research.evidence.assumptions import Assumption
from cadre_research.findings.study import Study
from cadre_research.reporting.assumption_log import stated_assumptions, text_in
from cadre_research.reporting.display import NOT_YET
from cadre_research.reporting.editions import Edition, twin
from cadre_research.reporting.execution import NotebookRun
from cadre_research.reporting.index import PageLink
from cadre_research.reporting.model_description import described
from cadre_research.reporting.names import assumption_titles, display_names, unit_name
from cadre_research.reporting.own_service import notice
from cadre_research.reporting.pages import with_switch
from cadre_research.reporting.templates import HTML_LANGUAGES, content_policy, page_environment, page_style, page_words
from cadre_research.reporting.wording import percent, points, word

__all__ = [
    "ASSUMPTIONS_PAGE",
    "MODEL_PAGE",
    "assumptions_page",
    "background_links",
    "known_by",
    "model_page",
    "write_background",
]

MODEL_PAGE = "model.html"
ASSUMPTIONS_PAGE = "assumptions.html"
# On the index, in order: what is done, and the pages and tables that show it.
KNOWN = ("worked", "books", "coverage", "backtest", "reference", "replay")


def write_background(
    folder: Path, study: Study, tables: Mapping[str, pd.DataFrame], edition: Edition, every: Sequence[Edition]
) -> None:
    """Write the pages of the model and of the assumptions into the folder of a report, as one of its editions."""
    other = twin(edition, every)
    pages = {
        MODEL_PAGE: model_page(edition, own=study.evidence.registered is not None),
        ASSUMPTIONS_PAGE: assumptions_page(study, tables["sensitivity"], edition),
    }
    for name, page in pages.items():
        switched = with_switch(page, edition.language, other and other.file(name))
        (folder / edition.file(name)).write_text(switched, encoding="utf-8")


def model_page(edition: Edition, *, own: bool = False) -> str:
    """The model's description as a page.

    Parameters
    ----------
    own : bool
        Whether the report is of somebody's own register, which the page then says of what it names.
    """
    # Only a whole report needs it.
    import mistune

    parts = described(edition.language)
    title = parts[0][1].splitlines()[0].removeprefix("# ")
    rendered = mistune.create_markdown(escape=True, plugins=["table"])
    made = "".join(f'<div lang="{HTML_LANGUAGES[spoken]}">{rendered(text)}</div>' for spoken, text in parts)
    about = word("model_own", edition.language) if own else ""
    return _page(title, edition, about=about, text=made)


def assumptions_page(study: Study, sensitivity: pd.DataFrame, edition: Edition) -> str:
    """Every assumption with range, source and grades, the one that moves a share most first.

    Parameters
    ----------
    sensitivity : DataFrame
        As `findings.sensitivity.sensitivity`, of one scenario and reading.
    """
    language = edition.language
    names, titles = display_names(study, language), assumption_titles(study)
    horizon = sensitivity["horizon_years"].max()
    here = sensitivity[(sensitivity["horizon_years"] == horizon) & (sensitivity["population"] == "level")]
    swings = here.dropna(subset="swing").sort_values("swing", ascending=False, kind="stable")
    widest = {row.assumption: row for row in reversed(list(swings.itertuples()))}
    turned = here[here["turns_within_range"].eq(True)].groupby("assumption")["target"].agg(list)
    stated = stated_assumptions(study)
    stated.sort(key=lambda entry: -widest[entry.id].swing if entry.id in widest else 0.0)
    keys = ("assumption", "value", "provenance", "quality", "impact", "log_swing", "log_target")
    about = [word("log_about", language, years=horizon)]
    if turned.empty:
        about.append(word("log_no_turns", language))
    else:
        keys = (*keys, "log_turns")
    return _page(
        word("log_title", language),
        edition,
        about=("" if language == "zh" else " ").join(about),
        columns=[word(key, language) for key in keys],
        rows=[
            _row(
                entry,
                titles[entry.id][language],
                widest.get(entry.id),
                None if turned.empty else turned.get(entry.id, []),
                names,
                language,
            )
            for entry in stated
        ],
    )


def background_links(edition: Edition) -> list[PageLink]:
    """Links to the two pages, for the index."""
    group = word("pages_behind", edition.language)
    return [
        PageLink(edition.file(ASSUMPTIONS_PAGE), word("page_assumptions", edition.language), group),
        PageLink(edition.file(MODEL_PAGE), word("page_model", edition.language), group),
    ]


def known_by(runs: Sequence[NotebookRun], edition: Edition) -> list[dict[str, Any]]:
    """How one knows: label, sentence and links (address relative to the index, text), for the index of an edition.

    `runs` are those of its own pages.
    """
    language, pages = edition.language, {f"pages/{run.page}.html" for run in runs}
    sensitivity, backtest = (edition.file(f"pages/{name}.html") for name in ("sensitivity", "backtest"))
    links = {
        "worked": [(edition.file(MODEL_PAGE), word("know_model", language))],
        "coverage": [(sensitivity, "07-sensitivity"), ("tables/coverage.csv", "coverage")],
        "backtest": [(backtest, "08-backtest")],
        "replay": [("inputs.zip", "inputs.zip"), ("manifest.json", "manifest.json")],
    }
    return [
        {
            "label": word(f"know_{kind}_label", language),
            "text": word(f"know_{kind}", language),
            "links": [link for link in links.get(kind, ()) if not link[0].startswith("pages/") or link[0] in pages],
        }
        for kind in KNOWN
        if kind != "backtest" or backtest in pages
    ]


def _row(
    entry: Assumption,
    title: str,
    widest: Any,
    turned: Sequence[str] | None,
    names: Mapping[str, str],
    language: str,
) -> dict[str, Any]:
    """A row of the log: cells as (text, small print below it)."""
    ends = "" if entry.low == entry.high else f"{entry.low:,g} – {entry.high:,g}"
    moved = (NOT_YET, "") if widest is None else (names[widest.target], _from_to(widest, language))
    turns = [] if turned is None else [(word("semicolon", language).join(names[one] for one in turned) or NOT_YET, "")]
    return {
        "id": entry.id,
        "title": title,
        "description": text_in(entry.description, language),
        "source": text_in(entry.source, language),
        "cells": [
            (f"{entry.value:,g}", f"{ends} {unit_name(entry.unit, language)}".strip()),
            (word(f"provenance_{entry.provenance}", language), ""),
            (word(f"grade_{entry.quality}", language), ""),
            (word(f"grade_{entry.impact}", language), ""),
            (NOT_YET if widest is None else points(widest.swing).lstrip("+"), ""),
            moved,
            *turns,
        ],
    }


def _from_to(row: Any, language: str) -> str:
    """Shares at the two ends of an assumption's range."""
    ends = (row.share_at_low, row.share_at_high)
    low, high = (NOT_YET if pd.isna(share) else percent(share, language) for share in ends)
    return f"{low} → {high}"


def _page(title: str, edition: Edition, **content: Any) -> str:
    language = edition.language
    template = page_environment().get_template("background.html.j2")
    return template.render(
        title=title,
        index_href=edition.file("index.html"),
        html_language=HTML_LANGUAGES[language],
        content_policy=content_policy(),
        style=page_style(),
        words=page_words(language),
        notice=notice(language),
        **{"text": "", **content},
    )
