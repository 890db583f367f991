"""What the pictures of the index show, in words: for readers who do not see them, and inside the files themselves."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from xml.sax.saxutils import escape

import pandas as pd

from cadre_research.reporting.office_file import plain_text
from cadre_research.reporting.report_runs import AGE_LINE
from cadre_research.reporting.wording import HIDDEN, percent, probability, word

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["FAN", "fan_text", "matrix_text", "paths_text", "picture_text", "save_with_text"]

FAN = "share-fan-"
TITLE_END = "</title>"


def picture_text(name: str, tables: Mapping[str, pd.DataFrame], names: Mapping[str, str], language: str) -> str:
    """Text alternative of one of `index_figures.index_figures`."""
    if name.startswith(FAN):
        verdicts = tables["verdicts"]
        last = verdicts.loc[verdicts["horizon_years"].idxmax()]
        years = (int(last["horizon_year"] - last["horizon_years"]), int(last["horizon_year"]))
        return fan_text(_here(verdicts), names, name.removeprefix(FAN), years, language)
    return (matrix_text if name == "verdict-matrix" else paths_text)(tables, names, language)


def paths_text(tables: Mapping[str, pd.DataFrame], names: Mapping[str, str], language: str) -> str:
    """Of the share paths under all scenarios: the range of each target's share in the last year."""
    frame = _here(tables["target_shares"])
    first, last = int(frame["year"].min()), int(frame["year"].max())
    ends = frame[frame["year"] == last].groupby("target", sort=False)["share"].agg(["min", "max"])
    found = [
        word("alt_range", language, target=names[target], low=percent(low, language), high=percent(high, language))
        for target, low, high in ends.itertuples()
    ]
    return _said("alt_share_paths", found, language, first=first, last=last, count=frame["scenario"].nunique())


def fan_text(
    verdicts: pd.DataFrame, names: Mapping[str, str], scenario: str, years: tuple[int, int], language: str
) -> str:
    """Of the fans of a scenario: each target's share at the opening and in the last year, and its probability.

    Parameters
    ----------
    verdicts : DataFrame
        As `findings.verdict.verdicts` returns, of one reading.
    years : tuple of int
        Of the opening, and of the last horizon.
    """
    here = verdicts[verdicts["scenario"] == scenario]
    found = [
        word(
            "alt_change",
            language,
            target=names[row["target"]],
            low=percent(row["opening_share"], language),
            high=percent(row["share"], language),
            chance=_chance(row, language),
        )
        for row in here[here["horizon_years"] == here["horizon_years"].max()].to_dict("records")
    ]
    first, last = years
    return _said("alt_share_fan", found, language, scenario=names[scenario], first=first, last=last)


def matrix_text(tables: Mapping[str, pd.DataFrame], names: Mapping[str, str], language: str) -> str:
    """Of the matrix of verdicts: how many scenarios reach each target in the end."""
    verdicts = _here(tables["verdicts"])
    last = verdicts[verdicts["horizon_years"] == verdicts["horizon_years"].max()]
    found = [
        word("alt_count", language, target=names[target], count=int(rows["reached"].sum()), all=len(rows))
        for target, rows in last.groupby("target", sort=False)
    ]
    return _said("alt_verdict_matrix", found, language, last=int(last["horizon_year"].iloc[0]))


def save_with_text(
    figure: Figure, path: Path, title: str, text: str, dots_per_inch: float | Literal["figure"] = "figure"
) -> None:
    """Save a figure as SVG, or as PNG of a resolution, with its title and text alternative inside.

    An SVG has them as <title> and <desc>, a PNG as its texts `Title` and `Description`.
    """
    title, text = plain_text(title), plain_text(text)
    vector = path.suffix == ".svg"
    metadata = {"Title": title} if vector else {"Title": title, "Description": text}
    figure.savefig(path, dpi=dots_per_inch, metadata=metadata)
    if vector:
        drawn = path.read_text(encoding="utf-8")
        path.write_text(drawn.replace(TITLE_END, f"{TITLE_END}\n <desc>{escape(text)}</desc>", 1), encoding="utf-8")


def _here(frame: pd.DataFrame) -> pd.DataFrame:
    """Under the reading that the report answers under."""
    return frame[(frame["age_line"] == AGE_LINE) & (frame["population"] == "level")]


def _chance(row: Mapping[Hashable, Any], language: str) -> str:
    """Probability of a verdict, as the table beside the picture has it."""
    chance = row.get("probability", float("nan"))
    return HIDDEN if pd.isna(chance) else probability(chance, row["probability_se"], language, row.get("draws"))


def _said(key: str, found: list[str], language: str, **values: object) -> str:
    return word(key, language, found=word("semicolon", language).join(found), **values)
