"""Side effects: what a policy for the young does to the share of other groups, and of those aged 45 to 55."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cadre_research.errors import ParameterError
from cadre_research.evidence.ladder import Ladder
from cadre_research.findings.age_structure import shares_of
from cadre_research.findings.groups import groups_of
from cadre_research.findings.study import Forecast

__all__ = ["MIDDLE_AGED", "OF_MIDDLE_AGE", "side_effects"]

# Completed ages at 31 December of those who are passed over first when the young go before.
MIDDLE_AGED = (45, 55)
OF_MIDDLE_AGE = "aged-45-to-55"


def side_effects(forecast: Forecast, status_quo: Forecast) -> pd.DataFrame:
    """Compare a scenario with the status quo, group by group.

    Promotions into a rank are those of all years up to the horizon together; levels are counted at the horizon. Ages
    are those at 31 December of the year of promotion, or of the horizon.

    Parameters
    ----------
    forecast, status_quo : Forecast
        As long as each other, of one study and one reading of the age lines. Of undivided groups the sexes are
        compared; `Study.with_attributes` tells more groups apart.

    Returns
    -------
    DataFrame
        Columns scenario, horizon_years, age_line, of ("promotions" or "level"), place (id of the rank promoted into or
        of the level), group (see `groups_of`, and `OF_MIDDLE_AGE`), persons_status_quo, persons (as expected),
        share_status_quo, share (decimal, of all promotions into the rank or of the whole level; missing where there is
        nobody), change (share less that of the status quo).

    Raises
    ------
    ParameterError
        When the two cannot be compared.
    """
    kinds = [(each.horizon_years, each.age_line, _groups(each), each.opening.year) for each in (forecast, status_quo)]
    if kinds[0] != kinds[1]:
        raise ParameterError(
            f"side effects: given horizons {kinds[0][0]} and {kinds[1][0]}, age lines {kinds[0][1]} and {kinds[1][1]}, "
            "expected the same horizon, age line, opening year and groups of both forecasts."
        )
    before, after = _counts(status_quo), _counts(forecast)
    frame = pd.DataFrame(
        [(*key, *before[key], *after[key]) for key in after],
        columns=["of", "place", "group", "persons_status_quo", "_all_status_quo", "persons", "_all"],
    )
    for name in ("_status_quo", ""):
        frame[f"share{name}"] = shares_of(frame[f"persons{name}"].to_numpy(), frame[f"_all{name}"].to_numpy())
    frame["change"] = frame["share"] - frame["share_status_quo"]
    frame.insert(0, "age_line", forecast.age_line)
    frame.insert(0, "horizon_years", forecast.horizon_years)
    frame.insert(0, "scenario", forecast.scenario.id)
    return frame.drop(columns=["_all_status_quo", "_all"])


def _groups(forecast: Forecast) -> tuple[str, ...]:
    return tuple(group.id for group in forecast.opening.evidence.ladder.groups)


def _counts(forecast: Forecast) -> dict[tuple[str, str, str], tuple[float, float]]:
    """Persons of each group, and everybody, by (of, place, group)."""
    ladder, ages = forecast.opening.evidence.ladder, forecast.projection.opening.ages_years
    found = {}
    for rank in ladder.promoted_into:
        promoted = np.zeros((len(ladder.groups), len(ages)))
        for year in forecast.projection.years:
            for flow in year.flows:
                if flow.name == "promotion" and flow.into == ladder.index(rank):
                    promoted += flow.headcount.sum((-4, -2))
        # Ages of flows are those at the opening of the year.
        found |= {("promotions", rank, name): counts for name, counts in _by_group(promoted, ages + 1, ladder).items()}
    closing = forecast.projection.years[-1].closing.by_group_rank_and_age()
    for level in ladder.levels:
        here = closing[:, ladder.ranks_in([level])].sum(1)
        found |= {("level", level, name): counts for name, counts in _by_group(here, ages, ladder).items()}
    return found


def _by_group(persons: np.ndarray, ages: np.ndarray, ladder: Ladder) -> dict[str, tuple[float, float]]:
    """Persons of each group, and everybody, of headcounts [group, age]."""
    middle = persons[:, (ages >= MIDDLE_AGED[0]) & (ages <= MIDDLE_AGED[1])]
    by_name = {name: persons[places] for name, places in groups_of(ladder).items()} | {OF_MIDDLE_AGE: middle}
    return {name: (float(own.sum()), float(persons.sum())) for name, own in by_name.items()}
