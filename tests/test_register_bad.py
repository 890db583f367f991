"""Registers that cannot be used: each is refused with its own code, line and column, and no message repeats a cell."""

import contextlib
import io
import pickle
import time
import traceback
import zipfile

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.worksheet.formula import ArrayFormula, DataTableFormula
from registers import (
    AS_OF,
    HEADER,
    ROWS,
    csv_bytes,
    frame_of,
    parquet_bytes,
    spoiled,
    workbook_bytes,
    zip_bytes,
)

from cadre_research.errors import RegisterError
from cadre_research.evidence import register_csv, register_sheet, register_workbook
from cadre_research.evidence.ladder import load_ladder
from cadre_research.evidence.register import read_register
from cadre_research.evidence.register_faults import CODES
from cadre_research.paths import facts_dir

CANARY = "Zzyzx-4711"
LADDER = load_ladder(facts_dir() / "ladder.toml")
LONGEST_SECONDS = 5.0


def cells(*changes):
    return csv_bytes(spoiled(*changes))


def raw(line, new, content=None):
    """A CSV file with the bytes of one line replaced."""
    lines = (content or csv_bytes()).split(b"\n")
    lines[line - 1] = new
    return b"\n".join(lines)


def with_formula(formula):
    """A workbook with a formula of many cells for the unit of line 6."""
    book = openpyxl.load_workbook(io.BytesIO(workbook_bytes()))
    book.active["D6"] = formula
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def with_part(part, change):
    """A workbook with the bytes of one part changed."""
    spoilt = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook_bytes())) as source, zipfile.ZipFile(spoilt, "w") as target:
        for name in source.namelist():
            target.writestr(name, change(source.read(name)) if name == part else source.read(name))
    return spoilt.getvalue()


def nested_parquet():
    deep = pa.array([[[["x"]]]])
    return parquet_of({**{name: pa.array([CANARY]) for name in HEADER}, "unit": deep})


def parquet_of(columns):
    content = io.BytesIO()
    pq.write_table(pa.table(columns), content)
    return content.getvalue()


def dictionary_bomb():
    """Half a gigabyte of text in a few kilobytes: one text of 100,000 characters in each of 5,000 rows."""
    long = pa.DictionaryArray.from_arrays(pa.array([0] * 5_000, pa.int32()), pa.array([CANARY * 10_000]))
    return parquet_of({**{name: pa.array(["x"] * 5_000) for name in HEADER}, "unit": long})


HEAD = ",".join(HEADER).encode()
ROW = ",".join(ROWS[0]).encode()

