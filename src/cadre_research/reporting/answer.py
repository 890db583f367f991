"""The answer over all scenarios in a sentence or two, for the index page and the README."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from cadre_research.evidence.targets import Targets
from cadre_research.reporting.wording import HIDDEN, percent, word

__all__ = ["overall_answer"]


def overall_answer(verdicts: pd.DataFrame, targets: Targets, names: Mapping[str, str], language: str) -> str:
    """Say which scenarios bring all groups anchored in the survey to their targets at each horizon, and the best.

    "Yes" takes one such scenario at every horizon, as expected; how probable its least probable target is stands beside
    it. Whole levels are counted, as the survey does; where only the post-holders reach a target in the end, that is
    said too.

    Parameters
    ----------
    verdicts : DataFrame
        As `findings.verdict.verdicts` returns, all scenarios and horizons under one age line.
    targets : Targets
        Without one that is anchored in a survey, the answer is about all of them.
    names : mapping
        Display names of targets and scenarios.
    """
    anchored = verdicts["target"].isin([target.id for target in targets.targets if target.survey])
    kind = "anchored" if anchored.any() else "all"
    judged = verdicts[anchored] if anchored.any() else verdicts
    frame = judged[judged["population"] == "level"]
    every = frame.groupby(["horizon_years", "scenario"], sort=False)["reached"].all()
    least = _least_sure(frame)
    reaching = {
        targets.baseline_year + int(horizon): [
            names[scenario] + _how_sure(least.get((horizon, scenario)), language) for _, scenario in at.index[at]
        ]
        for horizon, at in every.groupby(level="horizon_years")
    }
    lead = "yes" if all(reaching.values()) else "partly" if frame["reached"].any() else "no"
    last = frame[frame["horizon_years"] == frame["horizon_years"].max()]
    # Under disclosure control the shares of a small group are missing.
    told = last.dropna(subset="share")
    best = told.loc[told.groupby("target", sort=False)["share"].idxmax()]
    horizons = sorted(reaching)
    found = word("semicolon", language).join(
        word("overall_year", language, year=year, found=word("comma", language).join(reaching[year]))
        if reaching[year]
        else word("overall_year_none", language, year=year)
        for year in horizons
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
        lead=word("lead_yes_expected" if lead == "yes" else f"lead_{lead}", language),
        scenarios=frame["scenario"].nunique(),
        years=word("year_or", language).join(str(year) for year in horizons),
        year=horizons[-1],
        found=found,
        nearest=nearest or HIDDEN,
        posts=_among_posts(judged, targets.baseline_year, names, language),
    )


def _least_sure(frame: pd.DataFrame) -> dict[tuple[int, str], float]:
    """Probability of the least probable target, by horizon and scenario, where probabilities are known."""
    if "probability" not in frame:
        return {}
    return frame.groupby(["horizon_years", "scenario"])["probability"].min().dropna().to_dict()


def _how_sure(chance: float | None, language: str) -> str:
    return "" if chance is None else word("overall_sure", language, chance=percent(chance, language, 0))


def _among_posts(judged: pd.DataFrame, baseline_year: int, names: Mapping[str, str], language: str) -> str:
    """Say where post-holders reach a target that the whole level does not."""
    key = ["target", "scenario", "horizon_years"]
    judged = judged[judged["horizon_years"] == judged["horizon_years"].max()]
    reached = judged.pivot(index=key, columns="population", values="reached")
    alone = [row for row, at in reached.iterrows() if at["posts"] and not at["level"]]
    if not alone:
        return ""
    found = word("semicolon", language).join(
        word(
            "overall_posts_one",
            language,
            target=names[target],
            scenario=names[scenario],
            year=baseline_year + int(horizon_years),
        )
        for target, scenario, horizon_years in alone
    )
    return word("overall_posts", language, found=found)
