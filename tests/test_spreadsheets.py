"""Text that a spreadsheet would run is made text; everything else stays as it is."""

import csv
import io

import openpyxl
import pandas as pd
import pytest

from cadre_research.reporting.spreadsheets import neutralised, neutralised_text

FORMULAS = [
    "=1+1",
    "=cmd|' /c calc'!A0",
    "+SUM(A1:A9)",
    "-2+3",
    '@HYPERLINK("x")',
    "\t=1",
    "\r=1",
    "\n=1",
    " =1",
    '"=1',
    "\ufeff=1",
    "\N{IDEOGRAPHIC SPACE}=1",
    "＝1+1",
    "＠x",
]
PLAIN = ["", "section-chief", "正科级", "7 %", "a=b", "a -b", "≤25", "26-30", "'=1", "—", "…"]


@pytest.mark.parametrize("text", FORMULAS)
def test_what_a_spreadsheet_would_run_gets_an_apostrophe_once(text):
    # A bare carriage return would begin a new row.
    safe = "'" + text.replace("\r", "\n")
    assert neutralised_text(text) == safe
    assert neutralised_text(safe) == safe
    assert "\r" not in neutralised_text("a\r=1")


@pytest.mark.parametrize("value", [*PLAIN, -3, -0.5, None, True, float("inf"), pd.NA])
def test_anything_else_is_left_alone(value):
    assert neutralised_text(value) is value


def hostile_frame():
    return pd.DataFrame(
        {"=name": FORMULAS, "headcount": -1.5, "kind": pd.Categorical(FORMULAS), "plain": "=x"},
        index=pd.Index(FORMULAS, name="@index"),
    ).astype({"plain": "string"})


def test_no_cell_heading_or_label_of_a_csv_is_a_formula():
    frame = hostile_frame()
    before = frame.copy()
    rows = list(csv.reader(io.StringIO(neutralised(frame).to_csv())))
    assert len(rows) == len(FORMULAS) + 1
    assert all(cell.startswith("'") or cell in ("headcount", "-1.5", "kind", "plain") for row in rows for cell in row)
    pd.testing.assert_frame_equal(frame, before)


def test_no_cell_of_a_workbook_is_a_formula(tmp_path):
    plain = pd.DataFrame({"name": ["=1+1"], "headcount": [10.0]})
    plain.to_excel(tmp_path / "as-it-is.xlsx", index=False)
    neutralised(plain).to_excel(tmp_path / "safe.xlsx", index=False)
    kinds = {
        path.stem: [cell.data_type for cell in openpyxl.load_workbook(path).active[2]] for path in tmp_path.iterdir()
    }
    assert kinds == {"as-it-is": ["f", "n"], "safe": ["s", "n"]}


def test_numbers_dates_and_missing_values_keep_their_types():
    frame = pd.DataFrame(
        {"a": [1, 2], "b": [0.5, None], "c": pd.to_datetime(["2017-12-31", None]), "d": [True, False], "e": ["x", None]}
    )
    pd.testing.assert_frame_equal(neutralised(frame), frame)


def test_columns_in_levels_are_neutralised_too():
    frame = pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("=a", 5), ("b", 10)], names=["+x", "y"]))
    safe = neutralised(frame).columns
    assert safe.tolist() == [("'=a", 5), ("b", 10)]
    assert list(safe.names) == ["'+x", "y"]
