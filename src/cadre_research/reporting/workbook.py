"""Every table of a report in one workbook: contents, what each column means, and a sheet a table."""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pandas as pd

from cadre_research.evidence.assumptions import Assumption
from cadre_research.reporting.office_file import plain_text, undated, wide
from cadre_research.reporting.spreadsheets import neutralised_text
from cadre_research.reporting.table_words import Meaning, column_meaning, table_meaning
from cadre_research.reporting.wording import LANGUAGES, word

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

__all__ = ["MOST_ROWS", "WorkbookContent", "workbook_file"]

# More of them nobody reads in a sheet, and a workbook of them takes long to open.
MOST_ROWS = 20_000
HEAD_ROWS = 3
NARROWEST, WIDEST = 9, 48
ROWS_MEASURED = 200
LONGEST_SHEET_NAME = 31
QUIET, HEAD_FILL = "FF5A6570", "FFF3F5F7"


@dataclass(frozen=True)
class WorkbookContent:
    """What a workbook is made from.

    Parameters
    ----------
    tables : mapping of name to DataFrame
        As they may be shown.
    title : mapping
        By language.
    lines : mapping of language to sequence of str
        Said on the sheet of contents: a notice, what it was made by and when.
    note : mapping
        By language, said on every sheet: what the numbers rest on.
    created : datetime
        In UTC.
    assumptions : mapping of id to Assumption
    """

    tables: Mapping[str, pd.DataFrame]
    title: Mapping[str, str]
    lines: Mapping[str, Sequence[str]]
    note: Mapping[str, str]
    created: datetime
    assumptions: Mapping[str, Assumption] = field(default_factory=dict)


def workbook_file(content: WorkbookContent) -> bytes:
    """Write the workbook; the same content gives the same bytes.

    Texts that a spreadsheet would run are text, as in the CSV files.
    """
    from openpyxl import Workbook  # half a second that nothing else needs

    book = Workbook(write_only=True)
    properties = book.properties
    properties.creator, properties.title = "cadre-research contributors", _text(content.title["en"])
    properties.created = content.created.replace(tzinfo=None)
    _contents(book, content)
    _columns(book, content)
    for name, frame in content.tables.items():
        if len(frame) <= MOST_ROWS:
            _table(book, name, frame, content)
    made = io.BytesIO()
    book.save(made)
    return undated(made.getvalue(), content.created)


def _contents(book: Workbook, content: WorkbookContent) -> None:
    """First sheet: title, notice, provenance, and a row a table."""
    sheet = book.create_sheet(_both("workbook_contents"))
    _widths(sheet, (22, 60, 60, 10, 44, 40))
    for language in LANGUAGES:
        sheet.append([_cell(sheet, content.title[language], bold=True, size=14)])
    for language in LANGUAGES:
        for line in (*content.lines[language], content.note[language], word("workbook_shown", language)):
            sheet.append([_cell(sheet, line)] if line else [])
    sheet.append([])
    holds = (f"{word('workbook_holds', language)} ({language})" for language in LANGUAGES)
    headings = [_both("workbook_table"), *holds, _both("workbook_rows"), *[_both("workbook_where")] * 2]
    sheet.append([_cell(sheet, text, bold=True, fill=True) for text in headings])
    for name, frame in content.tables.items():
        there = len(frame) <= MOST_ROWS
        texts = table_meaning(name).texts
        where = [
            word("workbook_sheet", language, name=name)
            if there
            else word("workbook_too_long", language, most=f"{MOST_ROWS:,}", name=name)
            for language in LANGUAGES
        ]
        told = [texts.get(language, "") for language in LANGUAGES]
        cells = [_cell(sheet, text, wrap=True) for text in (name, *told, "", *where)]
        cells[3].value = len(frame)
        sheet.append(cells)


