"""A register to fill in, and its data dictionary: what every column means and what every code of a fault says."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Literal

from cadre_research.errors import ParameterError, on_one_line
from cadre_research.evidence.ladder import Ladder
from cadre_research.evidence.register_columns import COLUMNS, Column, choices
from cadre_research.evidence.register_faults import CODES

__all__ = ["data_dictionary", "template", "write_template"]

Language = Literal["en", "zh"]

OPTIONAL_EXAMPLES = {
    "minority": ("no", "no", "yes"),
    "party": ("yes", "yes", "no"),
    "reserve_list": ("no", "yes", "no"),
    "entry_route": ("examination", "examination", "transfer"),
}

RULES = {
    "en": """
- One row for each spell of a person in a rank and unit; rows in any order. A row with nothing in it is passed over.
- CSV with commas (utf-8-sig, plain UTF-8 or gb18030, as declared), Parquet, or Excel (.xlsx, one sheet).
  No other columns.
- A missing end or reason is an empty cell. Nothing else means missing: no "NA", no dash, no 0.
- Full-width letters, digits and signs are read as ordinary ones, the ideographic space as a space; spaces at the ends
  are dropped, and white space within a cell, line breaks too, counts as one space. Capital letters do not matter in
  choices. Control, invisible and lost characters are refused.
- Dates are YYYY-MM-DD or YYYY-MM, or one declared form of %Y, %m and %d, with or without the day; months and days have
  two digits unless 月 or 日 follows. Days stored as days in Excel and Parquet need no form.
- A person holds one rank at a time: spells do not overlap; after promoted or moved another starts within 31 days;
  nothing follows a way out. Ages are 16 to 75. No date lies after the as-of date.
- Leavers are taken as recorded from the calendar year of the earliest way out, unless another first year is given.
  Those who left before are missing, so earlier years would show too few leavers; they are not used. Give the first year
  yourself where recording began within a year, or where an early leaver was recorded by accident.
- An id, unit or entry route may not begin with = + - @, a tab or a line break: a spreadsheet would run it.
- Lines in messages count from 1 with the header; in Parquet they are row numbers. No message repeats what a cell says.
""",
    "zh": """
- 每人每段任职（职务、单位）一行，行序不限；全空的行略过。
- CSV（逗号分隔，编码按声明：utf-8-sig、UTF-8 或 gb18030）、Parquet 或 Excel（.xlsx，仅一张工作表）。不得有其他列。
- 无免职日期或原因时留空，不得以“NA”、横线、0 等代替。
- 全角字母、数字和符号按半角读入，全角空格按空格读入；首尾空格略去，单元格内的连续空白（含换行）按一个空格计。
  选项不分大小写。控制字符、不可见字符和乱码一律拒收。
- 日期写作 YYYY-MM-DD 或 YYYY-MM，或按所声明的一种格式（由 %Y、%m、%d 组成，可省去日）；月、日为两位数，后接“月”“日”
  二字者除外。Excel 和 Parquet 中的日期类型不需声明。
- 一人同时只任一个职务：各段不得重叠；提拔、转任后31天内须开始下一段；退出之后不得再有任职。年龄16至75岁。
  日期不得晚于截止日期。
