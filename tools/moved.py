"""What moved between two versions of a reference: as a table of numbers before and after, or as lines."""

from __future__ import annotations

import difflib

import numpy as np
import pandas as pd

__all__ = ["moved_lines", "moved_numbers", "told"]

MOST_ROWS = 20
MOST_LINES = 120
SHOWN_DIGITS = 10


def moved_numbers(before: pd.DataFrame, after: pd.DataFrame, keys: list[str], tolerance: pd.Series) -> pd.DataFrame:
    """Numbers that differ by more than their tolerance, or are there in one version only.

    Parameters
    ----------
    before, after : DataFrame
        A row for each combination of `keys`, a column of numbers for each target. A missing number is an answer too.
    keys : list of str
    tolerance : Series
        Of each value of the first key; under "" for all that are not named.

    Returns
    -------
    DataFrame
        Columns of `keys`, target, before, after, points (after less before, in hundredths; missing where one of the
        two is), the largest first.
    """
    both = _long(before, keys, "before").merge(_long(after, keys, "after"), how="outer", on=[*keys, "target"])
    gap = both["after"] - both["before"]
    allowed = both[keys[0]].map(tolerance).fillna(tolerance.get("", 0.0)).astype(float)
    one_only = both["before"].isna() != both["after"].isna()
    there = both.pop("there_before") != both.pop("there_after")
    found = both.assign(points=100 * gap)[(gap.abs() > allowed) | one_only | there]
    return found.sort_values(
        "points", key=lambda points: -points.abs().fillna(np.inf), kind="stable", ignore_index=True
    )


def told(name: str, moved: pd.DataFrame, count: int) -> str:
    """Say of a reference which of its `count` numbers moved, the first 20 shown."""
    shown = moved.head(MOST_ROWS).copy()
    for column in ("before", "after"):
        shown[column] = [_number(value) for value in shown[column]]
    shown["points"] = ["" if np.isnan(value) else f"{value:+.3g}" for value in shown["points"]]
    first = f"; the {len(shown)} that moved most" if len(moved) > len(shown) else ""
    head = f"{name}: {len(moved):,} of {count:,} numbers moved{first} (points are hundredths):"
    return f"{head}\n{shown.to_string(index=False)}"


def moved_lines(name: str, before: str, after: str) -> str:
    """Unified diff of two texts, the first 120 lines of it; empty where they are the same."""
    lines = [
        *difflib.unified_diff(before.splitlines(), after.splitlines(), f"{name} before", f"{name} after", "", "", 3, "")
    ]
    more = [f"… {len(lines) - MOST_LINES} more lines"] if len(lines) > MOST_LINES else []
    return "\n".join([*lines[:MOST_LINES], *more])


def _long(frame: pd.DataFrame, keys: list[str], name: str) -> pd.DataFrame:
    """One row a number."""
    return frame.melt(keys, var_name="target", value_name=name).assign(**{f"there_{name}": True})


def _number(value: float) -> str:
    return "none" if np.isnan(value) else f"{value:.{SHOWN_DIGITS}g}"
