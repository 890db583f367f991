"""Reading a register: what is kept of it, and odd files that are in order."""

import csv
import datetime
import hashlib
import io
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import registers
from registers import AS_OF, HEADER, ROWS, csv_bytes, csv_text, frame_of, parquet_bytes, spoiled, workbook_bytes

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import register as benchmark
from benchmarks.exact import Disagreement
from cadre_research.errors import ParameterError, RegisterError
from cadre_research.evidence.register import read_register
from cadre_research.evidence.register_columns import COLUMNS, choices
from cadre_research.evidence.register_dates import DateForm
from cadre_research.evidence.register_faults import CODES
from cadre_research.reporting.register_template import data_dictionary, template, write_template

VIEWS = pa.schema([(name, pa.string_view()) for name in HEADER])
CHINESE = ("人员编号", "出生年月", "性别", "单位", "职务", "任职日期", "免职日期", "免职原因")


@pytest.fixture
def read(tmp_path, study):
    def read(content, name="register.csv", **how):
        path = tmp_path / name
        path.write_bytes(content)
        return read_register(path, study.evidence.ladder, AS_OF, **how)

    return read


@pytest.fixture
def plain(read):
    return read(csv_bytes()).spells


def test_spells_are_kept_by_person_and_start_without_ids(read):
    register = read(csv_bytes(ROWS[::-1]))
    spells = register.spells
    assert list(spells.columns) == ["person", "birth_year", "birth_month", *HEADER[2:]]
    assert spells["person"].tolist() == [0, 1, 2, 2, 2]
    assert spells["birth_year"].tolist() == [1985, 1952, 1970, 1970, 1970]
    assert spells["birth_month"].tolist() == [1, 11, 5, 5, 5]
    assert spells["rank"].astype(str).tolist()[2:] == ["staff", "section-deputy", "section-chief"]
    assert spells["reason"].isna().tolist() == [True, False, False, False, True]
    assert str(spells["start"].dtype) == str(spells["end"].dtype) == "datetime64[s]"
    assert "SYN" not in spells.to_csv() + repr(register)
    assert (register.persons, register.synthetic, register.observed_from_year) == (3, True, 2007)
    assert register.sha256 == hashlib.sha256(csv_bytes(ROWS[::-1])).hexdigest()


def test_ranks_are_categories_of_the_whole_ladder(plain, study):
    assert tuple(plain["rank"].cat.categories) == study.evidence.ladder.rank_ids


def test_one_id_of_another_kind_and_the_register_is_not_synthetic(read):
    assert not read(csv_bytes(spoiled((6, "id", "A7")))).synthetic


def test_years_before_the_first_recorded_way_out_are_not_observed_unless_said(read):
    assert read(csv_bytes(), observed_from_year=2001).observed_from_year == 2001


def quoted(rows=ROWS):
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([HEADER, *rows])
    return text.getvalue().encode()


def shuffled():
    return frame_of()[list(HEADER[::-1])].to_csv(index=False).encode()


def typed_frame():
    frame = frame_of()
    for name in ("birth", "start", "end"):
        frame[name] = pd.to_datetime(frame[name].replace("", None), format="ISO8601")
    frame["reason"] = frame["reason"].replace("", None).astype("category")
    return frame


def with_days(rows=ROWS):
    """Dates as a spreadsheet holds them."""
    return [
        [datetime.datetime.fromisoformat(cell) if place in (5, 6) and cell else cell for place, cell in enumerate(row)]
        for row in rows
    ]


def parquet_of_views():
    """Texts as Polars keeps them."""
    content = io.BytesIO()
    pq.write_table(pa.table({name: frame_of()[name].to_numpy() for name in HEADER}).cast(VIEWS), content)
    return content.getvalue()


def chinese_rows():
    names = {"male": "男", "female": "女", "staff": "科员", "section-deputy": "乡科级副职", "section-chief": "正科级"}
    names |= {"promoted": "提拔", "retired": "退休", "North": "北县", "South": "南局"}
    return [[names.get(cell, cell) for cell in row] for row in ROWS]


def with_form(write):
    """Dates written another way."""
    dates = (1, 5, 6)
    return [[write(*cell.split("-")) if p in dates and cell else cell for p, cell in enumerate(row)] for row in ROWS]


FULL_WIDTH = spoiled(*((line, "birth", "１９７０－０５") for line in (2, 3, 4)), (6, "id", "　ＳＹＮ－３　"))
MULTI_LINE = spoiled(*((line, "unit", "North\n of the river, and\r\n„so on“") for line in range(2, 7)))

