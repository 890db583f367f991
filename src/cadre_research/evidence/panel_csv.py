"""Reading the two CSV files of a panel: every cell checked, every fault with its file, line and column."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from cadre_research.errors import EvidenceError, nearest
from cadre_research.evidence.source import bytes_of

__all__ = ["FLOW_COLUMNS", "KINDS", "STOCK_COLUMNS", "read_flows", "read_stocks"]

STOCK_COLUMNS = ("year", "rank", "age_years", "headcount")
FLOW_COLUMNS = ("year", "kind", "from_rank", "to_rank", "age_years", "headcount")
OPTIONAL_COLUMNS = ("sex",)
KINDS = ("entry", "stay", "move", "exit")
RANGES = {"year": (1000, 9999), "age_years": (0, 120), "headcount": (0, 10**9)}
# Ways to leave a cell empty that programs write.
EMPTY = ("", "NA", "NaN", "nan", "None", "null")
# "65+": whether the oldest age is open is told by the books.
OPEN_AGE = re.compile(r"^(\d{1,3})\s*\+$", re.ASCII)
# "12" and "12.0", as programs write whole numbers of a column with gaps.
WHOLE = re.compile(r"\d{1,10}(\.0*)?", re.ASCII)
RESERVED_RANK = "all"
LARGEST_FILE_BYTES = 500_000_000
MOST_FAULTS = 20


def read_stocks(path: Path) -> tuple[pd.DataFrame, list[str]]:
    """Read a file of stocks: year, rank, age_years, sex (optional), headcount.

    Returns
    -------
    frame : DataFrame
        Whole numbers and texts, and `line`, the line of the file; without `sex` where the file has none.
    notes : list of str
        What of the file is not used, and why.

    Raises
    ------
    EvidenceError
        When the file cannot be read, a column is missing, a cell is not what its column holds, or a cell of the
        panel stands twice.
    """
    frame, notes = _table(path, STOCK_COLUMNS)
    faults = _numbers(frame)
    faults += [(line, "rank", "is empty, expected the name of a rank") for line in frame["line"][frame["rank"] == ""]]
    faults += [
        (line, "rank", 'is "all", which is kept for the whole workforce; give the rank another name')
        for line in frame["line"][frame["rank"].str.lower() == RESERVED_RANK]
    ]
    _refuse(path, faults)
    return _typed(frame, path, ["year", "rank", "age_years", *_sex(frame)]), notes


def read_flows(path: Path, ranks: Sequence[str]) -> tuple[pd.DataFrame, list[str]]:
    """Read a file of flows: year, kind, from_rank, to_rank, age_years, sex (optional), headcount.

    `from_rank` of an entry and `to_rank` of an exit are empty, or any text that is no rank; `to_rank` of a stay may be
    left empty. A move into the same rank is a stay. Returns and raises as `read_stocks` does.

    Parameters
    ----------
    ranks : sequence of str
        Ranks of the stocks, the only ones there are.
    """
    frame, notes = _table(path, FLOW_COLUMNS)
    frame["kind"] = frame["kind"].str.lower()
    faults = _numbers(frame)
    for line, kind in frame.loc[~frame["kind"].isin(KINDS), ["line", "kind"]].itertuples(index=False):
        faults.append((line, "kind", f"is {kind[:20]!r}. {nearest(kind, KINDS)}".rstrip(".")))
    of = {kind: frame["kind"] == kind for kind in KINDS}
    outside = ~frame["from_rank"].isin(ranks), ~frame["to_rank"].isin(ranks)
    staying = of["stay"] & frame["to_rank"].isin(EMPTY)
    frame.loc[staying, "to_rank"] = frame.loc[staying, "from_rank"]
    inside = of["stay"] | of["move"] | of["exit"]
    faults += _sides(frame, "from_rank", inside & outside[0], f"names no rank of the stocks ({len(ranks)} ranks)")
    faults += _sides(
        frame, "to_rank", (of["entry"] | of["move"]) & outside[1], f"names no rank of the stocks ({len(ranks)} ranks)"
    )
    faults += _sides(
        frame, "from_rank", of["entry"] & ~outside[0], "names a rank, expected none: entries come from outside"
    )
    faults += _sides(
        frame, "to_rank", of["exit"] & ~outside[1], "names a rank, expected none: who exits leaves the service"
    )
    elsewhere = of["stay"] & (frame["to_rank"] != frame["from_rank"]) & ~(of["stay"] & outside[0])
    faults += _sides(frame, "to_rank", elsewhere, "is another rank than from_rank; expected kind move")
    _refuse(path, faults)
    frame.loc[of["entry"], "from_rank"] = ""
    frame.loc[of["exit"], "to_rank"] = ""
    frame.loc[of["move"] & (frame["from_rank"] == frame["to_rank"]), "kind"] = "stay"
    return _typed(frame, path, ["year", "kind", "from_rank", "to_rank", "age_years", *_sex(frame)]), notes


def _table(path: Path, expected: Sequence[str]) -> tuple[pd.DataFrame, list[str]]:
    """Read every cell as text, without the spaces around it, and the line each row ends on."""
    text = _text(path)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        # Spreadsheets and people begin headers with a capital.
        header = [name.lower() if name.lower() in (*expected, *OPTIONAL_COLUMNS) else name for name in header]
        used, notes = _columns(path, header, expected)
        rows, lines = [], []
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            if len(row) != len(header):
                raise EvidenceError(
                    f"{path}, line {reader.line_num}: {len(row)} cells given, {len(header)} expected as in the header."
                )
            rows.append(row)
            lines.append(reader.line_num)
    except csv.Error as fault:
        raise EvidenceError(f"{path}, line {reader.line_num}: not valid CSV: {fault}.") from None
    if not rows:
        raise EvidenceError(f"{path}: no rows given, at least one expected below the header.")
    frame = pd.DataFrame(rows, columns=header, dtype=object)[used]
    frame = frame.apply(lambda column: column.str.strip()).assign(line=lines)
    return frame, notes


def _delimiter(text: str) -> str:
    """Return what stands between cells: a comma, or what some spreadsheets and countries write in its place."""
    header = text.partition("\n")[0]
    return next((mark for mark in ";\t" if mark in header and "," not in header), ",")


def _text(path: Path) -> str:
    raw = bytes_of(path, LARGEST_FILE_BYTES)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = raw.count(b"\n", 0, fault.start) + 1
        raise EvidenceError(f"{path}, line {line}: not UTF-8. Save the file as UTF-8 CSV.") from None


def _columns(path: Path, header: list[str], expected: Sequence[str]) -> tuple[list[str], list[str]]:
    """Columns to use, and a note on those that are not."""
    repeated = sorted({name for name in header if header.count(name) > 1})
    if repeated:
        raise EvidenceError(f"{path}, line 1: column {repeated[0]!r} stands more than once.")
    missing = [name for name in expected if name not in header]
    if missing:
        raise EvidenceError(
            f"{path}, line 1: column {missing[0]} is missing. Expected columns: {', '.join(expected)}; sex is "
            f"optional. {len(header)} columns given."
        )
    extra = [name for name in header if name not in (*expected, *OPTIONAL_COLUMNS)]
    notes = [f"{path.name}: columns not used: {', '.join(extra)}"] if extra else []
    return [*expected, *(name for name in OPTIONAL_COLUMNS if name in header)], notes


def _numbers(frame: pd.DataFrame) -> list[tuple[int, str, str]]:
    """Turn the columns of whole numbers into numbers, and list the cells that are none; those become 0."""
    faults = []
    for column, (least, most) in RANGES.items():
        texts = frame[column].astype(str)
        if column == "age_years":
            texts = texts.str.replace(OPEN_AGE, r"\1", regex=True)
        whole = texts.str.fullmatch(WHOLE)
        numbers = texts.where(whole, "0").str.split(".").str[0].astype(np.int64)
        expected = f"expected a whole number from {least} to {most:,}" if column != "year" else "expected a year"
        empty = texts.isin(EMPTY)
        for line in frame["line"][empty]:
            faults.append((line, column, f"is empty, {expected}"))
        for line in frame["line"][~whole & ~empty]:
            faults.append((line, column, f"is not a whole number, {expected} in digits alone"))
        for line in frame["line"][whole & ~numbers.between(least, most)]:
            faults.append((line, column, f"is out of range, {expected}"))
        frame[column] = numbers
    return faults


def _sides(frame: pd.DataFrame, column: str, wrong: pd.Series, reason: str) -> list[tuple[int, str, str]]:
    return [(line, column, f"(kind {kind}) {reason}") for line, kind in frame.loc[wrong, ["line", "kind"]].to_numpy()]


def _refuse(path: Path, faults: list[tuple[int, str, str]]) -> None:
    if not faults:
        return
    shown = [
        f"{path}, line {line}, column {column}: {reason}." for line, column, reason in sorted(faults)[:MOST_FAULTS]
    ]
    more = len(faults) - len(shown)
    raise EvidenceError("\n".join([*shown, f"{path}: {more} more."] if more else shown))


def _sex(frame: pd.DataFrame) -> list[str]:
    return [column for column in OPTIONAL_COLUMNS if column in frame]


def _typed(frame: pd.DataFrame, path: Path, cell: list[str]) -> pd.DataFrame:
    """Return the frame, refusing a cell of the panel that stands twice."""
    again = frame.duplicated(cell, keep="first")
    if again.any():
        line = int(frame.loc[again, "line"].iloc[0])
        same = (frame[cell] == frame.loc[again, cell].iloc[0]).all(axis=1)
        first = int(frame.loc[same, "line"].iloc[0])
        raise EvidenceError(
            f"{path}, line {line}: the same {', '.join(cell)} as in line {first}. Expected each once: add up the "
            "headcounts of rows that differ only in columns that are not used."
        )
    return frame
