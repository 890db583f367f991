"""What a report may show given what earlier versions of it showed.

The memory between versions, the *ledger*, holds public facts alone: which cells were blank. It can lie beside the
report.

What was blank once stays blank. So no cell appears that would tell what an earlier version hid beside it: had the
line's total been 25 with a blank of 4, the next version's 20 for the other cell would give the 4 away.

Numbers need no memory: they are multiples of `ROUNDED_TO`, ten, and so is every sum and difference of them, within a
version, between nested units and across any number of versions. None is 1 to 9. (Rounded to 5 a difference of 5 would
stand for so many persons; a multiple of ten is a multiple of five.) To carry an earlier number forward until ten
persons more are there would say more, not less: the version in which it moves would tell the count nearly exactly.

What is left to an attacker: a cell B that was shown and is now the cover for a small cell A of the same line. From
the line's total today and B of an earlier version follows A only as far as two roundings and B's change leave it
open: two rounded numbers alone leave 18 persons. And who knows all but one person of a group knows that person
without any table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

__all__ = ["ROUNDED_TO", "Ledger", "hidden_before", "remembering", "rounded_counts"]

ROUNDED_TO = 10

# Table -> its blank cells, each the values of its key columns joined by "|".
Ledger = Mapping[str, list[str]]


def rounded_counts(persons: np.ndarray, shown: np.ndarray) -> np.ndarray:
    """Round the counts that are shown to a multiple of ten, halves up; the others are missing.

    >>> rounded_counts(np.array([10.0, 14.0, 15.0, 113.0]), np.array([True, True, True, False])).tolist()
    [10.0, 10.0, 20.0, nan]
    """
    return np.where(shown, np.floor(np.asarray(persons, float) / ROUNDED_TO + 0.5) * ROUNDED_TO, np.nan)


def hidden_before(ledger: Ledger, table: str) -> frozenset[str]:
    """Cells of a table that some earlier version left blank."""
    return frozenset(ledger.get(table, ()))


def remembering(ledger: Ledger, table: str, hidden: Iterable[str]) -> dict[str, list[str]]:
    """The ledger with the cells of a table that are blank now added.

    >>> remembering({"flows": ["2018|b"]}, "flows", ["2018|a"])
    {'flows': ['2018|a', '2018|b']}
    """
    return {**ledger, table: sorted({*ledger.get(table, ()), *hidden})}
