"""Columns of words in the tables of a page: they begin at the left, where numbers end at the right."""

from __future__ import annotations

import re
import unicodedata
from html import unescape

__all__ = ["align_words"]

TABLE = re.compile(r"<table\b.*?</table>", re.DOTALL)
ROW = re.compile(r"<tr\b.*?</tr>", re.DOTALL)
CELL = re.compile(r"<(td|th)\b([^>]*)>(.*?)</\1>", re.DOTALL)
# As wide as this, in Latin letters, a cell is read and not only looked at.
WIDE = 16
CLASS = "words"


def align_words(html: str) -> str:
    """Mark the columns of words in every table of a page, headings and cells, with the class `words`.

    A column is one of words if one of its cells is wide and half of them or more are mostly letters. Tables whose
    cells span columns stay as they are.
    """
    return TABLE.sub(lambda table: _aligned(table[0]), html)


def _aligned(table: str) -> str:
    body = table.partition("<tbody")[2]
    rows = [[cell for cell in CELL.findall(row) if cell[0] == "td"] for row in ROW.findall(body)]
    if not rows or len({len(row) for row in rows}) != 1 or re.search(r"<td[^>]*\bcolspan", body):
        return table
    columns = [place for place, column in enumerate(zip(*rows, strict=True)) if _of_words([cell[2] for cell in column])]
    if not columns:
        return table
    # Only the first row shows every level of the index; the rows below share it.
    levels = len(CELL.findall(ROW.findall(body)[0])) - len(rows[0])
    return ROW.sub(lambda row: _marked(row[0], columns, levels, len(rows[0])), table)


def _of_words(cells: list[str]) -> bool:
    texts = [unescape(re.sub("<[^>]*>", "", cell)).strip() for cell in cells]
    mostly_letters = [2 * sum(sign.isalpha() for sign in text) > len(text) for text in texts]
    return max(map(_width, texts)) > WIDE and 2 * sum(mostly_letters) >= len(texts)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def _marked(row: str, columns: list[int], levels: int, width: int) -> str:
    """A row with the class at its cells of these columns; a row of headings counts those of the index first."""
    cells = list(CELL.finditer(row))
    data = [cell for cell in cells if cell[1] == "td"] or (cells[levels:] if len(cells) == levels + width else [])
    places = {data[place].start() for place in columns if place < len(data)}

    def mark(cell: re.Match[str]) -> str:
        if cell.start() not in places or "class=" in cell[2]:
            return cell[0]
        return f'<{cell[1]} class="{CLASS}"{cell[2]}>{cell[3]}</{cell[1]}>'

    return CELL.sub(mark, row)