def _columns(book: Workbook, content: WorkbookContent) -> None:
    """Second sheet: a row a column of every table, also of those that have no sheet."""
    sheet = book.create_sheet(_both("workbook_columns"))
    _widths(sheet, (22, 32, 38, 38, 70, 70))
    sheet.freeze_panes = "A2"
    pairs = [(key, language) for key in ("unit", "workbook_meaning") for language in LANGUAGES]
    headings = [_both("workbook_table"), _both("workbook_column")]
    headings += [f"{word(key, language)} ({language})" for key, language in pairs]
    sheet.append([_cell(sheet, text, bold=True, fill=True) for text in headings])
    for name, frame in content.tables.items():
        for column in frame.columns:
            means = column_meaning(name, str(column), content.assumptions)
            told = [texts.get(language, "") for texts in (means.units, means.texts) for language in LANGUAGES]
            sheet.append([_text(text) for text in (name, column, *told)])


def _table(book: Workbook, name: str, frame: pd.DataFrame, content: WorkbookContent) -> None:
    """A sheet: what it holds and rests on, units, headings, rows."""
    sheet = book.create_sheet(name[:LONGEST_SHEET_NAME])
    meanings = [column_meaning(name, str(column), content.assumptions) for column in frame.columns]
    _widths(sheet, [_width(frame, place) for place in range(frame.shape[1])])
    sheet.freeze_panes = f"A{HEAD_ROWS + 1}"
    sheet.row_dimensions[2].height = 38
    told = table_meaning(name).texts
    said = [f"{told.get(language, '')} {content.note[language]}".strip() for language in LANGUAGES]
    sheet.append([_cell(sheet, " / ".join(said), quiet=True)])
    sheet.append([_cell(sheet, _unit(means), quiet=True, wrap=True, size=8) for means in meanings])
    sheet.append([_cell(sheet, column, bold=True, fill=True) for column in frame.columns])
    sheet.auto_filter.ref = f"A{HEAD_ROWS}:{_letter(frame.shape[1])}{HEAD_ROWS + len(frame)}"
    # One cell a column, written again and again: a new one for each value would take twice as long.
    cells = [_cell(sheet, "", number_format=means.number_format) for means in meanings]
    for row in zip(*(_values(frame, place) for place in range(frame.shape[1])), strict=True):
        for cell, value in zip(cells, row, strict=True):
            cell.value = value
            if isinstance(value, str):
                cell.data_type = "s"
        sheet.append(cells)


def _values(frame: pd.DataFrame, place: int) -> Iterable[Any]:
    """Cells of a column as a workbook holds them: nothing for what is missing, text for what has no number."""
    column = frame.iloc[:, place]
    for value, missing in zip(column.astype(object), column.isna(), strict=True):
        if missing:
            yield None
        elif isinstance(value, float) and not math.isfinite(value):
            yield str(value)
        else:
            yield value.item() if hasattr(value, "item") else value if isinstance(value, (int, float)) else _text(value)


def _text(value: object) -> str:
    return str(neutralised_text(plain_text(value)))


def _cell(
    sheet: WriteOnlyWorksheet,
    value: object,
    *,
    bold: bool = False,
    quiet: bool = False,
    wrap: bool = False,
    fill: bool = False,
    size: int = 11,
    number_format: str = "General",
) -> Any:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font, PatternFill

    cell = WriteOnlyCell(sheet, _text(value))
    cell.data_type = "s"
    cell.number_format = number_format
    if bold or quiet or size != 11:
        cell.font = Font(bold=bold, color=QUIET if quiet else None, size=size)
    if fill:
        cell.fill = PatternFill("solid", fgColor=HEAD_FILL)
    if wrap:
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    return cell


def _unit(means: Meaning) -> str:
    return " · ".join(dict.fromkeys(means.units.get(language, "") for language in LANGUAGES)) if means.units else ""


def _width(frame: pd.DataFrame, place: int) -> int:
    """Width of a column: that of its heading and first values, within bounds."""
    first = [frame.columns[place], *frame.iloc[:ROWS_MEASURED, place]]
    # Numbers are shown with few digits.
    longest = max(wide(str(value)) if isinstance(value, str) else NARROWEST for value in first)
    return min(max(longest + 3, NARROWEST), WIDEST)


def _widths(sheet: WriteOnlyWorksheet, widths: Sequence[float]) -> None:
    for place, width in enumerate(widths, start=1):
        sheet.column_dimensions[_letter(place)].width = width


def _letter(place: int) -> str:
    from openpyxl.utils import get_column_letter

    return get_column_letter(max(place, 1))


def _both(key: str) -> str:
    return " ".join(word(key, language) for language in LANGUAGES)
