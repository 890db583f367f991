"""Small tables of what was estimated from a register, for reading."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from cadre_research.evidence.estimates import TakeUp
from cadre_research.evidence.hazards import Hazard
from cadre_research.reporting.wording import HIDDEN, percent, span, word

__all__ = [
    "coefficient_summary",
    "hazard_names",
    "notes_summary",
    "promotions_and_others",
    "recruits_summary",
    "take_up_summary",
]

AGE = re.compile(r"age ([\d.]+)(?:, group (.+))?")
YEARS = re.compile(r"years in rank ([\d.]+)")
CATEGORY = re.compile(r"(?:group|rank) (.+)")
EVERY = {"age": "term_every_age", "years in rank": "term_every_year_in_rank"}


def hazard_names(hazards: Iterable[Hazard], names: Mapping[str, str], language: str) -> dict[str, str]:
    """Display name of each hazard, by its name; `names` has those of ranks and exits."""
    found = {}
    for hazard in hazards:
        if hazard.kind == "exit":
            found[hazard.name] = (
                word("way_retired", language) if hazard.name == "retired" else names.get(hazard.name, hazard.name)
            )
            continue
        kind = hazard.name.removesuffix(f"-{hazard.sources[0]}-{hazard.into}").replace("-", "_")
        # Of a name that would be too long only its beginning tells the kind.
        key = next((key for key in ("promotion", "step_aside", "demotion") if kind.startswith(key)), "promotion")
        ends = {"source": names[hazard.sources[0]], "into": names[hazard.into]}
        found[hazard.name] = word(f"way_{key}", language, **ends)
    return found


def promotions_and_others(hazards: Iterable[Hazard], rates: pd.DataFrame) -> tuple[list[str], list[str]]:
    """Names of the hazards that are promotions, and of those that are not, where there are rates to show."""
    told = set(rates["hazard"])
    kinds = {hazard.name: hazard.kind for hazard in hazards if hazard.name in told}
    return (
        [name for name, kind in kinds.items() if kind == "promotion"],
        [name for name, kind in kinds.items() if kind != "promotion"],
    )


def coefficient_summary(
    coefficients: pd.DataFrame, ways: Mapping[str, str], names: Mapping[str, str], language: str
) -> pd.DataFrame:
    """One row a coefficient: the yearly rate at an age of the reference group, or the ratio of rates of another.

    Ratios are those of intensities, which for rates of a few per cent are those of the rates themselves.

    Parameters
    ----------
    coefficients : DataFrame
        As `Estimates.coefficients`.
    ways : mapping
        As `hazard_names` gives it.
    names : mapping
        Display name of groups and ranks.
    """
    rows = [
        {
            word("heading_way", language): ways[row.hazard],
            word("heading_term", language): _term(row.term, names, language),
            word("heading_estimate", language): _amount(row.term, row.coefficient, language),
            word("heading_interval_95", language): _interval(row.term, row.low_95, row.high_95, language),
        }
        for row in coefficients.itertuples()
    ]
    return pd.DataFrame(rows)


def notes_summary(
    notes: pd.DataFrame, ways: Mapping[str, str], names: Mapping[str, str], language: str
) -> pd.DataFrame:
    """One row a way and reason: what was pooled, dropped, left out or not estimated, and why.

    `notes` is as `Estimates.notes`; a way that was not estimated is called by its id.
    """
    rows = []
    separator = "、" if language == "zh" else "; "
    for (hazard, reason), own in notes.groupby(["hazard", "reason"], sort=False):
        terms = separator.join(dict.fromkeys(_term(term, names, language) for term in own["term"]))
        key = f"note_{reason.replace('-', '_')}"
        if reason == "not-identified" and "all" in set(own["term"]):
            key += "_all"
        persons = own["persons"].iloc[0]
        told = word("fewer_than_ten", language) if pd.isna(persons) else f"{persons:,.0f}"
        way = ways.get(hazard, hazard) if hazard else word("way_all", language)
        rows.append((way, word(key, language, terms=terms, persons=told)))
    return pd.DataFrame(rows, columns=[word("heading_way", language), word("heading_note", language)])


def take_up_summary(
    take_up: Mapping[str, TakeUp], titles: Mapping[str, Mapping[str, str]], language: str
) -> pd.DataFrame:
    """One row a route of retirement: share of those who reached its age who took it, with Wilson's interval.

    `titles` is as `names.assumption_titles` returns.
    """
    rows = [
        {
            word("assumption", language): titles[name][language] if name in titles else name,
            word("heading_share", language): percent(found.value, language),
            word("heading_interval_95", language): span(found.low, found.high, language),
            word("heading_persons_reached", language): f"{found.persons:,}",
        }
        for name, found in take_up.items()
    ]
    return pd.DataFrame(rows)


def recruits_summary(forecast: pd.DataFrame, language: str) -> pd.DataFrame:
    """One row a year: recruits expected, with their 80 and 95 % intervals; `forecast` is as `Recruitment.forecast`."""
    table = {
        word("heading_recruits", language): [_persons(persons) for persons in forecast["persons"]],
        **{
            word(f"heading_interval_{width}", language): [
                f"{_persons(low)} – {_persons(high)}"
                for low, high in zip(forecast[f"low_{width}"], forecast[f"high_{width}"], strict=True)
            ]
            for width in (80, 95)
        },
    }
    return pd.DataFrame(table, index=pd.Index(forecast["year"], name=word("year", language)))


def _persons(persons: float) -> str:
    """A number of persons; one that is missing, as under disclosure control, is a dash."""
    return HIDDEN if persons != persons else f"{persons:,.0f}"


def _term(term: str, names: Mapping[str, str], language: str) -> str:
    if term in EVERY:
        return word(EVERY[term], language)
    if found := AGE.fullmatch(term):
        age, group = found.groups()
        if group is None:
            return word("term_age", language, value=age)
        return word("term_age_of", language, value=age, group=names.get(group, group))
    if found := YEARS.fullmatch(term):
        return word("term_years_in_rank", language, value=found[1])
    if found := CATEGORY.fullmatch(term):
        return word("term_category", language, name=names.get(found[1], found[1]))
    return names.get(term, term)


def _amount(term: str, coefficient: float, language: str) -> str:
    if AGE.fullmatch(term):
        return percent(-np.expm1(-np.exp(coefficient)), language, 2)
    return f"{np.exp(coefficient):.2f}"


def _interval(term: str, low: float, high: float, language: str) -> str:
    return f"{_amount(term, low, language)} – {_amount(term, high, language)}"