# Kind -> name -> content, how it is read, code, line, column.
BAD = {
    "encodings": {
        "UTF-16, little-endian": (csv_bytes(encoding="utf-16"), {}, "R005", 1, "1"),
        "UTF-16, big-endian": (b"\xfe\xff" + csv_bytes(encoding="utf-16-be"), {}, "R005", 1, "1"),
        "gb18030, not declared": (
            csv_bytes(spoiled((3, "unit", "北" + CANARY)), encoding="gb18030"),
            {},
            "R005",
            3,
            "4",
        ),
        "character cut off": (raw(4, "SYN-1,1970-05,male,南".encode()[:-1]), {}, "R005", 4, "4"),
        "surrogate": (raw(2, b"\xed\xa0\x80" + ROW), {}, "R005", 2, "1"),
        "no byte of gb18030": (raw(5, ROW + b"\xff"), {"encoding": "gb18030"}, "R005", 5, "8"),
        "UTF-8 declared gb18030": (csv_bytes(encoding="utf-8-sig"), {"encoding": "gb18030"}, "R005", 1, "1"),
        "Chinese in UTF-8 declared gb18030": (
            cells((3, "unit", "北县" + CANARY)),
            {"encoding": "gb18030"},
            "R005",
            3,
            "4",
        ),
        "byte-order mark of UTF-8 before gb18030": (
            b"\xef\xbb\xbf" + csv_bytes(spoiled((3, "unit", "县" + CANARY)), encoding="gb18030"),
            {"encoding": "gb18030"},
            "R005",
            1,
            "1",
        ),
        "encoding not offered": (csv_bytes(), {"encoding": "latin-1"}, "R004", 0, ""),
    },
    "structure": {
        "empty": (b"", {}, "R007", 0, ""),
        "blank lines alone": (b"\n\r\n\n", {}, "R007", 0, ""),
        "header alone": (HEAD + b"\n", {}, "R008", 0, ""),
        "header and rows of nothing": (HEAD + b"\n,,,,,,,\n", {}, "R008", 0, ""),
        "quotation mark never closed": (raw(3, b'SYN-1,"1970-05,' + CANARY.encode()), {}, "R009", 3, "2"),
        "quotation mark within a cell": (raw(3, b'SYN-1,19"70"-05,' + CANARY.encode()), {}, "R009", 3, "2"),
        "text after a quoted cell": (raw(4, b'SYN-1,1970-05,"male"' + CANARY.encode()), {}, "R009", 4, "3"),
        "too few cells": (raw(3, b"SYN-1,1970-05," + CANARY.encode()), {}, "R010", 3, "3"),
        "too many cells": (raw(4, ROW + b"," + CANARY.encode()), {}, "R010", 4, "9"),
        "header twice": (csv_bytes([(*row, "x") for row in ROWS], (*HEADER, "单位")), {}, "R011", 1, "unit"),
        "column missing": (
            csv_bytes([row[:2] + row[3:] for row in ROWS], HEADER[:2] + HEADER[3:]),
            {},
            "R012",
            1,
            "sex",
        ),
        "header not known": (csv_bytes([(*row, "x") for row in ROWS], (*HEADER, CANARY)), {}, "R013", 1, "9"),
        "NUL byte": (raw(6, b"SYN-3,19\x0085-01," + CANARY.encode()), {}, "R006", 6, "2"),
        "kind of file": (csv_bytes(), {"name": "r.xls"}, "R002", 0, ""),
        "two sheets": (workbook_bytes(sheets=2), {"name": "r.xlsx"}, "R018", 0, ""),
        "no workbook": (csv_bytes(), {"name": "r.xlsx"}, "R019", 0, ""),
        "workbook without content": (zip_bytes(a=b"x"), {"name": "r.xlsx"}, "R019", 0, ""),
        "no Parquet": (csv_bytes(), {"name": "r.parquet"}, "R019", 0, ""),
        "workbook cell beyond the header": (
            workbook_bytes([(*ROWS[0], CANARY), *ROWS[1:]]),
            {"name": "r.xlsx"},
            "R010",
            2,
            "9",
        ),
    },
    "ids": {
        "missing": (cells((6, "id", "")), {}, "R023", 6, "id"),
        "a row twice, the last of a person": (csv_bytes([*ROWS, ROWS[3]]), {}, "R031", 7, "start"),
        "a row twice, promoted": (csv_bytes([*ROWS, ROWS[0]]), {}, "R031", 7, "start"),
        "same start twice": (csv_bytes([*ROWS, ROWS[4]]), {}, "R031", 7, "start"),
        "two months of birth": (cells((4, "birth", "1970-06")), {}, "R032", 4, "birth"),
        "two sexes": (cells((3, "sex", "female")), {}, "R033", 3, "sex"),
        "rounded by a spreadsheet": (cells((6, "id", "4.71147E+17")), {}, "R034", 6, "id"),
        "rounded in a workbook": (
            workbook_bytes([*ROWS[:4], (4.71147e17, *ROWS[4][1:])]),
            {"name": "r.xlsx"},
            "R034",
            6,
            "id",
        ),
        "invisible character": (cells((6, "id", CANARY + "\u200b")), {}, "R021", 6, "id"),
        "lost character": (cells((6, "id", CANARY + "\ufffd")), {}, "R021", 6, "id"),
    },
    "ages and dates": {
        "no date": (cells((6, "birth", CANARY)), {}, "R040", 6, "birth"),
        "a tab before another's full-width date": (
            cells((2, "birth", "\t1970-05"), (3, "birth", "１９７０－０５")),
            {},
            "R040",
            2,
            "birth",
        ),
        "no such day": (cells((6, "start", "2008-02-30")), {}, "R040", 6, "start"),
        "no such month": (cells((6, "start", "2008-13-01")), {}, "R040", 6, "start"),
        "other form": (cells((5, "end", "2007/12/01")), {}, "R040", 5, "end"),
        "day number of a spreadsheet": (cells((5, "end", "39417")), {}, "R040", 5, "end"),
        "sign for nothing": (cells((6, "end", "0000-00-00")), {}, "R040", 6, "end"),
        "no birth": (cells((6, "birth", "")), {}, "R023", 6, "birth"),
        "no start": (cells((6, "start", "")), {}, "R023", 6, "start"),
        "start after the as-of date": (cells((6, "start", "2018-01-01")), {}, "R041", 6, "start"),
        "end after the as-of date": (cells((5, "end", "2018-01-01")), {}, "R041", 5, "end"),
        "start before birth": (cells((6, "start", "1984-12-31")), {}, "R042", 6, "start"),
        "end before start": (cells((5, "end", "1998-03-31")), {}, "R043", 5, "end"),
        "too young": (cells((6, "start", "2000-12-31")), {}, "R044", 6, "start"),
        "too old at the start": (cells((5, "birth", "1922-04-01")), {}, "R044", 5, "start"),
        "too old at the end": (cells((5, "birth", "1931-12-01")), {}, "R045", 5, "end"),
        "too old at the as-of date": (cells((6, "birth", "1941-12")), {}, "R045", 6, "end"),
        "reason without end": (cells((6, "reason", "retired")), {}, "R046", 6, "reason"),
        "end without reason": (cells((5, "reason", "")), {}, "R047", 5, "reason"),
        "date in a workbook": (
            workbook_bytes([*ROWS[:4], (*ROWS[4][:5], 2008.09, "", "")]),
            {"name": "r.xlsx"},
            "R040",
            6,
            "start",
        ),
        "nobody ever left": (csv_bytes([ROWS[4]]), {}, "R060", 0, ""),
    },
    "ranks": {
        "not on the ladder": (cells((4, "rank", CANARY)), {}, "R051", 4, "rank"),
        "unit not known": (cells((4, "unit", CANARY)), {"units": ["North", "South"]}, "R052", 4, "unit"),
        "two at a time": (cells((3, "end", "2011-06-15")), {}, "R053", 4, "start"),
        "no end before the next": (cells((3, "end", ""), (3, "reason", "")), {}, "R054", 4, "start"),
        "after a way out": (cells((3, "reason", "resigned")), {}, "R055", 4, "start"),
        "nothing after a promotion": (cells((5, "reason", "promoted")), {}, "R056", 5, "end"),
        "a gap after a promotion": (cells((3, "end", "2010-05-14")), {}, "R056", 3, "end"),
        "into the same rank": (cells((4, "rank", "section-deputy")), {}, "R057", 4, "rank"),
        "reason not known": (cells((5, "reason", CANARY)), {}, "R050", 5, "reason"),
        "sex not known": (cells((6, "sex", CANARY)), {}, "R050", 6, "sex"),
    },
    "size and bombs": {
        "cell too long": (cells((6, "unit", CANARY * 21)), {}, "R016", 6, "unit"),
        "row too long": (cells((6, "unit", CANARY * 20_000)), {}, "R016", 6, "4"),
        "too many columns": (csv_bytes(header=(*HEADER, *"x" * 43)), {}, "R015", 1, "51"),
        "workbook that unpacks to too much": (zip_bytes(xl__a=bytes(130 * 2**20)), {"name": "r.xlsx"}, "R017", 0, ""),
        "workbook of too many parts": (
            zip_bytes(**{f"part{place}": b"" for place in range(201)}),
            {"name": "r.xlsx"},
            "R017",
            0,
            "",
        ),
        "header too long": (raw(1, HEAD + CANARY.encode() * 20_000), {}, "R016", 1, "8"),
        "nested columns": (nested_parquet(), {"name": "r.parquet"}, "R020", 0, "4"),
    },
    "injection": {
        f"{id_} {text[:1]!r}": (cells((6, id_, text)), {}, "R022", 6, id_)
        for id_, text in [
            ("id", f"=HYPERLINK({CANARY})"),
            ("id", f"+{CANARY}"),
            ("id", f"-{CANARY}"),
            ("id", f"@SUM({CANARY})"),
            ("id", f"\t={CANARY}"),
            ("unit", f"=cmd|'{CANARY}'!A0"),
            ("unit", f"＝{CANARY}"),
            ("unit", f"　 @{CANARY}"),
        ]
    },
}
BAD["injection"] |= {
    "formula of many cells": (
        with_formula(ArrayFormula("D6", f"=LEFT({CANARY})")),
        {"name": "r.xlsx"},
        "R022",
        6,
        "unit",
    ),
    "data table": (with_formula(DataTableFormula("D6")), {"name": "r.xlsx"}, "R022", 6, "unit"),
}
BAD["injection"]["unit, line break first"] = (
    raw(6, b'SYN-3,1985-01,female,"\r=' + CANARY.encode() + b'",staff,2008-09-01,,'),
    {},
    "R022",
    6,
    "unit",
)
CASES = [pytest.param(case, id=f"{kind}: {name}") for kind, cases in BAD.items() for name, case in cases.items()]


