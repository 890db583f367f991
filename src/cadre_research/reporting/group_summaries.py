"""Side effects of a plan for reading: who is promoted instead of whom, and how long those passed over wait."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from cadre_research.reporting.wording import HIDDEN, number, percent, word

__all__ = ["queue_summary", "side_effects_summary"]

PASSED_OVER = "aged-45-to-55"
EVERYBODY = "everybody"


def side_effects_summary(effects: pd.DataFrame, names: Mapping[str, str], language: str) -> pd.DataFrame:
    """One row a rank: each group's part of the promotions, under the status quo and under the scenario.

    Parameters
    ----------
    effects : DataFrame
        As `findings.side_effects.side_effects` returns.
    names : mapping
        Display names of ranks and groups.
    """
    promoted = effects[effects["of"] == "promotions"]
    rows: dict[str, dict[str, str]] = {}
    for row in promoted.itertuples():
        group = word("aged_45_to_55", language) if row.group == PASSED_OVER else names[row.group]
        rows.setdefault(names[row.place], {})[group] = _from_to(row.share_status_quo, row.share, language)
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis(word("promoted_into", language))


def queue_summary(compared: pd.DataFrame, names: Mapping[str, str], language: str) -> pd.DataFrame:
    """One row a rank: those now eligible and aged 45 to 55, their chance of promotion, and how long half of them wait.

    Parameters
    ----------
    compared : DataFrame
        As `findings.queue.queues_compared` returns.
    """
    rows = {
        names[row.rank]: {
            word("queue_eligible", language): number(row.eligible),
            word("queue_a_year", language): _from_to(
                row.probability_per_year_status_quo, row.probability_per_year, language
            ),
            word("queue_ever", language): _from_to(row.ever_promoted_status_quo, row.ever_promoted, language),
            word("queue_median", language): _years(row.years_to_median, language),
        }
        for row in compared[compared["group"] == EVERYBODY].itertuples()
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis(word("promoted_into", language))


def _from_to(before: float, after: float, language: str) -> str:
    both = (HIDDEN if pd.isna(share) else percent(share, language) for share in (before, after))
    return " → ".join(both)


def _years(years: float, language: str) -> str:
    return word("queue_never", language) if pd.isna(years) else f"{years:.1f}"
