"""The workbook holds every table as it is, says what each means, and runs nothing."""

import io
import zipfile
from datetime import UTC, datetime

import numpy as np
import openpyxl
import pandas as pd
import pytest
from handouts import CREATED
from hostile import HOSTILE

from cadre_research.reporting.spreadsheets import STARTS
from cadre_research.reporting.workbook import HEAD_ROWS, MOST_ROWS, WorkbookContent, workbook_file

SHARES = pd.DataFrame(
    {
        "target": ["chiefs", "deputies", None],
        "share": [0.0649, float("nan"), 1 / 6],
        "reached": pd.array([True, False, pd.NA], "boolean"),
        "first_year_reached": pd.array([2021, pd.NA, 2024], "Int64"),
        "margin": [np.inf, -0.5, 0.0],
    }
)


def content(tables, **changes):
    said = {
        "title": {"en": "A title", "zh": "标题"},
        "lines": {"en": ["Made by somebody"], "zh": ["制作"]},
        "note": {"en": "All of it is made up.", "zh": "全为虚构。"},
        "created": CREATED,
    }
    return WorkbookContent(tables=tables, **{**said, **changes})


def opened(made):
    return openpyxl.load_workbook(io.BytesIO(made))


def rows_of(sheet):
    return [[cell.value for cell in row] for row in sheet.iter_rows(min_row=HEAD_ROWS + 1)]


def test_a_sheet_holds_its_table_with_headings_frozen_formats_and_units():
    sheet = opened(workbook_file(content({"verdicts": SHARES})))["verdicts"]
    assert [cell.value for cell in sheet[HEAD_ROWS]] == list(SHARES.columns)
    assert rows_of(sheet) == [
        ["chiefs", 0.0649, True, 2021, "inf"],
        ["deputies", None, False, None, -0.5],
        [None, pytest.approx(1 / 6, rel=1e-15), None, 2024, 0],
    ]
    assert sheet.freeze_panes == f"A{HEAD_ROWS + 1}"
    assert sheet["B4"].number_format == "0.0%"
    assert sheet["D4"].number_format == "0"
    assert "shown in per cent · 占比" in sheet["B2"].value
    assert "All of it is made up." in sheet["A1"].value
    assert "全为虚构。" in sheet["A1"].value
    assert sheet.column_dimensions["A"].width >= len("deputies")
    assert sheet.auto_filter.ref == f"A{HEAD_ROWS}:E{HEAD_ROWS + 3}"


def test_the_contents_name_every_table_its_rows_and_what_it_holds_in_both_languages():
    book = opened(workbook_file(content({"verdicts": SHARES, "flows": SHARES[["target"]]})))
    assert book.sheetnames == ["Contents 目录", "Columns 各列说明", "verdicts", "flows"]
    text = [[cell.value for cell in row] for row in book["Contents 目录"].iter_rows()]
    told = {row[0]: row for row in text if row[0] in ("verdicts", "flows")}
    assert told["flows"][3] == 3
    assert told["verdicts"][1].startswith("Whether each target is reached")
    assert told["verdicts"][2].startswith("各项目标")
    assert {"A title", "标题", "Made by somebody", "制作", "All of it is made up.", "全为虚构。"} <= {
        row[0] for row in text
    }
    columns = [[cell.value for cell in row] for row in book["Columns 各列说明"].iter_rows(min_row=2)]
    assert [row[:2] for row in columns] == [*(["verdicts", name] for name in SHARES), ["flows", "target"]]
    assert all(row[4] and row[5] for row in columns)


def test_a_table_that_is_too_long_is_named_with_its_csv_instead(monkeypatch):
    assert MOST_ROWS == 20_000
    monkeypatch.setattr("cadre_research.reporting.workbook.MOST_ROWS", 1000)
    long = pd.DataFrame({"target": ["x"] * 1001})
    book = opened(workbook_file(content({"share_fan": long, "flows": long[:1000]})))
    assert "share_fan" not in book.sheetnames
    assert "flows" in book.sheetnames
    (row,) = ([cell.value for cell in row] for row in book["Contents 目录"].iter_rows() if row[0].value == "share_fan")
    assert row[3] == 1001
    assert "1,000" in row[4]
    assert "tables/share_fan.csv" in row[4]
    assert "tables/share_fan.csv" in row[5]
    named = {row[0].value for row in book["Columns 各列说明"].iter_rows(min_row=2)}
    assert named == {"share_fan", "flows"}


def test_the_same_content_gives_the_same_bytes_and_the_times_of_the_report(monkeypatch):
    first = workbook_file(content({"verdicts": SHARES}))
    monkeypatch.setattr("openpyxl.writer.excel.datetime", _Later)
    assert workbook_file(content({"verdicts": SHARES})) == first
    book = opened(first)
    assert book.properties.created == book.properties.modified == CREATED.replace(tzinfo=None)
    assert book.properties.creator == "cadre-research contributors"
    assert {entry.date_time for entry in zipfile.ZipFile(io.BytesIO(first)).infolist()} == {(1980, 1, 1, 0, 0, 0)}


class _Later:
    """A clock that has gone on, for the writer of workbooks."""

    class datetime:
        @staticmethod
        def now(tz=None):
            return datetime(2031, 1, 1, tzinfo=UTC)

        @staticmethod
        def utcnow():
            return datetime(2031, 1, 1)

    timezone = __import__("datetime").timezone


def test_nothing_in_a_workbook_is_run():
    frame = pd.DataFrame({name: HOSTILE for name in HOSTILE})
    lines = {"en": HOSTILE, "zh": HOSTILE}
    made = workbook_file(
        content(
            {"flows": frame}, lines=lines, title={"en": HOSTILE[8], "zh": HOSTILE[9]}, note={"en": "=1", "zh": "@1"}
        )
    )
    cells = [cell for sheet in opened(made) for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert len(cells) > 900
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert not [cell.value for cell in cells if cell.data_type == "s" and cell.value.startswith(STARTS)]
    assert not [cell for cell in cells if cell.hyperlink]
    with zipfile.ZipFile(io.BytesIO(made)) as parts:
        assert not [name for name in parts.namelist() if "external" in name.lower() or "vba" in name.lower()]
        assert not [name for name in parts.namelist() if b'TargetMode="External"' in parts.read(name)]
        assert b"<f>" not in b"".join(parts.read(name) for name in parts.namelist())
    # They can still be read.
    sheet = opened(made)["flows"]
    shown = [row[0].value for row in sheet.iter_rows(min_row=HEAD_ROWS + 1)]
    assert shown[0] == HOSTILE[0]
    assert shown[8] == f"'{HOSTILE[8]}"


@pytest.mark.parametrize("frame", [pd.DataFrame({"target": []}), pd.DataFrame()])
def test_a_table_without_rows_has_a_sheet_without_rows(frame):
    assert rows_of(opened(workbook_file(content({"flows": frame})))["flows"]) == []