def refusal(path, content, how):
    path.write_bytes(content)
    with pytest.raises(RegisterError) as refused:
        read_register(path, LADDER, AS_OF, **how)
    return refused.value


def secrets(content):
    """Texts of a file that no message may hold: those not among the words of every register."""
    spoken = {cell for row in ROWS for cell in row}
    texts = {cell for line in content.decode("utf-8", "replace").splitlines()[1:] for cell in line.split(",")}
    return {text.strip() for text in texts - spoken if len(text.strip()) > 3} | {CANARY, "SYN-", "1970", "North"}


@pytest.mark.parametrize("case", CASES)
def test_refused_with_code_line_and_column_and_no_value(case, tmp_path):
    content, how, code, line, column = case
    how = dict(how)
    fault = refusal(tmp_path / how.pop("name", "register.csv"), content, how)
    assert {(one.code, one.line, one.column) for one in fault.faults} == {(code, line, column)}
    told = "".join(traceback.format_exception(fault)) + repr(fault) + str(fault)
    assert [text for text in secrets(content) if text in told] == []
    assert fault.__cause__ is fault.__context__ is None
    assert fault.exit_code == 2
    assert str(fault).startswith(tmp_path.joinpath(fault.file).name + ": 1 fault.\n")


@pytest.mark.parametrize(
    ("kind", "number"),
    {
        "encodings": 8,
        "structure": 12,
        "ids": 6,
        "ages and dates": 14,
        "ranks": 6,
        "size and bombs": 6,
        "injection": 8,
    }.items(),
)
def test_there_are_enough_of_each_kind(kind, number):
    assert len(BAD[kind]) >= number


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_of_rows_below_a_title_or_cut_at_another_sign_the_headers_are_told(kind, tmp_path):
    """The rows alone would be told to have too many cells."""
    cut = (
        csv_bytes(spoiled((3, "unit", CANARY + ", North"))).replace(b",", b";").replace(b"; ", b", ").replace(b'"', b"")
    )
    content = {"csv": cut, "xlsx": workbook_bytes([HEADER, *ROWS], [CANARY])}
    fault = refusal(tmp_path / f"r.{kind}", content[kind], {})
    assert [(one.code, one.line, one.column) for one in fault.faults] == [
        *(("R012", 1, name) for name in sorted(HEADER)),
        ("R013", 1, "1"),
    ]


