"""A register as text: headers, cells and lines, whatever kind of file it came in, and how large it may be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from cadre_research.evidence.register_columns import COLUMNS, clean
from cadre_research.evidence.register_faults import LARGEST_SHOWN, Fault, refuse, refuse_all

__all__ = ["LIMITS", "Sheet", "checked_header", "column_ids"]


class Limits(NamedTuple):
    """How large a file may be; a register of a whole province fits."""

    file_bytes: int = 512 * 2**20
    unpacked_bytes: int = 512 * 2**20
    # Parsing a workbook takes about ten times its XML.
    unpacked_workbook_bytes: int = 128 * 2**20
    parts: int = 200
    rows: int = 3_000_000
    columns: int = 50
    cell_characters: int = 200
    # More than 50 cells of 200 characters of 4 bytes.
    record_bytes: int = 100_000
    block_bytes: int = 8 * 2**20


LIMITS = Limits()


@dataclass(frozen=True)
class Sheet:
    """Everything in a file as text.

    `columns` are as many as headers, each a categorical of texts (empty: ""); `lines` is the line of each row.
    """

    header: Sequence[str]
    columns: Sequence[pd.Categorical]
    lines: np.ndarray
    header_line: int = 1

    def frame(self) -> pd.DataFrame:
        """Cells by column id, cleaned; rows with nothing in them are left out. The index is the line.

        Raises
        ------
        RegisterError
            R008, R011, R012, R013 or R016.
        """
        ids = column_ids(self.header, self.header_line)
        longer = {id_: _too_long(column) for id_, column in zip(ids, self.columns, strict=True)}
        refuse_all(
            (
                Fault(int(line), "R016", id_)
                for id_, rows in longer.items()
                for line in self.lines[rows[:LARGEST_SHOWN]]
            ),
            sum(map(len, longer.values())),
        )
        frame = pd.DataFrame(
            {id_: _cleaned(column) for id_, column in zip(ids, self.columns, strict=True)}, index=self.lines
        )
        frame = frame[~np.logical_and.reduce([(frame[id_] == "").to_numpy() for id_ in ids])]
        if frame.empty:
            refuse("R008")
        return frame


def checked_header(header: Sequence[str], line: int) -> list[str]:
    """Headers, when there are not too many of them."""
    if len(header) > LIMITS.columns:
        refuse("R015", line, str(LIMITS.columns + 1), f"At most {LIMITS.columns}.")
    return list(header)


def column_ids(header: Sequence[str], line: int) -> list[str]:
    """Ids of the columns that headers stand for.

    Raises
    ------
    RegisterError
        R011, R012 or R013.
    """
    known = {clean(name).casefold(): column.id for column in COLUMNS for name in column.headers}
    ids = [known.get(clean(name).casefold(), "") for name in header]
    headers = ", ".join(f"{column.id} ({column.header_zh})" for column in COLUMNS)
    faults = [Fault(line, "R013", str(place), f"Headers: {headers}.") for place, id_ in enumerate(ids, 1) if not id_]
    faults += [Fault(line, "R011", id_) for place, id_ in enumerate(ids) if id_ and id_ in ids[:place]]
    faults += [Fault(line, "R012", column.id) for column in COLUMNS if column.required and column.id not in ids]
    refuse_all(faults)
    return ids


def _cleaned(column: pd.Categorical) -> pd.Categorical:
    written = column.categories.tolist()
    joined = "".join(written)
    # Nothing to do for most columns, and there may be as many ids as rows.
    # The stop keeps a tab in the first from hiding what is in the others.
    if clean(f".{joined}") == f".{joined}" and " " not in joined:
        return column
    texts = [clean(text) for text in written]
    codes, distinct = pd.factorize(np.array(texts, object))
    return pd.Categorical.from_codes(codes[column.codes], pd.Index(distinct, dtype=object))


def _too_long(column: pd.Categorical) -> np.ndarray:
    """Rows whose cell is too long."""
    lengths = np.array([len(text) for text in column.categories.tolist()], int)
    if lengths.max(initial=0) <= LIMITS.cell_characters:
        return np.zeros(0, int)
    return np.flatnonzero(lengths[column.codes] > LIMITS.cell_characters)
