"""Counts of persons by nested units, ranks, sexes and ages, with their totals, as a table that may be shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from cadre_research.reporting.disclosed_groups import name_of
from cadre_research.reporting.disclosure_versions import Ledger, hidden_before, remembering, rounded_counts
from cadre_research.reporting.suppression import safe_cells

__all__ = ["ALL", "protected_counts", "totals"]

ALL = "all"
Margins = Sequence[Sequence[str]]


def protected_counts(
    table: str, atoms: pd.DataFrame, whole: Margins, by_unit: Margins, ledger: Ledger | None = None
) -> tuple[pd.DataFrame, dict[str, list[str]]]:
    """Make the table of all totals asked for, with counts that may be shown.

    Parameters
    ----------
    table : str
        Its name in the ledger.
    atoms : DataFrame
        Key columns, and headcount: persons in the finest groups.
    whole, by_unit : sequence of sequences of str
        Totals wanted, as the keys they are told apart by, the coarsest first: of the whole service (`[[], ["rank"],
        ["rank", "sex"]]`), and of its units (`[["unit"], ["unit", "rank"]]`). The first are shown before the second.
    ledger : mapping, optional
        As the version before returned it.

    Returns
    -------
    DataFrame
        The key columns, "all" where a total is over a key, and headcount: multiples of ten, missing where hidden.
    dict
        The ledger with what is hidden now.
    """
    ledger = dict(ledger or {})
    keys = [column for column in atoms.columns if column != "headcount"]
    hidden = hidden_before(ledger, table)
    views = [[_cells(atoms, keys, margin) for margin in view] for view in (whole, by_unit)]
    wanted = [[{cell: mask for cell, mask in g.items() if name_of(*cell) not in hidden} for g in v] for v in views]
    persons = atoms["headcount"].to_numpy(float)
    answers = safe_cells(persons, *([list(group.values()) for group in view] for view in wanted))
    shown = {
        cell
        for view, decided in zip(wanted, answers, strict=True)
        for group, flags in zip(view, decided, strict=True)
        for cell, flag in zip(group, flags, strict=True)
        if flag
    }
    cells = {cell: mask for view in views for group in view for cell, mask in group.items()}
    kept = np.array([cell in shown for cell in cells], bool)
    frame = pd.DataFrame(list(cells), columns=keys)
    frame["headcount"] = rounded_counts(np.array([persons[mask].sum() for mask in cells.values()]), kept)
    return frame, remembering(ledger, table, [name_of(*cell) for cell in cells if cell not in shown])


def totals(atoms: pd.DataFrame, margins: Margins) -> pd.DataFrame:
    """Sum the atoms to the totals asked for, "all" where a total is over a key.

    >>> atoms = pd.DataFrame({"unit": ["a", "b"], "rank": ["x", "x"], "headcount": [3, 4]})
    >>> totals(atoms, [["unit"], []]).to_numpy().tolist()
    [['a', 'all', 3], ['b', 'all', 4], ['all', 'all', 7]]
    """
    keys = [column for column in atoms.columns if column != "headcount"]
    frames = []
    for margin in margins:
        whole = atoms.assign(**{key: ALL for key in keys if key not in margin})
        frames.append(whole.groupby(keys, sort=False, as_index=False, observed=True)["headcount"].sum())
    return pd.concat(frames, ignore_index=True)


def _cells(atoms: pd.DataFrame, keys: list[str], margin: Sequence[str]) -> Mapping[tuple[object, ...], np.ndarray]:
    labels = atoms[keys].assign(**{key: ALL for key in keys if key not in margin})
    codes = pd.MultiIndex.from_frame(labels)
    places, names = codes.factorize()
    return {name: places == place for place, name in enumerate(names)}