def test_a_file_that_is_too_large_is_not_read(tmp_path):
    path = tmp_path / "r.csv"
    with path.open("wb") as file:
        file.truncate(512 * 2**20 + 1)
    with pytest.raises(RegisterError, match="R003: the file is too large"):
        read_register(path, LADDER, AS_OF)


def test_one_long_text_in_every_row_of_a_parquet_file_is_held_once(tmp_path):
    fault = refusal(tmp_path / "r.parquet", dictionary_bomb(), {})
    assert fault.found == 5_000
    assert [(one.code, one.line, one.column) for one in fault.faults[:2]] == [("R016", 1, "unit"), ("R016", 2, "unit")]
    assert CANARY not in str(fault)


@pytest.mark.parametrize("name", ["none.csv", "folder.csv"])
def test_no_such_file(name, tmp_path):
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(RegisterError, match=f"{name}: 1 fault.\nR001: the file cannot be read"):
        read_register(tmp_path / name, LADDER, AS_OF)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("r.csv", csv_bytes()),
        ("r.xlsx", workbook_bytes()),
        ("r.parquet", parquet_bytes(frame_of())),
    ],
)
def test_too_many_rows(name, content, tmp_path, monkeypatch):
    for module in (register_csv, register_workbook, register_sheet):
        monkeypatch.setattr(module, "LIMITS", register_sheet.LIMITS._replace(rows=4))
    fault = refusal(tmp_path / name, content, {})
    assert [one.code for one in fault.faults] == ["R014"]


