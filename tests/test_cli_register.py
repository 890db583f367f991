"""The command line for registers: what it says of a file that is in order, and names of files that a terminal obeys."""

import subprocess
import sys

import openpyxl
import pytest
from registers import ROWS, csv_bytes, spoiled
from test_cli import run

NAMES = {
    "[bold]a.csv": "[bold]a.csv",
    ":bomb:.csv": ":bomb:.csv",
    "a\nb.csv": r"a\nb.csv",
    "\x1b[31ma.csv": r"\x1b[31ma.csv",
    "登记表.csv": "登记表.csv",
}


def check(path, *options):
    return run("register", "check", str(path), "--as-of", "2017-12-31", *options)


def test_a_register_in_order_is_told_by_its_numbers(tmp_path):
    (tmp_path / "r.csv").write_bytes(csv_bytes(spoiled((6, "id", "A7"))))
    told = "r.csv: in order. 5 rows, 3 persons, 3 of 9 ranks, leavers recorded 2007 to 2017-12-31.\n"
    code, text = check(tmp_path / "r.csv")
    assert (code, text[: len(told)]) == (0, told)


def test_a_register_of_one_row_that_nobody_is_in(tmp_path):
    (tmp_path / "r.csv").write_bytes(csv_bytes([ROWS[3]]))
    code, text = check(tmp_path / "r.csv")
    assert code == 0
    assert "1 row, 1 person, 1 of 9 ranks" in text
    assert "to 2017-12-31. Synthetic: nobody in it is real.\n" in text


def test_a_register_that_ends_long_before_it_is_said_to_is_told(tmp_path):
    (tmp_path / "r.csv").write_bytes(csv_bytes())
    code, text = check(tmp_path / "r.csv")
    assert code == 0
    assert "Note: nobody in it joined, moved or left after 2010. Give --as-of" in text


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_printed_on_one_line_as_it_is(name, tmp_path):
    (tmp_path / name).write_bytes(csv_bytes())
    code, text = check(tmp_path / name)
    assert code == 0
    assert text.startswith(f"{NAMES[name]}: in order. ")
    (tmp_path / name).write_bytes(csv_bytes(spoiled((6, "sex", "x"))))
    code, text = check(tmp_path / name)
    assert code == 2
    assert text.startswith(f"{NAMES[name]}: 1 fault.\nR050 line 6, column sex")


def test_a_name_that_the_terminal_s_encoding_does_not_have_is_written_out(tmp_path, monkeypatch):
    (tmp_path / "登.csv").write_bytes(csv_bytes())
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    command = [sys.executable, "-m", "cadre_research", "register", "check", "登.csv", "--as-of", "2017-12-31"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(r"\u767b.csv: in order. ")


@pytest.mark.parametrize("year", ["-5", "1899", "2018"])
def test_a_first_year_that_cannot_be_is_refused(year, tmp_path):
    (tmp_path / "r.csv").write_bytes(csv_bytes())
    code, text = check(tmp_path / "r.csv", "--observed-from-year", year)
    assert code == 2
    assert f"given {year}, expected a year from 1900 to that of the as-of date, 2017" in text


def test_a_template_is_written_whatever_its_folder_is_called(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "[").mkdir()
    assert run("register", "template", "[/]r.csv") == (0, "[/]r.csv\n[/]r.md\n")


def test_no_template_is_left_without_its_dictionary(tmp_path):
    (tmp_path / "r.md").touch()
    code, text = run("register", "template", str(tmp_path / "r.csv"))
    assert code == 2
    assert "r.md: cannot be written (File exists); choose another name" in text
    assert not (tmp_path / "r.csv").exists()


def test_rows_still_empty_of_a_template_take_text(tmp_path):
    """A spreadsheet would round an id of 18 digits and turn 1978-05 into a day."""
    run("register", "template", str(tmp_path / "r.xlsx"))
    sheet = openpyxl.load_workbook(tmp_path / "r.xlsx").active
    formats = {column: sheet.column_dimensions[column].number_format for column in "ABCDEFGHIJKL"}
    assert set(formats.values()) == {"@"}
