"""The reference: what the project says is what is stored in tests/reference/, and what moved is told."""

import io
import os
import sys
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parent.parent
# The tools are no part of the package; plain `pytest` does not look in the project's folder.
sys.path.insert(0, str(ROOT))

from tools import reference  # noqa: E402
from tools.moved import moved_lines, moved_numbers, told  # noqa: E402

KEYS = ["scenario", "horizon_years"]
SHARES = pd.DataFrame(
    {
        "scenario": ["a", "a", "b", "b"],
        "horizon_years": [5, 10, 5, 10],
        "chiefs": [0.1, 0.2, 0.3, 0.4],
        "deputies": [0.01, np.nan, 0.03, 0.04],
    }
)
TOLERANCE = pd.Series({"": 1e-9})


def stored(name):
    return (reference.FOLDER / name).read_text(encoding="utf-8")


def same_as_stored(name, found):
    """Fail with what moved, and what to do."""
    moved = reference.difference(name, stored(name), found)
    if moved:
        pytest.fail(f"{moved}\n\n{reference.WHAT_TO_DO}", pytrace=False)


@pytest.mark.parametrize("name", reference.TABLES)
def test_numbers_are_those_of_the_reference(name, study):
    same_as_stored(name, reference.computed(name, study))


@pytest.mark.slow
@pytest.mark.parametrize("name", reference.PAGES)
def test_plain_papermill_shows_what_the_reference_shows_under_own_parameters(name):
    same_as_stored(name, reference.page(name))


def test_the_reference_of_forecasts_holds_every_scenario_horizon_and_reading(study):
    frame = pd.read_csv(io.StringIO(stored("forecasts.csv")))
    assert len(frame) == len(study.scenarios) * len(reference.HORIZONS_YEARS) * 2 * 2
    assert not frame.duplicated(reference.FORECAST_KEYS).any()
    assert set(study.evidence.targets.ids) <= set(frame.columns)
    assert frame[list(study.evidence.targets.ids)].notna().all(axis=None)


def test_the_reference_of_findings_holds_each_kind_with_a_tolerance_of_its_own():
    frame = pd.read_csv(io.StringIO(stored("findings.csv")))
    assert set(frame["finding"]) | {""} == set(reference.TOLERANCES.index)


def test_stored_pages_have_verdicts_and_no_picture_time_or_path():
    rate, strict = (stored(name) for name in reference.PAGES)
    assert "8 per 100 posts a year, 50 % of promotions young" in rate
    assert "县处级（全部）" in strict
    assert 'age_line = "strict"' in strict
    for page in (rate, strict):
        assert "report-complete 03-age-structure-forecast" in page
        assert "image/" not in page
        assert str(ROOT) not in page
        assert " at 0x" not in page


def test_numbers_are_stored_with_every_digit(study, monkeypatch):
    table = pd.DataFrame({"scenario": ["a", "b"], "chiefs": [0.1 + 0.2, np.nextafter(0.3, 0)]})
    monkeypatch.setattr(reference, "TABLES", {"x.csv": (lambda study: table, ["scenario"])})
    text = reference.computed("x.csv", study)
    assert text == "scenario,chiefs\na,0.30000000000000004\nb,0.29999999999999993\n"
    monkeypatch.setattr(reference, "TOLERANCES", pd.Series({"": 0.0}))
    assert reference.difference("x.csv", text, text) == ""
    assert "1 of 2 numbers moved" in reference.difference("x.csv", text, text.replace("04\n", "1\n"))


@pytest.mark.parametrize("moved_by", [2e-9, -2e-9, 0.5])
def test_a_number_that_moved_is_told_before_after_and_in_points(moved_by):
    after = SHARES.copy()
    after.loc[1, "chiefs"] += moved_by
    moved = moved_numbers(SHARES, after, KEYS, TOLERANCE)
    assert moved[["scenario", "horizon_years", "target"]].to_numpy().tolist() == [["a", 10, "chiefs"]]
    assert moved["before"].tolist() == [0.2]
    assert moved["points"].tolist() == pytest.approx([100 * moved_by])
    text = told("shares.csv", moved, 8)
    assert text.startswith("shares.csv: 1 of 8 numbers moved (points are hundredths):")
    assert f"{0.2 + moved_by:.10g}" in text


def test_a_number_within_its_tolerance_has_not_moved():
    after = SHARES.copy()
    after["chiefs"] += 0.5e-9
    assert moved_numbers(SHARES, after, KEYS, TOLERANCE).empty
    assert len(moved_numbers(SHARES, after, KEYS, pd.Series({"": 0.0}))) == 4
    assert set(moved_numbers(SHARES, after, KEYS, pd.Series({"": 1e-9, "b": 1e-10}))["scenario"]) == {"b"}


