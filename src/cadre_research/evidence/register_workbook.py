"""Rows of an Excel workbook or a Parquet file as text, taken apart only when what it unpacks to is bounded."""

from __future__ import annotations

import contextlib
import datetime
import io
import warnings
import zipfile
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from cadre_research.evidence.register_dates import DateForm
from cadre_research.evidence.register_faults import Fault, refuse, refuse_all
from cadre_research.evidence.register_sheet import LIMITS, Sheet, checked_header, column_ids

if TYPE_CHECKING:
    from openpyxl import Workbook

__all__ = ["parse_parquet", "parse_workbook"]

# A spreadsheet keeps 15 digits of a number.
LARGEST_WHOLE = 10**15
# Lines of a sheet; a file may say that a row stands far below.
SHEET_LINES = 2**20
KNOWN = (str, int, datetime.date, datetime.time, datetime.timedelta)

Result = TypeVar("Result")


def parse_workbook(data: bytes, form: DateForm) -> Sheet:
    """Take the one sheet of an .xlsx workbook apart; formulas come as text, days as `form` has them.

    Raises
    ------
    RegisterError
        R007, R008, R014, R015, R017, R018 or R019.
    """
    _refuse_bomb(data)
    book = _guarded(lambda: _opened(data), "R019")
    if len(book.sheetnames) != 1:
        # Without any it is damaged, whatever else it holds.
        refuse("R018" if book.sheetnames else "R019")
    rows = _guarded(lambda: _rows(book), "R019")
    if rows is None:
        refuse("R014", expected=f"At most {_most_lines():,}.")
    header_line = next((line for line, row in enumerate(rows, 1) if row), None)
    if header_line is None:
        refuse("R007")
    header = checked_header([_text(cell, form) for cell in rows[header_line - 1]], header_line)
    body = rows[header_line:]
    if not body:
        refuse("R008")
    width = len(header)
    lines = np.arange(len(body)) + header_line + 1
    beyond = [
        Fault(int(line), "R010", str(width + 1)) for line, row in zip(lines, body, strict=True) if len(row) > width
    ]
    if beyond:
        # Rows go beyond a title that stands where the headers should.
        column_ids(header, header_line)
    refuse_all(beyond)
    columns = [[_text(row[place], form) if place < len(row) else "" for row in body] for place in range(width)]
    return Sheet(header, [pd.Categorical(column) for column in columns], lines, header_line)


def parse_parquet(data: bytes, form: DateForm) -> Sheet:
    """Take a Parquet file of plain columns apart; `lines` are row numbers from 1.

    Raises
    ------
    RegisterError
        R008, R014, R015, R017, R019 or R020.
    """
    file = _guarded(lambda: pq.ParquetFile(pa.BufferReader(data)), "R019")
    meta = file.metadata
    if meta.num_rows > LIMITS.rows:
        refuse("R014", expected=f"At most {LIMITS.rows:,}.")
    if sum(meta.row_group(group).total_byte_size for group in range(meta.num_row_groups)) > LIMITS.unpacked_bytes:
        refuse("R017")
    schema = _guarded(lambda: file.schema_arrow, "R020")
    header = checked_header(schema.names, 0)
    refuse_all(Fault(0, "R020", str(place)) for place, kind in enumerate(schema.types, 1) if not _plain(kind))
    if not meta.num_rows:
        refuse("R008")
    # A page can say one long text a million times; kept as a dictionary it is held once.
    texts = [name for name, kind in zip(header, schema.types, strict=True) if _is_text(kind)]
    table = _guarded(lambda: pq.ParquetFile(pa.BufferReader(data), read_dictionary=texts).read(), "R019")
    # Damaged text shows only when it is taken out.
    columns = _guarded(lambda: [_as_text(column, form) for column in table.columns], "R019")
    return Sheet(header, columns, np.arange(1, table.num_rows + 1), header_line=0)


def _guarded(call: Callable[[], Result], code: str) -> Result:
    """What a library returns; whatever it stumbles over in a damaged file as one fault.

    The fault is raised outside the handler, so that no message that quotes the file hangs on it.
    """
    with warnings.catch_warnings(), contextlib.suppress(Exception):
        warnings.simplefilter("ignore")
        return call()
    refuse(code)


def _refuse_bomb(data: bytes) -> None:
    archive = _guarded(lambda: zipfile.ZipFile(io.BytesIO(data)), "R019")
    parts = archive.infolist()
    if len(parts) > LIMITS.parts or sum(part.file_size for part in parts) > LIMITS.unpacked_workbook_bytes:
        refuse("R017")


def _opened(data: bytes) -> Workbook:
    import openpyxl

    return openpyxl.load_workbook(io.BytesIO(data), read_only=True, keep_links=False)


def _most_lines() -> int:
    return min(LIMITS.rows, SHEET_LINES)


def _rows(book: Workbook) -> list[tuple] | None:
    """Cells of each row up to the last one that says something; rows of nothing at the end left out.

    None where there are too many: openpyxl would leave out a row beyond the last one asked for.
    """
    sheet = book.worksheets[0]
    # The size that a workbook states may be anything.
    sheet.reset_dimensions()
    rows = [
        _trimmed(row)
        for row in sheet.iter_rows(values_only=True, max_row=_most_lines() + 1, max_col=LIMITS.columns + 1)
    ]
    if len(rows) > _most_lines():
        return None
    while rows and not rows[-1]:
        rows.pop()
    return rows


def _trimmed(row: tuple) -> tuple:
    # At once, since a million rows may be empty.
    if row.count(None) == len(row):
        return ()
    last = next((place for place in range(len(row), 0, -1) if row[place - 1] is not None), 0)
    return row[:last]


def _text(value: object, form: DateForm) -> str:
    """A typed value as it would stand in a CSV file.

    >>> _text(datetime.datetime(2012, 3, 5), DateForm()), _text(7.0, DateForm()), _text(True, DateForm())
    ('2012-03-05', '7', 'true')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return form.write(value.date())
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return form.write(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < LARGEST_WHOLE else f"{value:.15e}"
    # What openpyxl has for a formula of many cells says where it lies in memory.
    return str(value) if isinstance(value, KNOWN) else "="


def _plain(kind: pa.DataType) -> bool:
    zoned = pa.types.is_timestamp(kind) and kind.tz is not None
    tests = (pa.types.is_integer, pa.types.is_boolean, pa.types.is_date, pa.types.is_timestamp, pa.types.is_null)
    return _is_text(kind) or (not zoned and any(test(kind) for test in tests))


def _is_text(kind: pa.DataType) -> bool:
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    return any(test(kind) for test in (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view))


def _as_text(column: pa.ChunkedArray, form: DateForm) -> pd.Categorical:
    """Distinct values as text; where there is none, the empty text."""
    if pa.types.is_null(column.type):
        return pd.Categorical.from_codes(np.zeros(len(column), int), [""])
    encoded = pa.concat_arrays(column.dictionary_encode().unify_dictionaries().chunks)
    texts = np.array([_text(value, form) for value in encoded.dictionary.to_pylist()] + [""], object)
    codes, categories = pd.factorize(texts)
    return pd.Categorical.from_codes(
        codes[encoded.indices.fill_null(len(texts) - 1).to_numpy()], pd.Index(categories, dtype=object)
    )
