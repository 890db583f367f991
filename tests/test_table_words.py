"""Every table and column of a report is described, in both languages and one place."""

import re

import pytest

from cadre_research.reporting.change_panel import CHANGES_TABLES
from cadre_research.reporting.disclosure_tables import COLUMN_KINDS, columns_shown
from cadre_research.reporting.inquiries import INQUIRY_COLUMNS
from cadre_research.reporting.table_words import TABLE_WORDS, column_meaning, table_meaning, without_meaning
from cadre_research.reporting.tables import TABLE_COLUMNS

DECLARED = {**TABLE_COLUMNS, **INQUIRY_COLUMNS, **CHANGES_TABLES}
TEXTS = [
    (place, name, entry)
    for place, entries in TABLE_WORDS.items()
    for name, entry in (
        [(f"{t}.{c}", e) for t, es in entries.items() for c, e in es.items()] if place == "own" else entries.items()
    )
]


@pytest.mark.parametrize("table", sorted({*DECLARED, *COLUMN_KINDS}))
def test_no_table_and_no_column_lacks_a_description(table):
    columns = {*DECLARED.get(table, ()), *COLUMN_KINDS.get(table, ())}
    shown = columns_shown(table, tuple(columns)) if table in COLUMN_KINDS else ()
    assert without_meaning(table, sorted({*columns, *shown})) == []


def test_what_is_not_described_is_named():
    assert without_meaning("verdict", ["share", "shares"]) == ["verdict", "shares"]


@pytest.mark.parametrize(("place", "name", "entry"), TEXTS, ids=lambda value: value if isinstance(value, str) else "")
def test_each_description_is_in_both_languages_and_each_in_its_own_script(place, name, entry):
    assert set(entry) <= {"en", "zh", "unit", "format"}
    assert not re.search("[\u4e00-\u9fff，。；：（）]", entry["en"])
    assert re.search("[\u4e00-\u9fff]", entry["zh"])
    assert entry["en"] == entry["en"].strip()
    assert entry.get("unit", "share") in TABLE_WORDS["units"]


def test_nothing_is_described_that_no_report_has():
    columns = {column for some in (DECLARED, COLUMN_KINDS) for of in some.values() for column in of} | {"age_band"}
    assert set(TABLE_WORDS["columns"]) - columns == set()
    assert set(TABLE_WORDS["tables"]) - {*DECLARED, *COLUMN_KINDS} == set()
    every = {table: {*DECLARED.get(table, ()), *COLUMN_KINDS.get(table, ())} for table in TABLE_WORDS["own"]}
    assert [
        (table, column) for table, of in TABLE_WORDS["own"].items() for column in of if column not in every[table]
    ] == []


def test_a_column_that_means_something_else_in_a_table_says_so_there():
    assert column_meaning("required", "value").texts["en"].startswith("smallest value")
    assert column_meaning("probability_curves", "value").texts["en"] == "value of the lever"
    assert column_meaning("assumptions", "value").units["en"] == "in the unit that the row names"
    assert table_meaning("required").number_format == "General"


def test_every_assumption_has_a_title_in_chinese_and_a_column_in_the_ensemble(study):
    entries = study.evidence.assumptions
    for name, entry in entries.items():
        assert re.search("[\u4e00-\u9fff]", entry.title_zh), name
        assert column_meaning("ensemble", name, entries).texts["en"] == entry.title
