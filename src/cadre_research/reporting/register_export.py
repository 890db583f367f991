"""The synthetic register as a file, said to be synthetic in its name, its ids and, where the format allows, inside."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from cadre_research.errors import ParameterError, on_one_line
from cadre_research.findings.synthetic_register import SyntheticRegister

__all__ = ["check_register_file", "write_register"]

LABEL = "Synthetic register: made up by a model, no real person"
SHEET = "synthetic register"
NAME = "synthetic-register"
DAYS = ("start", "end")


def check_register_file(file: Path) -> None:
    """Refuse a file that the synthetic register may not be written to, before it is drawn.

    Raises
    ------
    ParameterError
        When its name does not begin with synthetic-register, the kind is not one of three, or there is no such folder.
    """
    if not file.name.startswith(NAME) or file.suffix.lower() not in WRITERS or not file.parent.is_dir():
        raise ParameterError(
            f"--out: given {str(file)!r}, expected a name that begins with {NAME} and ends in {', '.join(WRITERS)}, in "
            "a folder that exists: whoever meets the file must see that nobody in it is real."
        )


def write_register(register: SyntheticRegister, file: Path) -> None:
    """Write a synthetic register as CSV (UTF-8 with byte-order mark), Parquet or an Excel workbook of one sheet.

    The same register gives the same Parquet and CSV file, byte for byte, with the same version of pyarrow.

    Raises
    ------
    ParameterError
        As `check_register_file`, and when the file cannot be written.
    """
    check_register_file(file)
    content = WRITERS[file.suffix.lower()](register)
    try:
        file.write_bytes(content)
    except OSError as fault:
        raise ParameterError(f"--out: {on_one_line(str(file))} cannot be written: {fault.strerror}.") from None


def _csv(register: SyntheticRegister) -> bytes:
    return register.spells.to_csv(index=False, lineterminator="\n", date_format="%Y-%m-%d").encode("utf-8-sig")


def _parquet(register: SyntheticRegister) -> bytes:
    spells = register.spells
    schema = pa.schema([(name, pa.date32() if name in DAYS else pa.string()) for name in spells])
    told = {
        "title": LABEL,
        "synthetic": "true",
        "seed": str(register.seed),
        "first_year": str(register.first_year),
        "last_year": str(register.last_year),
    }
    # Without pandas' own entry, which names versions.
    table = pa.Table.from_pandas(spells, schema=schema, preserve_index=False).replace_schema_metadata(told)
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()


def _workbook(register: SyntheticRegister) -> bytes:
    """One sheet, as registers are read; days as days."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    book.properties.title = LABEL
    sheet = book.create_sheet(SHEET)
    sheet.append(list(register.spells))
    columns = [column.dt.date if name in DAYS else column for name, column in register.spells.items()]
    for row in zip(*(column.astype(object).where(column.notna(), None) for column in columns), strict=True):
        sheet.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


WRITERS: dict[str, Callable[[SyntheticRegister], bytes]] = {".csv": _csv, ".parquet": _parquet, ".xlsx": _workbook}
