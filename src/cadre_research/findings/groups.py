"""Groups: women, minorities and the like, whatever other attributes they have, and their shares of every level."""

from __future__ import annotations

import pandas as pd

from cadre_research.evidence.base import Evidence
from cadre_research.evidence.ladder import Ladder
from cadre_research.findings.age_structure import shares_of
from cadre_research.findings.study import POPULATIONS, Forecast

__all__ = ["group_names", "group_shares", "groups_of"]


def groups_of(ladder: Ladder) -> dict[str, list[int]]:
    """Positions of the ladder's groups that belong to each group told apart, by its id.

    First the groups as they were before attributes divided them (men, women), then all who hold each attribute.
    """
    found: dict[str, list[int]] = {}
    for place, group in enumerate(ladder.groups):
        found.setdefault(group.part_of or group.id, []).append(place)
    held = dict.fromkeys(name for group in ladder.groups for name in group.attributes)
    return found | {name: ladder.groups_with({name: True}) for name in held}


def group_names(evidence: Evidence, language: str = "en") -> dict[str, str]:
    """Names of the groups told apart, by id, in a language (en or zh)."""
    whole = (evidence.undivided or evidence).ladder.groups
    attributes = evidence.attributes.attributes if evidence.undivided else ()
    return {entry.id: getattr(entry, f"name_{language}") for entry in (*whole, *attributes)}


def group_shares(forecast: Forecast) -> pd.DataFrame:
    """Share of each group in every level and among its post-holders at each 31 December.

    Returns
    -------
    DataFrame
        Columns scenario, age_line, year, level, population (level or posts), group (see `groups_of`), headcount
        (persons, as expected), everybody (of the level), share (decimal; missing for an empty level). Sexes sum to
        everybody; somebody may hold several attributes.
    """
    ladder = forecast.opening.evidence.ladder
    rows = []
    for year, people in forecast.projection.populations.items():
        by_group_and_rank = people.by_group_rank_and_age().sum(-1)
        for level in ladder.levels:
            for population in POPULATIONS:
                ranks = ladder.ranks_in([level], posts_only=population == "posts")
                by_group = by_group_and_rank[:, ranks].sum(-1)
                rows += [
                    (forecast.scenario.id, forecast.age_line, year, level, population, name, persons, by_group.sum())
                    for name, places in groups_of(ladder).items()
                    for persons in [by_group[places].sum()]
                ]
    columns = ["scenario", "age_line", "year", "level", "population", "group", "headcount", "everybody"]
    frame = pd.DataFrame(rows, columns=columns)
    frame["share"] = shares_of(frame["headcount"].to_numpy(), frame["everybody"].to_numpy())
    return frame