ODD = {
    "byte-order mark": (csv_bytes(encoding="utf-8-sig"), {}),
    "line ends of Windows": (csv_bytes(line_end="\r\n"), {}),
    "line ends of an old Macintosh": (csv_bytes(line_end="\r"), {}),
    "mixed line ends": (csv_bytes().replace(b"\n", b"\r\n", 3), {}),
    "no line end at the end": (csv_bytes().rstrip(b"\n"), {}),
    "blank lines": (csv_bytes().replace(b"\n", b"\n\n") + b"\n\r\n\n", {}),
    "rows of commas at the end": (csv_bytes() + b",,,,,,,\n" * 3, {}),
    "everything quoted": (quoted(), {}),
    "line breaks, commas and quotes within cells": (csv_bytes(MULTI_LINE), {}),
    "other order of columns": (shuffled(), {}),
    "Chinese headers and values": (csv_bytes(chinese_rows(), CHINESE), {}),
    "Chinese in gb18030": (csv_bytes(chinese_rows(), CHINESE, "gb18030"), {"encoding": "gb18030"}),
    "byte-order mark of gb18030": (
        csv_bytes(chinese_rows(), ("\ufeff" + CHINESE[0], *CHINESE[1:]), "gb18030"),
        {"encoding": "gb18030"},
    ),
    "full-width digits and ideographic spaces": (csv_bytes(FULL_WIDTH), {}),
    "capital letters and spaces": (csv_bytes(spoiled((2, "sex", " Male "), (5, "rank", "Section Chief"))), {}),
    "Chinese dates": (
        csv_bytes(with_form(lambda y, m, d=None: f"{y}年{int(m)}月" + (f"{int(d)}日" if d else ""))),
        {"date_format": "%Y年%m月%d日"},
    ),
    "day first": (
        csv_bytes(with_form(lambda y, m, d=None: "/".join([d, m, y] if d else [m, y]))),
        {"date_format": "%d/%m/%Y"},
    ),
    "full-width signs, declared as they are written": (
        csv_bytes(with_form(lambda *parts: "／".join(parts))),
        {"date_format": "%Y／%m／%d"},
    ),
    "day first, points and spaces": (
        csv_bytes(with_form(lambda y, m, d=None: ". ".join([d, m, y] if d else [m, y]))),
        {"date_format": "%d. %m. %Y"},
    ),
    "optional columns": (
        csv_bytes([(*row, "是", "", "群众") for row in ROWS], (*HEADER, "少数民族", "entry_route", "party")),
        {},
    ),
    "workbook of texts": (workbook_bytes(), {"name": "r.xlsx"}),
    "workbook of days": (workbook_bytes(with_days()), {"name": "r.xlsx"}),
    "workbook of days, other form declared": (
        workbook_bytes(with_days(with_form(lambda y, m, d=None: f"{y}-{m}-{d or '01'}"))),
        {"name": "R.XLSX"},
    ),
    "workbook with a gap above and below": (
        workbook_bytes([HEADER, *ROWS, [""] * 8, [""] * 8], [""] * 8),
        {"name": "r.xlsx"},
    ),
    "workbook of days, months alone declared": (
        workbook_bytes(with_days(spoiled((5, "birth", "1952-11")))),
        {"name": "r.xlsx", "date_format": "%Y-%m"},
    ),
    "Parquet of texts": (parquet_bytes(frame_of()), {"name": "r.parquet"}),
    "Parquet of views of texts": (parquet_of_views(), {"name": "r.parquet"}),
    "Parquet of days and categories": (parquet_bytes(typed_frame()), {"name": "r.parquet"}),
}


@pytest.mark.parametrize("odd", ODD)
def test_odd_but_valid(odd, read, plain):
    content, how = ODD[odd]
    spells = read(content, **how).spells
    columns = ["person", "birth_year", "birth_month", "start", "end"]
    pd.testing.assert_frame_equal(spells[columns], plain[columns])
    for name in ("sex", "rank", "reason"):
        assert spells[name].astype(object).equals(plain[name].astype(object)), name


def test_white_space_within_a_cell_is_one_space(read):
    spells = read(csv_bytes(MULTI_LINE)).spells
    assert list(spells["unit"].cat.categories) == ["North of the river, and „so on“"]


def test_optional_columns_have_their_values(read):
    spells = read(*ODD["optional columns"][:1]).spells
    assert spells["minority"].astype(str).unique().tolist() == ["yes"]
    assert spells["party"].astype(str).unique().tolist() == ["no"]
    assert spells["entry_route"].isna().all()


def test_lines_are_those_of_the_file_where_cells_hold_line_breaks(read):
    """The header stands on line 1, each row takes three lines, so the fourth begins on line 11 (2 + 3 x 3)."""
    rows = [list(row) for row in MULTI_LINE]
    rows[3][4] = "no such rank"
    with pytest.raises(RegisterError, match=r"R051 line 11, column rank: a rank that is not on the ladder"):
        read(csv_bytes(rows))


def test_a_hundred_faults_are_shown_and_all_are_counted(read):
    rows = [(f"SYN-{place}", "1970-05", "x", "North", "staff", "1995-07-01", "", "") for place in range(250)]
    with pytest.raises(RegisterError, match="250 faults, the first 100 shown") as refused:
        read(csv_bytes(rows))
    assert [fault.line for fault in refused.value.faults] == list(range(2, 102))
    assert refused.value.__context__ is refused.value.__cause__ is None


def test_several_faults_are_told_by_line(read):
    rows = spoiled((6, "birth", "x"), (2, "sex", "x"), (2, "end", "x"))
    with pytest.raises(RegisterError) as refused:
        read(csv_bytes(rows))
    assert [(f.line, f.code, f.column) for f in refused.value.faults] == [
        (2, "R040", "end"),
        (2, "R050", "sex"),
        (6, "R040", "birth"),
    ]


