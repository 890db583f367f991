"""A register's file: bytes in, text out, by kind of file."""

from __future__ import annotations

import hashlib
from pathlib import Path

from cadre_research.evidence.register_csv import parse_csv
from cadre_research.evidence.register_dates import DateForm
from cadre_research.evidence.register_faults import refuse
from cadre_research.evidence.register_sheet import LIMITS, Sheet
from cadre_research.evidence.register_workbook import parse_parquet, parse_workbook

__all__ = ["read_sheet"]


def read_sheet(path: Path, encoding: str, form: DateForm) -> tuple[Sheet, str]:
    """Everything in a file as text, and the SHA-256 of its bytes.

    Raises
    ------
    RegisterError
        R001 to R003, R007, or what the kind of file can have.
    """
    kind = path.suffix.lower()
    if kind not in (".csv", ".parquet", ".xlsx"):
        refuse("R002")
    data = _bytes(path)
    if not data:
        refuse("R007")
    digest = hashlib.sha256(data).hexdigest()
    if kind == ".csv":
        return parse_csv(data, encoding), digest
    return (parse_workbook if kind == ".xlsx" else parse_parquet)(data, form), digest


def _bytes(path: Path) -> bytes:
    reason = None
    try:
        size = path.stat().st_size
        data = path.read_bytes() if path.is_file() and size <= LIMITS.file_bytes else None
    except OSError as fault:
        reason = fault.strerror
    if reason or (data is None and size <= LIMITS.file_bytes):
        refuse("R001", expected=f"({reason or 'not a file'})")
    if data is None:
        refuse("R003", expected=f"At most {LIMITS.file_bytes // 2**20} MiB.")
    return data
