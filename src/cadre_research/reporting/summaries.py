"""Small tables of how sure a forecast is, what a target would take, and what any policy could do; for reading."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from cadre_research.model.ensemble import REASONS, Ensemble
from cadre_research.reporting.wording import percent, probability, word

__all__ = ["ensemble_summary", "outlook_summary"]


def outlook_summary(
    chances: pd.DataFrame, parts: pd.DataFrame, names: Mapping[str, str], language: str
) -> pd.DataFrame:
    """One row a target: range and median of its share, probability of reaching it, and what the spread is made of.

    Parameters
    ----------
    chances, parts : DataFrame
        As `findings.outlook.probabilities` and `spread_parts`, of one scenario, horizon and age line.
    """
    level, part = (frame[frame["population"] == "level"].set_index("target") for frame in (chances, parts))
    part = part.loc[level.index]
    return pd.DataFrame(
        {
            word("interval_90", language): [
                f"{percent(low, 'zh')[:-1]}–{percent(high, language)}"
                for low, high in zip(level["share_p05"], level["share_p95"], strict=True)
            ],
            word("median_share", language): [percent(share, language) for share in level["share_p50"]],
            word("probability_of_target", language): [
                probability(row.probability, row.probability_se, language) for row in level.itertuples()
            ],
            word("part_chance", language): [percent(value, language, 0) for value in part["chance"]],
            word("part_not_knowing", language): [percent(value, language, 0) for value in part["not_knowing"]],
        },
        index=pd.Index([names[target] for target in level.index], name=word("target", language)),
    )


def ensemble_summary(ensemble: Ensemble, language: str) -> pd.DataFrame:
    """How many sets of assumptions were drawn, how many agree with the survey, and why the others were rejected."""
    draws = ensemble.draws
    counts = {
        word("draws", language): len(draws),
        word("accepted", language): int(draws["accepted"].sum()),
        **{
            word(f"rejected_{reason.replace('-', '_')}", language): int((draws["reason"] == reason).sum())
            for reason in REASONS
        },
    }
    return pd.DataFrame({word("count", language): counts})
