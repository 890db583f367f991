"""What people carry away from a report: a brief of two pages, a workbook of every table, pictures for slides."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import pandas as pd

from cadre_research.findings.study import Study
from cadre_research.reporting.brief import Brief, brief_of
from cadre_research.reporting.brief_pdf import brief_pdf
from cadre_research.reporting.brief_word import brief_docx
from cadre_research.reporting.editions import Edition
from cadre_research.reporting.index import IndexContent
from cadre_research.reporting.index_figures import drawn_figure, index_figures, slide_file
from cadre_research.reporting.own_service import notice
from cadre_research.reporting.wording import LANGUAGES, word
from cadre_research.reporting.workbook import WorkbookContent, workbook_file

__all__ = ["BRIEFS", "HANDOUTS", "WORKBOOK", "handout_files", "handout_links", "write_handout"]

BRIEF_KINDS = {"pdf": "PDF", "docx": "Word"}
BRIEFS = {(language, kind): f"brief.{language}.{kind}" for language in LANGUAGES for kind in BRIEF_KINDS}
WORKBOOK = "workbook.xlsx"
# Each is written by itself; the longest first.
HANDOUTS = (WORKBOOK, *LANGUAGES)
LANGUAGE_NAMES = {"en": "English", "zh": "中文"}


def handout_files(scenarios: Sequence[str], editions: Sequence[Edition]) -> list[str]:
    """Every file that is written, relative to the report."""
    slides = [slide_file(edition, name) for edition in editions for name in index_figures(scenarios)]
    return [*BRIEFS.values(), WORKBOOK, *slides]


def handout_links(scenarios: Sequence[str], edition: Edition) -> list[tuple[str, list[dict[str, str]]]]:
    """Links to them for the index: what each is called, and its files."""
    language = edition.language
    briefs = [
        {"href": file, "kind": f"{LANGUAGE_NAMES[spoken]} {BRIEF_KINDS[kind]}"}
        for (spoken, kind), file in BRIEFS.items()
    ]
    slides = [{"href": slide_file(edition, name), "kind": name} for name in index_figures(scenarios)]
    return [
        (word("brief", language), briefs),
        (word("workbook", language), [{"href": WORKBOOK, "kind": word("workbook_kind", language)}]),
        (word("slides", language), slides),
    ]


def write_handout(
    folder: Path, content: IndexContent, study: Study, tables: Mapping[str, pd.DataFrame], what: str
) -> None:
    """Write the workbook, or the briefs of a language, into the folder of a report; slides come with their figures.

    Parameters
    ----------
    content : IndexContent
        What the index is made from.
    tables : mapping
        All of the report, as they may be shown.
    what : str
        One of `HANDOUTS`.
    """
    created = datetime.fromisoformat(str(content.provenance["created"]))
    if what == WORKBOOK:
        (folder / WORKBOOK).write_bytes(workbook_file(_workbook(content, study, tables, created)))
        return
    brief = brief_of(content, study, tables, what)
    figure = drawn_figure(study, tables, what, f"share-fan-{next(iter(content.scenarios))}")
    pictures = {kind: io.BytesIO() for kind in ("svg", "png")}
    for kind, picture in pictures.items():
        figure.savefig(picture, format=kind)
    made = {
        "pdf": brief_pdf(brief, pictures["svg"].getvalue(), created),
        "docx": brief_docx(brief, pictures["png"].getvalue(), created),
    }
    for kind, file in made.items():
        (folder / BRIEFS[what, kind]).write_bytes(file)


def _workbook(
    content: IndexContent, study: Study, tables: Mapping[str, pd.DataFrame], created: datetime
) -> WorkbookContent:
    """The workbook's contents: notice, citation, provenance and note in both languages."""
    briefs = {language: brief_of(content, study, tables, language) for language in LANGUAGES}
    return WorkbookContent(
        tables=tables,
        title={language: brief.title for language, brief in briefs.items()},
        lines={language: _told(brief) for language, brief in briefs.items()},
        note={language: _note(language) for language in LANGUAGES},
        created=created,
        assumptions=dict(study.evidence.assumptions),
    )


def _told(brief: Brief) -> list[str]:
    return [brief.notice, brief.cite, brief.made]


def _note(language: str) -> str:
    """What every number rests on: the notice of a register's report, or that the opening is modelled."""
    assumed = word("provenance_assumed", language)
    return notice(language) or word("footer_opening", language, provenance=assumed)
