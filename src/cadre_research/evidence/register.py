"""A personnel register: who held which rank from when to when, read and checked, and without ids from then on."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from cadre_research.errors import ParameterError, RegisterError
from cadre_research.evidence.ladder import Ladder
from cadre_research.evidence.register_checks import STAYING, check_spells, in_order
from cadre_research.evidence.register_dates import DateForm
from cadre_research.evidence.register_faults import refuse
from cadre_research.evidence.register_file import read_sheet
from cadre_research.evidence.register_schema import typed, validate

__all__ = ["Register", "read_register"]

SYNTHETIC = "SYN-"
EARLIEST_YEAR = 1900
OPTIONAL = ("minority", "party", "reserve_list", "entry_route")


@dataclass(frozen=True)
class Register:
    """Spells in a rank and unit, by person and start.

    Parameters
    ----------
    spells : DataFrame
        person (0, 1, …; never the id), birth_year, birth_month (1 to 12), sex, unit, rank (id of the ladder), start,
        end (missing: still there), reason (missing with the end), and of minority, party, reserve_list and entry_route
        those given. A spell lasts from its start to the day before its end.
    as_of : date
        Day up to which the register is complete.
    observed_from_year : int
        First calendar year in which everybody who left is recorded.
    sha256 : str
        Of the file's bytes.
    synthetic : bool
        Every id begins with "SYN-".
    """

    spells: pd.DataFrame
    as_of: date
    observed_from_year: int
    sha256: str
    synthetic: bool

    def __repr__(self) -> str:
        """Say how large it is; persons' data stand in no message and no log."""
        return f"Register({len(self.spells):,} spells as of {self.as_of})"

    @property
    def persons(self) -> int:
        """Number of persons."""
        return int(self.spells["person"].iloc[-1]) + 1

    @property
    def last_year_of_events(self) -> int:
        """Calendar year of the last start or end of a spell."""
        return int(self.spells[["start", "end"]].max().max().year)


def read_register(
    path: Path,
    ladder: Ladder,
    as_of: date,
    *,
    encoding: str = "utf-8-sig",
    date_format: str | None = None,
    units: Collection[str] | None = None,
    observed_from_year: int | None = None,
) -> Register:
    """Read and check a register: CSV, Parquet or Excel (.xlsx); the columns are those of `register_columns`.

    Parameters
    ----------
    encoding : str
        Of a CSV file: utf-8-sig (also plain UTF-8) or gb18030.
    date_format : str, optional
        How dates are written, of %Y, %m and %d; ISO (YYYY-MM-DD or YYYY-MM) by default. Days stored as days in Parquet
        and Excel need none.
    units : collection of str, optional
        The units there are; by default any.
    observed_from_year : int, optional
        First calendar year in which everybody who left is recorded; by default that of the earliest way out. Those
        who left before are missing, so that earlier years would show too few leavers: they are not used.

    Raises
    ------
    RegisterError
        The first hundred faults, each with its code, line, column and what to do, and nothing that stands in the file.
    ParameterError
        When the form of dates could be read in two ways, or the first year is before 1900 or after the as-of date.
    """
    _check_year(observed_from_year, as_of)
    form = DateForm() if date_format is None else DateForm(date_format)
    wrong = None
    try:
        sheet, sha256 = read_sheet(path, encoding, form)
        texts = sheet.frame()
        validate(texts, ladder, form, units)
        cells = in_order(typed(texts, ladder, form))
        check_spells(cells, as_of)
        first_year = _first_year(cells) if observed_from_year is None else observed_from_year
    except RegisterError as faults:
        wrong = RegisterError(faults.faults, faults.found, path.name)
    if wrong is not None:
        raise wrong
    ids = cells["id"].cat.categories.tolist()
    # What lies between two texts with this beginning has it too.
    synthetic = min(ids).startswith(SYNTHETIC) and max(ids).startswith(SYNTHETIC)
    return Register(_without_ids(cells), as_of, first_year, sha256, synthetic)


def _check_year(observed_from_year: int | None, as_of: date) -> None:
    if observed_from_year is not None and not EARLIEST_YEAR <= observed_from_year <= as_of.year:
        raise ParameterError(
            f"first year in which leavers are recorded: given {observed_from_year}, expected a year from "
            f"{EARLIEST_YEAR} to that of the as-of date, {as_of.year}."
        )


def _first_year(cells: pd.DataFrame) -> int:
    """Calendar year of the earliest way out."""
    out = cells["reason"].notna() & ~cells["reason"].isin(STAYING)
    if not out.any():
        refuse("R060")
    return int(cells.loc[out, "end"].min().year)


def _without_ids(cells: pd.DataFrame) -> pd.DataFrame:
    birth = cells["birth"].to_numpy().astype("datetime64[M]").astype(int)
    spells = {
        "person": cells["person"].to_numpy(),
        "birth_year": 1970 + birth // 12,
        "birth_month": 1 + birth % 12,
        **{name: cells[name].array for name in ("sex", "unit", "rank", "start", "end", "reason")},
        **{name: cells[name].array for name in OPTIONAL if name in cells},
    }
    frame = pd.DataFrame(spells)
    return frame.astype(dict.fromkeys(("person", "birth_year", "birth_month"), np.int64))
