"""Age structure: who stands where at which age, the young share of each target's group, and median ages."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cadre_research.evidence.targets import Target, is_young
from cadre_research.findings.study import POPULATIONS, Forecast
from cadre_research.model.population import Population

__all__ = ["age_structure", "median_ages", "shares_of", "target_shares", "young_and_all"]


def age_structure(forecast: Forecast) -> pd.DataFrame:
    """Headcount of every rank, sex and age at each 31 December.

    Returns
    -------
    DataFrame
        Columns scenario, age_line, year, level, rank, holds_post, sex, age_years (completed), headcount (persons, as
        expected, not rounded). Cells with nobody are left out.
    """
    years = [_by_rank_sex_age(population).assign(year=y) for y, population in forecast.projection.populations.items()]
    ranks = {rank.id: rank for rank in forecast.opening.evidence.ladder.ranks}
    frame = pd.concat(years, ignore_index=True)
    frame["level"] = frame["rank"].map({name: rank.level for name, rank in ranks.items()})
    frame["holds_post"] = frame["rank"].map({name: rank.holds_post for name, rank in ranks.items()})
    columns = ["year", "level", "rank", "holds_post", "sex", "age_years", "headcount"]
    return _labelled(frame[columns], forecast)


def target_shares(forecast: Forecast) -> pd.DataFrame:
    """Young, headcount and share of each target's group at each 31 December.

    Returns
    -------
    DataFrame
        Columns target, scenario, age_line, population (level, the source's reading, or posts), year, young, headcount,
        share (decimal; missing for an empty group), threshold (the target's share), deadline_year.
    """
    rows = [
        {"target": target.id, "population": population, "year": year, "young": young, "headcount": everybody}
        for target in forecast.targets
        for population in POPULATIONS
        for year, people in forecast.projection.populations.items()
        for young, everybody in [young_and_all(people, target, population, forecast.age_line)]
    ]
    frame = _labelled(pd.DataFrame(rows), forecast, after="target")
    frame["share"] = frame["young"] / frame["headcount"].where(frame["headcount"] > 0)
    frame["threshold"] = frame["target"].map({target.id: float(target.share) for target in forecast.targets})
    frame["deadline_year"] = frame["target"].map({target.id: target.deadline.year for target in forecast.targets})
    return frame


def young_and_all(people: Population, target: Target, population: str, age_line: str) -> tuple[np.ndarray, np.ndarray]:
    """Count the young and everybody in a target's group, arrays [...] over the leading axes.

    Of a target that selects groups, the young are those who count: of these groups, and young if it has an age line.
    """
    ranks = people.ladder.ranks_in(target.levels, posts_only=population == "posts")
    young = is_young(people.ages_years, target.age_years, age_line)
    if target.of_everybody:
        group = people.by_rank_and_age()[..., ranks, :].sum(-2)
        return group[..., young].sum(-1), group.sum(-1)
    by_group = people.by_group_rank_and_age()[..., ranks, :].sum(-2)
    counted = by_group[..., people.ladder.groups_with({**target.among, **target.groups}), :]
    among = by_group[..., people.ladder.groups_with(target.among), :]
    return counted[..., young].sum((-2, -1)), among.sum((-2, -1))


def shares_of(young: np.ndarray, headcount: np.ndarray) -> np.ndarray:
    """Young over headcount, missing for an empty group.

    >>> shares_of(np.array([1.0, 0.0]), np.array([4.0, 0.0])).tolist()
    [0.25, nan]
    """
    return np.divide(young, headcount, out=np.full(np.shape(headcount), np.nan), where=headcount > 0)


def median_ages(forecast: Forecast) -> pd.DataFrame:
    """Median age of each level and of its post-holders at each 31 December.

    Completed ages are taken as spread evenly over their year, so that the median moves smoothly.

    Returns
    -------
    DataFrame
        Columns scenario, age_line, year, level, population, headcount, median_age_years (missing for an empty group).
    """
    ladder = forecast.opening.evidence.ladder
    rows = []
    for year, people in forecast.projection.populations.items():
        for level in ladder.levels:
            for population in POPULATIONS:
                ranks = ladder.ranks_in([level], posts_only=population == "posts")
                by_age = people.by_rank_and_age()[ranks, :].sum(0)
                rows.append(
                    {
                        "year": year,
                        "level": level,
                        "population": population,
                        "headcount": by_age.sum(),
                        "median_age_years": _median(people.ages_years, by_age),
                    }
                )
    return _labelled(pd.DataFrame(rows), forecast)


def _median(ages: np.ndarray, headcount: np.ndarray) -> float:
    """Median of completed ages spread evenly over their year.

    >>> _median(np.array([30, 31]), np.array([2.0, 2.0]))
    31.0
    """
    reached = np.concatenate([[0.0], np.cumsum(headcount)])
    if reached[-1] <= 0:
        return float("nan")
    return float(np.interp(reached[-1] / 2, reached, np.append(ages, ages[-1] + 1)))


def _by_rank_sex_age(people: Population) -> pd.DataFrame:
    by_cell = people.headcount.sum(axis=(-6, -4, -1))
    labels = people.labels
    index = pd.MultiIndex.from_product(
        [[group.sex for group in people.ladder.groups], labels["rank"], labels["age_years"]],
        names=["sex", "rank", "age_years"],
    )
    frame = pd.DataFrame({"headcount": by_cell.reshape(-1)}, index=index)
    frame = frame.groupby(level=["rank", "sex", "age_years"], sort=False).sum().reset_index()
    return frame[frame["headcount"] > 0]


def _labelled(frame: pd.DataFrame, forecast: Forecast, after: str | None = None) -> pd.DataFrame:
    """Put scenario and age line in front, or after a column."""
    place = 0 if after is None else frame.columns.get_loc(after) + 1
    frame = frame.copy()
    frame.insert(place, "age_line", forecast.age_line)
    frame.insert(place, "scenario", forecast.scenario.id)
    return frame
