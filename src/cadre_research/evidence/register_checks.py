"""What the rows of a register must say together: dates in order, one rank at a time, one birth and sex a person."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from cadre_research.evidence.register_faults import LARGEST_SHOWN, Fault, refuse_all

__all__ = ["AGES_YEARS", "LONGEST_GAP_DAYS", "STAYING", "check_spells", "in_order"]

AGES_YEARS = (16, 75)
LONGEST_GAP_DAYS = 31
STAYING = ("promoted", "moved")


def in_order(cells: pd.DataFrame) -> pd.DataFrame:
    """Rows by person (`id`, in order of first appearance) and start; the index stays the line."""
    persons = pd.factorize(cells["id"].cat.codes.to_numpy())[0]
    cells, start = cells.assign(person=persons), cells["start"].to_numpy()
    steps, later = np.diff(persons), start[1:] >= start[:-1]
    if ((steps > 0) | ((steps == 0) & later)).all():
        return cells
    return cells.iloc[np.lexsort([cells.index.to_numpy(), start, persons])]


def check_spells(spells: pd.DataFrame, as_of: date) -> None:
    """Compare the rows of a register with each other.

    Parameters
    ----------
    spells : DataFrame
        As `in_order` returns them.

    Raises
    ------
    RegisterError
        R031 to R033, R041 to R047, or R053 to R057.
    """
    wrong = {**_alone(spells, np.datetime64(as_of, "s")), **_of_a_person(spells), **_in_sequence(spells)}
    lines = spells.index.to_numpy()
    faults, found = [], 0
    for (code, column), rows in wrong.items():
        places = np.sort(lines[rows])
        found += len(places)
        faults += [Fault(int(line), code, column) for line in places[:LARGEST_SHOWN]]
    refuse_all(faults, found)


def _alone(spells: pd.DataFrame, as_of: np.datetime64) -> dict[tuple[str, str], np.ndarray]:
    """Faults of a row by itself."""
    birth, start, end = (spells[name].to_numpy() for name in ("birth", "start", "end"))
    ended, reasoned = ~np.isnat(end), spells["reason"].notna().to_numpy()
    born = _months(birth)
    age, last_age = _months(start) - born, _months(np.where(ended, end, as_of)) - born
    youngest, oldest = (12 * years for years in AGES_YEARS)
    unborn = age <= 0
    early = ~unborn & ((age < youngest) | (age >= oldest + 12))
    return {
        ("R041", "birth"): birth > as_of,
        ("R041", "start"): start > as_of,
        ("R041", "end"): end > as_of,
        ("R042", "start"): unborn,
        ("R043", "end"): end < start,
        ("R044", "start"): early,
        ("R045", "end"): ~unborn & ~early & (last_age >= oldest + 12),
        ("R046", "reason"): reasoned & ~ended,
        ("R047", "reason"): ended & ~reasoned,
    }


def _of_a_person(spells: pd.DataFrame) -> dict[tuple[str, str], np.ndarray]:
    """Differences from the person's earliest spell."""
    first = np.diff(spells["person"].to_numpy(), prepend=-1) != 0
    earliest = np.maximum.accumulate(np.where(first, np.arange(len(spells)), 0))
    birth, sex = _months(spells["birth"].to_numpy()), spells["sex"].cat.codes.to_numpy()
    return {("R032", "birth"): birth != birth[earliest], ("R033", "sex"): sex != sex[earliest]}


def _in_sequence(spells: pd.DataFrame) -> dict[tuple[str, str], np.ndarray]:
    """Faults between a spell and the one before it, told of the later; of the last one where nothing follows."""
    start, end = spells["start"].to_numpy(), spells["end"].to_numpy()
    reason = spells["reason"].cat.codes.to_numpy()
    promoted, moved = (spells["reason"].cat.categories.get_loc(name) for name in STAYING)
    staying = np.isin(reason, [promoted, moved])
    follows = np.diff(spells["person"].to_numpy(), prepend=-1) == 0
    again = follows & (_shifted(start) == start)
    ended = ~np.isnat(_shifted(end))
    gap = follows & _shifted(staying) & (start - _shifted(end) > np.timedelta64(LONGEST_GAP_DAYS, "D"))
    same = spells["rank"].cat.codes.to_numpy()
    last = np.append(~follows[1:], True)
    return {
        ("R031", "start"): again,
        ("R053", "start"): follows & ~again & (start < _shifted(end)),
        ("R054", "start"): follows & ~again & ~ended,
        ("R055", "start"): follows & ~again & ended & _shifted((reason >= 0) & ~staying),
        ("R056", "end"): (last & staying) | np.append(gap[1:], False),
        ("R057", "rank"): follows & ~again & (_shifted(reason) == promoted) & (_shifted(same) == same),
    }


def _shifted(values: np.ndarray) -> np.ndarray:
    """Value of the row before; the first has its own."""
    return np.concatenate([values[:1], values[:-1]])


def _months(days: np.ndarray) -> np.ndarray:
    """Months since 1970, whole numbers."""
    return days.astype("datetime64[M]").astype(int)
