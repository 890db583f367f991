"""Small registers for tests, as bytes of each kind of file, whole or spoiled in one place."""

import csv
import io
import zipfile
from datetime import date

import openpyxl
import pandas as pd

AS_OF = date(2017, 12, 31)
HEADER = ("id", "birth", "sex", "unit", "rank", "start", "end", "reason")
# Lines 2 to 6 of a CSV file: one who rose twice, one who retired, one who is still there.
ROWS = (
    ("SYN-1", "1970-05", "male", "North", "staff", "1995-07-01", "2003-03-01", "promoted"),
    ("SYN-1", "1970-05", "male", "North", "section-deputy", "2003-03-01", "2010-06-15", "promoted"),
    ("SYN-1", "1970-05", "male", "South", "section-chief", "2010-06-15", "", ""),
    ("SYN-2", "1952-11-30", "female", "South", "section-chief", "1998-04-01", "2007-12-01", "retired"),
    ("SYN-3", "1985-01", "female", "North", "staff", "2008-09-01", "", ""),
)


def spoiled(*changes, rows=ROWS):
    """Rows with cells replaced: (line in the file, column, text)."""
    rows = [list(row) for row in rows]
    for line, column, text in changes:
        rows[line - 2][HEADER.index(column)] = text
    return rows


def csv_text(rows=ROWS, header=HEADER, line_end="\n"):
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=line_end)
    writer.writerows([header, *rows])
    return text.getvalue()


def csv_bytes(rows=ROWS, header=HEADER, encoding="utf-8", line_end="\n"):
    return csv_text(rows, header, line_end).encode(encoding)


def workbook_bytes(rows=ROWS, header=HEADER, sheets=1):
    book = openpyxl.Workbook()
    for row in [header, *rows]:
        book.active.append([None if cell == "" else cell for cell in row])
    for _ in range(sheets - 1):
        book.create_sheet()
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def parquet_bytes(frame):
    content = io.BytesIO()
    frame.to_parquet(content)
    return content.getvalue()


def frame_of(rows=ROWS, header=HEADER):
    return pd.DataFrame([list(row) for row in rows], columns=list(header), dtype=object)


def zip_bytes(**parts):
    """An archive of parts, each a name (with __ for /) and its bytes."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name.replace("__", "/"), part)
    return content.getvalue()
