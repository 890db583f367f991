"""Turnover: how many take each way, by year and rank."""

from __future__ import annotations

import pandas as pd

from cadre_research.findings.study import Forecast
from cadre_research.model.flows import Flow

__all__ = ["turnover"]


def turnover(forecast: Forecast) -> pd.DataFrame:
    """Persons by year, rank and flow, and the posts left empty.

    A move between ranks stands twice: as `<flow>-out` of the rank left and `<flow>-in` of the rank reached; so in each
    rank opening + in - out = closing.

    Returns
    -------
    DataFrame
        Columns scenario, age_line, year, rank, flow, headcount (persons; posts for `empty-posts`). Flows of nobody are
        left out.
    """
    ranks = forecast.opening.evidence.ladder.rank_ids
    rows: list[dict[str, object]] = []
    for year in forecast.projection.years:
        for flow in year.flows:
            persons = float(flow.headcount.sum())
            rows += [
                {"year": year.year, "rank": ranks[at], "flow": name, "headcount": persons} for at, name in _ends(flow)
            ]
        for rank, empty in zip(ranks, year.empty_posts.sum(-2), strict=True):
            rows.append({"year": year.year, "rank": rank, "flow": "empty-posts", "headcount": float(empty)})
    frame = pd.DataFrame(rows).groupby(["year", "rank", "flow"], sort=False, as_index=False).sum()
    # Vacancy mode leaves rounding dust in posts that are full.
    frame = frame[frame["headcount"] > 1e-9].reset_index(drop=True)
    frame.insert(0, "age_line", forecast.age_line)
    frame.insert(0, "scenario", forecast.scenario.id)
    return frame


def _ends(flow: Flow) -> list[tuple[int, str]]:
    if flow.source is None or flow.into is None:
        return [(flow.into if flow.source is None else flow.source, flow.name)]
    return [(flow.source, f"{flow.name}-out"), (flow.into, f"{flow.name}-in")]
