"""What the numbers of one report are beside those of another: shares, verdicts, probabilities, row by row."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cadre_research.errors import InputError
from cadre_research.findings.study import BASELINE
from cadre_research.reporting.version import Version

__all__ = ["CHANGES_COLUMNS", "MAIN_READING", "differing_tables", "in_main_reading", "number_changes"]

# Numbers nearer than this are the same; those found by search or by a solver are known no better than to a millionth.
SAME_WITHIN, FOUND_WITHIN = 1e-9, 1e-6
# The reading that a report answers under.
MAIN_READING = {"age_line": "inclusive", "population": "level"}
KEYS = ("target", "scenario", "horizon_years", "age_line", "population")
RATE = "promotion-rate"
# Tables of what a report was made from, and of the changes themselves.
NOT_FOUND = {"assumptions", "changes", "changed_inputs"}

CHANGES_COLUMNS = {
    "target": "id of the target",
    "scenario": "id of the scenario",
    "horizon_years": "years from the opening",
    "age_line": "inclusive or strict: whether the age line itself counts as young",
    "population": "level or posts: who is counted",
    "change": "turned (the verdict), moved (any number), not-shown (a share of either report is missing), same; added, "
    "removed (the row stands in the later or in the earlier report alone)",
    "threshold": "share that the target asks for, decimal; of the later report where it has the row",
    "share_before": "share young in the earlier report, decimal; missing where it is not shown",
    "share_after": "the same in the later report",
    "revision_points": "share after less before, in percentage points; missing unless both shares are shown",
    "reached_before": "verdict of the earlier report; missing where it has no such row",
    "reached_after": "the same of the later report",
    "turned": "whether the two verdicts differ; missing unless both reports have the row",
    "probability_before": "probability of reaching the target in the earlier report, decimal",
    "probability_after": "the same in the later report",
    "required_rate_before": "smallest promotion rate that reaches it, decimal a year, of the status quo alone; missing "
    "where no rate suffices, and in both where a report was not asked",
    "required_rate_after": "the same in the later report",
    "best_share_before": "best share of any lawful policy with no post freed, decimal, of the status quo alone; "
    "missing in both unless both reports show it",
    "best_share_after": "the same in the later report",
}


def number_changes(before: Version, after: Version) -> pd.DataFrame:
    """Set the verdicts of two reports side by side, a row for each that either has.

    Returns
    -------
    DataFrame
        The columns of `CHANGES_COLUMNS`, one row a target, scenario, horizon and reading, in the order of the later
        report; then the rows that only the earlier one has. Under disclosure control a share of the earlier report is
        left out where the later one does not show it, so that no version carries what it hides.

    Raises
    ------
    InputError
        When a table of either cannot be used.
    """
    frames = [_verdicts(version) for version in (before, after)]
    order = pd.concat([frame[list(KEYS)] for frame in reversed(frames)]).drop_duplicates()
    told = ["threshold", "share", "reached", "probability"]
    wide = order.merge(_ending(frames[0], told, "before"), on=list(KEYS), how="left")
    wide = wide.merge(_ending(frames[1], told, "after"), on=list(KEYS), how="left")
    wide = wide.reset_index(drop=True)
    in_before, in_after = (
        pd.MultiIndex.from_frame(wide[list(KEYS)]).isin(pd.MultiIndex.from_frame(frame[list(KEYS)])) for frame in frames
    )
    for column, find in (("required_rate", _required), ("best_share", _best)):
        wide = _with_both(wide, column, find(before), find(after))
    missing = wide["best_share_before"].isna() | wide["best_share_after"].isna()
    wide = wide.assign(**{f"best_share_{end}": wide[f"best_share_{end}"].mask(missing) for end in ("before", "after")})
    if after.disclosure == "protected":
        wide["share_before"] = wide["share_before"].where(wide["share_after"].notna())
    wide["threshold"] = wide["threshold_after"].fillna(wide["threshold_before"])
    revision = 100 * (wide["share_after"] - wide["share_before"])
    wide["revision_points"] = revision.mask(revision.abs() <= 100 * SAME_WITHIN, 0.0)
    both = in_before & in_after
    wide["turned"] = (wide["reached_before"] != wide["reached_after"]).where(both, pd.NA).astype("boolean")
    wide["change"] = np.select(
        [
            ~in_before,
            ~in_after,
            wide["turned"].fillna(False).astype(bool),
            _moved(wide),
            wide["revision_points"].isna(),
        ],
        ["added", "removed", "turned", "moved", "not-shown"],
        "same",
    )
    return wide[list(CHANGES_COLUMNS)]


def in_main_reading(numbers: pd.DataFrame) -> pd.Series:
    """Which rows are of the reading that a report answers under."""
    return (numbers["age_line"] == MAIN_READING["age_line"]) & (numbers["population"] == MAIN_READING["population"])


def differing_tables(before: Version, after: Version) -> tuple[str, ...]:
    """Names of the tables that both reports have and in which a number differs; texts may differ."""
    names = sorted(({*before.table_names()} & {*after.table_names()}) - NOT_FOUND)
    return tuple(name for name in names if not _same_numbers(before.table(name), after.table(name)))


def _verdicts(version: Version) -> pd.DataFrame:
    frame = version.table("verdicts", [*KEYS, "threshold", "share", "reached"])
    if frame is None:
        raise InputError(f"{version.folder}: has no table of verdicts, so there is nothing to compare.")
    if frame.duplicated(list(KEYS)).any():
        raise InputError(f"{version.folder}: its table of verdicts has a row twice. Take a version that is whole.")
    frame = frame.assign(probability=frame["probability"].astype(float) if "probability" in frame else np.nan)
    return frame.astype({"horizon_years": int, "threshold": float, "share": float, "reached": "boolean"})


def _ending(frame: pd.DataFrame, columns: list[str], end: str) -> pd.DataFrame:
    return frame[[*KEYS, *columns]].rename(columns={column: f"{column}_{end}" for column in columns})


def _required(version: Version) -> pd.DataFrame | None:
    frame = version.table("required", [*KEYS, "lever", "value"])
    if frame is None:
        return None
    frame = frame[(frame["lever"] == RATE) & (frame["scenario"] == BASELINE)]
    return frame.rename(columns={"value": "required_rate"})


def _best(version: Version) -> pd.DataFrame | None:
    frame = version.table("attainable", [*KEYS, "hold", "releases_per_100_posts", "candidates_per_post", "best_share"])
    if frame is None:
        return None
    free = ~frame["hold"].astype(bool) & (frame["releases_per_100_posts"] == 0) & frame["candidates_per_post"].notna()
    return frame[free & (frame["scenario"] == BASELINE)]


def _with_both(
    wide: pd.DataFrame, column: str, before: pd.DataFrame | None, after: pd.DataFrame | None
) -> pd.DataFrame:
    """Add a column of both reports on the rows that both have."""
    ends = (f"{column}_before", f"{column}_after")
    if before is None or after is None:
        return wide.assign(**dict.fromkeys(ends, np.nan))
    frames = [
        frame[[*KEYS, column]].drop_duplicates(list(KEYS)).rename(columns={column: end}).astype({end: float})
        for frame, end in zip((before, after), ends, strict=True)
    ]
    return wide.merge(frames[0].merge(frames[1], on=list(KEYS)), on=list(KEYS), how="left")


def _moved(wide: pd.DataFrame) -> pd.Series:
    moved = wide["revision_points"].abs() > 0
    for column, within in (("probability", SAME_WITHIN), ("required_rate", FOUND_WITHIN), ("best_share", FOUND_WITHIN)):
        moved |= (wide[f"{column}_after"] - wide[f"{column}_before"]).abs() > within
    # That no rate suffices any more, or that one does, is a change too.
    return moved | (wide["required_rate_before"].isna() != wide["required_rate_after"].isna())


def _same_numbers(before: pd.DataFrame, after: pd.DataFrame) -> bool:
    if len(before) != len(after):
        return False
    for column in before.columns.intersection(after.columns):
        one, other = before[column], after[column]
        if not (pd.api.types.is_numeric_dtype(one) and pd.api.types.is_numeric_dtype(other)):
            continue
        one, other = (column.astype("Float64").to_numpy(float, na_value=np.nan) for column in (one, other))
        if not np.allclose(one, other, rtol=0.0, atol=FOUND_WITHIN, equal_nan=True):
            return False
    return True
