"""Disclosure control: what a report made from a register shows of persons. On unless asked for otherwise.

Settings: `none`, for a report of which nothing was made from a register; `protected`, for anything that was;
`internal`, for the office that owns the data, asked for in so many words: everything passes, and the report says so.

What `protected` does. Ages become bands, open at both ends. Counts of persons under 10 are missing, and more where a
small one would follow (`suppression`); the others are multiples of ten (`disclosure_versions` says why not five),
within a table, between nested units and across versions. The forecasts' counts are treated like the register's: next
year's are nearly this year's. Shares are shown where both the persons under them and the others of the group are 10
or more: the opening's as the quotient of the two numbers shown, so that no exact count follows; forecast ones, a
model's results, to 0.001; probabilities to 0.01, median ages in whole years. Moves between ranks, which stand at both
their ends, are shown for a year if all of a kind are 10 or more. Names, levers and verdicts pass. A table or column
that is not declared in `disclosure_tables` is refused.

After the model's checks, never before: rounded numbers do not balance, and must not be fed back.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

import numpy as np
import pandas as pd

from cadre_research.errors import UnknownNameError
from cadre_research.evidence.targets import Targets
from cadre_research.reporting.age_bands import AGE_BANDS, banded
from cadre_research.reporting.disclosed_groups import Groups, name_of, shown_groups
from cadre_research.reporting.disclosure_tables import LEFT_OUT, kinds_of
from cadre_research.reporting.disclosure_versions import Ledger, hidden_before, remembering, rounded_counts
from cadre_research.reporting.suppression import LEAST_PERSONS, safe_cells

__all__ = ["SETTINGS", "Setting", "protect_tables"]

Setting = Literal["none", "protected", "internal"]
SETTINGS: tuple[Setting, ...] = get_args(Setting)

SHARE_DECIMALS, CHANCE_DECIMALS, AGE_DECIMALS = 3, 2, 0
COUNTED_IN = ("persons", "posts")
POPULATION = ["scenario", "age_line", "year"]
MOVES = ("-out", "-in")
# A forecast of this many groups at once has no headcount of its own.
TOGETHER = "all-six"


def protect_tables(
    tables: Mapping[str, pd.DataFrame], setting: Setting, targets: Targets, ledger: Ledger | None = None
) -> tuple[dict[str, pd.DataFrame], dict[str, list[str]]]:
    """Make the tables of a report fit to be shown.

    Parameters
    ----------
    tables : mapping of name to DataFrame
        As `report_tables` and `inquiry_tables` return; age_structure and target_shares among them under `protected`.
    setting : {"none", "protected", "internal"}
    targets : Targets
    ledger : mapping, optional
        What the version before returned: names of blank cells, no numbers. Nothing for the first version.

    Returns
    -------
    tables, ledger
        Under `protected`, age_structure and optimal_plan have `age_band` in the place of `age_years`, hidden numbers
        are missing (NaN), and texts made from numbers are empty: make them again from the numbers shown.

    Raises
    ------
    UnknownNameError
        For a setting, table or column that is not known.
    """
    if setting not in SETTINGS:
        raise UnknownNameError("disclosure setting", str(setting), SETTINGS)
    ledger = dict(ledger or {})
    if setting != "protected":
        return dict(tables), ledger
    kinds = {name: kinds_of(name, frame) for name, frame in tables.items()}
    groups = shown_groups(tables["age_structure"], targets.targets, ledger)
    ledger = remembering(ledger, "groups", groups.persons.keys() - groups.shown)
    shares = _target_shares(tables["target_shares"], groups)
    done = {"target_shares": shares, "age_structure": _age_structure(tables["age_structure"], groups)}
    if "median_ages" in tables:
        done["median_ages"] = _median_ages(tables["median_ages"], groups)
    for name, lines in (("flows", [*POPULATION, "rank"]), ("optimal_plan", ["horizon_years", "year", "kind"])):
        if name in tables:
            done[name], ledger = _lines(name, tables[name], lines, ledger)
    units = _units(tables.get("assumptions"))
    for name, frame in tables.items():
        if name not in done:
            done[name] = _generalised(frame, kinds[name], shares, units)
    return {name: done[name] for name in tables}, ledger


def _shown(frame: pd.DataFrame, kind: str, columns: list[str], groups: Groups) -> pd.DataFrame:
    """Round the persons of the groups that rows name and may be shown: columns scenario, age line, year, then these."""
    names = [name_of(*row[:3], kind, *row[3:]) for row in frame[POPULATION + columns].itertuples(index=False)]
    persons = np.array([groups.persons.get(name, 0.0) for name in names])
    return rounded_counts(persons, np.array([name in groups.shown for name in names], bool))


def _target_shares(frame: pd.DataFrame, groups: Groups) -> pd.DataFrame:
    by = ["target", "population"]
    headcount, young = (_shown(frame, kind, by, groups) for kind in ("group", "young"))
    young = np.where(np.isnan(headcount), np.nan, young)
    opening = frame["year"] == frame["year"].min()
    share = np.where(opening, young / headcount, frame["share"].where(~np.isnan(young)))
    return frame.assign(young=young, headcount=headcount, share=np.round(share, SHARE_DECIMALS))


def _age_structure(frame: pd.DataFrame, groups: Groups) -> pd.DataFrame:
    """Every band of every rank and sex, so that a missing row does not tell nobody from few."""
    columns = [column for column in frame.columns if column not in ("sex", "age_years", "headcount")]
    lines = frame[columns].drop_duplicates()
    sexes = frame[["sex"]].drop_duplicates()
    every = lines.merge(sexes, how="cross").merge(pd.DataFrame({"age_band": AGE_BANDS}), how="cross")
    return every.assign(headcount=_shown(every, "rank", ["rank", "sex", "age_band"], groups))


def _median_ages(frame: pd.DataFrame, groups: Groups) -> pd.DataFrame:
    headcount = _shown(frame, "level", ["level", "population"], groups)
    age = frame["median_age_years"].where(~np.isnan(headcount)).round(AGE_DECIMALS)
    return frame.assign(headcount=headcount, median_age_years=age)


def _lines(
    name: str, frame: pd.DataFrame, line: list[str], ledger: Ledger
) -> tuple[pd.DataFrame, dict[str, list[str]]]:
    """Counts of which those of a line add up to a number that may be known."""
    column = "persons" if name == "optimal_plan" else "headcount"
    if name == "optimal_plan":
        frame = banded(frame.drop(columns=[c for c in LEFT_OUT[name] if c in frame]), (column,))
    frame = frame.reset_index(drop=True)
    keys = [key for key in frame.columns if key != column]
    names = np.array([name_of(*row) for row in frame[keys].itertuples(index=False)], object)
    allowed = ~np.isin(names, list(hidden_before(ledger, name)))
    if name == "flows":
        allowed &= _large_moves(frame)
    persons, shown = frame[column].to_numpy(float), np.zeros(len(frame), bool)
    for places in frame.groupby(line, sort=False, dropna=False).indices.values():
        candidates = [place for place in places if allowed[place]]
        cells = [places == place for place in candidates]
        shown[candidates] = safe_cells(persons[places], [cells])[0][0]
    return frame.assign(**{column: rounded_counts(persons, shown)}), remembering(ledger, name, names[~shown])


def _large_moves(frame: pd.DataFrame) -> np.ndarray:
    """False for the moves of a kind and year of which one is small: it stands at its other end too."""
    kind = frame["flow"].str.removesuffix(MOVES[0]).str.removesuffix(MOVES[1])
    smallest = frame["headcount"].groupby([*(frame[column] for column in POPULATION), kind]).transform("min")
    return ((kind == frame["flow"]) | (smallest >= LEAST_PERSONS)).to_numpy()


def _units(assumptions: pd.DataFrame | None) -> dict[str, str]:
    return {} if assumptions is None else dict(zip(assumptions["assumption"], assumptions["unit"], strict=True))


def _generalised(
    frame: pd.DataFrame, kinds: Mapping[str, str], shares: pd.DataFrame, units: Mapping[str, str]
) -> pd.DataFrame:
    """Round every column by its kind, and leave out what stands on fewer than ten."""
    frame = frame.copy()
    group = _opening_of(frame, shares) if "target" in frame else None
    not_hidden = _forecast_shown(frame, shares)
    opening_rows = frame["year"] == shares["year"].min() if "year" in frame else pd.Series(False, frame.index)
    for column, kind in kinds.items():
        values = frame[column]
        if kind == "count":
            frame[column] = _small_left_out(values)
        elif kind == "share":
            at_opening = opening_rows | (column in ("opening_share", "observed_share")) | ("observed_share" in frame)
            forecast = _supported(values, group["headcount"]).where(not_hidden).round(SHARE_DECIMALS)
            frame[column] = forecast.mask(at_opening, group["share"])
        elif kind in ("points", "chance", "age"):
            decimals = {"points": SHARE_DECIMALS, "chance": CHANCE_DECIMALS, "age": AGE_DECIMALS}[kind]
            frame[column] = values.astype(float).round(decimals)
        elif kind == "amount":
            unit = frame["unit"] if "unit" in frame else _unit_of(frame, column, units)
            frame[column] = values.mask(unit.isin(COUNTED_IN), _small_left_out(values))
        elif kind == "text":
            frame[column] = ""
    if {"young", "headcount", "share"} <= set(frame):
        frame.loc[opening_rows, ["young", "headcount"]] = group.loc[opening_rows, ["young", "headcount"]]
        frame["young"] = frame["young"].where(frame["share"].notna())
    if {"margin", "threshold"} <= set(frame):
        frame["margin"] = (frame["share"] - frame["threshold"]).round(SHARE_DECIMALS)
    return frame


def _small_left_out(values: pd.Series) -> pd.Series:
    """Signed counts by their size."""
    size = values.astype(float).abs()
    rounded = rounded_counts(size.to_numpy(), (size >= LEAST_PERSONS).to_numpy())
    return pd.Series(np.sign(values.astype(float)) * rounded, values.index)


def _unit_of(frame: pd.DataFrame, column: str, units: Mapping[str, str]) -> pd.Series:
    names = frame["assumption"] if "assumption" in frame else pd.Series(column, frame.index)
    return names.map(units).fillna("")


def _opening_of(frame: pd.DataFrame, shares: pd.DataFrame) -> pd.DataFrame:
    """What is shown of each row's group in the opening; a group of all targets together has no persons of its own."""
    opening = shares[shares["year"] == shares["year"].min()].drop_duplicates(["target", "age_line", "population"])
    keys = pd.DataFrame(
        {
            "target": frame["target"],
            "age_line": frame.get("age_line", "inclusive"),
            "population": frame.get("population", "level"),
        }
    )
    found = keys.merge(opening, on=list(keys), how="left")[["target", "young", "headcount", "share"]]
    found.loc[found["target"] == TOGETHER, "headcount"] = np.inf
    return found.set_axis(frame.index)


def _forecast_shown(frame: pd.DataFrame, shares: pd.DataFrame) -> pd.Series:
    """False for shares of a forecast's group, scenario and year that the table of shares leaves out."""
    keys = ["target", "scenario", "age_line", "population"]
    whens = [column for column in ("year", "horizon_years") if column in frame]
    # Tables about other policies than a scenario's own have a lever or a course.
    if not {*keys} <= set(frame) or not whens or {"lever_x", "lever", "hold", "course", "assumption"} & set(frame):
        return pd.Series(True, frame.index)
    year = frame["year"] if "year" in frame else frame["horizon_years"] + shares["year"].min()
    left_out = shares.loc[shares["share"].isna(), [*keys, "year"]]
    hidden = pd.MultiIndex.from_frame(left_out)
    return pd.Series(~pd.MultiIndex.from_frame(frame[keys].assign(year=year)).isin(hidden), frame.index)


def _supported(share: pd.Series, headcount: pd.Series) -> pd.Series:
    """Shares under which and beside which ten persons stand."""
    share = share.astype(float)
    fewest = np.minimum(share, 1 - share) * headcount
    return share.where((fewest >= LEAST_PERSONS) | (np.isinf(headcount) & share.notna()))
