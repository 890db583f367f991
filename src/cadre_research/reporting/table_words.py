"""What every table and column of a report means, in which unit its numbers are, in both languages."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cadre_research.evidence.assumptions import Assumption
from cadre_research.reporting.names import unit_name
from cadre_research.reporting.wording import LANGUAGES

__all__ = ["TABLE_WORDS", "Meaning", "column_meaning", "table_meaning", "without_meaning"]

TABLE_WORDS: Mapping[str, Mapping[str, Any]] = tomllib.loads(
    (Path(__file__).parent / "tables.toml").read_text(encoding="utf-8")
)
GENERAL = "General"


@dataclass(frozen=True)
class Meaning:
    """What a table or a column holds.

    Parameters
    ----------
    texts : mapping
        By language; empty where nobody has said.
    units : mapping
        Unit of its numbers by language; empty for texts.
    number_format : str
        How a spreadsheet shows them.
    """

    texts: Mapping[str, str]
    units: Mapping[str, str]
    number_format: str = GENERAL


def table_meaning(table: str) -> Meaning:
    """What a table holds.

    >>> table_meaning("flows").texts["en"][:16]
    'Persons promoted'
    """
    return _meaning(TABLE_WORDS["tables"].get(table, {}))


def column_meaning(table: str, column: str, assumptions: Mapping[str, Assumption] | None = None) -> Meaning:
    """What a column of a table holds.

    Parameters
    ----------
    assumptions : mapping, optional
        By id; the draws of an ensemble have a column for each.

    >>> column_meaning("verdicts", "share").number_format, column_meaning("verdicts", "share").units["zh"]
    ('0.0%', '占比（1为全部，按%显示）')
    """
    if table == "ensemble" and assumptions is not None and column in assumptions:
        entry = assumptions[column]
        titles = {"en": entry.title, "zh": entry.title_zh or entry.title}
        return Meaning(titles, {language: unit_name(entry.unit, language) for language in LANGUAGES})
    own = TABLE_WORDS["own"].get(table, {})
    return _meaning(own.get(column) or TABLE_WORDS["columns"].get(column, {}))


def without_meaning(table: str, columns: list[str], assumptions: Mapping[str, Assumption] | None = None) -> list[str]:
    """Columns of a table that nobody has described, and the table's own name if nobody has."""
    found = [] if table_meaning(table).texts else [table]
    return found + [column for column in columns if not column_meaning(table, column, assumptions).texts]


def _meaning(entry: Mapping[str, str]) -> Meaning:
    unit = TABLE_WORDS["units"].get(entry.get("unit", ""), {})
    return Meaning(_by_language(entry), _by_language(unit), unit.get("format", GENERAL))


def _by_language(entry: Mapping[str, str]) -> dict[str, str]:
    return {language: entry[language] for language in LANGUAGES if language in entry}
