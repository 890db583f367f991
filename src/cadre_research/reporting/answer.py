"""The answer over all scenarios in a sentence or two, for the index page and the README."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from cadre_research.evidence.targets import Targets
from cadre_research.reporting.wording import percent, word

__all__ = ["overall_answer"]


def overall_answer(verdicts: pd.DataFrame, targets: Targets, names: Mapping[str, str], language: str) -> str:
    """Say in how many scenarios the targets anchored in the survey are reached, and which comes nearest.

    Parameters
    ----------
    verdicts : DataFrame
        As `findings.verdict.verdicts` returns, all scenarios and horizons under one age line.
    targets : Targets
        Without one that is anchored in a survey, the answer is about all of them.
    names : mapping
        Display names of targets and scenarios.
    """
    frame = verdicts[verdicts["population"] == "level"]
    anchored = frame["target"].isin([target.id for target in targets.targets if target.survey])
    kind = "anchored" if anchored.any() else "all"
    frame = frame[anchored] if anchored.any() else frame
    by_target = frame[frame["reached"]].groupby("target")["scenario"].nunique().reindex(frame["target"].unique())
    reached = by_target.fillna(0).astype(int)
    lead = "yes" if (reached > 0).all() else "partly" if (reached > 0).any() else "no"
    last = frame[frame["horizon_years"] == frame["horizon_years"].max()]
    best = last.loc[last.groupby("target", sort=False)["share"].idxmax()]
    horizons = sorted(targets.baseline_year + int(horizon) for horizon in frame["horizon_years"].unique())
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
        years=word("year_or", language).join(str(year) for year in horizons),
        year=horizons[-1],
        found=found,
        nearest=nearest,
    )
