"""Rows of a CSV file as text: strictly one encoding and one way of quoting, each row with its line in the file."""

from __future__ import annotations

import codecs
import contextlib
import csv
import re

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import csv as arrow_csv

from cadre_research.evidence.register_faults import LARGEST_SHOWN, Fault, refuse, refuse_all
from cadre_research.evidence.register_sheet import LIMITS, Sheet, checked_header, column_ids

__all__ = ["ENCODINGS", "parse_csv"]

ENCODINGS = ("utf-8-sig", "gb18030")
BYTE_ORDER_MARKS = dict(zip(ENCODINGS, (codecs.BOM_UTF8, "\ufeff".encode("gb18030")), strict=True))
CHINESE = re.compile("[\u4e00-\u9fff]")
NUL, NEWLINE, QUOTE, COMMA = b"\x00", ord("\n"), ord('"'), ord(",")


def parse_csv(data: bytes, encoding: str = "utf-8-sig") -> Sheet:
    r"""Take a CSV file apart (RFC 4180; line ends of any system; lines with nothing in them are passed over).

    Raises
    ------
    RegisterError
        R004 to R016.

    Examples
    --------
    >>> sheet = parse_csv(b'id,unit\r\n1,"A,\r\nB"\r\n\r\n2,C\r\n')
    >>> sheet.header, sheet.lines.tolist(), list(sheet.columns[1])
    (['id', 'unit'], [2, 5], ['A,\nB', 'C'])
    """
    if NUL in data and not data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        refuse("R006", *_place(data, data.index(NUL)))
    data = _as_utf8(data, encoding)
    # Line ends of any system, so that one byte ends a line from here on.
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    records = _Records(data)
    if not len(records.starts):
        refuse("R007")
    records.refuse_long()
    header = checked_header(next(csv.reader([records.text(0)], strict=True)), int(records.lines[0]))
    if len(records.starts) == 1:
        refuse("R008")
    if len(records.starts) - 1 > LIMITS.rows:
        refuse("R014", expected=f"At most {LIMITS.rows:,}.")
    body = pa.py_buffer(memoryview(data)[records.starts[1] :])
    table = _parsed(body, len(header))
    if table is None or table.num_rows != len(records.starts) - 1:
        # Rows cannot have as many cells as a header that is none, or is cut at another sign.
        column_ids(header, int(records.lines[0]))
        records.refuse_ragged(len(header))
        refuse("R009")
    columns = tuple(_categorical(column) for column in table.columns)
    return Sheet(header, columns, records.lines[1:], header_line=int(records.lines[0]))


def _as_utf8(data: bytes, encoding: str) -> bytes:
    """The same text in UTF-8 without byte-order mark."""
    name = {"utf-8": "utf-8-sig", "utf8": "utf-8-sig"}.get(encoding.lower(), encoding.lower())
    if name not in ENCODINGS:
        refuse("R004")
    if name == "gb18030":
        _refuse_utf8(data)
    data = data.removeprefix(BYTE_ORDER_MARKS[name])
    try:
        text = data.decode("utf-8" if name == "utf-8-sig" else name)
        place = None
    except UnicodeDecodeError as fault:
        place = fault.start
    if place is not None:
        refuse("R005", *_place(data, place))
    return data if name == "utf-8-sig" else text.encode()


def _refuse_utf8(data: bytes) -> None:
    """Most Chinese text in UTF-8 is some text in gb18030 too, none that anybody wrote; hardly ever the other way."""
    if data.startswith(codecs.BOM_UTF8):
        refuse("R005", 1, "1")
    text = ""
    with contextlib.suppress(UnicodeDecodeError):
        text = "" if data.isascii() else data.decode()
    chinese = CHINESE.search(text)
    if chinese:
        refuse("R005", *_place(data, len(text[: chinese.start()].encode())))


def _place(data: bytes, position: int) -> tuple[int, str]:
    """Line and place of the column of a byte."""
    before = data[:position].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    unquoted = before.rsplit(b"\n", 1)[-1].split(b'"')[::2]
    return before.count(b"\n") + 1, str(sum(part.count(b",") for part in unquoted) + 1)


