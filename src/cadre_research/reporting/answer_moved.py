"""Which assumptions move the answer most, and which would turn it, in sentences."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from cadre_research.reporting.wording import HIDDEN, percent, span, word

__all__ = ["amount", "moved_by", "turned_by"]

MOST = 3
# What does not show in per cent with one digit moves nothing.
LEAST_SWING = 0.0005
RATES = ("per person and year", "per post-holder and year", "per year")
COUNTED = ("years", "persons", "posts")


def moved_by(
    frame: pd.DataFrame, assumptions: pd.DataFrame, names: Mapping[str, str], year: int, language: str
) -> tuple[tuple[str, str], ...]:
    """The assumptions with the widest swing of any target: title, and what each does alone from end to end.

    Parameters
    ----------
    frame : DataFrame
        As `findings.sensitivity.sensitivity` returns, of one scenario, horizon and reading; as it may be shown, since
        every value is taken from it.
    assumptions : DataFrame
        The report's table of them, for titles and units.
    names : mapping
        Display names of the targets told of.
    year : int
        Of the horizon.
    """
    told = frame.dropna(subset="swing") if len(frame) else frame
    if told.empty:
        return ()
    titles, units = _titles(assumptions, language), _units(assumptions)
    widest = told.groupby("assumption", sort=False)["swing"].max().sort_values(ascending=False, kind="stable")
    return tuple(
        (titles[name], _moves(told[told["assumption"] == name], units[name], names, year, language))
        for name in widest.index[widest >= LEAST_SWING][:MOST]
    )


def turned_by(
    frame: pd.DataFrame,
    assumptions: pd.DataFrame,
    names: Mapping[str, str],
    year: int,
    scenario: str,
    language: str,
) -> list[tuple[str, str]]:
    """Which assumption alone, at a value within its range, turns the verdict on a target: a line a target, or one.

    `scenario` is the display name of the one that the frame is about; otherwise as `moved_by`.
    """
    if frame.empty:
        return []
    label = word("brief_turns_label", language)
    turning = frame[frame["turns_within_range"].fillna(False).astype(bool)]
    if turning.empty:
        told = word("brief_targets", language).join(names.values())
        text = word("brief_turns_none", language, targets=told, year=year, scenario=scenario)
        return [(label, text)]
    titles, units, lines = _titles(assumptions, language), _units(assumptions), []
    for target, rows in turning.groupby("target", sort=False):
        found = [
            word(
                "brief_turns_at",
                language,
                assumption=titles[row.assumption],
                value=amount(row.turning_value, units[row.assumption], language),
            )
            for row in rows.head(MOST).itertuples()
        ]
        text = word(
            "brief_turns", language, target=names[target], year=year, found=word("semicolon", language).join(found)
        )
        lines.append((label, text))
    return lines


def amount(value: float, unit: str, language: str) -> str:
    r"""Write a value in its unit, shares and rates in per cent; one that is not shown is a dash.

    >>> amount(0.5, "share", "zh"), amount(1614, "persons", "en"), amount(0.0015, "per person and year", "zh")
    ('50.0%', '1,614 persons', '每年0.15%')
    """
    if value != value:
        return HIDDEN
    if unit == "share":
        return percent(value, language)
    if unit in RATES:
        return word("amount_a_year", language, value=percent(value, language, 2))
    plain = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    return word(f"amount_{unit}", language, value=plain) if unit in COUNTED else f"{plain} {unit}"


def _titles(assumptions: pd.DataFrame, language: str) -> dict[str, str]:
    """Titles by id; a table of an older report has English ones only."""
    own = assumptions.get("title_zh") if language == "zh" else None
    titles = assumptions["title"] if own is None else own.fillna(assumptions["title"])
    return dict(zip(assumptions["assumption"], titles, strict=True))


def _units(assumptions: pd.DataFrame) -> dict[str, str]:
    return dict(zip(assumptions["assumption"], assumptions["unit"], strict=True))


def _moves(rows: pd.DataFrame, unit: str, names: Mapping[str, str], year: int, language: str) -> str:
    """What one assumption does, over the targets that it moves."""
    effects = [
        word("brief_effect", language, target=names[row["target"]], shares=_shares(row, language))
        for row in rows[rows["swing"] >= LEAST_SWING].to_dict("records")
    ]
    values = {end: amount(rows[end].iloc[0], unit, language) for end in ("value", "low", "high")}
    joined = word("semicolon", language).join(effects)
    return word("brief_assumption", language, **values, year=year, effects=joined)


def _shares(row: Mapping[str, float], language: str) -> str:
    """From the smallest to the largest share; one that no opening agrees with is left out."""
    shares = [row[f"share_at_{end}"] for end in ("low", "central", "high")]
    there = [share for share in shares if share == share]
    return span(min(there), max(there), language)
