"""Text that a spreadsheet would take for a formula is made text again.

A cell of a CSV or Excel file that begins with = + - @ or a control character is run as a formula by spreadsheet
programs, so that a rank named ``=cmd|'/c calc'!A0`` could start a program on the reader's machine. An apostrophe in
front makes it text (OWASP, CSV Injection).
"""

from __future__ import annotations

import pandas as pd

__all__ = ["neutralised", "neutralised_text"]

# Full-width signs too: some programs read them as the plain ones.
STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def neutralised_text(value: object) -> object:
    """A text with an apostrophe in front if a spreadsheet would run it; anything else as it is.

    Spaces, quotation marks and invisible signs in front do not hide a formula from every program, so they are looked
    through.

    >>> neutralised_text("=1+1"), neutralised_text(" @SUM(A1)"), neutralised_text("section-chief"), neutralised_text(-3)
    ("'=1+1", "' @SUM(A1)", 'section-chief', -3)
    """
    if not isinstance(value, str) or not value:
        return value
    # A carriage return is not quoted in a CSV file, and would begin a row.
    value = value.replace("\r\n", "\n").replace("\r", "\n") if "\r" in value else value
    bare = value.lstrip(' "\N{NO-BREAK SPACE}\N{IDEOGRAPHIC SPACE}\ufeff\u200b\x00')
    return f"'{value}" if value.startswith(STARTS) or bare.startswith(STARTS) else value


def neutralised(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame as it may be written to CSV or Excel: cells, column names and labels of rows; numbers as they are.

    Parquet runs nothing and keeps the frame as it is.
    """
    safe = frame.copy()
    for place, kind in enumerate(frame.dtypes):
        if not (pd.api.types.is_numeric_dtype(kind) or pd.api.types.is_datetime64_any_dtype(kind)):
            column = frame.iloc[:, place]
            if isinstance(kind, pd.CategoricalDtype):
                column = column.astype(object)
            safe.isetitem(place, column.map(neutralised_text))
    safe.columns = _labels(frame.columns)
    safe.index = _labels(frame.index)
    return safe


def _labels(index: pd.Index) -> pd.Index:
    if isinstance(index, pd.MultiIndex):
        texts = [tuple(map(neutralised_text, entry)) for entry in index]
        return pd.MultiIndex.from_tuples(texts, names=[neutralised_text(name) for name in index.names])
    if pd.api.types.is_numeric_dtype(index.dtype) or pd.api.types.is_datetime64_any_dtype(index.dtype):
        return index
    return index.map(neutralised_text).rename(neutralised_text(index.name))