class _Records:
    """Where records begin and end, and on which line; a line end within quotes ends none."""

    def __init__(self, data: bytes) -> None:
        self.bytes = np.frombuffer(data, np.uint8)
        self.data = data
        self.quotes = np.flatnonzero(self.bytes == QUOTE) if b'"' in data else np.zeros(0, int)
        self._refuse_stray_quotes()
        newlines = np.flatnonzero(self.bytes == NEWLINE)
        ending = np.flatnonzero(np.searchsorted(self.quotes, newlines) % 2 == 0)
        starts = np.concatenate([[0], newlines[ending] + 1])
        ends = np.concatenate([newlines[ending], [len(data)]])
        filled = starts < ends
        self.starts, self.ends = starts[filled], ends[filled]
        self.lines = np.concatenate([[1], ending + 2])[filled]

    def text(self, record: int) -> str:
        """One record as it stands in the file."""
        return self.data[self.starts[record] : self.ends[record]].decode()

    def _refuse_stray_quotes(self) -> None:
        """A cell is quoted whole or not at all, so what stands around quotes is known."""
        if not len(self.quotes):
            return
        opening, closing = self.quotes[::2], self.quotes[1::2]
        before = np.where(opening > 0, self.bytes[opening - 1], NEWLINE)
        after = np.where(closing + 1 < len(self.bytes), self.bytes[(closing + 1) % len(self.bytes)], NEWLINE)
        bad_opening = opening[~np.isin(before, (COMMA, NEWLINE, QUOTE))]
        bad_closing = closing[~np.isin(after, (COMMA, NEWLINE, QUOTE))]
        bad = np.sort(np.concatenate([bad_opening, bad_closing]))[:1]
        if not len(bad) and len(self.quotes) % 2:
            bad = self.quotes[-1:]
        if len(bad):
            refuse("R009", *_place(self.data, int(bad[0])))

    def refuse_long(self) -> None:
        """Name a record so long that it must hold a cell that is too long; a reader would fill memory with it."""
        record = int(np.argmax(self.ends - self.starts))
        start, end = int(self.starts[record]), int(self.ends[record])
        if end - start > LIMITS.record_bytes:
            commas = self._commas()
            inside = commas[(commas >= start) & (commas < end)]
            cell = int(np.argmax(np.diff(np.concatenate([[start], inside, [end]])))) + 1
            refuse("R016", int(self.lines[record]), str(cell))

    def _commas(self) -> np.ndarray:
        commas = np.flatnonzero(self.bytes == COMMA)
        return commas[np.searchsorted(self.quotes, commas) % 2 == 0]

    def refuse_ragged(self, width: int) -> None:
        """Name the records with more or fewer cells than the header."""
        commas = self._commas()
        cells = np.searchsorted(commas, self.ends) - np.searchsorted(commas, self.starts) + 1
        ragged = np.flatnonzero(cells != width)
        shown = ragged[:LARGEST_SHOWN]
        faults = [
            Fault(
                int(self.lines[one]), "R010", str(min(cells[one], width) + (cells[one] > width)), f"{width} expected."
            )
            for one in shown
        ]
        refuse_all(faults, len(ragged))


def _parsed(body: pa.Buffer, width: int) -> pa.Table | None:
    names = [str(place) for place in range(width)]
    text = pa.dictionary(pa.int32(), pa.string())
    try:
        return arrow_csv.open_csv(
            pa.BufferReader(body),
            read_options=arrow_csv.ReadOptions(column_names=names, block_size=LIMITS.block_bytes),
            parse_options=arrow_csv.ParseOptions(newlines_in_values=True),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, text), strings_can_be_null=False, check_utf8=False
            ),
        ).read_all()
    except pa.ArrowInvalid:
        # Its message would show the row.
        return None


def _categorical(column: pa.ChunkedArray) -> pd.Categorical:
    whole = pa.concat_arrays(column.unify_dictionaries().chunks)
    return pd.Categorical.from_codes(whole.indices.to_numpy(), pd.Index(whole.dictionary.to_pylist(), dtype=object))
