"""Units for reading: the appraisal sheet of each, all units beside each other, luck, and the priority rule.

Units are small. Of a register, unless its own office asked for everything (`internal`), their sheets show no counts
under ten, shares and probabilities as bands, no share of today of a group under ten, and no decimals from which a count
would follow.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from typing import Any

import pandas as pd

from cadre_research.evidence.units import Units
from cadre_research.findings.unit_outlook import CITY
from cadre_research.paths import own_study
from cadre_research.reporting.disclosure_versions import ROUNDED_TO
from cadre_research.reporting.suppression import LEAST_PERSONS
from cadre_research.reporting.wording import HIDDEN, number, percent, points, probability, span, word

__all__ = [
    "banded_at_hand",
    "league_summary",
    "luck_summary",
    "priority_summary",
    "unit_names",
    "unit_sheet",
]

# Below the share asked for by no more than this, a share is said to be near it.
NEAR_POINTS = 0.03
# Between these a probability is said to lie.
CHANCE_BANDS = (0.1, 1 / 3, 2 / 3, 0.9)
CHANCE_WORDS = ("chance_slight", "chance_unlikely", "chance_even", "chance_likely", "chance_sure")


def unit_names(units: Units, language: str) -> dict[str, str]:
    """Display name of every unit, and of the city, by id."""
    return {unit.id: getattr(unit, f"name_{language}") for unit in units.units} | {CITY: word("whole_city", language)}


def banded_at_hand() -> bool:
    """Whether units' numbers must be shown as bands: in the report of a register that is not its own office's."""
    study = own_study()
    return study is not None and "internal" not in study.name


def unit_sheet(
    appraised: pd.DataFrame,
    chances: pd.DataFrame,
    unit: str,
    names: Mapping[str, str],
    language: str,
    *,
    banded: bool,
) -> pd.DataFrame:
    """The appraisal sheet of a unit: one row a target, from where it stands to what it takes and what is in its hands.

    Parameters
    ----------
    appraised : DataFrame
        As `findings.appraisal.appraisals` returns.
    chances : DataFrame
        As `findings.unit_outlook.unit_probabilities` returns, of the same scenario, the horizon of the appraisal among
        its horizons.
    banded : bool
        As `banded_at_hand` says.
    """
    rows = {}
    chance = chances[chances["unit"] == unit].set_index(["target", "population", "horizon_years"])
    for row in appraised[appraised["unit"] == unit].itertuples():
        sure = chance.loc[(row.target, row.population, row.horizon_years)]
        rows[names[row.target]] = {
            word("unit_persons", language): _persons(row.headcount_now, language, banded),
            word("unit_young", language): _persons(row.young_now, language, banded),
            word("share_now", language): _share_now(row, language, banded),
            word("share_then", language, year=row.year): _share(row.share_expected, row.threshold, language, banded),
            word("probability_of_target", language): _chance(sure, language, banded),
            word("share_attainable", language): _share(row.share_attainable, row.threshold, language, banded),
            word("appointments_a_year", language): _yearly(row.appointments_per_year, language, banded),
            word("young_needed_a_year", language): _persons(row.young_needed_per_year, language, banded),
            word("in_its_hands", language): _part(row.part_in_its_hands, language, banded),
            word("standing", language): word(f"standing_{row.standing.replace('-', '_')}", language),
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis(word("target", language))


def league_summary(chances: pd.DataFrame, names: Mapping[str, str], language: str, *, banded: bool) -> pd.DataFrame:
    """Every unit, in the order given and not by its share, which is mostly luck; then the city.

    Parameters
    ----------
    chances : DataFrame
        Of `findings.unit_outlook.unit_probabilities`, of one target, population and horizon.
    """
    rows = {
        names[row.unit]: {
            word("unit_persons", language): _persons(row.headcount_now, language, banded),
            word("share_now", language): _share_now(row, language, banded),
            word("share_expected", language): _share(row.share_expected, row.threshold, language, banded),
            word("interval_90", language): HIDDEN if banded else span(row.share_p05, row.share_p95, language),
            word("probability_of_target", language): _chance(row._asdict(), language, banded),
        }
        for row in chances.itertuples(index=False)
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis(word("unit_of_service", language))


def luck_summary(frame: pd.DataFrame, names: Mapping[str, str], language: str) -> pd.DataFrame:
    """One row a target: part of units and worlds that meet it, and which part of that is luck.

    `frame` holds rows of `findings.luck.luck` for all units together, of one population and horizon.
    """
    rows = {
        names[row.target]: {
            word("part_met", language): percent(row.met, language, 0),
            word("luck", language): percent(row.luck, language, 0),
            word("part_not_knowing", language): percent(row.not_knowing, language, 0),
            word("part_between_units", language): percent(row.between_units, language, 0),
        }
        for row in frame[frame["unit"] == CITY].itertuples()
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis(word("target", language))


def priority_summary(
    effect: pd.DataFrame, fallbacks: pd.DataFrame, names: Mapping[str, str], language: str, *, banded: bool
) -> pd.DataFrame:
    """One row a unit: its share with and without the rule, and how often the rule fell back on others.

    Parameters
    ----------
    effect : DataFrame
        Of `findings.priority.priority_effect`, of one target, population and horizon.
    fallbacks : DataFrame
        As `findings.priority.priority_fallbacks`, over the same years.
    """
    total = fallbacks.groupby("unit")[["batches", "batches_fell_back", "persons_fell_back"]].sum()
    rows = {}
    for row in effect.itertuples():
        fell = total.loc[row.unit]
        gain = points(row.share_gain) if row.share_gain == row.share_gain else HIDDEN
        rows[names[row.unit]] = {
            word("share_without_priority", language): _share(row.share_without, row.threshold, language, banded),
            word("share_with_priority", language): _share(row.share_with, row.threshold, language, banded),
            word("priority_gain", language): HIDDEN if banded else gain,
            word("batches_fell_back", language): percent(fell.batches_fell_back / max(fell.batches, 1e-9), language, 0),
            word("persons_fell_back", language): _persons(fell.persons_fell_back, language, banded),
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis(word("unit_of_service", language))


def _persons(persons: float, language: str, banded: bool) -> str:
    if persons != persons:
        return HIDDEN
    if not banded:
        return number(persons)
    # Under ten in either rounding.
    return (
        word("fewer_than_ten", language)
        if persons < LEAST_PERSONS
        else number(ROUNDED_TO * round(persons / ROUNDED_TO))
    )


def _yearly(persons: float, language: str, banded: bool) -> str:
    return _persons(persons, language, banded) if banded or persons != persons else f"{persons:,.1f}"


def _share(share: float, threshold: float, language: str, banded: bool) -> str:
    if share != share or not banded:
        return percent(share, language)
    if share >= threshold - 1e-9:
        return word("band_reached", language)
    return word("band_near" if share >= threshold - NEAR_POINTS else "band_below", language)


def _share_now(row: Any, language: str, banded: bool) -> str:
    """Share that people of today have: in bands not of a few, whose ages it would tell."""
    few = banded and row.headcount_now < LEAST_PERSONS
    return HIDDEN if few else _share(row.share_now, row.threshold, language, banded)


def _chance(row: Mapping[str, float], language: str, banded: bool) -> str:
    if row["probability"] != row["probability"]:
        return HIDDEN
    if not banded:
        return probability(row["probability"], row["probability_se"], language, int(row["draws"]))
    return word(CHANCE_WORDS[bisect_right(CHANCE_BANDS, row["probability"])], language)


def _part(part: float, language: str, banded: bool) -> str:
    if part != part or not banded:
        return percent(part, language, 0)
    return word("hands_all" if part >= 1 else "hands_most" if part >= 0.5 else "hands_little", language)
