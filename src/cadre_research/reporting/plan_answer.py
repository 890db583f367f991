"""What the plan's own package comes to: which targets it reaches, how surely, and what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from cadre_research.evidence.targets import Target
from cadre_research.findings.contributions import FULL_PLAN
from cadre_research.reporting.wording import HIDDEN, percent, word

__all__ = ["plan_answer"]


def plan_answer(
    verdicts: pd.DataFrame, targets: tuple[Target, ...], names: Mapping[str, str], baseline_year: int, language: str
) -> dict[str, Any] | None:
    """Answer for the scenario of all the plan's measures together; None for a report without it.

    Parameters
    ----------
    verdicts : DataFrame
        As `findings.verdict.verdicts` returns, under one reading of the age lines; with a column probability if known.
    names : mapping
        Display names of targets.

    Returns
    -------
    dict
        answer (a sentence), and years: one (year, reached, missing) per horizon, each a list of phrases.
    """
    frame = verdicts[(verdicts["scenario"] == FULL_PLAN) & (verdicts["population"] == "level")]
    if frame.empty:
        return None
    order = {target.id: place for place, target in enumerate(targets)}
    years, counted = [], []
    for horizon, rows in frame.groupby("horizon_years"):
        rows = rows.sort_values("target", key=lambda ids: ids.map(order))
        year = baseline_year + int(horizon)
        phrases = {
            reached: [_phrase(row, names, reached, language) for row in rows.itertuples() if row.reached == reached]
            for reached in (True, False)
        }
        years.append((year, phrases[True], phrases[False]))
        counted.append(word("plan_year", language, year=year, reached=len(phrases[True]), of=len(rows)))
    return {"answer": word("plan_answer", language, years=word("semicolon", language).join(counted)), "years": years}


def _phrase(row: Any, names: Mapping[str, str], reached: bool, language: str) -> str:
    """One target: its share, how probable it is, and what is missing where it is not reached."""
    chance = getattr(row, "probability", float("nan"))
    sure = "" if pd.isna(chance) else word("plan_sure", language, chance=percent(chance, language, 0))
    given = {"target": names[row.target], "sure": sure}
    if pd.isna(row.share):
        return word("plan_target", language, **given, share=HIDDEN, missing="")
    missing = "" if reached else word("plan_missing", language, points=f"{-100 * row.margin:.1f}")
    return word("plan_target", language, **given, share=percent(row.share, language), missing=missing)