- 退出记录默认自最早一次退出的年份起算完整，也可另行指定。此前退出者未收录，更早年份的退出人数偏少，故不采用。
- 编号、单位、进入渠道不得以 = + - @、制表符或换行开头，以免被电子表格当作公式执行。
- 提示中的行号从表头起计；Parquet 为数据行号。任何提示都不重复单元格的内容。
""",
}
HEADINGS = {
    "en": ("Columns", "Rules", "Faults"),
    "zh": ("列", "规则", "错误代码"),
}
COLUMN_HEADS = {
    "en": ("Header", "Also taken", "Must be there", "May be empty", "Values", "Meaning", "Why it is asked for"),
    "zh": ("表头", "其他可用表头", "必需", "可留空", "取值", "含义", "用途"),
}
CODE_HEADS = {"en": ("Code", "Meaning", "What to do"), "zh": ("代码", "含义", "处理办法")}
YES_NO = {"en": ("yes", "no"), "zh": ("是", "否")}


def template(ladder: Ladder, kind: Literal["csv", "xlsx"] = "csv", language: Language = "en") -> bytes:
    """Content of a register file with every column and three made-up rows to write over, with ranks of a ladder.

    Every cell of the workbook's columns is text, the empty ones too, so that a spreadsheet neither rounds ids nor
    rewrites dates.
    """
    optional = zip(*(OPTIONAL_EXAMPLES[column.id] for column in COLUMNS if not column.required), strict=True)
    header = [column.id if language == "en" else column.header_zh for column in COLUMNS]
    rows = [header, *((*row, *more) for row, more in zip(_examples(ladder), optional, strict=True))]
    return _csv(rows) if kind == "csv" else _workbook(rows)


def _examples(ladder: Ladder) -> tuple[tuple[str, ...], ...]:
    """Three spells of two persons who never were; without promotions on the ladder, one of them moves in her rank."""
    ways = [(way.source, way.into) for way in ladder.promotions] or [(ladder.rank_ids[0],) * 2]
    (source, into), reason = ways[0], "promoted" if ladder.promotions else "moved"
    return (
        ("SYN-000001", "1978-05", "female", "County A", source, "2001-07-01", "2008-03-15", reason),
        ("SYN-000001", "1978-05", "female", "County A", into, "2008-03-15", "", ""),
        ("SYN-000002", "1955-11", "male", "Department B", ways[-1][0], "1999-04-01", "2015-12-01", "retired"),
    )


def write_template(file: Path, ladder: Ladder, language: Language = "en") -> tuple[Path, Path]:
    """Write a register to fill in, and its data dictionary beside it as .md; both paths.

    Raises
    ------
    ParameterError
        When the name ends in neither .csv nor .xlsx, or one of the two files is there already or cannot be written.
    """
    kind, dictionary = file.suffix.lower().removeprefix("."), file.with_suffix(".md")
    if kind not in ("csv", "xlsx"):
        raise ParameterError(f"{on_one_line(str(file))}: expected a name that ends in .csv or .xlsx.")
    content = template(ladder, kind, language), data_dictionary(ladder, language).encode()
    for path in (file, dictionary):
        # Neither is written where the other cannot be.
        if path.exists():
            raise _unwritable(path, "File exists")
    try:
        for path, written in zip((file, dictionary), content, strict=True):
            # A register that was filled in is never lost to a new template.
            with path.open("xb") as target:
                target.write(written)
    except OSError as fault:
        raise _unwritable(Path(fault.filename), fault.strerror) from None
    return file, dictionary


def _unwritable(path: Path, reason: str) -> ParameterError:
    return ParameterError(f"{on_one_line(str(path))}: cannot be written ({reason}); choose another name.")


def data_dictionary(ladder: Ladder, language: Language = "en") -> str:
    """Columns, rules and codes as Markdown, with the ranks and ways out of a ladder."""
    columns, rules, faults = HEADINGS[language]
    return "\n".join(
        [
            f"# {columns}\n",
            _table(COLUMN_HEADS[language], [_column_row(column, ladder, language) for column in COLUMNS]),
            f"\n# {rules}\n{RULES[language]}",
            f"# {faults}\n",
            _table(
                CODE_HEADS[language],
                [
                    (code, getattr(one, f"meaning_{language}"), getattr(one, f"remedy_{language}"))
                    for code, one in CODES.items()
                ],
            ),
            "",
        ]
    )


def _column_row(column: Column, ladder: Ladder, language: Language) -> tuple[str, ...]:
    yes, no = YES_NO[language]
    own, *others = column.headers if language == "en" else (column.header_zh, column.id, *column.aliases)
    values = choices(column, ladder) if column.kind == "choice" else {}
    named = {value: [name for name in values if values[name] == value and name != value] for value in values.values()}
    listed = "; ".join(f"{value} ({', '.join(names)})" if names else value for value, names in named.items())
    meaning, reason = (getattr(column, f"{what}_{language}") for what in ("meaning", "reason"))
    required, optional = (yes if column.required else no), (no if column.filled else yes)
    return own, ", ".join(others), required, optional, listed, meaning, reason


def _table(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    cells = [heads, ("---",) * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in cells)


def _csv(rows: list[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode("utf-8-sig")


def _workbook(rows: list[list[str]]) -> bytes:
    import openpyxl
    from openpyxl.utils import get_column_letter

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "register"
    for place in range(1, len(COLUMNS) + 1):
        sheet.column_dimensions[get_column_letter(place)].number_format = "@"
    for line, row in enumerate(rows, 1):
        for place, text in enumerate(row, 1):
            cell = sheet.cell(line, place, text or None)
            cell.number_format = "@"
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()
