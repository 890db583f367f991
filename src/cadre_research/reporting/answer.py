"""The answer over all scenarios in a sentence or two, for the index page and the README."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from cadre_research.reporting.wording import percent, word

__all__ = ["overall_answer"]


def overall_answer(verdicts: pd.DataFrame, names: Mapping[str, str], baseline_year: int, language: str) -> str:
    """Say in how many scenarios the targets anchored in the survey are reached, and which comes nearest.

    Parameters
    ----------
    verdicts : DataFrame
        As `findings.verdict.verdicts` returns, all scenarios and horizons under one age line. Without a target anchored
        in the survey, the answer is about all targets.
    names : mapping
        Display names of targets and scenarios.
    """
    frame = verdicts[verdicts["population"] == "level"]
    anchored = frame["provenance"] == "seed"
    kind = "anchored" if anchored.any() else "all"
    frame = frame[anchored] if anchored.any() else frame
    by_target = frame[frame["reached"]].groupby("target")["scenario"].nunique().reindex(frame["target"].unique())
    reached = by_target.fillna(0).astype(int)
    lead = "yes" if (reached > 0).all() else "partly" if (reached > 0).any() else "no"
    last = frame[frame["horizon_years"] == frame["horizon_years"].max()]
    best = last.loc[last.groupby("target", sort=False)["share"].idxmax()]
    years = word("or", language).join(str(baseline_year + years) for years in sorted(frame["horizon_years"].unique()))
    found = word("semicolon", language).join(
        word("overall_target", language, target=names[target], count=count) for target, count in reached.items()
    )
    nearest = word("semicolon", language).join(
        word(
            "overall_nearest",
            language,
            target=names[row.target],
            share=percent(row.share, language),
            scenario=names[row.scenario],
        )
        for row in best.itertuples()
    )
    return word(
        f"overall_{kind}_{'none' if lead == 'no' else 'some'}",
        language,
        lead=word(f"lead_{lead}", language),
        scenarios=frame["scenario"].nunique(),
        years=years,
        year=baseline_year + int(frame["horizon_years"].max()),
        found=found,
        nearest=nearest,
    )