def test_parquet_that_unpacks_to_too_much(tmp_path, monkeypatch):
    monkeypatch.setattr(register_workbook, "LIMITS", register_sheet.LIMITS._replace(unpacked_bytes=100))
    fault = refusal(tmp_path / "r.parquet", parquet_bytes(frame_of()), {})
    assert [one.code for one in fault.faults] == ["R017"]


def test_a_workbook_that_names_entities_is_refused(tmp_path):
    laughs = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><x>&b;</x>'
    fault = refusal(tmp_path / "r.xlsx", with_part("xl/workbook.xml", lambda _: laughs), {})
    assert [one.code for one in fault.faults] == ["R019"]


@pytest.mark.parametrize("line", [2**20 + 1, 2_000_000_000])
def test_a_row_below_the_last_line_of_a_sheet_is_refused_and_not_left_out(line, tmp_path):
    """The third row of persons is said to stand there."""
    spoilt = with_part("xl/worksheets/sheet1.xml", lambda sheet: sheet.replace(b'<row r="4"', b'<row r="%d"' % line))
    fault = refusal(tmp_path / "r.xlsx", spoilt, {})
    assert str(fault).endswith("R014: too many rows. Split the register by unit. At most 1,048,576.")


def test_every_code_has_a_case():
    """Those tested apart: no file, too large, too many rows."""
    tested = {case[2] for cases in BAD.values() for case in cases.values()}
    assert tested | {"R001", "R003", "R014"} == set(CODES)


def test_a_refusal_crosses_to_another_process(tmp_path):
    fault = refusal(tmp_path / "r.csv", cells((6, "sex", "x")), {})
    again = pickle.loads(pickle.dumps(fault))
    assert (str(again), again.faults, again.found) == (str(fault), fault.faults, fault.found)


CELL = st.one_of(
    st.sampled_from(
        [cell for row in ROWS for cell in row] + ["=1", "\t", '"', "１９７０", "2008-02-30", "\u3000", "男", "\r\n"]
    ),
    st.text(max_size=12),
)


@st.composite
def changed(draw):
    """A register with some bytes replaced, put in or left out."""
    content = bytearray(csv_bytes(encoding=draw(st.sampled_from(["utf-8", "utf-8-sig", "gb18030"]))))
    for _ in range(draw(st.integers(1, 4))):
        place, length = draw(st.integers(0, len(content))), draw(st.integers(0, 6))
        content[place : place + length] = draw(
            st.one_of(st.binary(max_size=6), st.sampled_from([b",", b"\n", b'"', b"\r"]))
        )
    return bytes(content)


TABLES = st.lists(st.lists(CELL, min_size=6, max_size=9), max_size=6).map(
    lambda rows: csv_bytes(rows).replace(b"\x00", b"")
)
FILES = st.one_of(
    st.binary(max_size=300), changed(), TABLES, st.binary(max_size=80).map(lambda tail: HEAD + b"\n" + tail)
)


@pytest.mark.slow
@settings(max_examples=2_000, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None)
@given(content=FILES, encoding=st.sampled_from(["utf-8-sig", "gb18030"]))
def test_any_bytes_are_read_or_refused_soon(tmp_path_factory, content, encoding):
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(content)
    before = time.perf_counter()
    with contextlib.suppress(RegisterError):
        read_register(path, LADDER, AS_OF, encoding=encoding)
    assert time.perf_counter() - before < LONGEST_SECONDS


@pytest.mark.parametrize("name", ["r.xlsx", "r.parquet"])
def test_spoilt_workbooks_and_parquet_files_are_refused(name, tmp_path):
    """Every 40th byte is turned round, one at a time: read, or refused with a code."""
    content = workbook_bytes() if name == "r.xlsx" else parquet_bytes(pd.DataFrame(list(ROWS), columns=list(HEADER)))
    for place in range(0, len(content), 40):
        spoilt = bytearray(content)
        spoilt[place] ^= 0xFF
        (tmp_path / name).write_bytes(spoilt)
        with contextlib.suppress(RegisterError):
            read_register(tmp_path / name, LADDER, AS_OF)