@pytest.mark.parametrize("form", ["%Y", "%y-%m-%d", "%Y-%m-%m", "%Y-%m-%d %H", "%Y-%m-%d%", "", "%d %Y"])
def test_forms_of_dates_that_could_be_read_in_two_ways(form):
    with pytest.raises(ParameterError, match="expected %Y and %m once each"):
        DateForm(form)


def test_a_date_that_a_spreadsheet_shortened_is_none():
    assert DateForm("%Y.%m").read("2012.1") is None
    assert DateForm("%Y.%m").read("2012.10") == datetime.date(2012, 10, 1)
    assert DateForm().read("2011-02-29") is None
    assert DateForm("%Y.%m.%d").write(datetime.date(2012, 3, 5)) == "2012.03.05"


def test_a_name_of_two_ranks_stands_for_neither(make_ladder):
    rank = next(column for column in COLUMNS if column.id == "rank")
    assert "-" not in choices(rank, make_ladder())


@pytest.mark.parametrize(
    ("how", "declared"),
    [
        ({}, "%Y-%m-%d or %Y-%m. Months and days have two digits."),
        ({"date_format": "%Y.%m"}, "%Y.%m. Months and days have two digits."),
        ({"date_format": "%Y年%m月%d日"}, "%Y年%m月%d日 or %Y年%m月."),
    ],
)
def test_a_refused_date_says_how_dates_are_written(how, declared, read):
    with pytest.raises(RegisterError) as refused:
        read(csv_bytes(spoiled((6, "start", "2008/9/1"))), **how)
    assert str(refused.value).endswith(f"or declare how it is written. Declared: {declared}")


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_template_is_a_register(kind, language, read, study):
    spells = read(template(study.evidence.ladder, kind, language), f"r.{kind}").spells
    assert spells["rank"].astype(str).tolist() == ["staff", "section-deputy", "county-deputy"]
    assert spells["unit"].astype(str).tolist() == ["County A", "County A", "Department B"]


@pytest.mark.parametrize("promotions", [None, ()])
def test_a_template_has_ranks_of_its_ladder(promotions, make_ladder, tmp_path):
    ladder = make_ladder(**({} if promotions is None else {"promotions": promotions}))
    (tmp_path / "r.csv").write_bytes(template(ladder))
    spells = read_register(tmp_path / "r.csv", ladder, AS_OF).spells
    assert set(spells["rank"].astype(str)) <= set(ladder.rank_ids)


def test_a_template_replaces_no_file(tmp_path, study):
    written = write_template(tmp_path / "r.xlsx", study.evidence.ladder, "zh")
    assert [path.name for path in written] == ["r.xlsx", "r.md"]
    assert "人员编号" in written[1].read_text(encoding="utf-8")
    with pytest.raises(ParameterError, match=r"r.xlsx: cannot be written \(File exists\); choose another name"):
        write_template(tmp_path / "r.xlsx", study.evidence.ladder)
    with pytest.raises(ParameterError, match=r"r.xls: expected a name that ends in .csv or .xlsx"):
        write_template(tmp_path / "r.xls", study.evidence.ladder)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_dictionary_names_every_column_rank_and_code(language, study):
    text = data_dictionary(study.evidence.ladder, language)
    rows = [line.split(" | ") for line in text.splitlines() if line.startswith("| ")]
    first = [row[0].removeprefix("| ") for row in rows]
    for column in COLUMNS:
        assert (column.id if language == "en" else column.header_zh) in first
    assert set(CODES) <= set(first)
    assert all(rank in text for rank in study.evidence.ladder.rank_ids)
    assert {len(row) for row in rows} == {7, 3}


def test_the_benchmark_notices_what_is_lost(tmp_path):
    """A row left out, and a spell that ended where the file says it goes on."""
    given = benchmark.made_up(500)
    given.to_csv(tmp_path / "r.csv", index=False)
    benchmark.check(tmp_path / "r.csv", given)
    with pytest.raises(Disagreement, match="rows or persons differ"):
        benchmark.check(tmp_path / "r.csv", given.iloc[1:])
    with pytest.raises(Disagreement, match="the last stock differs"):
        benchmark.check(tmp_path / "r.csv", given.assign(end="2017-01-01"))
    assert 0 < benchmark.most_memory_gib() < 50


def test_headers_of_two_columns_never_agree():
    headers = [name.casefold() for column in COLUMNS for name in column.headers]
    assert len(headers) == len(set(headers))


def test_every_chinese_code_has_a_meaning_and_a_remedy_of_its_own():
    assert (
        len({one.meaning_en for one in CODES.values()}) == len({one.meaning_zh for one in CODES.values()}) == len(CODES)
    )


def test_made_up_rows_of_tests_are_in_order_by_hand():
    assert csv_text().splitlines()[1] == "SYN-1,1970-05,male,North,staff,1995-07-01,2003-03-01,promoted"
    assert np.shape(registers.ROWS) == (5, len(HEADER))