def test_an_answer_that_comes_or_goes_and_a_row_more_or_less_have_moved():
    after = SHARES.copy()
    after.loc[1, "deputies"] = 0.2
    assert told("x", moved_numbers(SHARES, after, KEYS, TOLERANCE), 8).split()[-2:] == ["none", "0.2"]
    assert told("x", moved_numbers(after, SHARES, KEYS, TOLERANCE), 8).split()[-2:] == ["0.2", "none"]
    # A row whose answer is "none" counts too.
    fewer = SHARES.drop(index=1)
    assert len(moved_numbers(SHARES, fewer, KEYS, TOLERANCE)) == 2
    assert len(moved_numbers(fewer, SHARES, KEYS, TOLERANCE)) == 2
    assert len(moved_numbers(SHARES.drop(columns="deputies"), SHARES, KEYS, TOLERANCE)) == 4


def test_twenty_rows_at_most_are_told_the_largest_first():
    many = pd.DataFrame({"scenario": "a", "horizon_years": range(30), "chiefs": 0.1})
    after = many.assign(chiefs=many["chiefs"] + 0.001 * many["horizon_years"])
    lines = told("x", moved_numbers(many, after, KEYS, TOLERANCE), 30).splitlines()
    assert lines[0] == "x: 29 of 30 numbers moved; the 20 that moved most (points are hundredths):"
    assert len(lines) == 2 + 20
    assert [int(line.split()[1]) for line in lines[2:5]] == [29, 28, 27]


def test_lines_that_moved_are_told_as_a_diff_of_limited_length():
    assert moved_lines("x", "a\nb\n", "a\nb\n") == ""
    assert moved_lines("x", "a\nb", "a\nc").splitlines() == [
        "--- x before",
        "+++ x after",
        "@@ -1,2 +1,2 @@",
        " a",
        "-b",
        "+c",
    ]
    long = moved_lines("x", "", "\n".join(map(str, range(500)))).splitlines()
    assert len(long) == 121
    assert long[-1] == "… 383 more lines"


def test_what_did_not_move_is_not_written(tmp_path):
    name, said = "forecasts.csv", []
    (tmp_path / name).write_text(stored(name), encoding="utf-8")
    before = os.stat(tmp_path / name).st_mtime_ns
    # Rounded otherwise, as another processor may.
    nearly = stored(name).replace("0.07001239157376703", "0.07001239157376704")
    assert nearly != stored(name)
    assert reference.refresh(tmp_path, {name: lambda: nearly}, said.append) == []
    assert said == ["forecasts.csv: nothing moved"]
    assert os.stat(tmp_path / name).st_mtime_ns == before


def test_what_moved_is_shown_stored_and_asks_for_a_reason(tmp_path):
    said = []
    frame = pd.read_csv(io.StringIO(stored("forecasts.csv")))
    frame.loc[0, "county-level"] += 0.01
    found = {"forecasts.csv": lambda: frame.to_csv(index=False), "page.txt": lambda: "new\n"}
    (tmp_path / "forecasts.csv").write_text(stored("forecasts.csv"), encoding="utf-8")
    (tmp_path / "page.txt").write_text("old\n", encoding="utf-8")
    assert reference.refresh(tmp_path, found, said.append) == ["forecasts.csv", "page.txt"]
    assert (tmp_path / "page.txt").read_text(encoding="utf-8") == "new\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["forecasts.csv", "page.txt"]
    assert f"forecasts.csv: 1 of {6 * len(frame):,} numbers moved" in said[0]
    assert "county-level" in said[0]
    assert "+1\n" in f"{said[0]}\n"
    assert "-old\n+new" in said[1]
    assert "Regression: <why the numbers moved>" in said[2]
    assert reference.refresh(tmp_path, found, said.append) == []


def test_a_reference_that_is_new_is_stored(tmp_path):
    said = []
    assert reference.refresh(tmp_path / "new", {"page.txt": lambda: "text\n"}, said.append) == ["page.txt"]
    assert said[0] == "page.txt: stored for the first time"


def test_the_text_of_a_page_has_words_and_tables_and_no_picture():
    new = nbformat.v4
    outputs = [
        new.new_output("stream", name="stdout", text="printed  \n"),
        new.new_output("display_data", {"text/html": "<b>1</b>", "text/plain": "1"}),
        new.new_output("display_data", {"image/png": "AAAA", "text/plain": "<Figure size 1x1>"}),
        new.new_output("display_data", {"text/plain": "<thing object at 0x7f00>"}),
    ]
    cells = [
        new.new_code_cell('# Parameters\nscenario = "x"', metadata={"tags": ["injected-parameters"]}),
        new.new_code_cell("a = 1\nshow(a)", outputs=outputs),
    ]
    assert reference.page_text(new.new_notebook(cells=cells)).splitlines() == [
        *("# Parameters", 'scenario = "x"', ""),
        *("## show(a): stdout", "printed", ""),
        *("## show(a): text/html", "<b>1</b>", ""),
        *("## show(a): text/plain", "1"),
    ]
